import { create } from '@bufbuild/protobuf';
import {
	Code,
	ConnectError,
	createRouterTransport,
	type Interceptor,
	type Transport,
} from '@connectrpc/connect';
import {
	EventService,
	HealthService,
	IdentitySchema,
	IdentityService,
	LogService,
	PairingSchema,
	PairingService,
	PeerService,
	SessionService,
	type WatchRequest,
	type WatchResponse,
} from '@erynoa/proto';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '@erynoa/proto/rpc';
import {
	identityRef,
	type ProtocolError,
	printDid,
	signInBytes,
	toHex,
	type Uid,
	uidBytes,
	uidFromBytes,
	type VerifiedEvent,
	verifyEvent,
	verifySignature,
} from '@erynoa/protocol';

export const ORIGIN = 'https://erynoa.example';

/** An error as the gateway sends it. */
export function refusal(
	code: string,
	status: Code,
	more: { field?: string; retryMs?: number; facts?: Record<string, string>; requestId?: string } = {},
): ConnectError {
	return new ConnectError(
		`refused: ${code}`,
		status,
		more.requestId ? { 'x-request-id': more.requestId } : undefined,
		[
			{ desc: ErrorInfoSchema, value: { reason: code, domain: 'erynoa', metadata: more.facts ?? {} } },
			...(more.field
				? [
						{
							desc: BadRequestSchema,
							value: { fieldViolations: [{ field: more.field, description: 'wrong' }] },
						},
					]
				: []),
			...(more.retryMs
				? [
						{
							desc: RetryInfoSchema,
							value: {
								retryDelay: {
									seconds: BigInt(Math.floor(more.retryMs / 1000)),
									nanos: (more.retryMs % 1000) * 1_000_000,
								},
							},
						},
					]
				: []),
		],
	);
}

interface KeyState {
	owner: Uid;
	did: string;
	displayName: string;
	head: VerifiedEvent | undefined;
}

/**
 * A small server that keeps the protocol's rules for keys, chains, sessions and pairings in memory, so that
 * the client is tested against behaviour and not against recorded answers.
 */
export class Server {
	readonly log: VerifiedEvent[] = [];
	/** Called before each call with the method's name; throws to make it fail. */
	before: (method: string) => void | Promise<void> = () => undefined;
	/** Called after a submit was stored, before it is answered. */
	afterSubmit: () => void = () => undefined;
	/** Answers Watch. */
	watch: (request: WatchRequest, signal: AbortSignal) => AsyncIterable<Partial<WatchResponse>> =
		async function* () {};
	/** Names of the calls that came in, in order. */
	readonly calls: string[] = [];
	/** Microseconds that the server's clock is ahead of this machine's. */
	aheadUs = 0n;
	accessTtlMs = 600_000;
	/** Answers GetInclusionProof. */
	inclusionProof: () => object = () => {
		throw refusal('CHECKPOINT_UNKNOWN', Code.NotFound);
	};

	/** Answers GetConsistencyProof. */
	consistencyProof: (request: { fromSize: bigint; toSize: bigint }) => object = () => {
		throw refusal('PROOF_RANGE', Code.InvalidArgument);
	};
	/** Answers ListWitnesses; no witnesses means that the log stands for itself. */
	witnesses: () => object = () => ({ witnesses: [] });

	readonly #keys = new Map<string, KeyState>();
	readonly #challenges = new Map<string, string>();
	readonly #access = new Map<string, string>();
	readonly #refresh = new Map<string, string>();
	readonly #sessions = new Map<string, { did: string; key: Uint8Array; roles: string[] }>();
	readonly #pairings = new Map<
		string,
		{ key: Uint8Array; label: string; identity: string; countersignature: Uint8Array }
	>();
	#serial = 0;

	/** Ends every access token at once. */
	expireAccess(): void {
		this.#access.clear();
	}

	endSessions(): void {
		this.#sessions.clear();
		this.#access.clear();
		this.#refresh.clear();
	}

	get sessions(): number {
		return this.#sessions.size;
	}

	transport = (interceptors: Interceptor[]): Transport => {
		const gate: Interceptor = (next) => async (request) => {
			this.calls.push(request.method.name);
			await this.before(request.method.name);
			return next(request);
		};
		return createRouterTransport(
			({ service }) => {
				service(HealthService, { check: () => ({ uptimeS: 1n }) });
				service(EventService, {
					submit: ({ event }) => ({ receipt: this.#submit(event) }),
					watch: (request, context) => this.watch(request, context.signal) as AsyncIterable<WatchResponse>,
				});
				service(IdentityService, { getKey: ({ publicKey }) => this.#getKey(publicKey) });
				service(LogService, {
					getInclusionProof: () => this.inclusionProof(),
					getConsistencyProof: (request) => this.consistencyProof(request),
				});
				service(PeerService, { listWitnesses: () => this.witnesses() });
				service(SessionService, {
					createChallenge: ({ identity }) => {
						const challenge = crypto.getRandomValues(new Uint8Array(32));
						this.#challenges.set(toHex(challenge), identity);
						return { challenge, origin: ORIGIN, expiresAtUs: this.#nowUs() + 120_000_000n };
					},
					signIn: ({ identity, challenge, publicKey, signature }) => {
						const asked = this.#challenges.get(toHex(challenge));
						this.#challenges.delete(toHex(challenge));
						const uid = identityRef(identity);
						const bytes = signInBytes({ challenge, origin: ORIGIN }, uid);
						const owner = this.#keys.get(toHex(publicKey));
						if (asked !== identity || owner?.owner !== uid || !verifySignature(publicKey, bytes, signature)) {
							throw refusal('SIGN_IN_REFUSED', Code.Unauthenticated);
						}
						const id = `s${++this.#serial}`;
						this.#sessions.set(id, { did: identity, key: publicKey, roles: ['member'] });
						return this.#tokens(id);
					},
					refresh: ({ refreshToken }) => {
						const id = this.#refresh.get(refreshToken);
						const used = refreshToken.split('.')[0] ?? '';
						if (id === undefined) {
							// A token that is used twice ends its session.
							this.#sessions.delete(used);
							throw refusal('INVALID_TOKEN', Code.Unauthenticated);
						}
						this.#refresh.delete(refreshToken);
						if (!this.#sessions.has(id)) throw refusal('INVALID_TOKEN', Code.Unauthenticated);
						return this.#tokens(id);
					},
					signOut: (_, context) => {
						this.#sessions.delete(this.#signedIn(context.requestHeader));
						return {};
					},
					getSession: (_, context) => ({ session: this.#session(this.#signedIn(context.requestHeader)) }),
					claimInstallation: ({ claimToken }, context) => {
						const id = this.#signedIn(context.requestHeader);
						if (claimToken !== 'claim') throw refusal('CLAIM_INVALID', Code.PermissionDenied);
						this.#sessions.get(id)?.roles.push('operator');
						return this.#tokens(id);
					},
				});
				service(PairingService, {
					createPairing: ({ publicKey, label }) => {
						this.#pairings.set('ABCD1234', {
							key: publicKey,
							label,
							identity: '',
							countersignature: new Uint8Array(),
						});
						return { pairing: this.#pairing('ABCD1234') };
					},
					getPairing: ({ code }) => ({ pairing: this.#pairing(code) }),
					claimPairing: ({ code }, context) => {
						const session = this.#sessions.get(this.#signedIn(context.requestHeader));
						this.#found(code).identity = session?.did ?? '';
						return { pairing: this.#pairing(code) };
					},
					answerPairing: ({ code, countersignature }) => {
						this.#found(code).countersignature = countersignature;
						return { pairing: this.#pairing(code) };
					},
				});
			},
			{ transport: { interceptors: [...interceptors, gate] } },
		);
	};

	/** Replaces the offered key by another, as a hostile server would. */
	swapPairingKey(key: Uint8Array): void {
		this.#found('ABCD1234').key = key;
	}

	endPairings(): void {
		this.#pairings.clear();
	}

	#nowUs(): bigint {
		return BigInt(Date.now()) * 1000n + this.aheadUs;
	}

	#found(code: string) {
		const pairing = this.#pairings.get(code);
		if (!pairing) throw refusal('PAIRING_UNKNOWN', Code.NotFound);
		return pairing;
	}

	#pairing(code: string) {
		const { key, label, identity, countersignature } = this.#found(code);
		return create(PairingSchema, {
			code,
			publicKey: key,
			label,
			identity,
			identityName: identity && 'Ada',
			countersignature,
			expiresAtUs: this.#nowUs() + 300_000_000n,
		});
	}

	#signedIn(header: Headers): string {
		const id = this.#access.get(header.get('authorization') ?? '');
		if (id === undefined || !this.#sessions.has(id)) throw refusal('INVALID_TOKEN', Code.Unauthenticated);
		return id;
	}

	#session(id: string) {
		const session = this.#sessions.get(id);
		return {
			id,
			identity: session?.did ?? '',
			displayName: 'Ada',
			roles: session?.roles ?? [],
			publicKey: session?.key ?? new Uint8Array(),
		};
	}

	#tokens(id: string) {
		const accessToken = `a${++this.#serial}`;
		const refreshToken = `${id}.${++this.#serial}`;
		this.#access.set(`Bearer ${accessToken}`, id);
		this.#refresh.set(refreshToken, id);
		const nowMs = BigInt(Date.now());
		return {
			tokens: {
				accessToken,
				refreshToken,
				accessExpiresAtUs: (nowMs + BigInt(this.accessTtlMs)) * 1000n,
				refreshExpiresAtUs: (nowMs + 2_592_000_000n) * 1000n,
			},
			session: this.#session(id),
		};
	}

	#getKey(publicKey: Uint8Array) {
		const known = this.#keys.get(toHex(publicKey));
		return {
			...(known
				? {
						identity: create(IdentitySchema, {
							did: known.did,
							uid: known.owner,
							displayName: known.displayName,
						}),
					}
				: {}),
			live: known !== undefined,
			head: known?.head?.id ?? '',
			headWallUs: known?.head?.event.coordinate?.wallUs ?? 0n,
			headCounter: known?.head?.event.coordinate?.counter ?? 0,
			nowUs: this.#nowUs(),
		};
	}

	#submit(signed: Parameters<typeof verifyEvent>[0] | undefined) {
		if (!signed) throw refusal('EVENT_NOT_CANONICAL', Code.InvalidArgument);
		let verified: VerifiedEvent;
		try {
			verified = verifyEvent(signed);
		} catch (error) {
			const { code, field } = error as ProtocolError;
			throw refusal(code, Code.InvalidArgument, { field });
		}
		const before = this.log.findIndex((entry) => entry.id === verified.id);
		if (before >= 0) return { id: verified.id, sequence: BigInt(before), duplicate: true };
		this.#append(verified);
		this.afterSubmit();
		return { id: verified.id, sequence: BigInt(this.log.length - 1), duplicate: false };
	}

	#append(verified: VerifiedEvent): void {
		const { event, signed } = verified;
		const id = toHex(signed.publicKey);
		const author = uidFromBytes(event.author);
		if (event.body.case === 'identityCreated') {
			const { namespace, displayName } = event.body.value;
			this.#keys.set(id, {
				owner: author,
				did: printDid({ namespace, uid: author }),
				displayName,
				head: verified,
			});
			this.log.push(verified);
			return;
		}
		const key = this.#keys.get(id);
		if (key?.owner !== author) throw refusal('EVENT_KEY_UNKNOWN', Code.FailedPrecondition);
		const head = key.head?.id ?? '';
		if (head !== toHex(event.prev)) throw refusal('EVENT_PREV_STALE', Code.Aborted, { facts: { head } });
		if ((event.coordinate?.wallUs ?? 0n) > this.#nowUs() + 120_000_000n) {
			throw refusal('EVENT_FROM_FUTURE', Code.FailedPrecondition, { retryMs: 1 });
		}
		key.head = verified;
		if (event.body.case === 'keyAdded') {
			this.#keys.set(toHex(event.body.value.publicKey), {
				owner: author,
				did: key.did,
				displayName: key.displayName,
				head: undefined,
			});
		}
		this.log.push(verified);
	}
}

/** An id that names nothing. */
export const NOWHERE = uidFromBytes(uidBytes(`00030001${'11'.repeat(28)}` as Uid));

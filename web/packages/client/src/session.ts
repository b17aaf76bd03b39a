import { Code } from '@connectrpc/connect';
import type { Session, Tokens } from '@erynoa/proto';
import { identityRef, type Signer, signLink, signSignIn, type Uid } from '@erynoa/protocol';
import type { Api } from './api';
import { ApiError } from './api-error';
import type { TokenSource } from './auth';
import { cell, type Readable } from './cell';
import type { Database } from './database';
import { type KeyStore, signerOf } from './keys';
import type { AppName } from './oidc';

/** Who is signed in. */
export interface CurrentSession {
	id: string;
	/** DID; empty while the account has no identity. */
	identity: string;
	uid: Uid | undefined;
	displayName: string;
	roles: readonly string[];
	isOperator: boolean;
	isAdmin: boolean;
	/** The key that signed in; empty when an identity provider did. */
	publicKey: Uint8Array;
	/** Account, 32 hexadecimal digits. */
	userId: string;
}

/** What the identity provider has given out for one sign-in. */
export interface ProviderProof {
	app: AppName;
	idToken: string;
	/** Where to sign out at the provider; empty when it has no such page. */
	signOutUrl: string;
}

/** restoring: not known yet, show skeletons. ended: the server no longer accepts the session. */
export type SessionState =
	| { status: 'restoring' }
	| { status: 'signed-out'; ended: boolean }
	| { status: 'signed-in'; session: CurrentSession };

/** The session of this browser; one at a time, shared by its tabs. */
export interface SessionStore extends Readable<SessionState>, TokenSource {
	/** Takes up the stored session at the start of an app. Without a network the session stays as stored. */
	restore(): Promise<SessionState>;
	/** Signs in with this device's key of the identity. Throws KEY_NOT_ON_DEVICE without one. */
	signIn(did: string): Promise<CurrentSession>;
	/** Trades what the identity provider has given out for a session. */
	signInWithProvider(proof: ProviderProof): Promise<{ session: CurrentSession; created: boolean }>;
	/** Ties the account that is signed in to an identity of this device. Throws KEY_NOT_ON_DEVICE without its key. */
	linkIdentity(did: string): Promise<CurrentSession>;
	/** Asks the server who is signed in, after roles or names have changed. */
	reload(): Promise<void>;
	/**
	 * Ends the session here and on the server; works without a network, too. Gives the page where the
	 * provider's own session ends; empty when no provider signed in.
	 */
	signOut(): Promise<string>;
	/** Makes the signed-in identity the operator of a fresh installation. */
	claimInstallation(claimToken: string, realmName: string): Promise<CurrentSession>;
	/** Stops listening to the other tabs. */
	stop(): void;
}

interface StoredSession {
	refreshToken: string;
	refreshExpiresAtUs: bigint;
	session: CurrentSession;
	/** Absent when a device key signed in. */
	providerSignOut?: string;
}

interface AccessToken {
	token: string;
	/** By the device's clock. */
	goodUntilMs: number;
}

const CHANNEL = 'erynoa-session';
const LOCK = 'erynoa-session';
/** Renew this long before a token ends, so that it does not end on the way. */
const MARGIN_MS = 10_000;

/** Runs one task at a time over all tabs; over this tab alone where the browser has no locks. */
async function alone<T>(task: () => Promise<T>): Promise<T> {
	const locks = globalThis.navigator?.locks;
	return locks ? ((await locks.request(LOCK, task)) as T) : task();
}

function current(session: Session | undefined): CurrentSession {
	if (!session)
		throw new ApiError('the answer has no session', { code: 'INTERNAL_ERROR', status: Code.Internal });
	return {
		id: session.id,
		identity: session.identity,
		uid: session.identity === '' ? undefined : identityRef(session.identity),
		displayName: session.displayName,
		roles: session.roles,
		// Each role has the rights of those below it.
		isOperator: session.roles.includes('operator') || session.roles.includes('admin'),
		isAdmin: session.roles.includes('admin'),
		publicKey: session.publicKey,
		userId: session.userId,
	};
}

/**
 * The refresh token is kept in IndexedDB rather than in sessionStorage: the three apps and all their tabs
 * are one session, which survives the end of the browser, and the token rotates, so two tabs with copies
 * of their own would end the session by using one twice. Script that could read it there could as well
 * sign in anew with the device key that lies beside it. Access tokens stay in memory.
 */
export function openSession(
	open: Api,
	/** Sends the access token of this very store along. */
	authorised: Api,
	database: Database,
	keys: KeyStore,
	origin: string,
): SessionStore {
	const state = cell<SessionState>({ status: 'restoring' });
	let access: AccessToken | undefined;
	let renewal: Promise<string | undefined> | undefined;

	const channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(CHANNEL);
	const tellTabs = () => channel?.postMessage('changed');
	const stored = () => database.get<StoredSession>('session', 'current');

	const adopt = async (
		tokens: Tokens | undefined,
		answered: Session | undefined,
		providerSignOut: string | undefined,
	): Promise<CurrentSession> => {
		const session = current(answered);
		if (!tokens)
			throw new ApiError('the answer has no tokens', { code: 'INTERNAL_ERROR', status: Code.Internal });
		access = {
			token: tokens.accessToken,
			goodUntilMs: Number(tokens.accessExpiresAtUs / 1000n) - MARGIN_MS,
		};
		const record: StoredSession = {
			refreshToken: tokens.refreshToken,
			refreshExpiresAtUs: tokens.refreshExpiresAtUs,
			session,
			...(providerSignOut === undefined ? {} : { providerSignOut }),
		};
		await database.put('session', 'current', record);
		state.set({ status: 'signed-in', session });
		return session;
	};
	const forget = async (ended: boolean) => {
		access = undefined;
		await database.delete('session', 'current');
		state.set({ status: 'signed-out', ended });
		tellTabs();
	};

	const refresh = () =>
		alone(async () => {
			// Read inside the lock: another tab may have rotated the token just now.
			const record = await stored();
			if (!record) {
				access = undefined;
				state.set({ status: 'signed-out', ended: state.get().status === 'signed-in' });
				return undefined;
			}
			try {
				const answer = await open.sessions.refresh({ refreshToken: record.refreshToken });
				await adopt(answer.tokens, answer.session, record.providerSignOut);
				return access?.token;
			} catch (error) {
				if (!(error instanceof ApiError) || error.status !== Code.Unauthenticated) throw error;
				await forget(true);
				return undefined;
			}
		});
	const refreshOnce = () => {
		renewal ??= refresh().finally(() => {
			renewal = undefined;
		});
		return renewal;
	};

	channel?.addEventListener('message', async () => {
		const record = await stored();
		access = undefined;
		state.set(
			record ? { status: 'signed-in', session: record.session } : { status: 'signed-out', ended: false },
		);
	});

	const signerFor = async (did: string): Promise<Signer> => {
		const key = await keys.find(did);
		if (!key) {
			throw new ApiError('this device has no key of that identity', {
				code: 'KEY_NOT_ON_DEVICE',
				status: Code.FailedPrecondition,
			});
		}
		return signerOf(key);
	};

	const answer = async (did: string, signer: Signer): Promise<CurrentSession> => {
		const uid = identityRef(did);
		const challenge = await open.sessions.createChallenge({ identity: did });
		const signature = await signSignIn(challenge, uid, signer, origin);
		const signedIn = await open.sessions.signIn({
			identity: did,
			challenge: challenge.challenge,
			publicKey: signer.publicKey,
			signature,
		});
		const session = await alone(() => adopt(signedIn.tokens, signedIn.session, undefined));
		tellTabs();
		return session;
	};

	return {
		get: state.get,
		subscribe: state.subscribe,
		async accessToken() {
			if (access && access.goodUntilMs > Date.now()) return access.token;
			return state.get().status === 'signed-out' ? undefined : refreshOnce();
		},
		async renew(refused) {
			return access && access.token !== refused ? access.token : refreshOnce();
		},
		async restore() {
			const record = await stored();
			if (!record) {
				state.set({ status: 'signed-out', ended: false });
				return state.get();
			}
			state.set({ status: 'signed-in', session: record.session });
			try {
				await refreshOnce();
			} catch (error) {
				// No network, or a server in trouble: the session may well be good, so it is kept.
				if (!(error instanceof ApiError)) throw error;
			}
			return state.get();
		},
		async signIn(did) {
			return answer(did, await signerFor(did));
		},
		async signInWithProvider({ app, idToken, signOutUrl }) {
			const { tokens, session: answered, created } = await open.sessions.signInWithOidc({ app, idToken });
			const session = await alone(() => adopt(tokens, answered, signOutUrl));
			tellTabs();
			return { session, created };
		},
		async linkIdentity(did) {
			const signer = await signerFor(did);
			const uid = identityRef(did);
			const challenge = await open.sessions.createChallenge({ identity: did });
			await authorised.users.linkIdentity({
				identity: did,
				challenge: challenge.challenge,
				publicKey: signer.publicKey,
				signature: await signLink(challenge, uid, signer, origin),
			});
			await refreshOnce();
			tellTabs();
			const now = state.get();
			if (now.status !== 'signed-in') {
				throw new ApiError('sign in again', { code: 'UNAUTHORIZED', status: Code.Unauthenticated });
			}
			return now.session;
		},
		async reload() {
			await refreshOnce();
			tellTabs();
		},
		async signOut() {
			const record = await stored();
			try {
				await authorised.sessions.signOut({});
			} catch (error) {
				// The person wants out of this device; a session that the server could not hear about ends by time.
				if (!(error instanceof ApiError)) throw error;
			} finally {
				await forget(false);
			}
			return record?.providerSignOut ?? '';
		},
		async claimInstallation(claimToken, realmName) {
			const claimed = await authorised.sessions.claimInstallation({ claimToken, realmName });
			const session = await alone(async () =>
				adopt(claimed.tokens, claimed.session, (await stored())?.providerSignOut),
			);
			tellTabs();
			return session;
		},
		stop: () => channel?.close(),
	};
}

import { create, toBinary } from '@bufbuild/protobuf';
import {
	EpochClosedSchema,
	EquivocationProofSchema,
	EventSchema,
	RealmCreatedSchema,
	SignedEventSchema,
} from '@erynoa/proto';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
	attestation,
	attestationRevoked,
	buildEvent,
	concat,
	consentAsController,
	custom,
	Dimension,
	decodeEntry,
	decodeEvent,
	describeEvent,
	deviceSigner,
	type EventBody,
	type EventDraft,
	encodeEntry,
	eventId,
	eventKindName,
	generateDeviceKey,
	identityCreated,
	identityUid,
	isUsableKey,
	keyAdded,
	keyAddedBy,
	keyRevoked,
	MAX_ENTRY_BYTES,
	Namespace,
	NULL_UID,
	Polarity,
	ProtocolError,
	ReceiptOutcome,
	receipt,
	receiptTerms,
	rootRealmUid,
	type SignedEvent,
	type Signer,
	seedSigner,
	signEvent,
	signKeyAdded,
	signReceipt,
	signSignIn,
	type Uid,
	uidBytes,
	verifyEvent,
	verifyKeyAdded,
	verifySignature,
} from '../src';

const seed = (byte: number) => new Uint8Array(32).fill(byte);
const alice = seedSigner(seed(1));
const bob = seedSigner(seed(2));
const aliceUid = identityUid(Namespace.SELF, alice.publicKey);
const bobUid = identityUid(Namespace.SELF, bob.publicKey);
const realm = rootRealmUid(seed(9));
const at = { wallUs: 1_000_000n, counter: 0 };
const prev = eventId(new Uint8Array());

function codeOf(task: () => unknown): string {
	try {
		task();
	} catch (error) {
		if (error instanceof ProtocolError) return `${error.code} ${error.field}`.trim();
		throw error;
	}
	return 'accepted';
}

async function signed(
	body: EventBody,
	draft: Partial<EventDraft> = {},
	signer: Signer = alice,
): Promise<SignedEvent> {
	return signEvent(buildEvent({ author: aliceUid, coordinate: at, body, ...draft }), signer);
}

const praise = (more: object = {}) =>
	attestation({ subject: bobUid, dimension: Dimension.RELIABILITY, polarity: Polarity.POSITIVE, ...more });

describe('building and verifying (§2)', () => {
	let bodies: { body: EventBody; realm: Uid }[];

	beforeAll(async () => {
		const terms = receiptTerms({ realm, performer: aliceUid, client: bobUid, outcome: ReceiptOutcome.KEPT });
		bodies = [
			{
				body: identityCreated({ namespace: Namespace.SELF, displayName: 'Ada', keyLabel: 'Laptop' }),
				realm: NULL_UID,
			},
			{ body: await keyAddedBy(aliceUid, bob, { label: 'Phone' }), realm: NULL_UID },
			{ body: keyRevoked(bob.publicKey, 'lost'), realm: NULL_UID },
			{ body: praise({ comment: 'kept the word', expiresAtUs: 2_000_000n }), realm },
			{ body: attestationRevoked(prev, 'was wrong'), realm },
			{
				body: receipt({
					terms,
					countersignerKey: bob.publicKey,
					countersignature: await signReceipt(terms, bob),
				}),
				realm,
			},
			{ body: custom(65535, 1, Uint8Array.of(1, 2, 3)), realm },
		];
	});

	it('what is built and signed verifies, with the id of its bytes, for every kind', async () => {
		for (const { body, realm: where } of bodies) {
			const event = await signed(body, { realm: where });
			const verified = verifyEvent(event);
			expect(verified.id).toBe(eventId(event.event));
			expect(verified.event.body.case).toBe(body.case);
			expect(verifyEvent(verified.entry).id).toBe(verified.id);
			expect(decodeEntry(encodeEntry(event))).toEqual(event);
			expect(eventKindName(verified.event)).toMatch(/^[a-z_]+$/);
		}
	});

	it('a key of WebCrypto signs what every verifier accepts, and cannot be read', async () => {
		const key = await generateDeviceKey();
		const signer = deviceSigner(key);
		const author = identityUid(Namespace.SELF, key.publicKey);
		const event = await signed(identityCreated({ namespace: Namespace.SELF }), { author }, signer);
		expect(verifyEvent(event).id).toBe(eventId(event.event));
		await expect(crypto.subtle.exportKey('pkcs8', key.privateKey)).rejects.toThrow();
	});

	it('any changed bit of an entry is refused', async () => {
		const entry = encodeEntry(await signed(praise({ comment: 'x' }), { realm, prev, parents: [prev] }));
		fc.assert(
			fc.property(fc.integer({ min: 0, max: entry.length * 8 - 1 }), (bit) => {
				const changed = entry.slice();
				changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
				expect(codeOf(() => verifyEvent(changed))).not.toBe('accepted');
			}),
			{ numRuns: 200 },
		);
	});

	it('bytes that are no message are refused as not canonical, whatever they are', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
				const code = codeOf(() => verifyEvent(bytes));
				expect(code).toMatch(/^(EVENT|KEY)_/);
			}),
			{ numRuns: 1000 },
		);
	});

	it('decode after encode gives the same bytes for any attestation', () => {
		fc.assert(
			fc.property(
				fc.bigInt({ min: 0n, max: 2n ** 64n - 2n }),
				fc.integer({ min: 0, max: 0xffff_ffff }),
				fc.string({ maxLength: 200, unit: 'grapheme' }),
				fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 9 }),
				(wallUs, counter, comment, ids) => {
					const bytes = buildEvent({
						author: aliceUid,
						realm,
						coordinate: { wallUs, counter },
						parents: ids.map(eventId),
						body: praise({ comment }),
					});
					expect(toBinary(EventSchema, decodeEvent(bytes))).toEqual(bytes);
				},
			),
			{ numRuns: 1000 },
		);
	});
});

describe('canonical bytes (§0)', () => {
	const bytes = buildEvent({ author: aliceUid, realm, coordinate: at, body: praise() });
	const NOT_CANONICAL = 'EVENT_NOT_CANONICAL event';

	it('refuses unknown fields, explicit defaults, repeats, long varints and wrong order', () => {
		expect(codeOf(() => decodeEvent(bytes))).toBe('accepted');
		// Field 200 of length 0; version = 1 twice; counter = 0 written out in an own coordinate.
		expect(codeOf(() => decodeEvent(concat(bytes, Uint8Array.of(0xc2, 0x0c, 0x00))))).toBe(NOT_CANONICAL);
		expect(codeOf(() => decodeEvent(concat(Uint8Array.of(0x08, 0x01), bytes)))).toBe(NOT_CANONICAL);
		expect(codeOf(() => decodeEvent(concat(Uint8Array.of(0x08, 0x81, 0x00), bytes.subarray(2))))).toBe(
			NOT_CANONICAL,
		);
		expect(codeOf(() => decodeEvent(concat(bytes.subarray(2), bytes.subarray(0, 2))))).toBe(NOT_CANONICAL);
		expect(codeOf(() => decodeEvent(concat(bytes, Uint8Array.of(0x2a, 0x00))))).toBe(NOT_CANONICAL);
		expect(codeOf(() => decodeEvent(bytes.subarray(0, bytes.length - 1)))).toBe(NOT_CANONICAL);
	});

	it('says of a body of a later version that it is reserved', () => {
		const later = concat(bytes, Uint8Array.of(0xf2, 0x07, 0x00));
		expect(codeOf(() => decodeEvent(later))).toBe('EVENT_KIND_RESERVED event.body');
	});

	it('refuses text that is not UTF-8 and keeps a byte order mark', () => {
		const marked = buildEvent({
			author: aliceUid,
			realm,
			coordinate: at,
			body: praise({ comment: '\ufeffhello' }),
		});
		const event = decodeEvent(marked);
		expect(event.body.case === 'attestation' && event.body.value.comment).toBe('\ufeffhello');
		const broken = marked.slice();
		broken[broken.length - 1] = 0xff;
		expect(codeOf(() => decodeEvent(broken))).toBe(NOT_CANONICAL);
	});
});

describe('limits (§2, §4, §5)', () => {
	const refuse = (body: EventBody, draft: Partial<EventDraft> = {}) =>
		codeOf(() => buildEvent({ author: aliceUid, coordinate: at, body, ...draft }));

	it('an attestation keeps to its fields', () => {
		const inRealm = (more: object) => refuse(praise(more), { realm });
		expect(inRealm({})).toBe('accepted');
		expect(inRealm({ subject: aliceUid })).toBe('ATTESTATION_SELF attestation.subject');
		expect(inRealm({ dimension: Dimension.VIGILANCE })).toBe('EVENT_FIELD_INVALID attestation.dimension');
		expect(inRealm({ dimension: Dimension.UNSPECIFIED })).toBe('EVENT_FIELD_INVALID attestation.dimension');
		expect(inRealm({ polarity: Polarity.UNSPECIFIED })).toBe('EVENT_FIELD_INVALID attestation.polarity');
		expect(inRealm({ domain: 'rust' })).toBe('EVENT_FIELD_INVALID attestation.domain');
		expect(inRealm({ domain: 'rust', dimension: Dimension.COMPETENCE })).toBe('accepted');
		for (const domain of ['Rust', 'a b', 'ä', 'x'.repeat(65)]) {
			expect(inRealm({ domain, dimension: Dimension.COMPETENCE })).toBe(
				'EVENT_FIELD_INVALID attestation.domain',
			);
		}
		expect(inRealm({ comment: 'ä'.repeat(2048) })).toBe('accepted');
		expect(inRealm({ comment: 'ä'.repeat(2049) })).toBe('EVENT_FIELD_INVALID attestation.comment');
		expect(inRealm({ expiresAtUs: at.wallUs })).toBe('EVENT_FIELD_INVALID attestation.expires_at_us');
		expect(inRealm({ expiresAtUs: at.wallUs + 1n })).toBe('accepted');
	});

	it('identity events and epoch_closed belong to no realm, all others to one', () => {
		expect(refuse(praise())).toBe('EVENT_FIELD_INVALID event.realm');
		expect(refuse(keyRevoked(bob.publicKey), { realm })).toBe('EVENT_FIELD_INVALID event.realm');
		const closed = create(EpochClosedSchema, { epoch: 1n, stateRoot: seed(0), parametersHash: seed(0) });
		expect(refuse({ case: 'epochClosed', value: closed })).toBe('accepted');
		expect(refuse({ case: 'epochClosed', value: closed }, { realm })).toBe('EVENT_FIELD_INVALID event.realm');
		expect(refuse({ case: 'epochClosed', value: { ...closed, epoch: 0n } })).toBe(
			'EVENT_FIELD_INVALID epoch_closed.epoch',
		);
	});

	it('has at most 9 parents, put in order by the builder', () => {
		const ids = Array.from({ length: 10 }, (_, i) => eventId(Uint8Array.of(i)));
		expect(refuse(praise(), { realm, parents: ids })).toBe('EVENT_FIELD_INVALID event.parents');
		const few = ids.slice(0, 9);
		const forward = buildEvent({ author: aliceUid, realm, coordinate: at, parents: few, body: praise() });
		const backward = buildEvent({
			author: aliceUid,
			realm,
			coordinate: at,
			parents: [...few].reverse(),
			body: praise(),
		});
		expect(forward).toEqual(backward);
	});

	it('parents out of order or twice are refused', async () => {
		const [a, b] = [eventId(Uint8Array.of(1)), eventId(Uint8Array.of(2))].sort() as [Uid, Uid];
		const event = decodeEvent(
			buildEvent({ author: aliceUid, realm, coordinate: at, parents: [a, b], body: praise() }),
		);
		for (const parents of [
			[b, a],
			[a, a],
		]) {
			const wrong = toBinary(EventSchema, { ...event, parents: parents.map(uidBytes) });
			const entry = await signEvent(wrong, alice);
			expect(codeOf(() => verifyEvent(entry))).toBe('EVENT_FIELD_INVALID event.parents');
		}
	});

	it('an identity is the one that its signer founds', async () => {
		const own = identityCreated({ namespace: Namespace.SELF });
		const byAlice = await signed(own);
		expect(codeOf(() => verifyEvent(byAlice))).toBe('accepted');
		const byBob = await signed(own, {}, bob);
		expect(codeOf(() => verifyEvent(byBob))).toBe('EVENT_FIELD_INVALID event.author');
		const asGuild = await signed(identityCreated({ namespace: Namespace.GUILD }));
		expect(codeOf(() => verifyEvent(asGuild))).toBe('EVENT_FIELD_INVALID event.author');
	});

	it('an identity keeps to its fields', () => {
		const self = (more: object) => refuse(identityCreated({ namespace: Namespace.SELF, ...more }));
		expect(self({ displayName: 'x'.repeat(128), keyLabel: 'x'.repeat(64) })).toBe('accepted');
		expect(self({ displayName: 'x'.repeat(129) })).toBe('EVENT_FIELD_INVALID identity_created.display_name');
		expect(self({ displayName: 'a\u0007b' })).toBe('EVENT_FIELD_INVALID identity_created.display_name');
		expect(self({ keyLabel: 'x'.repeat(65) })).toBe('EVENT_FIELD_INVALID identity_created.key_label');
		expect(self({ recoveryKey: seed(0) })).toBe('KEY_SMALL_ORDER identity_created.recovery_key');
		expect(refuse(identityCreated({ namespace: Namespace.UNSPECIFIED }))).toBe(
			'EVENT_FIELD_INVALID identity_created.namespace',
		);
		expect(refuse(identityCreated({ namespace: Namespace.SPIRIT }))).toBe(
			'CONTROLLER_REQUIRED identity_created.controller',
		);
	});

	it('a spirit needs the consent of its controller for exactly this identity', async () => {
		const spirit = identityUid(Namespace.SPIRIT, bob.publicKey);
		const create = async (consentTo: Uid) =>
			signed(
				identityCreated({
					namespace: Namespace.SPIRIT,
					controller: await consentAsController(consentTo, aliceUid, alice),
				}),
				{ author: spirit },
				bob,
			);
		const good = await create(spirit);
		expect(codeOf(() => verifyEvent(good))).toBe('accepted');
		await expect(create(bobUid)).rejects.toMatchObject({ code: 'EVENT_COUNTERSIGNATURE_INVALID' });
	});

	it('a key is added only with its own consent to this identity', async () => {
		const countersignature = await signKeyAdded(aliceUid, bob);
		expect(verifyKeyAdded(aliceUid, bob.publicKey, countersignature)).toBe(true);
		expect(refuse(keyAdded({ publicKey: bob.publicKey, countersignature }))).toBe('accepted');
		const forBob = await signKeyAdded(bobUid, bob);
		expect(refuse(keyAdded({ publicKey: bob.publicKey, countersignature: forBob }))).toBe(
			'EVENT_COUNTERSIGNATURE_INVALID key_added.countersignature',
		);
		expect(refuse(keyAdded({ publicKey: bob.publicKey, countersignature, purposes: [] }))).toBe(
			'EVENT_FIELD_INVALID key_added.purposes',
		);
	});

	it('keys of small order are refused, whatever their signature', () => {
		const identity = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0));
		const zero = seed(0);
		for (const key of [identity, zero]) {
			expect(isUsableKey(key)).toBe(false);
			expect(refuse(keyAdded({ publicKey: key, countersignature: new Uint8Array(64) }))).toBe(
				'KEY_SMALL_ORDER key_added.public_key',
			);
		}
		expect(isUsableKey(alice.publicKey)).toBe(true);
	});

	it('a receipt is between its author and the side that countersigned', async () => {
		const terms = receiptTerms({
			realm,
			performer: bobUid,
			client: aliceUid,
			outcome: ReceiptOutcome.BROKEN,
		});
		const countersignature = await signReceipt(terms, bob);
		const confirmed = (more: object, where = realm) =>
			refuse(receipt({ terms: { ...terms, ...more }, countersignerKey: bob.publicKey, countersignature }), {
				realm: where,
			});
		expect(confirmed({})).toBe('accepted');
		expect(confirmed({ outcome: ReceiptOutcome.KEPT })).toBe(
			'EVENT_COUNTERSIGNATURE_INVALID receipt.countersignature',
		);
		expect(confirmed({}, rootRealmUid(seed(8)))).toBe('EVENT_FIELD_INVALID receipt.terms.realm');
		expect(confirmed({ client: uidBytes(bobUid) })).toBe('EVENT_FIELD_INVALID receipt.terms.client');
		expect(confirmed({ client: seed(7) })).toBe('EVENT_FIELD_INVALID event.author');
		expect(confirmed({ nonce: new Uint8Array(15) })).toBe('EVENT_FIELD_INVALID receipt.terms.nonce');
	});

	it('a realm has one to seven founders in order', () => {
		const founded = (founders: Uint8Array[], name = 'Home') =>
			refuse(
				{
					case: 'realmCreated',
					value: create(RealmCreatedSchema, { realm: uidBytes(realm), name, founders }),
				},
				{ realm },
			);
		expect(founded([seed(1), seed(2)])).toBe('accepted');
		expect(founded([seed(2), seed(1)])).toBe('EVENT_FIELD_INVALID realm_created.founders');
		expect(founded([])).toBe('EVENT_FIELD_INVALID realm_created.founders');
		expect(founded(Array.from({ length: 8 }, (_, i) => seed(i)))).toBe(
			'EVENT_FIELD_INVALID realm_created.founders',
		);
		expect(founded([seed(1)], '')).toBe('EVENT_FIELD_INVALID realm_created.name');
	});

	it('an equivocation proof holds two events of one key on one prev', async () => {
		const entries = await Promise.all(
			['a', 'b'].map(async (comment) => signed(praise({ comment }), { realm, prev })),
		);
		const [first, second] = entries
			.sort((a, b) => (eventId(a.event) < eventId(b.event) ? -1 : 1))
			.map(encodeEntry) as [Uint8Array, Uint8Array];
		const proven = (a: Uint8Array, b: Uint8Array) =>
			refuse(
				{ case: 'equivocationProof', value: create(EquivocationProofSchema, { first: a, second: b }) },
				{ realm, author: bobUid },
			);
		expect(proven(first, second)).toBe('accepted');
		expect(proven(second, first)).toBe('EQUIVOCATION_INVALID equivocation_proof.second');
		expect(proven(first, first)).toBe('EQUIVOCATION_INVALID equivocation_proof.second');
		const forged = { ...decodeEntry(first), signature: new Uint8Array(64) };
		expect(proven(encodeEntry(forged), second)).toBe('EQUIVOCATION_INVALID equivocation_proof.first');
		const elsewhere = encodeEntry(await signed(praise({ comment: 'c' }), { realm }));
		const ordered = eventId(decodeEntry(elsewhere).event) < eventId(decodeEntry(first).event);
		expect(ordered ? proven(elsewhere, first) : proven(first, elsewhere)).toBe(
			'EQUIVOCATION_INVALID equivocation_proof.second',
		);
	});

	it('an entry has at most 65 535 bytes', async () => {
		const around = async (size: number) => signed(custom(1, 1, new Uint8Array(size)), { realm });
		let size = MAX_ENTRY_BYTES - 400;
		while (encodeEntry(await around(size)).length < MAX_ENTRY_BYTES) size++;
		const largest = await around(size);
		expect(encodeEntry(largest).length).toBe(MAX_ENTRY_BYTES);
		expect(codeOf(() => verifyEvent(largest))).toBe('accepted');
		const larger = await around(size + 1);
		expect(codeOf(() => verifyEvent(larger))).toBe('EVENT_TOO_LARGE event');
	});

	it('a version other than 1 is refused', async () => {
		const event = decodeEvent(buildEvent({ author: aliceUid, realm, coordinate: at, body: praise() }));
		const entry = await signEvent(toBinary(EventSchema, { ...event, version: 2 }), alice);
		expect(codeOf(() => verifyEvent(entry))).toBe('EVENT_FIELD_INVALID event.version');
	});
});

describe('signatures', () => {
	it('hold for their key and bytes alone', async () => {
		const event = await signed(praise(), { realm });
		const byBob = create(SignedEventSchema, { ...event, publicKey: bob.publicKey });
		expect(codeOf(() => verifyEvent(byBob))).toBe('EVENT_SIGNATURE_INVALID signature');
		expect(verifySignature(new Uint8Array(3), event.event, event.signature)).toBe(false);
		expect(verifySignature(alice.publicKey, event.event, new Uint8Array(3))).toBe(false);
		expect(verifySignature(seed(0xff), event.event, new Uint8Array(64).fill(0xff))).toBe(false);
	});

	it('a sign-in answers only the challenge of its own origin', async () => {
		const challenge = { challenge: seed(5), origin: 'https://erynoa.example' };
		const signature = await signSignIn(challenge, aliceUid, alice, 'https://erynoa.example');
		const text = new TextEncoder();
		const bytes = concat(
			text.encode('ERYNOA-SIGN-IN-V1'),
			seed(5),
			uidBytes(aliceUid),
			text.encode(challenge.origin),
		);
		expect(verifySignature(alice.publicKey, bytes, signature)).toBe(true);
		expect(codeOf(() => signSignIn(challenge, aliceUid, alice, 'https://evil.example'))).toBe(
			'SIGN_IN_ORIGIN_FOREIGN origin',
		);
		expect(
			codeOf(() =>
				signSignIn({ ...challenge, challenge: seed(5).subarray(1) }, aliceUid, alice, challenge.origin),
			),
		).toBe('SIGN_IN_CHALLENGE_INVALID challenge');
	});
});

describe('showing an event', () => {
	it('opens every field that is set, in wire order, with its format', () => {
		const event = decodeEvent(
			buildEvent({
				author: aliceUid,
				realm,
				coordinate: at,
				prev,
				parents: [prev],
				body: praise({ comment: 'thanks' }),
			}),
		);
		expect(describeEvent(event).map(({ path, format, value }) => [path, format, value])).toEqual([
			['version', 'number', '1'],
			['author', 'id', aliceUid],
			['realm', 'id', realm],
			['coordinate.wall_us', 'time', '1000000'],
			['prev', 'id', prev],
			['parents[0]', 'id', prev],
			['attestation.subject', 'id', bobUid],
			['attestation.dimension', 'name', 'reliability'],
			['attestation.polarity', 'name', 'positive'],
			['attestation.comment', 'text', 'thanks'],
		]);
		expect(eventKindName(event)).toBe('attestation');
	});
});

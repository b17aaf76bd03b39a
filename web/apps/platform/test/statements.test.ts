import { create } from '@bufbuild/protobuf';
import { EventKind, type EventRecord, EventRecordSchema, PartState, type SignedEvent } from '@erynoa/proto';
import {
	attestation,
	attestationRevoked,
	buildEvent,
	Dimension,
	didOf,
	type EventBody,
	eventId,
	identityUid,
	Namespace,
	Polarity,
	rootRealmUid,
	seedSigner,
	signEvent,
} from '@erynoa/protocol';
import { expect, it } from 'vitest';
import { judgeOwn, statementOf, takenBack } from '../src/lib/data/statements';

const signer = seedSigner(new Uint8Array(32).fill(1));
const other = seedSigner(new Uint8Array(32).fill(2));
const author = identityUid(Namespace.SELF, signer.publicKey);
const subject = identityUid(Namespace.SELF, other.publicKey);
const realm = rootRealmUid(new Uint8Array(32).fill(3));
let wallUs = 1_000_000n;

async function record(body: EventBody, kind: EventKind): Promise<EventRecord> {
	wallUs += 1n;
	const bytes = buildEvent({ author, realm, coordinate: { wallUs, counter: 0 }, body });
	const signed: SignedEvent = await signEvent(bytes, signer);
	return create(EventRecordSchema, {
		id: eventId(bytes),
		kind,
		signed,
		author: didOf(Namespace.SELF, signer.publicKey),
		subject: didOf(Namespace.SELF, other.publicKey),
		wallUs,
	});
}

const said = (dimension: Dimension, more: { domain?: string; expiresAtUs?: bigint } = {}) =>
	record(attestation({ subject, dimension, polarity: Polarity.POSITIVE, ...more }), EventKind.ATTESTATION);

it('a statement is read from the signed bytes', async () => {
	const found = statementOf(await said(Dimension.COMPETENCE, { domain: 'rust' }));
	expect(found).toMatchObject({
		dimension: Dimension.COMPETENCE,
		polarity: Polarity.POSITIVE,
		domain: 'rust',
	});
});

it('bytes that are no event are no statement', () => {
	const broken = create(EventRecordSchema, { signed: { event: Uint8Array.of(1, 2, 3) } });
	expect(statementOf(broken)).toBeUndefined();
	expect(takenBack(broken)).toBeUndefined();
});

it('a newer statement replaces the one of its slot and no other', async () => {
	const [first, rust, newer] = [
		await said(Dimension.RELIABILITY),
		await said(Dimension.COMPETENCE, { domain: 'rust' }),
		await said(Dimension.RELIABILITY),
	];
	const states = judgeOwn([newer, rust, first], wallUs).map(({ state }) => state);
	expect(states).toEqual([PartState.LIVE, PartState.LIVE, PartState.REPLACED]);
});

it('a revocation ends its statement, and the replaced one does not come back', async () => {
	const first = await said(Dimension.RELIABILITY);
	const second = await said(Dimension.RELIABILITY);
	const revocation = await record(
		attestationRevoked(second.id as Parameters<typeof attestationRevoked>[0]),
		EventKind.ATTESTATION_REVOKED,
	);
	const judged = judgeOwn([revocation, second, first], wallUs);
	expect(judged.map(({ state }) => state)).toEqual([PartState.REVOKED, PartState.REPLACED]);
});

it('a statement expires at its end', async () => {
	const brief = await said(Dimension.INTEGRITY, { expiresAtUs: wallUs + 1_000n });
	expect(judgeOwn([brief], wallUs)[0]?.state).toBe(PartState.LIVE);
	expect(judgeOwn([brief], wallUs + 1_000n)[0]?.state).toBe(PartState.EXPIRED);
});

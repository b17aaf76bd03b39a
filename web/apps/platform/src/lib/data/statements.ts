import { type EventRecord, PartState } from '@erynoa/proto';
import {
	type Dimension,
	decodeEvent,
	type Polarity,
	ProtocolError,
	type Uid,
	uidFromBytes,
} from '@erynoa/protocol';

/** An attestation, read from its signed bytes. */
export interface Statement {
	record: EventRecord;
	dimension: Dimension;
	polarity: Polarity;
	domain: string;
	comment: string;
	/** 0 = never. */
	expiresAtUs: bigint;
}

/** What a record's signed bytes say; undefined when they are no event. */
export function bodyOf(record: EventRecord) {
	if (!record.signed) return undefined;
	try {
		return decodeEvent(record.signed.event).body;
	} catch (error) {
		// The event's own page says that its bytes are wrong; a list goes on without it.
		if (error instanceof ProtocolError) return undefined;
		throw error;
	}
}

/** The attestation in a record; undefined when it is another kind of event. */
export function statementOf(record: EventRecord): Statement | undefined {
	const body = bodyOf(record);
	if (body?.case !== 'attestation') return undefined;
	const { dimension, polarity, domain, comment, expiresAtUs } = body.value;
	return { record, dimension, polarity, domain, comment, expiresAtUs };
}

/** The attestation that a record takes back; undefined when it is another kind of event. */
export function takenBack(record: EventRecord): Uid | undefined {
	const body = bodyOf(record);
	return body?.case === 'attestationRevoked' ? uidFromBytes(body.value.attestation) : undefined;
}

/** Name that a record's key or device has in its event; empty for other kinds. */
export function deviceLabelOf(record: EventRecord): string {
	const body = bodyOf(record);
	if (body?.case === 'keyAdded') return body.value.label;
	return body?.case === 'identityCreated' ? body.value.keyLabel : '';
}

/** Name of the realm that a record creates; empty for other kinds. */
export function realmNameOf(record: EventRecord): string {
	const body = bodyOf(record);
	return body?.case === 'realmCreated' ? body.value.name : '';
}

/** One attestation is live per author, subject, dimension and domain. */
function slotOf(statement: Statement): string {
	return [statement.record.author, statement.record.subject, statement.dimension, statement.domain].join(' ');
}

/** The attestations in records that stand newest first, those of one slot together told apart. */
export interface Judged {
	statement: Statement;
	state: PartState.LIVE | PartState.REPLACED | PartState.REVOKED | PartState.EXPIRED;
}

/**
 * What has become of one author's attestations. The records hold the author's attestations and revocations,
 * newest first and from the newest on, so everything that can end one of them stands before it.
 */
export function judgeOwn(records: readonly EventRecord[], nowUs: bigint): Judged[] {
	const revoked = new Set<string>();
	const slots = new Set<string>();
	const judged: Judged[] = [];
	for (const record of records) {
		const target = takenBack(record);
		if (target !== undefined) revoked.add(target);
		const statement = statementOf(record);
		if (!statement) continue;
		const slot = slotOf(statement);
		const replaced = slots.has(slot);
		slots.add(slot);
		const expired = statement.expiresAtUs !== 0n && statement.expiresAtUs <= nowUs;
		const state = revoked.has(record.id)
			? PartState.REVOKED
			: replaced
				? PartState.REPLACED
				: expired
					? PartState.EXPIRED
					: PartState.LIVE;
		judged.push({ statement, state });
	}
	return judged;
}

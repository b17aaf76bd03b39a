import { EventKind, type EventRecord } from '@erynoa/proto';
import { decodeEvent, Polarity, ProtocolError, shortDid } from '@erynoa/protocol';
import { dimensionInfo, type IconName, words } from '@erynoa/ui';
import { m } from '$lib/i18n';

/** A self-chosen name, or what stands in for it. */
export function nameOr(name: string, did: string): string {
	if (name !== '') return name;
	try {
		return shortDid(did);
	} catch {
		return words().noName;
	}
}

/** Name of a kind of event. */
export function kindName(kind: EventKind): string {
	switch (kind) {
		case EventKind.IDENTITY_CREATED:
			return m.kind_identity_created();
		case EventKind.KEY_ADDED:
			return m.kind_key_added();
		case EventKind.KEY_REVOKED:
			return m.kind_key_revoked();
		case EventKind.ATTESTATION:
			return m.kind_attestation();
		case EventKind.ATTESTATION_REVOKED:
			return m.kind_attestation_revoked();
		case EventKind.RECEIPT:
			return m.kind_receipt();
		case EventKind.REALM_CREATED:
			return m.kind_realm_created();
		case EventKind.EQUIVOCATION_PROOF:
			return m.kind_equivocation_proof();
		case EventKind.EPOCH_CLOSED:
			return m.kind_epoch_closed();
		default:
			return m.kind_custom();
	}
}

/** What an event says, in a few words; empty when its kind says it all. */
export function eventGist(record: EventRecord): string {
	if (!record.signed) return '';
	try {
		const { body } = decodeEvent(record.signed.event);
		switch (body.case) {
			case 'attestation': {
				const { dimension, polarity, domain } = body.value;
				const sign = polarity === Polarity.NEGATIVE ? '−' : '+';
				return `${sign} ${dimensionInfo(dimension).name}${domain === '' ? '' : `: ${domain}`}`;
			}
			case 'keyAdded':
				return body.value.label;
			case 'realmCreated':
				return body.value.name;
			case 'epochClosed':
				return m.epoch_number({ epoch: body.value.epoch.toString() });
			default:
				return '';
		}
	} catch (error) {
		// The event's own page says what is wrong with its bytes.
		if (error instanceof ProtocolError) return '';
		throw error;
	}
}

/** One line that names an event: kind, position, who and about whom. */
export function eventLine(record: EventRecord): string {
	const facts = {
		kind: kindName(record.kind),
		sequence: record.sequence.toString(),
		author: nameOr(record.authorName, record.author),
	};
	return record.subject === ''
		? m.event_line(facts)
		: m.event_line_about({ ...facts, subject: nameOr(record.subjectName, record.subject) });
}

/** The picture of a kind of event. */
export function kindIcon(kind: EventKind): IconName {
	switch (kind) {
		case EventKind.IDENTITY_CREATED:
			return 'person';
		case EventKind.KEY_ADDED:
		case EventKind.KEY_REVOKED:
			return 'key';
		case EventKind.ATTESTATION:
			return 'attest';
		case EventKind.ATTESTATION_REVOKED:
			return 'close';
		case EventKind.RECEIPT:
			return 'check';
		case EventKind.REALM_CREATED:
			return 'globe';
		case EventKind.EPOCH_CLOSED:
			return 'clock';
		case EventKind.EQUIVOCATION_PROOF:
			return 'warning';
		default:
			return 'log';
	}
}

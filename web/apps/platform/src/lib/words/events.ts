import { EventKind, type EventRecord, type IdentityKey, PartState, type TrustPart } from '@erynoa/proto';
import { type Dimension, KeyPurpose, Polarity, shortDid } from '@erynoa/protocol';
import { dimensionInfo, type IconName, words } from '@erynoa/ui';
import { deviceLabelOf, realmNameOf, statementOf } from '$lib/data/statements';
import * as m from '$lib/paraglide/messages';

/** A self-chosen name, or what stands in for it. */
export function nameOr(name: string, did: string): string {
	if (name !== '') return name;
	try {
		return shortDid(did);
	} catch {
		return words().noName;
	}
}

/** "Reliability", or "Competence: rust". */
export function valueName(dimension: Dimension, domain = ''): string {
	const { name } = dimensionInfo(dimension);
	return domain === '' ? name : `${name}: ${domain}`;
}

/** What happened, as one line. `me` is the DID of the reader, who is addressed. */
export function eventTitle(record: EventRecord, me?: string): string {
	const subject = record.subject === me ? m.you_object() : nameOr(record.subjectName, record.subject);
	switch (record.kind) {
		case EventKind.IDENTITY_CREATED:
			return m.event_identity_created();
		case EventKind.KEY_ADDED:
			return m.event_key_added({ label: deviceLabelOf(record) || m.device_unnamed() });
		case EventKind.KEY_REVOKED:
			return m.event_key_revoked();
		case EventKind.ATTESTATION: {
			const statement = statementOf(record);
			if (!statement) return m.event_attestation();
			const what = valueName(statement.dimension, statement.domain);
			return statement.polarity === Polarity.NEGATIVE
				? m.event_attestation_against({ subject, what })
				: m.event_attestation_for({ subject, what });
		}
		case EventKind.ATTESTATION_REVOKED:
			return m.event_attestation_revoked();
		case EventKind.RECEIPT:
			return m.event_receipt({ subject });
		case EventKind.REALM_CREATED:
			return m.event_realm_created({ name: realmNameOf(record) });
		case EventKind.EQUIVOCATION_PROOF:
			return m.event_equivocation({ subject });
		case EventKind.EPOCH_CLOSED:
			return m.event_epoch_closed();
		default:
			return m.event_custom();
	}
}

/** Who did it: "by you" or "by Ada". */
export function byline(record: EventRecord, me?: string): string {
	return record.author === me ? m.by_you() : m.by_name({ name: nameOr(record.authorName, record.author) });
}

/** The picture of an event. */
export function eventIcon(record: EventRecord): IconName {
	switch (record.kind) {
		case EventKind.IDENTITY_CREATED:
			return 'person';
		case EventKind.KEY_ADDED:
		case EventKind.KEY_REVOKED:
			return 'key';
		case EventKind.ATTESTATION:
			return statementOf(record)?.polarity === Polarity.NEGATIVE ? 'minus' : 'plus';
		case EventKind.ATTESTATION_REVOKED:
			return 'close';
		case EventKind.RECEIPT:
			return 'check';
		case EventKind.EPOCH_CLOSED:
			return 'clock';
		case EventKind.EQUIVOCATION_PROOF:
			return 'warning';
		default:
			return 'log';
	}
}

/** What has become of a piece of evidence. */
export function partStateName(state: PartState): string {
	switch (state) {
		case PartState.LIVE:
			return m.state_live();
		case PartState.REPLACED:
			return m.state_replaced();
		case PartState.REVOKED:
			return m.state_revoked();
		case PartState.EXPIRED:
			return m.state_expired();
		case PartState.NO_VOICE:
			return m.state_no_voice();
		case PartState.SAME_ROOT:
			return m.state_same_root();
		case PartState.PENDING:
			return m.state_pending();
		default:
			return '';
	}
}

/** Why a piece of evidence counts, or not, in a sentence. */
export function partStateHelp(state: PartState): string {
	switch (state) {
		case PartState.LIVE:
			return m.state_live_help();
		case PartState.REPLACED:
			return m.state_replaced_help();
		case PartState.REVOKED:
			return m.state_revoked_help();
		case PartState.EXPIRED:
			return m.state_expired_help();
		case PartState.NO_VOICE:
			return m.state_no_voice_help();
		case PartState.SAME_ROOT:
			return m.state_same_root_help();
		case PartState.PENDING:
			return m.state_pending_help();
		default:
			return '';
	}
}

/** Kind of evidence, as the explanation names it. */
export function partKindName(part: TrustPart): string {
	switch (part.kind) {
		case 'receipt':
			return m.part_receipt();
		case 'equivocation':
			return m.part_equivocation();
		default:
			return m.part_attestation();
	}
}

/** Whether a key is the one on the recovery sheet. */
export function isRecoveryKey(key: IdentityKey): boolean {
	return key.purposes.includes(KeyPurpose.RECOVERY);
}

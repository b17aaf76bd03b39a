import { EventKind, type EventRecord, type IdentityKey, PartState, type TrustPart } from '@erynoa/proto';
import { type Dimension, KeyPurpose, Polarity } from '@erynoa/protocol';
import {
	anomalyName,
	dimensionInfo,
	eventKindIcon,
	eventKindName,
	findingName,
	formatTrust,
	type IconName,
	nameOr,
} from '@erynoa/ui';
import { bodyOf, deviceLabelOf, realmNameOf, statementOf } from '$lib/data/statements';
import * as m from '$lib/paraglide/messages';

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
		case EventKind.CUSTOM:
			return m.event_custom();
		default:
			return laterTitle(record, subject);
	}
}

/** The title of the kinds that name what they say in their body. */
function laterTitle(record: EventRecord, subject: string): string {
	const kind = eventKindName(record.kind);
	const body = bodyOf(record);
	switch (body?.case) {
		case 'vouch':
			return m.event_vouch({ subject, stake: formatTrust(body.value.stakePpm) });
		case 'credentialIssued':
			return m.event_credential({ subject, type: body.value.type });
		case 'judgement':
			return m.event_judgement({ subject, finding: findingName(body.value.finding) });
		case 'delegation':
			return m.event_delegation({ subject });
		case 'identityDeactivated':
			return record.subject === record.author || record.subject === ''
				? kind
				: m.event_about({ kind, subject });
		case 'identityRecovered':
			return m.event_recovery_asked();
		case 'anomalyReported':
			return m.event_anomaly({ subject, what: anomalyName(body.value.class) });
		case 'proposal':
			return m.event_proposal({ title: body.value.title });
		case 'vote':
			return body.value.veto ? m.event_veto() : m.event_vote({ votes: formatSigned(body.value.votes) });
		default:
			return record.subject === '' || record.subject === record.author
				? kind
				: m.event_about({ kind, subject });
	}
}

function formatSigned(count: number): string {
	return count > 0 ? `+${count}` : `−${-count}`;
}

/** Who did it: "by you" or "by Ada". */
export function byline(record: EventRecord, me?: string): string {
	return record.author === me ? m.by_you() : m.by_name({ name: nameOr(record.authorName, record.author) });
}

/** The picture of an event. */
export function eventIcon(record: EventRecord): IconName {
	if (record.kind !== EventKind.ATTESTATION) return eventKindIcon(record.kind);
	return statementOf(record)?.polarity === Polarity.NEGATIVE ? 'minus' : 'plus';
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

const partNames: Readonly<Record<string, () => string>> = {
	attestation: m.part_attestation,
	receipt: m.part_receipt,
	equivocation: m.part_equivocation,
	vouch: m.part_vouch,
	vouch_answered: m.part_vouch_answered,
	credential: m.part_credential,
	credential_fraud: m.part_credential_fraud,
	claim_judged: m.part_claim_judged,
	cosignature: m.part_cosignature,
	contradiction: m.part_contradiction,
	anomaly_judged: m.part_anomaly_judged,
	vote: m.part_vote,
	proposal_accepted: m.part_proposal_accepted,
	spam: m.part_spam,
	breach: m.part_breach,
};

/** Kinds of evidence that have a name here. */
export const namedParts: readonly string[] = Object.keys(partNames);

/** Kind of evidence, as the explanation names it. */
export function partKindName(part: Pick<TrustPart, 'kind'>): string {
	return partNames[part.kind]?.() ?? part.kind;
}

/** Whether a key is the one on the recovery sheet. */
export function isRecoveryKey(key: IdentityKey): boolean {
	return key.purposes.includes(KeyPurpose.RECOVERY);
}

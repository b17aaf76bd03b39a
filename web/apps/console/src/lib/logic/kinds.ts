import { EventKind } from '@erynoa/proto';

/** Kinds of events with the words that stand for them in addresses, by what they are about. */
const groups = {
	identity: {
		identity_created: EventKind.IDENTITY_CREATED,
		key_added: EventKind.KEY_ADDED,
		key_revoked: EventKind.KEY_REVOKED,
		controller_set: EventKind.CONTROLLER_SET,
		identity_recovered: EventKind.IDENTITY_RECOVERED,
		identity_deactivated: EventKind.IDENTITY_DEACTIVATED,
	},
	evidence: {
		attestation: EventKind.ATTESTATION,
		attestation_revoked: EventKind.ATTESTATION_REVOKED,
		receipt: EventKind.RECEIPT,
		vouch: EventKind.VOUCH,
		vouch_revoked: EventKind.VOUCH_REVOKED,
		credential_issued: EventKind.CREDENTIAL_ISSUED,
		credential_revoked: EventKind.CREDENTIAL_REVOKED,
	},
	delegation: {
		delegation: EventKind.DELEGATION,
		delegation_revoked: EventKind.DELEGATION_REVOKED,
	},
	realms: {
		realm_created: EventKind.REALM_CREATED,
		realm_rules_changed: EventKind.REALM_RULES_CHANGED,
		realm_joined: EventKind.REALM_JOINED,
		realm_left: EventKind.REALM_LEFT,
		member_banned: EventKind.MEMBER_BANNED,
		proposal: EventKind.PROPOSAL,
		vote: EventKind.VOTE,
		proposal_closed: EventKind.PROPOSAL_CLOSED,
	},
	protection: {
		judgement: EventKind.JUDGEMENT,
		anomaly_reported: EventKind.ANOMALY_REPORTED,
		anomaly_judged: EventKind.ANOMALY_JUDGED,
		equivocation_proof: EventKind.EQUIVOCATION_PROOF,
	},
	log: {
		epoch_closed: EventKind.EPOCH_CLOSED,
		epoch_cosigned: EventKind.EPOCH_COSIGNED,
		custom: EventKind.CUSTOM,
	},
} as const;

/** What kinds of events are about. */
export type KindGroup = keyof typeof groups;

/** The groups in the order in which they are offered, each with its kinds. */
export const kindGroups: readonly { group: KindGroup; kinds: readonly EventKind[] }[] = (
	Object.keys(groups) as KindGroup[]
).map((group) => ({ group, kinds: Object.values(groups[group]) }));

/** Kinds by their words. */
export const kindKeys: Readonly<Record<string, EventKind>> = Object.fromEntries(
	Object.values(groups).flatMap((kinds) => Object.entries(kinds)),
);

/** All kinds in order. */
export const allKinds: readonly EventKind[] = Object.values(kindKeys);

/** The word of a kind; empty for one that this console does not know. */
export function kindKey(kind: EventKind): string {
	return Object.keys(kindKeys).find((key) => kindKeys[key] === kind) ?? '';
}

/** CSS colour of a kind; each kind has the same everywhere. */
export function kindColour(kind: EventKind): string {
	switch (kind) {
		case EventKind.IDENTITY_CREATED:
		case EventKind.CONTROLLER_SET:
		case EventKind.IDENTITY_RECOVERED:
			return 'var(--c-dim-i)';
		case EventKind.KEY_ADDED:
		case EventKind.KEY_REVOKED:
		case EventKind.DELEGATION:
		case EventKind.DELEGATION_REVOKED:
			return 'var(--c-dim-c)';
		case EventKind.ATTESTATION:
		case EventKind.VOUCH:
		case EventKind.CREDENTIAL_ISSUED:
			return 'var(--c-primary)';
		case EventKind.IDENTITY_DEACTIVATED:
		case EventKind.ATTESTATION_REVOKED:
		case EventKind.VOUCH_REVOKED:
		case EventKind.CREDENTIAL_REVOKED:
		case EventKind.MEMBER_BANNED:
		case EventKind.EQUIVOCATION_PROOF:
			return 'var(--c-bad)';
		case EventKind.RECEIPT:
			return 'var(--c-dim-p)';
		case EventKind.REALM_CREATED:
		case EventKind.REALM_RULES_CHANGED:
		case EventKind.REALM_JOINED:
		case EventKind.REALM_LEFT:
			return 'var(--c-dim-v)';
		case EventKind.PROPOSAL:
		case EventKind.VOTE:
		case EventKind.PROPOSAL_CLOSED:
			return 'var(--c-info)';
		case EventKind.JUDGEMENT:
		case EventKind.ANOMALY_REPORTED:
		case EventKind.ANOMALY_JUDGED:
			return 'var(--c-accent)';
		default:
			return 'var(--c-line-strong)';
	}
}

import { EventKind } from '@erynoa/proto';

/** Kinds of events with the words that stand for them in addresses, in the order of the protocol. */
export const kindKeys = {
	identity_created: EventKind.IDENTITY_CREATED,
	key_added: EventKind.KEY_ADDED,
	key_revoked: EventKind.KEY_REVOKED,
	attestation: EventKind.ATTESTATION,
	attestation_revoked: EventKind.ATTESTATION_REVOKED,
	receipt: EventKind.RECEIPT,
	realm_created: EventKind.REALM_CREATED,
	equivocation_proof: EventKind.EQUIVOCATION_PROOF,
	epoch_closed: EventKind.EPOCH_CLOSED,
	custom: EventKind.CUSTOM,
} as const;

export type KindKey = keyof typeof kindKeys;

/** All kinds in order. */
export const allKinds: readonly EventKind[] = Object.values(kindKeys);

/** The word of a kind; empty for one that this console does not know. */
export function kindKey(kind: EventKind): KindKey | '' {
	return (Object.keys(kindKeys) as KindKey[]).find((key) => kindKeys[key] === kind) ?? '';
}

/** CSS colour of a kind; each kind has the same everywhere. */
export function kindColour(kind: EventKind): string {
	switch (kind) {
		case EventKind.IDENTITY_CREATED:
			return 'var(--c-dim-i)';
		case EventKind.KEY_ADDED:
		case EventKind.KEY_REVOKED:
			return 'var(--c-dim-c)';
		case EventKind.ATTESTATION:
			return 'var(--c-primary)';
		case EventKind.ATTESTATION_REVOKED:
		case EventKind.EQUIVOCATION_PROOF:
			return 'var(--c-bad)';
		case EventKind.RECEIPT:
			return 'var(--c-dim-p)';
		case EventKind.REALM_CREATED:
			return 'var(--c-dim-v)';
		default:
			return 'var(--c-line-strong)';
	}
}

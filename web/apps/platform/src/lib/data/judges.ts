import { EventKind } from '@erynoa/proto';
import { Finding } from '@erynoa/protocol';

/** What a judge can find about an event of a kind. */
export function findingsFor(kind: EventKind): readonly Finding[] {
	const breaches = [
		Finding.BREACH_CONTRACT,
		Finding.BREACH_REALM,
		Finding.BREACH_AXIOM,
		Finding.MEMBER_AT_FAULT,
	] as const;
	if (kind === EventKind.ATTESTATION) {
		return [
			Finding.CLAIM_TRUE,
			Finding.CLAIM_FALSE_MINOR,
			Finding.CLAIM_FALSE_SIGNIFICANT,
			Finding.CLAIM_FALSE_FRAUD,
			...breaches,
		];
	}
	return kind === EventKind.PROPOSAL ? [Finding.PROPOSAL_SPAM, ...breaches] : breaches;
}

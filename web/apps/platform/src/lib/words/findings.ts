import { Finding } from '@erynoa/protocol';
import * as m from '$lib/paraglide/messages';

/** What a finding costs or brings, in a sentence. */
export function findingEffect(finding: Finding, name: string): string {
	const effects: Readonly<Record<number, (inputs: { name: string }) => string>> = {
		[Finding.CLAIM_TRUE]: m.finding_true_effect,
		[Finding.CLAIM_FALSE_MINOR]: m.finding_false_minor_effect,
		[Finding.CLAIM_FALSE_SIGNIFICANT]: m.finding_false_significant_effect,
		[Finding.CLAIM_FALSE_FRAUD]: m.finding_false_fraud_effect,
		[Finding.PROPOSAL_SPAM]: m.finding_spam_effect,
		[Finding.BREACH_CONTRACT]: m.finding_breach_contract_effect,
		[Finding.BREACH_REALM]: m.finding_breach_realm_effect,
		[Finding.BREACH_AXIOM]: m.finding_breach_axiom_effect,
		[Finding.MEMBER_AT_FAULT]: m.finding_at_fault_effect,
	};
	return effects[finding]?.({ name }) ?? '';
}

/** Whether a finding speaks for its subject. */
export function findingLook(finding: Finding): 'good' | 'bad' {
	return finding === Finding.CLAIM_TRUE ? 'good' : 'bad';
}

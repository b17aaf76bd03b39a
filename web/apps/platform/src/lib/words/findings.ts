import { AnomalyClass, Finding, Severity } from '@erynoa/protocol';
import * as m from '$lib/paraglide/messages';

/** What a judge has found, in a few words. */
export function findingName(finding: Finding): string {
	const names: Readonly<Record<number, () => string>> = {
		[Finding.CLAIM_TRUE]: m.finding_true,
		[Finding.CLAIM_FALSE_MINOR]: m.finding_false_minor,
		[Finding.CLAIM_FALSE_SIGNIFICANT]: m.finding_false_significant,
		[Finding.CLAIM_FALSE_FRAUD]: m.finding_false_fraud,
		[Finding.PROPOSAL_SPAM]: m.finding_spam,
		[Finding.BREACH_CONTRACT]: m.finding_breach_contract,
		[Finding.BREACH_REALM]: m.finding_breach_realm,
		[Finding.BREACH_AXIOM]: m.finding_breach_axiom,
		[Finding.MEMBER_AT_FAULT]: m.finding_at_fault,
	};
	return names[finding]?.() ?? '';
}

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

export function severityName(severity: Severity): string {
	switch (severity) {
		case Severity.LOW:
			return m.severity_low();
		case Severity.MEDIUM:
			return m.severity_medium();
		case Severity.HIGH:
			return m.severity_high();
		case Severity.CRITICAL:
			return m.severity_critical();
		default:
			return '';
	}
}

/** What is odd about something. */
export function anomalyName(kind: AnomalyClass): string {
	switch (kind) {
		case AnomalyClass.RATE:
			return m.anomaly_rate();
		case AnomalyClass.DEVIATION:
			return m.anomaly_deviation();
		case AnomalyClass.CYCLE:
			return m.anomaly_cycle();
		case AnomalyClass.COLLUSION:
			return m.anomaly_collusion();
		default:
			return m.anomaly_other();
	}
}

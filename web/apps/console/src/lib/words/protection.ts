import type { AnomalyFinding } from '@erynoa/proto';
import { AnomalyClass, Finding, Severity } from '@erynoa/protocol';
import { formatNumber } from '@erynoa/ui';
import { m } from '$lib/i18n';

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

export const anomalyClasses: readonly AnomalyClass[] = [
	AnomalyClass.RATE,
	AnomalyClass.DEVIATION,
	AnomalyClass.CYCLE,
	AnomalyClass.COLLUSION,
	AnomalyClass.OTHER,
];

/** A measure of the detector: "61" or "2.5". */
function amount(milli: bigint): string {
	return formatNumber(Math.round(Number(milli) / 100) / 10);
}

/** What the detector has measured, in a sentence. */
export function findingMeasure(finding: AnomalyFinding): string {
	const measured = amount(finding.measuredMilli);
	const expected = amount(finding.expectedMilli);
	switch (finding.class) {
		case AnomalyClass.RATE:
			return m.finding_rate({ measured, expected });
		case AnomalyClass.DEVIATION:
			return m.finding_deviation({ measured, expected });
		case AnomalyClass.CYCLE:
			return m.finding_cycle({ measured });
		default:
			return m.finding_measured({ measured, expected });
	}
}

export const severities: readonly Severity[] = [
	Severity.LOW,
	Severity.MEDIUM,
	Severity.HIGH,
	Severity.CRITICAL,
];

export function severityName(severity: Severity): string {
	switch (severity) {
		case Severity.MEDIUM:
			return m.severity_medium();
		case Severity.HIGH:
			return m.severity_high();
		case Severity.CRITICAL:
			return m.severity_critical();
		default:
			return m.severity_low();
	}
}

export function severityTone(severity: Severity): 'neutral' | 'info' | 'accent' | 'bad' {
	switch (severity) {
		case Severity.MEDIUM:
			return 'info';
		case Severity.HIGH:
			return 'accent';
		case Severity.CRITICAL:
			return 'bad';
		default:
			return 'neutral';
	}
}

/** Vigilance that a confirmed report earns its reporter (protocol §5). */
const CONFIRMED: Readonly<Record<number, number>> = {
	[Severity.LOW]: 1,
	[Severity.MEDIUM]: 2,
	[Severity.HIGH]: 5,
	[Severity.CRITICAL]: 10,
};

/** What a decision on a report does to its reporter, in a sentence. */
export function decisionEffect(confirmed: boolean, severity: Severity, name: string): string {
	return confirmed
		? m.judge_confirmed_effect({ name, amount: formatNumber(CONFIRMED[severity] ?? 0) })
		: m.judge_false_effect({ name, amount: formatNumber(0.5) });
}

/** What a judge has found. */
export function judgementName(finding: Finding): string {
	const names: Readonly<Record<number, () => string>> = {
		[Finding.CLAIM_TRUE]: m.judgement_true,
		[Finding.CLAIM_FALSE_MINOR]: m.judgement_false_minor,
		[Finding.CLAIM_FALSE_SIGNIFICANT]: m.judgement_false_significant,
		[Finding.CLAIM_FALSE_FRAUD]: m.judgement_fraud,
		[Finding.PROPOSAL_SPAM]: m.judgement_spam,
		[Finding.BREACH_CONTRACT]: m.judgement_breach_contract,
		[Finding.BREACH_REALM]: m.judgement_breach_realm,
		[Finding.BREACH_AXIOM]: m.judgement_breach_axiom,
		[Finding.MEMBER_AT_FAULT]: m.judgement_at_fault,
	};
	return names[finding]?.() ?? '';
}

import type { AnomalyFinding } from '@erynoa/proto';
import { AnomalyClass, Severity } from '@erynoa/protocol';
import { formatNumber } from '@erynoa/ui';
import { m } from '$lib/i18n';

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

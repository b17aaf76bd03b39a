// Words of reports and judgements.

import { AnomalyClass, Finding, Severity } from '@erynoa/protocol';
import { type Phrase, say } from './phrase';

const anomalies: Readonly<Record<number, Phrase>> = {
	[AnomalyClass.RATE]: { en: 'Too many events in a short time', de: 'Zu viele Ereignisse in kurzer Zeit' },
	[AnomalyClass.DEVIATION]: { en: 'Far from the usual behaviour', de: 'Weit vom üblichen Verhalten' },
	[AnomalyClass.CYCLE]: { en: 'A circle of good words', de: 'Ein Kreis guter Worte' },
	[AnomalyClass.COLLUSION]: {
		en: 'Two who only speak well of each other',
		de: 'Zwei, die nur gut voneinander sprechen',
	},
	[AnomalyClass.OTHER]: { en: 'Something else', de: 'Etwas anderes' },
};

/** All classes, in the order in which they are offered. */
export const anomalyClasses: readonly AnomalyClass[] = [
	AnomalyClass.RATE,
	AnomalyClass.DEVIATION,
	AnomalyClass.CYCLE,
	AnomalyClass.COLLUSION,
	AnomalyClass.OTHER,
];

/** What is odd about something. */
export function anomalyName(kind: AnomalyClass): string {
	return say(anomalies[kind] ?? anomalies[AnomalyClass.OTHER]);
}

const severityWords: Readonly<Record<number, { name: Phrase; tone: 'neutral' | 'info' | 'accent' | 'bad' }>> =
	{
		[Severity.LOW]: { name: { en: 'Low', de: 'Gering' }, tone: 'neutral' },
		[Severity.MEDIUM]: { name: { en: 'Medium', de: 'Mittel' }, tone: 'info' },
		[Severity.HIGH]: { name: { en: 'High', de: 'Hoch' }, tone: 'accent' },
		[Severity.CRITICAL]: { name: { en: 'Critical', de: 'Kritisch' }, tone: 'bad' },
	};

/** All severities, the lightest first. */
export const severities: readonly Severity[] = [
	Severity.LOW,
	Severity.MEDIUM,
	Severity.HIGH,
	Severity.CRITICAL,
];

export function severityName(severity: Severity): string {
	return say(severityWords[severity]?.name);
}

export function severityTone(severity: Severity): 'neutral' | 'info' | 'accent' | 'bad' {
	return severityWords[severity]?.tone ?? 'neutral';
}

const findings: Readonly<Record<number, Phrase>> = {
	[Finding.CLAIM_TRUE]: { en: 'The claim is true', de: 'Die Aussage stimmt' },
	[Finding.CLAIM_FALSE_MINOR]: {
		en: 'The claim is false, in a small matter',
		de: 'Die Aussage ist falsch, in einer Kleinigkeit',
	},
	[Finding.CLAIM_FALSE_SIGNIFICANT]: {
		en: 'The claim is false in substance',
		de: 'Die Aussage ist in der Sache falsch',
	},
	[Finding.CLAIM_FALSE_FRAUD]: { en: 'The claim is fraud', de: 'Die Aussage ist Betrug' },
	[Finding.PROPOSAL_SPAM]: { en: 'The proposal is spam', de: 'Der Antrag ist Spam' },
	[Finding.BREACH_CONTRACT]: { en: 'A contract was broken', de: 'Ein Vertrag wurde gebrochen' },
	[Finding.BREACH_REALM]: {
		en: 'A rule of the realm was broken',
		de: 'Eine Regel des Realms wurde gebrochen',
	},
	[Finding.BREACH_AXIOM]: {
		en: 'A principle of the protocol was broken',
		de: 'Ein Grundsatz des Protokolls wurde gebrochen',
	},
	[Finding.MEMBER_AT_FAULT]: { en: 'The member is at fault', de: 'Das Mitglied trägt die Schuld' },
};

/** What a judge has found, in a few words. */
export function findingName(finding: Finding): string {
	return say(findings[finding]);
}

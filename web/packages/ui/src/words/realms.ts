// Words of realms and of their rules.

import { BreakerState, MemberState, type Rule } from '@erynoa/proto';
import { Isolation, JoinPolicy } from '@erynoa/protocol';
import { formatBytes, formatDuration, formatNumber, formatTrust, shorten } from '../format';
import { dimensionInfo } from '../trust/dimensions';
import { type Phrase, say } from './phrase';

/** A realm's name, or what stands in for it. */
export function realmName(realm: { readonly name: string; readonly id: string }): string {
	return realm.name || shorten(realm.id);
}

const joinPolicies: Readonly<Record<number, { name: Phrase; text: Phrase }>> = {
	[JoinPolicy.OPEN]: {
		name: { en: 'Open', de: 'Offen' },
		text: { en: 'Whoever meets all rules may join.', de: 'Wer alle Regeln erfüllt, darf beitreten.' },
	},
	[JoinPolicy.CREDENTIAL]: {
		name: { en: 'By credential', de: 'Mit Nachweis' },
		text: {
			en: 'Whoever joins holds the credentials that the realm asks for.',
			de: 'Wer beitritt, hat die Nachweise, die der Realm verlangt.',
		},
	},
	[JoinPolicy.INVITATION]: {
		name: { en: 'By invitation', de: 'Auf Einladung' },
		text: {
			en: 'Two members with a trust of at least 70% endorse whoever joins.',
			de: 'Zwei Mitglieder mit einem Vertrauen von mindestens 70 % sprechen für jeden, der beitritt.',
		},
	},
	[JoinPolicy.VOTE]: {
		name: { en: 'By vote', de: 'Durch Abstimmung' },
		text: {
			en: 'The members vote on everybody who wants to join.',
			de: 'Die Mitglieder stimmen über jeden ab, der beitreten will.',
		},
	},
};

const joinPolicyOf = (policy: JoinPolicy) => joinPolicies[policy] ?? joinPolicies[JoinPolicy.OPEN];

/** Name of a way of joining; without a rule it is open. */
export function joinPolicyName(policy: JoinPolicy): string {
	return say(joinPolicyOf(policy)?.name);
}

/** What a way of joining asks for, in a sentence. */
export function joinPolicyText(policy: JoinPolicy): string {
	return say(joinPolicyOf(policy)?.text);
}

const isolations: Readonly<Record<number, { name: Phrase; text: Phrase }>> = {
	[Isolation.PUBLIC]: {
		name: { en: 'Everybody may speak', de: 'Alle dürfen sprechen' },
		text: {
			en: 'Anybody may speak here, and about anybody.',
			de: 'Hier darf jeder sprechen, und über jeden.',
		},
	},
	[Isolation.MEMBERS]: {
		name: { en: 'Members speak', de: 'Mitglieder sprechen' },
		text: {
			en: 'Only members speak here; they may speak about anybody.',
			de: 'Hier sprechen nur Mitglieder; sie dürfen über jeden sprechen.',
		},
	},
	[Isolation.STRICT]: {
		name: { en: 'Among members only', de: 'Nur unter Mitgliedern' },
		text: {
			en: 'Only members speak here, and only about members.',
			de: 'Hier sprechen nur Mitglieder, und nur über Mitglieder.',
		},
	},
};

const isolationOf = (level: Isolation) => isolations[level] ?? isolations[Isolation.MEMBERS];

/** Who may speak, in a few words; without a rule the members. */
export function isolationName(level: Isolation): string {
	return say(isolationOf(level)?.name);
}

/** Who may speak, and about whom, in a sentence. */
export function isolationText(level: Isolation): string {
	return say(isolationOf(level)?.text);
}

/** What a rule is about: the kind of its parameters. */
export type RuleCategory = NonNullable<Rule['parameters']['case']>;

const categories: Readonly<Record<RuleCategory, Phrase>> = {
	join: { en: 'Way of joining', de: 'Beitritt' },
	minTrust: { en: 'Least trust', de: 'Mindestvertrauen' },
	dimensionMinimum: { en: 'Least value of one dimension', de: 'Mindestwert einer Dimension' },
	credentialRequired: { en: 'Credential required', de: 'Nachweis nötig' },
	isolation: { en: 'Who may speak', de: 'Wer sprechen darf' },
	quota: { en: 'Quota', de: 'Kontingent' },
	judges: { en: 'Judges', de: 'Urteilende' },
	issuers: { en: 'Issuers of credentials', de: 'Aussteller von Nachweisen' },
	witnesses: { en: 'Witnesses', de: 'Zeugen' },
	governanceTimes: { en: 'Times of decisions', de: 'Fristen' },
	crossings: { en: 'Ways between realms', de: 'Wege zwischen Realms' },
	expression: { en: 'Expression', de: 'Ausdruck' },
};

export function categoryName(category: RuleCategory): string {
	return say(categories[category]);
}

const sentences = {
	noTrust: {
		en: 'Nobody has to bring trust along to join.',
		de: 'Zum Beitritt muss niemand Vertrauen mitbringen.',
	},
	minTrust: {
		en: 'Whoever joins brings a trust of at least {value}.',
		de: 'Wer beitritt, bringt ein Vertrauen von mindestens {value} mit.',
	},
	dimension: {
		en: 'Whoever joins has at least {value} in {dimension}.',
		de: 'Wer beitritt, hat bei {dimension} mindestens {value}.',
	},
	credential: {
		en: 'Whoever joins holds a credential of the type “{type}”.',
		de: 'Wer beitritt, hat einen Nachweis der Art „{type}“.',
	},
	quota: {
		en: 'In one epoch at most {events} events, {bytes}, {gas} gas and {crossings} joinings.',
		de: 'In einer Epoche höchstens {events} Ereignisse, {bytes}, {gas} Gas und {crossings} Beitritte.',
	},
	judges: { en: 'These may judge here:', de: 'Hier dürfen urteilen:' },
	issuers: {
		en: 'Credentials of the type “{type}” are issued by:',
		de: 'Nachweise der Art „{type}“ stellen aus:',
	},
	witnesses: { en: 'Witnesses of the log, with their weights:', de: 'Zeugen des Logs, mit ihren Gewichten:' },
	times: {
		en: 'Discussion {discussion}, voting {voting}, wait before it takes effect {timelock}.',
		de: 'Aussprache {discussion}, Abstimmung {voting}, Wartezeit bis zum Inkrafttreten {timelock}.',
	},
	usual: { en: 'as the protocol says', de: 'wie im Protokoll' },
	expression: {
		en: 'Permitted only when this expression says so:',
		de: 'Nur erlaubt, wenn dieser Ausdruck es zulässt:',
	},
	crossings: {
		en: 'Not all ways into this realm weigh the same:',
		de: 'Nicht alle Wege in diesen Realm wiegen gleich:',
	},
} as const satisfies Record<string, Phrase>;

/** What a realm may use in one epoch unless a rule says less (protocol §7). */
const DEFAULT_QUOTA = { events: 10_000, bytes: 10_000_000n, gas: 1_000_000n, crossings: 1_000 } as const;

/** What trust somebody has to bring along to join. */
export function leastTrustText(normPpm: number): string {
	return normPpm === 0 ? say(sentences.noTrust) : say(sentences.minTrust, { value: formatTrust(normPpm) });
}

/** A rule in one plain sentence. Lists of people and realms, and expressions, follow it. */
export function ruleSentence({ parameters }: Rule): string {
	switch (parameters.case) {
		case 'minTrust':
			return leastTrustText(parameters.value.normPpm);
		case 'dimensionMinimum':
			return say(sentences.dimension, {
				dimension: dimensionInfo(parameters.value.dimension).name,
				value: formatTrust(parameters.value.trustPpm),
			});
		case 'credentialRequired':
			return say(sentences.credential, { type: parameters.value.type });
		case 'join':
			return joinPolicyText(parameters.value.policy);
		case 'isolation':
			return isolationText(parameters.value.level);
		case 'quota': {
			const { events, bytes, gas, crossings } = parameters.value;
			return say(sentences.quota, {
				events: formatNumber(events || DEFAULT_QUOTA.events),
				bytes: formatBytes(bytes || DEFAULT_QUOTA.bytes),
				gas: formatNumber(gas || DEFAULT_QUOTA.gas),
				crossings: formatNumber(crossings || DEFAULT_QUOTA.crossings),
			});
		}
		case 'issuers':
			return say(sentences.issuers, { type: parameters.value.type });
		case 'governanceTimes': {
			const { discussionS, votingS, timelockS } = parameters.value;
			const time = (seconds: number) => (seconds === 0 ? say(sentences.usual) : formatDuration(seconds));
			return say(sentences.times, {
				discussion: time(discussionS),
				voting: time(votingS),
				timelock: time(timelockS),
			});
		}
		case 'judges':
		case 'witnesses':
		case 'expression':
		case 'crossings':
			return say(sentences[parameters.case]);
		default:
			return '';
	}
}

/** What goes before the realms that a rule names. */
export const edgeNames = {
	allowed: () => say({ en: 'Trust comes over whole:', de: 'Vertrauen kommt ganz herüber:' }),
	blocked: () => say({ en: 'Nothing comes over:', de: 'Nichts kommt herüber:' }),
} as const;

const memberStates: Readonly<Record<number, Phrase>> = {
	[MemberState.MEMBER]: { en: 'Member', de: 'Mitglied' },
	[MemberState.FOUNDER]: { en: 'Founder', de: 'Gründungsmitglied' },
	[MemberState.LEFT]: { en: 'Left', de: 'Ausgetreten' },
	[MemberState.BANNED]: { en: 'Excluded', de: 'Ausgeschlossen' },
};

/** What somebody is in a realm; empty for nothing. */
export function memberStateName(state: MemberState): string {
	return say(memberStates[state]);
}

export function memberStateTone(state: MemberState): 'primary' | 'neutral' | 'bad' {
	if (state === MemberState.FOUNDER) return 'primary';
	return state === MemberState.BANNED ? 'bad' : 'neutral';
}

/** Whether somebody belongs to a realm. */
export function belongs(state: MemberState): boolean {
	return state === MemberState.MEMBER || state === MemberState.FOUNDER;
}

const breakers: Readonly<Record<number, { name: Phrase; text: Phrase; tone: 'good' | 'accent' | 'bad' }>> = {
	[BreakerState.NORMAL]: {
		name: { en: 'Normal', de: 'Normal' },
		text: { en: 'Nothing unusual has been reported.', de: 'Es wurde nichts Ungewöhnliches gemeldet.' },
		tone: 'good',
	},
	[BreakerState.DEGRADED]: {
		name: { en: 'Slowed down', de: 'Gedrosselt' },
		text: {
			en: 'Many people reported something critical within a minute. Until five minutes have been quiet, only members with a voice write here.',
			de: 'Viele haben binnen einer Minute etwas Kritisches gemeldet. Bis fünf Minuten Ruhe war, schreiben hier nur Mitglieder mit Stimme.',
		},
		tone: 'accent',
	},
	[BreakerState.READ_ONLY]: {
		name: { en: 'Read only', de: 'Nur lesen' },
		text: {
			en: 'So many critical reports came in that only decisions of judges are written here until five minutes have been quiet.',
			de: 'Es kamen so viele kritische Meldungen, dass hier nur Urteile geschrieben werden, bis fünf Minuten Ruhe war.',
		},
		tone: 'bad',
	},
};

const breakerOf = (state: BreakerState) => breakers[state] ?? breakers[BreakerState.NORMAL];

/** State of a realm's circuit breaker. */
export function breakerName(state: BreakerState): string {
	return say(breakerOf(state)?.name);
}

/** Why the breaker is in its state, and what holds meanwhile. */
export function breakerText(state: BreakerState): string {
	return say(breakerOf(state)?.text);
}

export function breakerTone(state: BreakerState): 'good' | 'accent' | 'bad' {
	return breakerOf(state)?.tone ?? 'good';
}

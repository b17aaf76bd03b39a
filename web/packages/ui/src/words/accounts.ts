// Words of accounts: roles, states, sessions.

import { UserStatus } from '@erynoa/proto';
import { type Phrase, say } from './phrase';

/** Every role has the rights of those before it. */
export const roles = ['member', 'operator', 'admin'] as const;

const names: Readonly<Record<string, { name: Phrase; text: Phrase }>> = {
	member: {
		name: { en: 'Member', de: 'Mitglied' },
		text: {
			en: 'Uses the platform: own account, own sessions, own files.',
			de: 'Nutzt die Plattform: eigenes Konto, eigene Sitzungen, eigene Dateien.',
		},
	},
	operator: {
		name: { en: 'Operator', de: 'Betreiber' },
		text: {
			en: 'Runs the installation: console, invitations, everybody’s sessions, audit log.',
			de: 'Betreibt die Installation: Konsole, Einladungen, Sitzungen aller, Prüfprotokoll.',
		},
	},
	admin: {
		name: { en: 'Admin', de: 'Admin' },
		text: {
			en: 'Decides about people: gives roles, disables and deletes accounts.',
			de: 'Entscheidet über Personen: vergibt Rollen, sperrt und löscht Konten.',
		},
	},
};

/** Name of a role; as the server says it when it is a new one. */
export function roleName(role: string): string {
	return say(names[role]?.name) || role;
}

/** What somebody with a role may do. */
export function roleText(role: string): string {
	return say(names[role]?.text);
}

/** The role of those given with the most rights. */
export function highestRole(given: readonly string[]): string {
	return roles.findLast((role) => given.includes(role)) ?? 'member';
}

type Tone = 'neutral' | 'info' | 'good' | 'bad';

const states: Readonly<Record<number, { name: Phrase; tone: Tone }>> = {
	[UserStatus.ACTIVE]: { name: { en: 'Active', de: 'Aktiv' }, tone: 'good' },
	[UserStatus.INVITED]: { name: { en: 'Invited', de: 'Eingeladen' }, tone: 'info' },
	[UserStatus.DISABLED]: { name: { en: 'Disabled', de: 'Gesperrt' }, tone: 'bad' },
};

export function userStatusName(status: UserStatus): string {
	return say(states[status]?.name);
}

export function userStatusTone(status: UserStatus): Tone {
	return states[status]?.tone ?? 'neutral';
}

const methods: Readonly<Record<string, Phrase>> = {
	device_key: { en: 'Device key', de: 'Geräteschlüssel' },
	oidc: { en: 'Identity provider', de: 'Identitätsanbieter' },
};

/** How somebody has signed in. */
export function signInMethodName(method: string): string {
	return say(methods[method]) || method;
}

const browsers: readonly [RegExp, string][] = [
	[/Edg\//, 'Edge'],
	[/OPR\//, 'Opera'],
	[/Firefox\//, 'Firefox'],
	[/Chrom(e|ium)\//, 'Chrome'],
	[/Safari\//, 'Safari'],
	[/^erynoa/i, 'Erynoa CLI'],
];
const systems: readonly [RegExp, string][] = [
	[/iPhone/, 'iPhone'],
	[/iPad/, 'iPad'],
	[/Android/, 'Android'],
	[/Windows/, 'Windows'],
	[/Mac OS X/, 'Mac'],
	[/CrOS/, 'ChromeOS'],
	[/Linux/, 'Linux'],
];

/** A name for a device that its owner will recognise, such as "Chrome · Linux"; empty when nothing is known. */
export function deviceName(userAgent: string): string {
	const find = (from: readonly [RegExp, string][]) => from.find(([pattern]) => pattern.test(userAgent))?.[1];
	return [find(browsers), find(systems)].filter(Boolean).join(' · ');
}

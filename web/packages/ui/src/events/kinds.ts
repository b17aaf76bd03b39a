// Kinds of events: number = value of the enum erynoa.api.v1.EventKind, picture, words.

import type { IconName } from '../icons';
import { type Locale, locale } from '../locale.svelte';

interface Kind {
	icon: IconName;
	words: Record<Locale, string>;
}

const kinds: readonly Kind[] = [
	{ icon: 'person', words: { en: 'Identity created', de: 'Identität angelegt' } },
	{ icon: 'key', words: { en: 'Key added', de: 'Schlüssel hinzugefügt' } },
	{ icon: 'key', words: { en: 'Key revoked', de: 'Schlüssel widerrufen' } },
	{ icon: 'attest', words: { en: 'Attestation', de: 'Attest' } },
	{ icon: 'close', words: { en: 'Attestation taken back', de: 'Attest zurückgenommen' } },
	{ icon: 'receipt', words: { en: 'Receipt', de: 'Quittung' } },
	{ icon: 'realm', words: { en: 'Realm created', de: 'Realm gegründet' } },
	{ icon: 'warning', words: { en: 'Double-dealing proved', de: 'Doppeltes Signieren bewiesen' } },
	{ icon: 'clock', words: { en: 'Epoch closed', de: 'Epoche geschlossen' } },
	{ icon: 'log', words: { en: 'Other content', de: 'Anderer Inhalt' } },
	{ icon: 'agent', words: { en: 'Controller changed', de: 'Verantwortung übergeben' } },
	{ icon: 'trash', words: { en: 'Identity closed', de: 'Identität stillgelegt' } },
	{ icon: 'refresh', words: { en: 'Recovery', de: 'Wiederherstellung' } },
	{ icon: 'handshake', words: { en: 'Vouch', de: 'Bürgschaft' } },
	{ icon: 'close', words: { en: 'Vouch taken back', de: 'Bürgschaft zurückgenommen' } },
	{ icon: 'badge', words: { en: 'Credential issued', de: 'Nachweis ausgestellt' } },
	{ icon: 'close', words: { en: 'Credential revoked', de: 'Nachweis widerrufen' } },
	{ icon: 'gavel', words: { en: 'Judgement', de: 'Urteil' } },
	{ icon: 'link', words: { en: 'Delegation', de: 'Vollmacht' } },
	{ icon: 'close', words: { en: 'Delegation revoked', de: 'Vollmacht widerrufen' } },
	{ icon: 'book', words: { en: 'Rules changed', de: 'Regeln geändert' } },
	{ icon: 'signIn', words: { en: 'Realm joined', de: 'Realm beigetreten' } },
	{ icon: 'signOut', words: { en: 'Realm left', de: 'Realm verlassen' } },
	{ icon: 'people', words: { en: 'Membership decided', de: 'Mitgliedschaft entschieden' } },
	{ icon: 'log', words: { en: 'Proposal', de: 'Antrag' } },
	{ icon: 'check', words: { en: 'Vote', de: 'Stimmabgabe' } },
	{ icon: 'check', words: { en: 'Proposal closed', de: 'Antrag abgeschlossen' } },
	{ icon: 'bell', words: { en: 'Anomaly reported', de: 'Auffälligkeit gemeldet' } },
	{ icon: 'gavel', words: { en: 'Report judged', de: 'Meldung beurteilt' } },
	{ icon: 'shield', words: { en: 'Epoch cosigned', de: 'Epoche mitgezeichnet' } },
];

const unknown: Kind = { icon: 'log', words: { en: 'Unknown kind', de: 'Unbekannte Art' } };

function kindOf(kind: number): Kind {
	return kinds[kind - 1] ?? unknown;
}

/** Number of kinds that have words. */
export const eventKindCount = kinds.length;

/** Name of a kind of event in the present language. */
export function eventKindName(kind: number): string {
	return kindOf(kind).words[locale.current];
}

/** Picture of a kind of event. */
export function eventKindIcon(kind: number): IconName {
	return kindOf(kind).icon;
}

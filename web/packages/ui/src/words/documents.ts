// Words of documents: their kinds, and the links of the chain that proves them.

import { type Phrase, say } from './phrase';

const kinds: Readonly<Record<string, Phrase>> = {
	certificate: { en: 'Certificate', de: 'Zertifikat' },
	realm: { en: 'Realm report', de: 'Realm-Bericht' },
	minutes: { en: 'Minutes', de: 'Protokoll' },
	audit: { en: 'Audit report', de: 'Prüfbericht' },
};

/** What a document is; empty when it could not be read. */
export function documentKindName(kind: string): string {
	return say(kinds[kind]) || kind;
}

const steps: Readonly<Record<string, Phrase>> = {
	document: {
		en: 'It is a trust certificate or a report',
		de: 'Es ist ein Vertrauenszertifikat oder ein Bericht',
	},
	seal: {
		en: 'The PDF is, byte for byte, the one that was issued',
		de: 'Das PDF ist Byte für Byte das ausgestellte',
	},
	signature: { en: 'The issuer has signed everything in it', de: 'Der Aussteller hat alles darin signiert' },
	issuer: {
		en: 'The issuer is the log of this installation',
		de: 'Der Aussteller ist das Log dieser Installation',
	},
	checkpoint: { en: 'The log has signed the checkpoint', de: 'Das Log hat den Prüfpunkt signiert' },
	cosignatures: {
		en: 'Witnesses have signed the checkpoint, too',
		de: 'Auch Zeugen haben den Prüfpunkt signiert',
	},
	events: {
		en: 'The events in it are genuine and signed by their authors',
		de: 'Die Ereignisse darin sind echt und von ihren Urhebern signiert',
	},
	inclusion: {
		en: 'The events are in the log, under the checkpoint',
		de: 'Die Ereignisse stehen im Log, unter dem Prüfpunkt',
	},
	epoch: {
		en: 'The log’s end of the epoch says the same',
		de: 'Das Ende der Epoche im Log sagt dasselbe',
	},
	evidence: {
		en: 'The events say what the certificate says of them',
		de: 'Die Ereignisse sagen, was das Zertifikat von ihnen sagt',
	},
	fold: {
		en: 'The numbers follow from the sums of evidence in it',
		de: 'Die Zahlen folgen aus den Summen der Belege darin',
	},
	log: { en: 'The log of today continues that log', de: 'Das heutige Log setzt jenes Log fort' },
	current: { en: 'Nothing in it has been taken back since', de: 'Nichts darin wurde seither widerrufen' },
};

/** What a link of the chain says when it holds. */
export function documentStepName(step: string): string {
	return say(steps[step]) || step;
}

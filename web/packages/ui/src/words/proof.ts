// Words of proofs: what is checked of an entry of the log, and what comes of it. Those of the seal stand apart
// (seal.ts): it is on pages that load the rest only when somebody opens it.

import type { LightStep, LightStepName } from '@erynoa/protocol';
import type { IconName } from '../icons';
import { type Phrase, say } from './phrase';

const steps: Readonly<Record<LightStepName, { name: Phrase; text: Phrase }>> = {
	event: {
		name: { en: 'Bytes and signature', de: 'Bytes und Signatur' },
		text: {
			en: 'Bytes, id and signature of the event hold.',
			de: 'Bytes, ID und Signatur des Ereignisses stimmen.',
		},
	},
	leaf: {
		name: { en: 'Leaf of the tree', de: 'Blatt des Baums' },
		text: {
			en: 'The log has hashed exactly these bytes.',
			de: 'Das Log hat genau diese Bytes gehasht.',
		},
	},
	inclusion: {
		name: { en: 'Way to the root', de: 'Weg zur Wurzel' },
		text: {
			en: 'Hashed with its siblings, the leaf leads up to the root of the log’s tree.',
			de: 'Mit seinen Nachbarn verrechnet, führt das Blatt hinauf zur Wurzel des Log-Baums.',
		},
	},
	checkpoint: {
		name: { en: 'Signed checkpoint', de: 'Signierter Prüfpunkt' },
		text: { en: 'The log has signed that root.', de: 'Das Log hat diese Wurzel signiert.' },
	},
	consistency: {
		name: { en: 'Same log as before', de: 'Dasselbe Log wie zuvor' },
		text: {
			en: 'The tree continues the one that this browser has seen before; nothing was taken out or changed.',
			de: 'Der Baum setzt den fort, den dieser Browser zuvor gesehen hat; nichts wurde entfernt oder verändert.',
		},
	},
	cosignatures: {
		name: { en: 'Cosignatures', de: 'Mitsignaturen' },
		text: {
			en: 'Witnesses have checked the log and signed the checkpoint, too.',
			de: 'Zeugen haben das Log geprüft und den Prüfpunkt mitsigniert.',
		},
	},
	quorum: {
		name: { en: 'Quorum', de: 'Quorum' },
		text: {
			en: 'More than two thirds of the witnesses’ weight have signed.',
			de: 'Mehr als zwei Drittel des Gewichts der Zeugen haben signiert.',
		},
	},
};

/** What a step of the check is about. */
export function proofStepName(step: LightStepName): string {
	return say(steps[step].name);
}

const reasons: Readonly<Record<string, Phrase>> = {
	CHECKPOINT_UNKNOWN: {
		en: 'The log signs its state at the end of each epoch, within seconds.',
		de: 'Das Log signiert seinen Stand am Ende jeder Epoche, in wenigen Sekunden.',
	},
	LOG_FIRST_SEEN: {
		en: 'First visit: there is nothing to compare with yet. From now on the log is held to what it shows today.',
		de: 'Erster Besuch: Es gibt noch nichts zum Vergleichen. Von jetzt an wird das Log an dem gemessen, was es heute zeigt.',
	},
	LOG_BEHIND: {
		en: 'This server shows an older state than this browser has seen. It may not have caught up yet.',
		de: 'Dieser Server zeigt einen älteren Stand, als dieser Browser schon gesehen hat. Vielleicht hat er noch nicht aufgeholt.',
	},
	LOG_FORKED: {
		en: 'The log has signed two different trees of one size.',
		de: 'Das Log hat zwei verschiedene Bäume gleicher Größe signiert.',
	},
	LOG_KEY_CHANGED: {
		en: 'Name or key of the log have changed. That is right only if the server was set up anew.',
		de: 'Name oder Schlüssel des Logs haben sich geändert. Das ist nur richtig, wenn der Server neu eingerichtet wurde.',
	},
	PROOF_CONSISTENCY_WRONG: {
		en: 'The log cannot show that it continues what this browser has seen of it.',
		de: 'Das Log kann nicht zeigen, dass es fortsetzt, was dieser Browser davon gesehen hat.',
	},
	COSIGNATURES_MISSING: {
		en: 'No cosignature is there yet.',
		de: 'Noch ist keine Mitsignatur da.',
	},
	COSIGNATURE_INVALID: {
		en: 'A line under the key of a witness does not hold. It is not counted.',
		de: 'Eine Zeile unter dem Schlüssel eines Zeugen stimmt nicht. Sie wird nicht gezählt.',
	},
	QUORUM_MISSING: {
		en: 'Too few witnesses have signed this checkpoint so far.',
		de: 'Diesen Prüfpunkt haben bisher zu wenige Zeugen signiert.',
	},
	WITNESSES_UNKNOWN: {
		en: 'The server does not say who witnesses this log.',
		de: 'Der Server sagt nicht, wer dieses Log bezeugt.',
	},
};

/** What a step of the check has found. */
export function proofStepText({ name, outcome, code }: LightStep): string {
	if (outcome === 'holds') return say(steps[name].text);
	return say(reasons[code]) || say({ en: 'This check has failed.', de: 'Diese Prüfung ist gescheitert.' });
}

const outcomes: Readonly<
	Record<LightStep['outcome'], { name: Phrase; icon: IconName; colour: string; soft: string }>
> = {
	holds: {
		name: { en: 'holds', de: 'stimmt' },
		icon: 'check',
		colour: 'text-good',
		soft: 'bg-good-soft text-good',
	},
	fails: {
		name: { en: 'does not hold', de: 'stimmt nicht' },
		icon: 'warning',
		colour: 'text-bad',
		soft: 'bg-bad-soft text-bad',
	},
	open: {
		name: { en: 'open', de: 'offen' },
		icon: 'clock',
		colour: 'text-info',
		soft: 'bg-info-soft text-info',
	},
};

/** Whether something holds, in one word. */
export function proofOutcomeName(outcome: LightStep['outcome']): string {
	return say(outcomes[outcome].name);
}

/** Picture and classes of an outcome. */
export function proofOutcomeLook(outcome: LightStep['outcome']): {
	icon: IconName;
	colour: string;
	soft: string;
} {
	return outcomes[outcome];
}

const ofWitnesses = {
	witnesses: { en: 'Witnesses', de: 'Zeugen' },
	weight: { en: 'Weight', de: 'Gewicht' },
	quorumReached: { en: 'Quorum reached', de: 'Quorum erreicht' },
	quorumOpen: { en: 'No quorum yet', de: 'Noch kein Quorum' },
	quorumWeight: {
		en: 'weight {signed} of {total}, more than two thirds are needed',
		de: 'Gewicht {signed} von {total}, mehr als zwei Drittel sind nötig',
	},
	signedAt: { en: 'Signed on {time}', de: 'Signiert am {time}' },
	signedAsLog: {
		en: 'The log’s own signature stands for it.',
		de: 'Die Signatur des Logs selbst steht dafür.',
	},
	signedWrong: {
		en: 'What stands under its key does not hold and is not counted.',
		de: 'Was unter dem Schlüssel steht, stimmt nicht und wird nicht gezählt.',
	},
	signedNotYet: {
		en: 'Has not signed this checkpoint yet.',
		de: 'Hat diesen Prüfpunkt noch nicht signiert.',
	},
	witnessBound: { en: 'Its DID follows from its key.', de: 'Die DID folgt aus dem Schlüssel.' },
	witnessClaimed: {
		en: 'That the key belongs to this DID is what the server says.',
		de: 'Dass der Schlüssel zu dieser DID gehört, sagt der Server.',
	},
} as const satisfies Record<string, Phrase>;

/** What is said of witnesses and their quorum. */
export function witnessWord(
	word: keyof typeof ofWitnesses,
	filling: Readonly<Record<string, string>> = {},
): string {
	return say(ofWitnesses[word], filling);
}

// Words of the seal, the small button that says how far an entry of the log has been checked.

import type { LightVerdict } from '@erynoa/protocol';
import type { IconName } from '../icons';
import { type Phrase, say } from './phrase';

/** What a seal shows: the verdict, or that there is none yet. */
export type SealState = LightVerdict['state'] | 'unchecked' | 'checking';

const seals: Readonly<Record<SealState, { name: Phrase; icon: IconName; colour: string }>> = {
	unchecked: { name: { en: 'Check the proof', de: 'Beweis prüfen' }, icon: 'shield', colour: 'text-muted' },
	checking: { name: { en: 'Checking …', de: 'Wird geprüft …' }, icon: 'clock', colour: 'text-muted' },
	open: {
		name: { en: 'Waiting for a checkpoint', de: 'Wartet auf einen Prüfpunkt' },
		icon: 'clock',
		colour: 'text-info',
	},
	proven: { name: { en: 'In the log, proven', de: 'Im Log, bewiesen' }, icon: 'shield', colour: 'text-good' },
	witnessed: { name: { en: 'Witnessed', de: 'Bezeugt' }, icon: 'shield', colour: 'text-good' },
	broken: { name: { en: 'Does not hold', de: 'Stimmt nicht' }, icon: 'warning', colour: 'text-bad' },
	forked: {
		name: { en: 'The log contradicts itself', de: 'Das Log widerspricht sich' },
		icon: 'warning',
		colour: 'text-bad',
	},
};

const counted: Phrase = { en: 'Witnessed: {count} of {all}', de: 'Bezeugt: {count} von {all}' };
const countedSoFar: Phrase = {
	en: 'Proven · witnesses: {count} of {all}',
	de: 'Bewiesen · Zeugen: {count} von {all}',
};

/** What a seal says; `count` of `all` witnesses have signed, 0 of 0 when they are not known. */
export function sealName(state: SealState, count: number, all: number): string {
	if (all > 0 && (state === 'witnessed' || state === 'proven')) {
		return say(state === 'witnessed' ? counted : countedSoFar, { count: String(count), all: String(all) });
	}
	return say(seals[state].name);
}

/** Picture and colour of a seal. */
export function sealLook(state: SealState): { icon: IconName; colour: string } {
	return seals[state];
}

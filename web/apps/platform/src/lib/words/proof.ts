import type { EventProof, WitnessChange } from '@erynoa/client';
import { nameOr } from '@erynoa/ui';
import * as m from '$lib/paraglide/messages';

type State = EventProof['state'];

const titles: Readonly<Record<State, () => string>> = {
	witnessed: m.seal_holds,
	proven: m.seal_holds,
	open: m.seal_waiting,
	broken: m.seal_broken,
	forked: m.seal_forked,
};
const texts: Readonly<Record<State, () => string>> = {
	witnessed: m.seal_witnessed_text,
	proven: m.seal_holds_text,
	open: m.seal_waiting_text,
	broken: m.seal_broken_text,
	forked: m.seal_forked_text,
};

/** The check as a whole, in a few words. */
export function sealTitle(state: State): string {
	return titles[state]();
}

/** What the check as a whole means. */
export function sealText(state: State): string {
	return texts[state]();
}

const changes: Readonly<Record<WitnessChange['what'], (input: { name: string }) => string>> = {
	added: m.witness_added,
	removed: m.witness_removed,
	keys: m.witness_keys,
	weight: m.witness_weight,
};

/** What has changed about the witnesses. */
export function changeText({ what, did, name }: WitnessChange): string {
	return changes[what]({ name: nameOr(name, did) });
}

import type { EventProof } from '@erynoa/client';
import { SvelteMap } from 'svelte/reactivity';

/** What a seal shows of an event that was checked. */
export interface Sealed {
	state: EventProof['state'];
	/** Witnesses that have signed, of all. */
	signed: number;
	witnesses: number;
}

/** What has been checked since the app was opened, by event. */
class Proofs {
	readonly #known = new SvelteMap<string, Sealed>();

	of(event: string): Sealed | undefined {
		return this.#known.get(event);
	}

	learn(event: string, { state, witnesses }: EventProof): void {
		const signed = witnesses.filter(({ outcome }) => outcome === 'holds').length;
		this.#known.set(event, { state, signed, witnesses: witnesses.length });
	}
}

export const proofs = new Proofs();

const AGAIN_MS = 5_000;

/** Whether a later check may find more: a checkpoint is to come, or a cosignature. */
export function mayFindMore({ state, steps }: EventProof): boolean {
	return state === 'open' || steps.some(({ code }) => code === 'QUORUM_MISSING');
}

/** Checks again after a while, as long as more may be found. Call it while a component is set up. */
export function checkAgain(proof: () => EventProof | undefined, again: () => void): void {
	$effect(() => {
		const found = proof();
		if (!found || !mayFindMore(found)) return;
		const timer = setTimeout(again, AGAIN_MS);
		return () => clearTimeout(timer);
	});
}

import { untrack } from 'svelte';
import { on } from 'svelte/events';
import { createSubscriber } from 'svelte/reactivity';
import { Loaded } from './load.svelte';

const followVisibility = createSubscriber((update) => on(document, 'visibilitychange', update));

/** Whether somebody can see the page; followed where it is read. */
function isVisible(): boolean {
	followVisibility();
	return document.visibilityState === 'visible';
}

/** An answer that is asked for again and again. */
export class Poll<T> {
	readonly answer = new Loaded<T>();
	/** The reader wants it to stand still. */
	paused = $state(false);
	/** Time of the newest answer, microseconds; 0 before the first. */
	updatedUs = $state(0n);
	readonly #ask: () => Promise<T>;

	constructor(ask: () => Promise<T>) {
		this.#ask = ask;
	}

	refresh = (): void => {
		if (this.answer.busy) return;
		const asked = this.#ask().then((value) => {
			this.updatedUs = BigInt(Date.now()) * 1_000n;
			return value;
		});
		void this.answer.take(asked);
	};
}

/** Asks now and then every so often, as long as the page can be seen and is not paused. Call it while a component is set up. */
export function poll<T>(ask: () => Promise<T>, everyMs: number): Poll<T> {
	const state = new Poll(ask);
	$effect(() => {
		if (state.paused || !isVisible()) return;
		untrack(state.refresh);
		const timer = setInterval(state.refresh, everyMs);
		return () => clearInterval(timer);
	});
	return state;
}

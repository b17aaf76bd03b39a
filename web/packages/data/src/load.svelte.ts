import { ApiError, Code, toApiError } from '@erynoa/client';
import { ProtocolError } from '@erynoa/protocol';
import { untrack } from 'svelte';

/** A failure as it is shown; undefined for one that the caller brought about itself. */
export function failureOf(reason: unknown): ApiError | undefined {
	// Refused in this browser already, with the code that the server would have given.
	if (reason instanceof ProtocolError) {
		const fields = reason.field ? [{ field: reason.field, reason: reason.message }] : [];
		return new ApiError(
			reason.message,
			{ code: reason.code, status: Code.InvalidArgument, fields },
			{ cause: reason },
		);
	}
	const error = toApiError(reason);
	return error.code === 'CANCELED' ? undefined : error;
}

/** Something that comes from the server: not there yet, there, or failed. */
export class Loaded<T> {
	/** The newest answer; stays while a newer one is on its way. */
	value = $state.raw<T>();
	/** Why the last try failed. */
	error = $state.raw<ApiError>();
	busy = $state(false);
	#wishes = $state(0);
	#turn = 0;

	/** Nothing to show yet, and no failure either: time for a skeleton. */
	get waiting(): boolean {
		return this.value === undefined && this.error === undefined;
	}

	/** How often `reload` was called; read by the effect that loads. */
	get wishes(): number {
		return this.#wishes;
	}

	/** Asks again and keeps what is shown until the answer is there. */
	reload = (): void => {
		untrack(() => {
			this.#wishes += 1;
		});
	};

	/** Takes the answer of the newest question only. */
	async take(answer: Promise<T>): Promise<void> {
		this.#turn += 1;
		const turn = this.#turn;
		this.busy = true;
		try {
			const value = await answer;
			if (turn !== this.#turn) return;
			this.value = value;
			this.error = undefined;
		} catch (reason) {
			if (turn === this.#turn) this.error = failureOf(reason);
		} finally {
			if (turn === this.#turn) this.busy = false;
		}
	}

	/** Forgets everything, also answers that are still on their way. */
	clear(): void {
		this.#turn += 1;
		this.value = undefined;
		this.error = undefined;
		this.busy = false;
	}
}

/**
 * Loads when the component appears and whenever something changes that `ask` reads before it waits.
 * `ask` returns undefined as long as there is nothing to ask. With `keep` the old answer stays until
 * the new one is there (lists that are filtered), otherwise it goes (another subject).
 * Call it while a component is set up.
 */
export function load<T>(ask: () => Promise<T> | undefined, { keep = false } = {}): Loaded<T> {
	const loaded = new Loaded<T>();
	let seen = 0;
	$effect(() => {
		const reloading = loaded.wishes !== seen;
		seen = loaded.wishes;
		const answer = ask();
		untrack(() => {
			if (answer === undefined || (!keep && !reloading)) loaded.clear();
			if (answer !== undefined) void loaded.take(answer);
		});
	});
	return loaded;
}

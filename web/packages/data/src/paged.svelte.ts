import type { ApiError } from '@erynoa/client';
import { untrack } from 'svelte';
import { failureOf } from './load.svelte';

/** One page of a list, and the cursor of the next (empty at the end). */
export interface Page<T> {
	items: readonly T[];
	next: string;
}

/** A list that grows by pages. */
export class Paged<T> {
	items = $state.raw<readonly T[]>([]);
	/** Cursor of the next page; empty at the end and before the first page. */
	next = $state('');
	/** The first page is there. */
	ready = $state(false);
	busy = $state(false);
	error = $state.raw<ApiError>();
	#ask: ((token: string) => Promise<Page<T>>) | undefined;
	#turn = 0;
	#stale = false;
	readonly #key: (item: T) => string;

	constructor(key: (item: T) => string) {
		this.#key = key;
	}

	get waiting(): boolean {
		return !this.ready && this.error === undefined;
	}

	/** Starts over with another question. */
	start(ask: (token: string) => Promise<Page<T>>, keep: boolean): void {
		this.#ask = ask;
		if (!keep) this.ready = false;
		void this.#take('', (page) => {
			this.items = page.items;
			this.next = page.next;
			this.ready = true;
		});
	}

	clear(): void {
		this.#turn += 1;
		this.#ask = undefined;
		this.items = [];
		this.next = '';
		this.ready = false;
		this.busy = false;
		this.#stale = false;
		this.error = undefined;
	}

	/** Appends the next page. */
	more = (): void => {
		void this.#take(this.next, (page) => {
			const known = new Set(this.items.map(this.#key));
			this.items = [...this.items, ...page.items.filter((item) => !known.has(this.#key(item)))];
			this.next = page.next;
		});
	};

	/** Loads from the start after a failure. */
	retry = (): void => {
		if (this.ready) this.more();
		else if (this.#ask) this.start(this.#ask, false);
	};

	/** Asks for the first page again: what is new comes on top, what is known is brought up to date, what has gone goes. */
	refresh = (): void => {
		if (this.busy) {
			// What is on its way may be older than what has changed.
			this.#stale = true;
			return;
		}
		if (!this.ready) {
			// The first page has failed: there is nothing to bring up to date yet.
			if (this.error) this.retry();
			return;
		}
		void this.#take('', (page) => {
			const fresh = new Set(page.items.map(this.#key));
			const last = page.items.at(-1);
			// What stands below the end of this page has not been asked for; above it, this page is all there is.
			const end = last ? this.items.findIndex((item) => this.#key(item) === this.#key(last)) : -1;
			const below = page.next === '' ? [] : this.items.slice(end + 1);
			const older = below.filter((item) => !fresh.has(this.#key(item)));
			if (older.length === 0) this.next = page.next;
			this.items = [...page.items, ...older];
		});
	};

	async #take(token: string, accept: (page: Page<T>) => void): Promise<void> {
		if (!this.#ask) return;
		this.#turn += 1;
		const turn = this.#turn;
		this.busy = true;
		this.error = undefined;
		try {
			const page = await this.#ask(token);
			if (turn === this.#turn) accept(page);
		} catch (reason) {
			if (turn === this.#turn) this.error = failureOf(reason);
		} finally {
			if (turn === this.#turn) {
				this.busy = false;
				if (this.#stale) {
					this.#stale = false;
					this.refresh();
				}
			}
		}
	}
}

/**
 * A list that starts over whenever something changes that `ask` reads by itself (not inside the function
 * that it returns). Call it while a component is set up.
 */
export function paged<T>(
	ask: () => ((token: string) => Promise<Page<T>>) | undefined,
	key: (item: T) => string,
	{ keep = false } = {},
): Paged<T> {
	const list = new Paged<T>(key);
	$effect(() => {
		const question = ask();
		untrack(() => {
			if (question) list.start(question, keep);
			else list.clear();
		});
	});
	return list;
}

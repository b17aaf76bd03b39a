import type { ApiError, Author } from '@erynoa/client';
import { failureOf } from './load.svelte';

/** Something that is signed on this device and sent to the log: at rest, under way, or failed. */
export class Deed {
	busy = $state(false);
	error = $state.raw<ApiError>();

	/** `author` gives who signs. */
	constructor(readonly author: () => Promise<Author>) {}

	/** Undefined when it failed, or when it is under way already. */
	async run<T>(task: (author: Author) => Promise<T>): Promise<T | undefined> {
		if (this.busy) return undefined;
		this.busy = true;
		this.error = undefined;
		try {
			return await task(await this.author());
		} catch (reason) {
			this.error = failureOf(reason);
			return undefined;
		} finally {
			this.busy = false;
		}
	}
}

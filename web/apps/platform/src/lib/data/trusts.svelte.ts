import { failureOf } from '@erynoa/data';
import type { EpochNotice, Trust } from '@erynoa/proto';
import { SvelteMap } from 'svelte/reactivity';
import { erynoa } from '$lib/erynoa';
import { moved } from './live.svelte';

const atOnce = 4;

/** Trust of people that stand in lists, fetched once and again when an epoch moved it. */
class Trusts {
	readonly #known = new SvelteMap<string, Trust>();
	readonly #asked = new Set<string>();
	readonly #waiting: string[] = [];
	#running = 0;

	/** Undefined until it is known. */
	of(did: string): Trust | undefined {
		return this.#known.get(did);
	}

	/** Takes over what another call has brought. */
	learn(trust: Trust): void {
		this.#asked.add(trust.subject);
		this.#known.set(trust.subject, trust);
	}

	/** Sees to it that these are known soon. */
	want(dids: readonly string[]): void {
		for (const did of dids) {
			if (this.#asked.has(did)) continue;
			this.#asked.add(did);
			this.#waiting.push(did);
		}
		while (this.#running < atOnce && this.#waiting.length > 0) void this.#work();
	}

	/** Fetches again what an epoch has moved. */
	refresh(notice: EpochNotice): void {
		const stale = [...this.#known.keys()].filter((did) => moved(notice, did));
		for (const did of stale) this.#asked.delete(did);
		this.want(stale);
	}

	async #work(): Promise<void> {
		this.#running += 1;
		for (let did = this.#waiting.shift(); did !== undefined; did = this.#waiting.shift()) {
			try {
				const { trust } = await erynoa.api.trust.getTrust({ subject: did });
				if (trust) this.#known.set(did, trust);
			} catch (reason) {
				// The list shows the person without a badge; the next wish asks again.
				failureOf(reason);
				this.#asked.delete(did);
			}
		}
		this.#running -= 1;
	}
}

export const trusts = new Trusts();

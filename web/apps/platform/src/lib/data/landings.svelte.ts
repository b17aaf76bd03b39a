import { failureOf } from '@erynoa/data';
import type { EpochNotice, Trust } from '@erynoa/proto';
import type { Dimension, Uid } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import { listen } from './live.svelte';

/** An attestation on its way from the click to the number. */
export interface Landing {
	id: Uid;
	sequence: bigint;
	/** DID and name of the subject. */
	subject: string;
	subjectName: string;
	dimension: Dimension;
	domain: string;
	beforePpm: number;
	/** Epoch from which on it counts; 0 while that epoch is open. */
	epoch: bigint;
	/** Value after that epoch; undefined until it is known. */
	afterPpm: number | undefined;
}

/** Value of one dimension or domain; undefined when there is no evidence of the domain yet. */
export function valuePpm(trust: Trust, dimension: Dimension, domain: string): number | undefined {
	const list = domain === '' ? trust.values : trust.domains;
	return list.find((value) => value.dimension === dimension && value.domain === domain)?.trustPpm;
}

/** Follows what this app has written until it counts. */
class Landings {
	list = $state.raw<readonly Landing[]>([]);
	/** Told when one counts. */
	onlanded: ((landing: Landing) => void) | undefined;

	/** Listens to the log until the returned function is called. */
	follow(): () => void {
		return listen({
			epoch: (notice) => void this.#closed(notice),
			gap: () => void this.#catchUp(),
		});
	}

	add(landing: Landing): void {
		this.list = [landing, ...this.list].slice(0, 20);
		// Its epoch may have closed before anybody listened for it.
		void this.#catchUp();
	}

	find(id: string): Landing | undefined {
		return this.list.find((landing) => landing.id === id);
	}

	get #open(): Landing[] {
		return this.list.filter((landing) => landing.epoch === 0n);
	}

	async #closed(notice: EpochNotice): Promise<void> {
		await Promise.all(
			this.#open
				.filter((landing) => landing.sequence < notice.size)
				.map((landing) => this.#land(landing, notice.epoch)),
		);
	}

	async #catchUp(): Promise<void> {
		for (const landing of this.#open) {
			try {
				const { event } = await erynoa.api.events.get({ id: landing.id });
				if (event && event.epoch !== 0n) await this.#land(landing, event.epoch);
			} catch (reason) {
				// The next epoch or reconnection tells.
				failureOf(reason);
			}
		}
	}

	async #land(landing: Landing, epoch: bigint): Promise<void> {
		if (this.find(landing.id)?.epoch !== 0n) return;
		this.#change({ ...landing, epoch });
		try {
			const { trust } = await erynoa.api.trust.getTrust({ subject: landing.subject });
			const afterPpm = (trust && valuePpm(trust, landing.dimension, landing.domain)) ?? landing.beforePpm;
			const landed = { ...landing, epoch, afterPpm };
			this.#change(landed);
			this.onlanded?.(landed);
		} catch (reason) {
			// It counts all the same; the profile shows the value.
			failureOf(reason);
		}
	}

	#change(next: Landing): void {
		this.list = this.list.map((landing) => (landing.id === next.id ? next : landing));
	}
}

export const landings = new Landings();

import type { ApiError, PairingClaimant, PairingOffer, StoredKey } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import { erynoa } from '$lib/erynoa';
import { deviceIdentities } from './identities.svelte';

/** The way of a new device into an identity that lives on another one. */
export class NewDevice {
	label = $state('');
	busy = $state(false);
	/** What the new device shows; undefined before and after. */
	offer = $state.raw<PairingOffer>();
	/** The identity that took up the code. */
	claimant = $state.raw<PairingClaimant>();
	error = $state.raw<ApiError>();
	#stopping: AbortController | undefined;

	/** Shows a code, waits for the other device, signs in. Undefined when it did not come to that. */
	async start(): Promise<StoredKey | undefined> {
		this.#stopping?.abort();
		const stopping = new AbortController();
		this.#stopping = stopping;
		this.busy = true;
		this.error = undefined;
		this.claimant = undefined;
		try {
			this.offer = await erynoa.offerKey(this.label.trim());
			const key = await this.offer.finish({
				signal: stopping.signal,
				onClaimed: (claimant) => {
					this.claimant = claimant;
				},
			});
			await erynoa.session.signIn(key.identity);
			await deviceIdentities.load();
			return key;
		} catch (reason) {
			this.offer = undefined;
			this.error = failureOf(reason);
			return undefined;
		} finally {
			this.busy = false;
		}
	}

	/** Stops waiting. */
	stop(): void {
		this.#stopping?.abort();
	}
}

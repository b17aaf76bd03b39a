import type { ApiError, PairingClaim } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import { erynoa } from '$lib/erynoa';
import { readPairingCode } from './pairing-code';

/** The signed-in device's side of adding another one. */
export class AddDevice {
	typed = $state('');
	step = $state<'code' | 'compare' | 'waiting' | 'done'>('code');
	busy = $state(false);
	/** The typed text is no code. */
	malformed = $state(false);
	claim = $state.raw<PairingClaim>();
	error = $state.raw<ApiError>();
	#stopping: AbortController | undefined;

	/** Takes up the code. */
	async start(): Promise<void> {
		const code = readPairingCode(this.typed);
		this.malformed = code === undefined;
		if (code === undefined || this.busy) return;
		this.busy = true;
		this.error = undefined;
		try {
			this.claim = await erynoa.claimKey(code);
			this.step = 'compare';
		} catch (reason) {
			this.error = failureOf(reason);
		} finally {
			this.busy = false;
		}
	}

	/** The person has compared the fingerprints: adds the key. */
	async confirm(): Promise<void> {
		if (!this.claim) return;
		this.#stopping = new AbortController();
		this.step = 'waiting';
		this.error = undefined;
		try {
			await this.claim.confirm({ signal: this.#stopping.signal });
			this.step = 'done';
		} catch (reason) {
			this.error = failureOf(reason);
			this.step = 'compare';
		}
	}

	/** The fingerprints differ, or another code is to be entered. */
	reset(): void {
		this.stop();
		this.claim = undefined;
		this.error = undefined;
		this.typed = '';
		this.step = 'code';
	}

	stop(): void {
		this.#stopping?.abort();
	}
}

import { failureOf } from '@erynoa/data';
import { erynoa } from '$lib/erynoa';
import { installation } from './installation.svelte';
import { me } from './session.svelte';

/** What a countdown to a deadline of the log has to know. */
class LogTime {
	/** The log's time minus this device's, µs; undefined while it is not known, or when the log's time stands still. */
	aheadUs = $state<bigint>();

	/** Whether the log's time goes on by itself; with the events' own times it stands still between them. */
	get runs(): boolean {
		return installation.value?.log?.clock !== 'events';
	}

	load = async (): Promise<void> => {
		const session = me();
		if (!session || !this.runs) return;
		try {
			const { nowUs } = await erynoa.api.identities.getKey({ publicKey: session.publicKey });
			this.aheadUs = nowUs - BigInt(Date.now()) * 1_000n;
		} catch (reason) {
			// The time itself is shown all the same.
			failureOf(reason);
		}
	};
}

export const logTime = new LogTime();

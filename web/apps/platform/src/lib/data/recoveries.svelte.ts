import type { StoredKey } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import type { Identity } from '@erynoa/proto';
import { equalBytes } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import { deviceIdentities } from './identities.svelte';

/** A recovery that this device has asked for. */
export interface OwnRecovery {
	key: StoredKey;
	/** Undefined until the log has answered. */
	identity: Identity | undefined;
	/** open: the event's own epoch is open. waiting: the delay runs. over: somebody cancelled it, or it never came in. */
	state: 'open' | 'waiting' | 'over';
}

/** Follows the recoveries that this device has asked for, until its keys are live or cancelled. */
class Recoveries {
	list = $state.raw<readonly OwnRecovery[]>();
	/** Told when one has taken effect. */
	onrecovered: ((key: StoredKey) => void) | undefined;

	/** Asks the log about every key that waits. */
	async refresh(): Promise<void> {
		const keys = (await erynoa.keys.list()).filter((key) => key.state === 'recovering');
		const states = await Promise.all(keys.map((key) => this.#look(key)));
		this.list = states.filter((state) => state !== undefined);
	}

	/** Gives up on a recovery: its key is deleted from this device. */
	async forget(key: StoredKey): Promise<void> {
		await erynoa.keys.delete(key.id);
		await this.refresh();
	}

	async #look(key: StoredKey): Promise<OwnRecovery | undefined> {
		try {
			const [{ identity }, known] = await Promise.all([
				erynoa.api.identities.getIdentity({ identity: key.identity }),
				erynoa.api.identities.getKey({ publicKey: key.publicKey }),
			]);
			if (known.live && known.identity) {
				const live = await erynoa.keys.confirm(key, {
					identity: known.identity.did,
					displayName: known.identity.displayName,
				});
				await deviceIdentities.load();
				this.onrecovered?.(live);
				return undefined;
			}
			const pending = identity?.recovery;
			const still = pending !== undefined && equalBytes(pending.publicKey, key.publicKey);
			return { key, identity, state: !still ? 'over' : pending.effectiveAtUs === 0n ? 'open' : 'waiting' };
		} catch (reason) {
			// The next epoch or reconnection tells.
			failureOf(reason);
			return { key, identity: undefined, state: 'open' };
		}
	}
}

export const recoveries = new Recoveries();

import type { StoredKey } from '@erynoa/client';
import { erynoa } from '$lib/erynoa';

/** The identities whose keys lie on this device. */
class DeviceIdentities {
	/** One key for each identity, newest first; undefined until the browser's store has answered. */
	list = $state.raw<readonly StoredKey[]>();

	async load(): Promise<void> {
		const live = (await erynoa.keys.list()).filter((key) => key.state === 'live');
		this.list = live.filter(
			(key, index) => live.findIndex((other) => other.identity === key.identity) === index,
		);
	}

	/** Removes every key of an identity from this device, for ever. Signs out if it is the present one. */
	async forget(did: string): Promise<void> {
		const state = erynoa.session.get();
		if (state.status === 'signed-in' && state.session.identity === did) await erynoa.session.signOut();
		for (const key of await erynoa.keys.list()) {
			if (key.identity === did) await erynoa.keys.delete(key.id);
		}
		await this.load();
	}
}

export const deviceIdentities = new DeviceIdentities();

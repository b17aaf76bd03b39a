import type { Api } from './api';
import type { KeyStore, StoredKey } from './keys';

/** Keys that have waited this long and are not in the log are forgotten. */
const PENDING_MS = 3_600_000;

/** Asks the log about the keys that it has not confirmed yet. Returns all keys of this device. */
export async function settleKeys(api: Api, keys: KeyStore): Promise<StoredKey[]> {
	for (const key of await keys.list()) {
		if (key.state === 'live') continue;
		const found = await api.identities.getKey({ publicKey: key.publicKey });
		if (found.identity && found.live) {
			await keys.confirm(key, { identity: found.identity.did, displayName: found.identity.displayName });
		} else if (key.state === 'pending' && key.createdAtMs + PENDING_MS < Date.now()) {
			await keys.delete(key.id);
		}
	}
	return keys.list();
}

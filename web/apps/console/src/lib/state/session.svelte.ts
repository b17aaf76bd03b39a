import type { CurrentSession, StoredKey } from '@erynoa/client';
import { fromStore } from 'svelte/store';
import { erynoa } from '$lib/erynoa';

/** restoring, signed-out or signed-in; the session of all tabs of the three apps. */
export const session = fromStore(erynoa.session);

/** online, offline or unreachable. */
export const connectivity = fromStore(erynoa.connectivity);

/** Who is signed in; undefined when nobody is, or while that is not known yet. */
export function me(): CurrentSession | undefined {
	const state = session.current;
	return state.status === 'signed-in' ? state.session : undefined;
}

/** The identities whose keys lie in this browser. */
class DeviceIdentities {
	/** One key for each identity, newest first; undefined until the browser's store has answered. */
	list = $state.raw<readonly StoredKey[]>();

	async load(): Promise<void> {
		const live = (await erynoa.keys.list()).filter((key) => key.state === 'live');
		this.list = live.filter(
			(key, index) => live.findIndex((other) => other.identity === key.identity) === index,
		);
	}
}

export const deviceIdentities = new DeviceIdentities();

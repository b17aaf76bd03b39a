import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import type { IdentityKey } from '@erynoa/proto';
import { keyRevoked, toHex } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import { deviceIdentities } from './identities.svelte';

/** Ending a device's key, after a question. */
export class Revocation {
	open = $state(false);
	busy = $state(false);
	key = $state.raw<IdentityKey>();
	error = $state.raw<ApiError>();

	ask(key: IdentityKey): void {
		this.key = key;
		this.error = undefined;
		this.open = true;
	}

	/** Resolves with true when the key has ended. The key of this very device is forgotten, too. */
	async confirm(): Promise<boolean> {
		if (!this.key || this.busy) return false;
		this.busy = true;
		this.error = undefined;
		try {
			const author = await erynoa.author();
			await author.publish(keyRevoked(this.key.publicKey));
			const id = toHex(this.key.publicKey);
			if ((await erynoa.keys.list()).some((stored) => stored.id === id)) {
				await erynoa.session.signOut();
				await erynoa.keys.delete(id);
				await deviceIdentities.load();
			}
			this.open = false;
			return true;
		} catch (reason) {
			this.error = failureOf(reason);
			return false;
		} finally {
			this.busy = false;
		}
	}
}

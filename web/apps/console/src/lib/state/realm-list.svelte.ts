import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import type { Realm } from '@erynoa/proto';
import { erynoa } from '$lib/erynoa';
import { realmNames } from './names';

/** Realms that can be chosen from a list; further ones are reached by their own pages. */
const MOST = 100;

/** The first realms of the tree, for choices. */
class RealmList {
	items = $state.raw<readonly Realm[]>();
	/** How many there are, those that are not listed included. */
	total = $state(0n);
	error = $state.raw<ApiError>();
	#busy = false;

	load = async (): Promise<void> => {
		if (this.#busy) return;
		this.#busy = true;
		try {
			const answer = await erynoa.api.realms.listRealms({ pageSize: MOST });
			for (const realm of answer.realms) realmNames.learn(realm.id, realm);
			this.items = answer.realms;
			this.total = answer.total;
			this.error = undefined;
		} catch (reason) {
			this.error = failureOf(reason);
		} finally {
			this.#busy = false;
		}
	};
}

export const realmList = new RealmList();

import { failureOf } from '@erynoa/data';
import type { Uid } from '@erynoa/protocol';
import { SvelteMap } from 'svelte/reactivity';
import { erynoa } from '$lib/erynoa';

/** Somebody or something with a name of its own choice. */
export interface Named {
	/** DID of a person, id of a realm. */
	id: string;
	name: string;
}

/** Names that stand in rules only as ids, each fetched once. */
class Names {
	readonly #known = new SvelteMap<string, Named>();
	readonly #asked = new Set<string>();

	constructor(readonly ask: (id: string) => Promise<Named | undefined>) {}

	/** Undefined until it is known; see to it with `want`. */
	of(id: string): Named | undefined {
		return this.#known.get(id);
	}

	learn(uid: string, named: Named): void {
		this.#asked.add(uid);
		this.#known.set(uid, named);
	}

	async want(id: string): Promise<void> {
		if (this.#asked.has(id)) return;
		this.#asked.add(id);
		try {
			const named = await this.ask(id);
			if (named) this.#known.set(id, named);
		} catch (reason) {
			// The id stands there without a name; the next wish asks again.
			failureOf(reason);
			this.#asked.delete(id);
		}
	}
}

export const peopleNames = new Names(async (identity: string) => {
	const answer = await erynoa.api.identities.getIdentity({ identity });
	return answer.identity && { id: answer.identity.did, name: answer.identity.displayName };
});

export const realmNames = new Names(async (realm: string) => {
	const answer = await erynoa.api.realms.getRealm({ realm: realm as Uid });
	return answer.realm && { id: answer.realm.id, name: answer.realm.name };
});

import type { Api } from '@erynoa/client';
import { SvelteMap } from 'svelte/reactivity';
import { failureOf } from './load.svelte';

/** Somebody or something with a name of its own choice. */
export interface Named {
	/** DID of an identity, id of a realm. */
	id: string;
	name: string;
}

/** Names of what is known only by its id, each fetched once. */
export class Names {
	readonly #known = new SvelteMap<string, Named>();
	readonly #asked = new Set<string>();

	constructor(readonly ask: (id: string) => Promise<Named | undefined>) {}

	/** Undefined until it is known; see to it with `want`. */
	of(id: string): Named | undefined {
		return this.#known.get(id);
	}

	learn(id: string, named: Named): void {
		this.#asked.add(id);
		this.#known.set(id, named);
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

/** Names of identities, by uid or DID. */
export function peopleNames(api: Pick<Api, 'identities'>): Names {
	return new Names(async (identity) => {
		const answer = await api.identities.getIdentity({ identity });
		return answer.identity && { id: answer.identity.did, name: answer.identity.displayName };
	});
}

/** Names of realms, by id. */
export function realmNames(api: Pick<Api, 'realms'>): Names {
	return new Names(async (realm) => {
		const answer = await api.realms.getRealm({ realm });
		return answer.realm && { id: answer.realm.id, name: answer.realm.name };
	});
}

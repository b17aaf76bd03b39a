import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import type { Realm } from '@erynoa/proto';
import { SvelteMap, SvelteSet } from 'svelte/reactivity';
import { erynoa } from '$lib/erynoa';
import { type Branch, type TreeRow, treeRows } from '$lib/logic/realm-tree';
import { realmNames } from './names';

const PAGE = 100;

/** The tree of realms, fetched branch by branch as it is unfolded. */
export class RealmTree {
	root = $state('');
	error = $state.raw<ApiError>();
	readonly #realms = new SvelteMap<string, Realm>();
	readonly #branches = new SvelteMap<string, Branch>();
	readonly #open = new SvelteSet<string>();

	readonly rows: readonly TreeRow[] = $derived(
		treeRows({
			root: this.root,
			childCount: (id) => this.#realms.get(id)?.children ?? 0,
			branch: (id) => this.#branches.get(id),
			isExpanded: (id) => this.#open.has(id),
		}),
	);

	realm(id: string): Realm | undefined {
		return this.#realms.get(id);
	}

	/** Fetches the root and what lies right below it; again, what is unfolded is brought up to date. */
	load = async (): Promise<void> => {
		try {
			const { realm } = await erynoa.api.realms.getRealm({});
			if (!realm) return;
			this.#learn(realm);
			this.error = undefined;
			if (this.root === '') this.#open.add(realm.id);
			this.root = realm.id;
			await Promise.all([...this.#open].map((id) => this.#fetch(id, '')));
		} catch (reason) {
			this.error = failureOf(reason);
		}
	};

	expand = (id: string): void => {
		this.#open.add(id);
		if (!this.#branches.has(id)) void this.#fetch(id, '');
	};

	collapse = (id: string): void => {
		this.#open.delete(id);
	};

	toggle = (id: string): void => {
		if (this.#open.has(id)) this.collapse(id);
		else this.expand(id);
	};

	/** Fetches further children, or tries again after a failure. */
	more = (id: string): void => {
		void this.#fetch(id, this.#branches.get(id)?.next ?? '');
	};

	#learn(realm: Realm): void {
		this.#realms.set(realm.id, realm);
		realmNames.learn(realm.id, realm);
	}

	async #fetch(id: string, pageToken: string): Promise<void> {
		const before = this.#branches.get(id);
		const known = before?.children ?? [];
		// What is there already stays while it is brought up to date.
		if (pageToken !== '' || known.length === 0) {
			this.#branches.set(id, { children: known, next: pageToken, state: 'busy' });
		}
		try {
			const answer = await erynoa.api.realms.listRealms({ parent: id, pageSize: PAGE, pageToken });
			for (const realm of answer.realms) this.#learn(realm);
			const fetched = answer.realms.map((realm) => realm.id);
			const children = [...new Set(pageToken === '' ? [...fetched, ...known] : [...known, ...fetched])];
			const isWhole = pageToken !== '' || children.length === fetched.length;
			this.#branches.set(id, {
				children,
				next: isWhole ? answer.nextPageToken : (before?.next ?? ''),
				state: 'ready',
			});
		} catch (reason) {
			if (failureOf(reason)) this.#branches.set(id, { children: known, next: pageToken, state: 'failed' });
		}
	}
}

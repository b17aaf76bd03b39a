import type { Watch } from '@erynoa/client';
import type { EventRecord } from '@erynoa/proto';
import { listen } from '$lib/data/live.svelte';
import { erynoa } from '$lib/erynoa';

/** What a part of a realm's page wants to hear of. */
export interface RealmListener {
	/** An event of the realm is in the log. */
	event?: (record: EventRecord) => void;
	/** Anything may have changed: an epoch has closed, or something may have been missed. */
	change?: () => void;
}

interface Followed {
	watch: Watch;
	listeners: Set<RealmListener>;
}

/** One stream a realm, whatever number of parts look at it: a browser holds few connections at once. */
const followed = new Map<string, Followed>();

function follow(realm: string, listener: RealmListener): () => void {
	let entry = followed.get(realm);
	if (!entry) {
		const listeners = new Set<RealmListener>();
		const watch = erynoa.watch({
			filter: { realm },
			onEvent: (record) => {
				for (const each of [...listeners]) each.event?.(record);
			},
			onGap: () => {
				for (const each of [...listeners]) each.change?.();
			},
		});
		entry = { watch, listeners };
		followed.set(realm, entry);
	}
	const { watch, listeners } = entry;
	listeners.add(listener);
	return () => {
		listeners.delete(listener);
		if (listeners.size > 0) return;
		watch.stop();
		followed.delete(realm);
	};
}

/** Follows one realm as long as the component lives. Call it while a component is set up. */
export function onRealm(realm: () => string | undefined, listener: RealmListener): void {
	$effect(() => {
		const id = realm();
		if (id === undefined) return;
		const unfollow = follow(id, listener);
		const unlisten = listen({ epoch: () => listener.change?.(), gap: () => listener.change?.() });
		return () => {
			unfollow();
			unlisten();
		};
	});
}

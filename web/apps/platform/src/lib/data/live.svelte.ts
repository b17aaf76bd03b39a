import type { Watch } from '@erynoa/client';
import { type EpochNotice, EventKind, type EventRecord } from '@erynoa/proto';
import { erynoa } from '$lib/erynoa';

/** What a page wants to hear of. */
export interface LiveListener {
	/** An event by or about the person who is signed in. */
	event?: (record: EventRecord) => void;
	/** An epoch has closed: values and finality have moved. */
	epoch?: (notice: EpochNotice) => void;
	/** Something may have been missed: load again. */
	gap?: () => void;
}

const listeners = new Set<LiveListener>();

function tell<K extends keyof LiveListener>(
	what: K,
	...args: Parameters<NonNullable<LiveListener[K]>>
): void {
	for (const listener of [...listeners]) {
		(listener[what] as ((...given: typeof args) => void) | undefined)?.(...args);
	}
}

/**
 * Follows the log with one stream for the whole app: events of one person, and the end of every epoch.
 * Without a person only the epochs, so that a busy log does not flow through every open page.
 */
export function followLog(person: string | undefined): Watch {
	return erynoa.watch({
		filter: person === undefined ? { kinds: [EventKind.EPOCH_CLOSED] } : { participant: person },
		onEvent: (record) => tell('event', record),
		onEpoch: (notice) => tell('epoch', notice),
		onGap: () => tell('gap'),
	});
}

/** The connection is back: whoever shows something asks for it again. */
export function reconnected(): void {
	tell('gap');
}

/** Listens until the returned function is called. */
export function listen(listener: LiveListener): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

/** Listens as long as the component lives. Call it while a component is set up. */
export function onLive(listener: LiveListener): void {
	$effect(() => listen(listener));
}

/** Whether an epoch moved somebody's values. A notice names at most 1 000 people, so a full one may mean anybody. */
export function moved(notice: EpochNotice, did: string): boolean {
	return notice.changed.length >= 1_000 || notice.changed.includes(did);
}

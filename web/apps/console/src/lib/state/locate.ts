import type { ApiError } from '@erynoa/client';
import type { EventRecord } from '@erynoa/proto';
import { erynoa } from '$lib/erynoa';

/** Longest wait for an event that may not be there yet. */
const WAIT_MS = 10_000;

/**
 * The event at a position of the log: the first one that a watch from there delivers. Undefined when the log
 * does not reach that far; rejects with the ApiError of the watch.
 */
export function eventAt(sequence: bigint): Promise<EventRecord | undefined> {
	return new Promise((resolve, reject: (error: ApiError) => void) => {
		const end = (finish: () => void) => {
			clearTimeout(timer);
			watch.stop();
			finish();
		};
		const timer = setTimeout(() => end(() => resolve(undefined)), WAIT_MS);
		const watch = erynoa.watch({
			fromSequence: sequence,
			onEvent: (event) => end(() => resolve(event.sequence === sequence ? event : undefined)),
			onError: (error) => end(() => reject(error)),
		});
	});
}

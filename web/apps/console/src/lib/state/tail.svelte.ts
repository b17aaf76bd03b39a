import type { ApiError, Watch, WatchStatus } from '@erynoa/client';
import type { EventRecord } from '@erynoa/proto';
import { erynoa } from '$lib/erynoa';
import { type EventFilters, requestOf } from '$lib/logic/filters';

/** Arrivals are handed on together this often, so that a busy log does not redraw the page for each event. */
const BATCH_MS = 250;

/** The live end of the log, while it is switched on. */
export class Tail {
	status = $state<WatchStatus>('stopped');
	/** Events that have arrived since it was switched on. */
	arrived = $state(0);
	error = $state.raw<ApiError>();

	/** Follows the log until the returned function is called. `onevents` gets the newest first. */
	follow(filters: EventFilters, onevents: (events: EventRecord[]) => void, ongap: () => void): () => void {
		this.arrived = 0;
		this.error = undefined;
		let waiting: EventRecord[] = [];
		let timer: ReturnType<typeof setTimeout> | undefined;
		const handOn = () => {
			timer = undefined;
			onevents(waiting.reverse());
			waiting = [];
		};
		const watch: Watch = erynoa.watch({
			filter: requestOf(filters),
			onEvent: (event) => {
				this.arrived += 1;
				waiting.push(event);
				timer ??= setTimeout(handOn, BATCH_MS);
			},
			onGap: ongap,
			onError: (error) => {
				this.error = error;
			},
		});
		const unsubscribe = watch.status.subscribe((status) => {
			this.status = status;
		});
		return () => {
			unsubscribe();
			watch.stop();
			clearTimeout(timer);
			this.status = 'stopped';
		};
	}
}

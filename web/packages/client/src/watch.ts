import type { MessageInitShape } from '@bufbuild/protobuf';
import type { EpochNotice, EventFilterSchema, EventRecord, WatchResponse } from '@erynoa/proto';
import type { Api } from './api';
import { type ApiError, toApiError } from './api-error';
import { backOff, pause } from './back-off';
import { cell, type Readable } from './cell';

/** waiting: the stream broke and is tried again soon. */
export type WatchStatus = 'connecting' | 'live' | 'waiting' | 'stopped';

/** What to watch and whom to tell. */
export interface WatchOptions {
	filter?: MessageInitShape<typeof EventFilterSchema>;
	/** Begin at this position of the log; absent = only what is new. */
	fromSequence?: bigint;
	onEvent?: (event: EventRecord) => void;
	onEpoch?: (epoch: EpochNotice) => void;
	/** Something may have been missed, as the stream broke before its position was known: load again. */
	onGap?: () => void;
	/** A failure that trying again cannot mend, such as a filter that the server refuses. */
	onError?: (error: ApiError) => void;
}

/** A running watch. */
export interface Watch {
	readonly status: Readable<WatchStatus>;
	stop(): void;
}

/** The server sends something every 15 s; after three times that the stream is dead. */
const SILENCE_MS = 45_000;
const FIRST_RETRY_MS = 500;
const MOST_RETRY_MS = 30_000;

/**
 * Follows the log. Reconnects by itself with growing delays, at once when the device is online again,
 * goes on at the position where the stream broke, and delivers each event once.
 */
export function watchEvents(api: Api, options: WatchOptions): Watch {
	const status = cell<WatchStatus>('connecting');
	const stopping = new AbortController();
	const delays = backOff(FIRST_RETRY_MS, MOST_RETRY_MS);
	// Position of the next event; undefined until the first item tells.
	let next = options.fromSequence;

	const reachedTo = (size: bigint) => {
		if (next === undefined || size > next) next = size;
	};
	const deliver = ({ item }: WatchResponse) => {
		switch (item.case) {
			case 'event':
				if (next !== undefined && item.value.sequence < next) return;
				reachedTo(item.value.sequence + 1n);
				options.onEvent?.(item.value);
				return;
			case 'epoch':
				options.onEpoch?.(item.value);
				return;
			case 'heartbeat':
				reachedTo(item.value.size);
		}
	};

	/** One connection, until it ends or breaks. */
	const follow = async () => {
		const broken = new AbortController();
		const onStop = () => broken.abort();
		stopping.signal.addEventListener('abort', onStop);
		let silence = setTimeout(onStop, SILENCE_MS);
		try {
			const stream = api.events.watch(
				{
					...(options.filter ? { filter: options.filter } : {}),
					...(next === undefined ? {} : { fromSequence: next }),
				},
				{ signal: broken.signal, timeoutMs: 0, onHeader: () => status.set('live') },
			);
			for await (const response of stream) {
				clearTimeout(silence);
				silence = setTimeout(onStop, SILENCE_MS);
				status.set('live');
				delays.reset();
				deliver(response);
			}
		} finally {
			clearTimeout(silence);
			stopping.signal.removeEventListener('abort', onStop);
		}
	};

	const waitForRetry = async () => {
		const woken = new AbortController();
		const wake = () => woken.abort();
		stopping.signal.addEventListener('abort', wake);
		globalThis.addEventListener?.('online', wake);
		await pause(delays.next(), woken.signal);
		stopping.signal.removeEventListener('abort', wake);
		globalThis.removeEventListener?.('online', wake);
	};

	const run = async () => {
		for (let connections = 0; !stopping.signal.aborted; connections++) {
			if (connections > 0) {
				status.set('waiting');
				await waitForRetry();
				if (stopping.signal.aborted) break;
				status.set('connecting');
				if (next === undefined) options.onGap?.();
			}
			try {
				await follow();
			} catch (reason) {
				const error = toApiError(reason);
				const lasting = !error.isTransient && error.code !== 'CANCELED' && error.code !== 'INTERNAL_ERROR';
				if (lasting && !stopping.signal.aborted) {
					options.onError?.(error);
					break;
				}
			}
		}
		status.set('stopped');
	};
	void run();

	return {
		status: { get: status.get, subscribe: status.subscribe },
		stop: () => stopping.abort(),
	};
}

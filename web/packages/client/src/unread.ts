import type { Api } from './api';
import { toApiError } from './api-error';
import { backOff, pause } from './back-off';

/** The server sends something every 15 s; after three times that the stream is dead. */
const SILENCE_MS = 45_000;
const FIRST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 60_000;

/**
 * Follows how many notifications are unread, until `stop`. Reconnects by itself with growing delays,
 * at once when the device is online again.
 */
export function watchUnread(
	api: Api,
	onUnread: (unread: number, newestAtUs: bigint) => void,
): { stop(): void } {
	const stopping = new AbortController();
	const delays = backOff(FIRST_RETRY_MS, MOST_RETRY_MS);

	const follow = async () => {
		const broken = new AbortController();
		const end = () => broken.abort();
		stopping.signal.addEventListener('abort', end);
		let silence = setTimeout(end, SILENCE_MS);
		try {
			const stream = api.notifications.watchNotifications({}, { signal: broken.signal, timeoutMs: 0 });
			for await (const { unread, newestAtUs } of stream) {
				clearTimeout(silence);
				silence = setTimeout(end, SILENCE_MS);
				delays.reset();
				if (!stopping.signal.aborted) onUnread(unread, newestAtUs);
			}
		} finally {
			clearTimeout(silence);
			stopping.signal.removeEventListener('abort', end);
		}
	};

	const run = async () => {
		while (!stopping.signal.aborted) {
			try {
				await follow();
			} catch (reason) {
				const error = toApiError(reason);
				const lasting = !error.isTransient && error.code !== 'CANCELED' && error.code !== 'INTERNAL_ERROR';
				if (lasting) return;
			}
			if (stopping.signal.aborted) return;
			const woken = new AbortController();
			const wake = () => woken.abort();
			stopping.signal.addEventListener('abort', wake);
			globalThis.addEventListener?.('online', wake);
			await pause(delays.next(), woken.signal);
			stopping.signal.removeEventListener('abort', wake);
			globalThis.removeEventListener?.('online', wake);
		}
	};
	void run();
	return { stop: () => stopping.abort() };
}

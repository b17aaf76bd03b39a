import {
	Code,
	ConnectError,
	type Interceptor,
	type StreamResponse,
	type UnaryResponse,
} from '@connectrpc/connect';
import { isNetworkFailure } from './api-error';
import { backOff } from './back-off';
import { cell, type Readable } from './cell';

/** offline: the device has no network. unreachable: it has, but the server does not answer. */
export type ConnectivityState = 'online' | 'offline' | 'unreachable';

/** Whether the server can be reached, learned from every call that is made. */
export interface Connectivity extends Readable<ConnectivityState> {
	/** Learns from the calls of a transport. */
	readonly interceptor: Interceptor;
	/** Stops listening and asking. */
	stop(): void;
}

const FIRST_PROBE_MS = 1_000;
const MOST_PROBE_MS = 30_000;

/**
 * Follows the connection. `probe` makes any cheap call through a transport with the interceptor; it is
 * repeated with growing delays as long as the server is unreachable, and at once when the network is back.
 */
export function followConnectivity(probe: () => Promise<unknown>): Connectivity {
	const state = cell<ConnectivityState>(globalThis.navigator?.onLine === false ? 'offline' : 'online');
	const delays = backOff(FIRST_PROBE_MS, MOST_PROBE_MS);
	let timer: ReturnType<typeof setTimeout> | undefined;
	let stopped = false;

	const ask = () => {
		// The outcome reaches the state through the interceptor.
		probe().catch(() => undefined);
	};
	const reached = () => {
		clearTimeout(timer);
		timer = undefined;
		delays.reset();
		state.set('online');
	};
	const missed = () => {
		if (stopped) return;
		state.set(globalThis.navigator?.onLine === false ? 'offline' : 'unreachable');
		timer ??= setTimeout(() => {
			timer = undefined;
			ask();
		}, delays.next());
	};
	const onOffline = () => state.set('offline');
	globalThis.addEventListener?.('online', ask);
	globalThis.addEventListener?.('offline', onOffline);

	const judge = (error: ConnectError) => {
		if (error.code === Code.Canceled) return;
		// A proxy in front of a server that is down answers for it, without our details.
		const silent = error.code === Code.Unavailable && error.details.length === 0;
		if (silent || error.code === Code.DeadlineExceeded || isNetworkFailure(error)) missed();
		else reached();
	};
	const interceptor: Interceptor = (next) => async (request) => {
		let response: UnaryResponse | StreamResponse;
		try {
			response = await next(request);
		} catch (error) {
			judge(ConnectError.from(error));
			throw error;
		}
		reached();
		return response;
	};

	return {
		get: state.get,
		subscribe: state.subscribe,
		interceptor,
		stop() {
			stopped = true;
			clearTimeout(timer);
			globalThis.removeEventListener?.('online', ask);
			globalThis.removeEventListener?.('offline', onOffline);
		},
	};
}

import { Code } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ConnectivityState, cell, createErynoa, type Erynoa } from '../src';
import { ORIGIN, refusal, Server } from './server';

let server: Server;
let erynoa: Erynoa;
const browser = new EventTarget();

beforeEach(() => {
	server = new Server();
	vi.useFakeTimers();
	vi.stubGlobal('BroadcastChannel', undefined);
	vi.stubGlobal('navigator', { onLine: true });
	vi.stubGlobal('addEventListener', browser.addEventListener.bind(browser));
	vi.stubGlobal('removeEventListener', browser.removeEventListener.bind(browser));
	erynoa = createErynoa({ baseUrl: ORIGIN, transport: server.transport });
	// Calls of nobody need no store.
	vi.spyOn(erynoa.session, 'accessToken').mockResolvedValue(undefined);
});

afterEach(() => {
	erynoa.stop();
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

const call = () => erynoa.api.health.check({}).catch(() => undefined);
const fail = (error: Error) => () => {
	throw error;
};

describe('connectivity', () => {
	it('is learned from calls, and asked for until the server is back', async () => {
		const seen: ConnectivityState[] = [];
		erynoa.connectivity.subscribe((state) => seen.push(state));
		await call();
		server.before = fail(new TypeError('Failed to fetch'));
		await call();
		expect(erynoa.connectivity.get()).toBe('unreachable');
		await vi.advanceTimersByTimeAsync(10_000);
		expect(erynoa.connectivity.get()).toBe('unreachable');
		server.before = () => undefined;
		await vi.advanceTimersByTimeAsync(31_000);
		expect(seen).toEqual(['online', 'unreachable', 'online']);
		const calls = server.calls.length;
		await vi.advanceTimersByTimeAsync(120_000);
		expect(server.calls.length).toBe(calls);
	});

	it('a proxy that answers for a server that is down means unreachable, a refusal of ours does not', async () => {
		server.before = fail(refusal('SERVICE_UNAVAILABLE', Code.Unavailable));
		await call();
		expect(erynoa.connectivity.get()).toBe('online');
		const bare = refusal('', Code.Unavailable);
		bare.details = [];
		server.before = fail(bare);
		await call();
		expect(erynoa.connectivity.get()).toBe('unreachable');
	});

	it('follows the network of the device', async () => {
		browser.dispatchEvent(new Event('offline'));
		expect(erynoa.connectivity.get()).toBe('offline');
		browser.dispatchEvent(new Event('online'));
		await vi.waitFor(() => expect(erynoa.connectivity.get()).toBe('online'));
		expect(server.calls).toEqual(['Check']);
	});
});

describe('cells', () => {
	it('tell their followers of each change until they leave', () => {
		const value = cell(1);
		const seen: number[] = [];
		const leave = value.subscribe((v) => seen.push(v));
		value.set(2);
		value.set(2);
		leave();
		value.set(3);
		expect(seen).toEqual([1, 2]);
		expect(value.get()).toBe(3);
	});
});

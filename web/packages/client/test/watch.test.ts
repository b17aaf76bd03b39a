import { create } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { EpochNoticeSchema, EventRecordSchema, HeartbeatSchema, type WatchResponse } from '@erynoa/proto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
	type ApiError,
	createApi,
	type Watch,
	type WatchOptions,
	type WatchStatus,
	watchEvents,
} from '../src';
import { refusal, Server } from './server';

type Item = Partial<WatchResponse>;
const event = (sequence: bigint): Item => ({
	item: { case: 'event', value: create(EventRecordSchema, { sequence }) },
});
const heartbeat = (size: bigint): Item => ({
	item: { case: 'heartbeat', value: create(HeartbeatSchema, { size }) },
});
const epoch = (number: bigint): Item => ({
	item: { case: 'epoch', value: create(EpochNoticeSchema, { epoch: number }) },
});

let server: Server;
let watch: Watch | undefined;
/** from_sequence of each connection. */
let starts: (bigint | undefined)[];

/** Each connection plays one list of items, then breaks; the last one stays open. */
function play(...connections: Item[][]): void {
	server.watch = async function* (request, signal) {
		const items = connections[starts.length];
		starts.push(request.fromSequence);
		yield* items ?? [];
		if (starts.length < connections.length) throw refusal('SERVICE_UNAVAILABLE', Code.Unavailable);
		await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
	};
}

function follow(options: WatchOptions = {}) {
	const events: bigint[] = [];
	const epochs: bigint[] = [];
	const statuses: WatchStatus[] = [];
	const errors: ApiError[] = [];
	const gaps = vi.fn();
	watch = watchEvents(createApi(server.transport([])), {
		onEvent: ({ sequence }) => events.push(sequence),
		onEpoch: (notice) => epochs.push(notice.epoch),
		onError: (error) => errors.push(error),
		onGap: gaps,
		...options,
	});
	watch.status.subscribe((status) => statuses.push(status));
	return { events, epochs, statuses, errors, gaps };
}

beforeEach(() => {
	server = new Server();
	starts = [];
	vi.useFakeTimers();
});

afterEach(async () => {
	watch?.stop();
	vi.useRealTimers();
});

describe('watching the log', () => {
	it('delivers events and epochs and is live', async () => {
		play([event(7n), epoch(2n), event(8n)]);
		const seen = follow();
		await vi.waitFor(() => expect(seen.events).toEqual([7n, 8n]));
		expect(seen.epochs).toEqual([2n]);
		expect(seen.statuses).toEqual(['connecting', 'live']);
		expect(starts).toEqual([undefined]);
	});

	it('goes on where it broke, by the last event or heartbeat, and delivers each event once', async () => {
		play([event(7n), heartbeat(20n)], [event(19n), event(20n)], [event(20n), event(21n)]);
		const seen = follow();
		await vi.waitFor(() => expect(seen.events).toEqual([7n, 20n, 21n]), { timeout: 10_000, interval: 200 });
		expect(starts).toEqual([undefined, 20n, 21n]);
		expect(seen.gaps).not.toHaveBeenCalled();
		expect(seen.statuses).toContain('waiting');
		expect(seen.statuses.at(-1)).toBe('live');
	});

	it('begins where it is asked to', async () => {
		play([], [event(5n)]);
		const seen = follow({ fromSequence: 5n });
		await vi.waitFor(() => expect(seen.events).toEqual([5n]), { timeout: 10_000, interval: 200 });
		expect(starts).toEqual([5n, 5n]);
	});

	it('tells of a gap when it broke before its position was known', async () => {
		play([], [event(1n)]);
		const seen = follow();
		await vi.waitFor(() => expect(seen.events).toEqual([1n]), { timeout: 10_000, interval: 200 });
		expect(seen.gaps).toHaveBeenCalledTimes(1);
	});

	it('takes silence for a dead connection', async () => {
		play([heartbeat(3n)]);
		const seen = follow();
		await vi.waitFor(() => expect(seen.statuses).toContain('live'));
		await vi.advanceTimersByTimeAsync(46_000);
		await vi.waitFor(() => expect(starts).toEqual([undefined, 3n]), { timeout: 10_000, interval: 200 });
	});

	it('ends with the error that trying again cannot mend', async () => {
		server.watch = async function* () {
			starts.push(undefined);
			yield* [];
			throw refusal('VALIDATION_ERROR', Code.InvalidArgument);
		};
		const seen = follow();
		await vi.waitFor(() => expect(seen.errors.map((error) => error.code)).toEqual(['VALIDATION_ERROR']));
		expect(seen.statuses.at(-1)).toBe('stopped');
		await vi.advanceTimersByTimeAsync(60_000);
		expect(starts).toHaveLength(1);
	});

	it('stops when it is told to', async () => {
		play([event(1n)]);
		const seen = follow();
		await vi.waitFor(() => expect(seen.events).toEqual([1n]));
		watch?.stop();
		await vi.waitFor(() => expect(seen.statuses.at(-1)).toBe('stopped'));
		await vi.advanceTimersByTimeAsync(60_000);
		expect(starts).toHaveLength(1);
		expect(seen.errors).toEqual([]);
	});
});

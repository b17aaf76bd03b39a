import { create } from '@bufbuild/protobuf';
import { BreakerState, MethodTrafficSchema, PartSchema, TrafficMinuteSchema } from '@erynoa/proto';
import { describe, expect, it } from 'vitest';
import { alarmsOf, breakerAlarms, lastMinutes, sortMethods, wholeHour } from './alarms';

const part = (name: string, healthy: boolean) =>
	create(PartSchema, { name, healthy, message: healthy ? '' : 'gone' });
const minute = (requests: number, errors: number) =>
	create(TrafficMinuteSchema, { requests: BigInt(requests), errors: BigInt(errors), events: 1n });
const method = (name: string, p99Us: bigint, requests = 1n) =>
	create(MethodTrafficSchema, { method: name, p99Us, requests });

describe('alarms', () => {
	it('a_tripped_breaker_is_an_alarm_and_one_that_takes_no_events_comes_first', () => {
		const realm = (id: string, breaker: BreakerState) => ({ id, name: id, breaker });
		expect(
			breakerAlarms([
				realm('calm', BreakerState.NORMAL),
				realm('slow', BreakerState.DEGRADED),
				realm('shut', BreakerState.READ_ONLY),
			]),
		).toEqual([
			{ kind: 'breaker', realm: 'shut', name: 'shut', readOnly: true },
			{ kind: 'breaker', realm: 'slow', name: 'slow', readOnly: false },
		]);
	});

	it('all_is_well_without_alarms', () => {
		expect(
			alarmsOf({ parts: [part('log', true)], traffic: [minute(100, 1)], methods: [method('/a', 900n)] }),
		).toEqual([]);
	});

	it('a_part_that_is_down_comes_first', () => {
		const alarms = alarmsOf({
			parts: [part('log', true), part('accounts', false)],
			traffic: [minute(100, 50)],
			methods: [],
		});
		expect(alarms).toEqual([
			{ kind: 'part-down', part: 'accounts', message: 'gone' },
			{ kind: 'errors', sharePpm: 500_000, errors: 50, requests: 100 },
		]);
	});

	it('errors_of_few_requests_and_of_long_ago_are_no_alarm', () => {
		const old = [minute(100, 100), ...Array.from({ length: 5 }, () => minute(10, 0))];
		expect(alarmsOf({ parts: [], traffic: old, methods: [] })).toEqual([]);
		expect(alarmsOf({ parts: [], traffic: [minute(19, 19)], methods: [] })).toEqual([]);
	});

	it('a_slow_method_is_an_alarm_and_a_stream_is_not', () => {
		const methods = [
			method('/erynoa.api.v1.EventService/Watch', 60_000_000n),
			method('/a', 2_000_000n),
			method('/b', 3_000_000n),
		];
		expect(
			alarmsOf({ parts: [], traffic: [], methods }).map((alarm) => 'method' in alarm && alarm.method),
		).toEqual(['/b', '/a']);
	});
});

describe('traffic', () => {
	it('sums_the_last_minutes_only', () => {
		expect(lastMinutes([minute(1, 1), minute(2, 0), minute(3, 1)], 2)).toEqual({
			requests: 5,
			errors: 1,
			events: 2,
		});
		expect(lastMinutes([minute(1, 1)], 0)).toEqual({ requests: 0, errors: 0, events: 0 });
	});

	it('an_hour_has_sixty_minutes_whatever_the_server_names', () => {
		const at = (minutes: bigint, requests: bigint) =>
			create(TrafficMinuteSchema, { startUs: minutes * 60_000_000n, requests });
		const hour = wholeHour([at(100n, 7n), at(103n, 9n)]);
		expect(hour.length).toBe(60);
		expect(hour.map((each) => Number(each.requests)).slice(-4)).toEqual([7, 0, 0, 9]);
		expect(hour[0]?.startUs).toBe(44n * 60_000_000n);
		expect(wholeHour([])).toEqual([]);
	});

	it('methods_are_sorted_by_figure_and_then_by_name', () => {
		const methods = [method('/b', 5n), method('/a', 5n), method('/c', 9n)];
		expect(sortMethods(methods, 'p99', true).map((m) => m.method)).toEqual(['/c', '/a', '/b']);
		expect(sortMethods(methods, 'p99', false).map((m) => m.method)).toEqual(['/b', '/a', '/c']);
	});
});

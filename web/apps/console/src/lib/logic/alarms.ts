import {
	BreakerState,
	type GetOverviewResponse,
	type MethodTraffic,
	type Realm,
	type TrafficMinute,
} from '@erynoa/proto';

/** Something that an operator should look at. */
export type Alarm =
	| { kind: 'part-down'; part: string; message: string }
	| { kind: 'breaker'; realm: string; name: string; readOnly: boolean }
	| { kind: 'errors'; sharePpm: number; errors: number; requests: number }
	| { kind: 'slow'; method: string; p99Us: number };

/** Minutes that the share of errors is taken over. */
export const ERROR_WINDOW_MINUTES = 5;
/** Fewer requests than this say nothing about a share. */
const LEAST_REQUESTS = 20;
const ERROR_SHARE_PPM = 50_000;
const SLOW_US = 1_000_000;

const MINUTE_US = 60_000_000n;

/** The last hour minute by minute, oldest first: minutes that the server does not name had no traffic. */
export function wholeHour(
	traffic: readonly TrafficMinute[],
): Pick<TrafficMinute, 'startUs' | 'requests' | 'errors' | 'events'>[] {
	const newest = traffic.at(-1);
	if (!newest) return [];
	const named = new Map(traffic.map((minute) => [minute.startUs, minute]));
	return Array.from({ length: 60 }, (_, index) => {
		const startUs = newest.startUs - BigInt(59 - index) * MINUTE_US;
		return named.get(startUs) ?? { startUs, requests: 0n, errors: 0n, events: 0n };
	});
}

/** Requests, errors and appended events of the last minutes together. */
export function lastMinutes(
	traffic: readonly Pick<TrafficMinute, 'requests' | 'errors' | 'events'>[],
	minutes: number,
) {
	const sum = { requests: 0, errors: 0, events: 0 };
	for (const minute of minutes > 0 ? traffic.slice(-minutes) : []) {
		sum.requests += Number(minute.requests);
		sum.errors += Number(minute.errors);
		sum.events += Number(minute.events);
	}
	return sum;
}

/** Whether the calls of a method last by design, so that their length says nothing. */
export function isStream(method: string): boolean {
	return method.endsWith('/Watch');
}

/** What is wrong, the worst first; empty when all is well. */
export function alarmsOf(overview: Pick<GetOverviewResponse, 'parts' | 'traffic' | 'methods'>): Alarm[] {
	const alarms: Alarm[] = overview.parts
		.filter((part) => !part.healthy)
		.map(({ name, message }) => ({ kind: 'part-down', part: name, message }));
	const { requests, errors } = lastMinutes(overview.traffic, ERROR_WINDOW_MINUTES);
	if (requests >= LEAST_REQUESTS) {
		const sharePpm = Math.floor((errors * 1_000_000) / requests);
		if (sharePpm >= ERROR_SHARE_PPM) alarms.push({ kind: 'errors', sharePpm, errors, requests });
	}
	const slow = overview.methods
		.filter((method) => !isStream(method.method) && Number(method.p99Us) >= SLOW_US)
		.sort((a, b) => Number(b.p99Us - a.p99Us));
	for (const { method, p99Us } of slow) alarms.push({ kind: 'slow', method, p99Us: Number(p99Us) });
	return alarms;
}

/** Realms whose breaker has tripped, those that take no events first. */
export function breakerAlarms(realms: readonly Pick<Realm, 'id' | 'name' | 'breaker'>[]): Alarm[] {
	return realms
		.filter(({ breaker }) => breaker > BreakerState.NORMAL)
		.sort((a, b) => b.breaker - a.breaker)
		.map(({ id, name, breaker }) => ({
			kind: 'breaker',
			realm: id,
			name,
			readOnly: breaker === BreakerState.READ_ONLY,
		}));
}

export type MethodOrder = 'requests' | 'errors' | 'p50' | 'p99';

/** Methods by one of their figures. */
export function sortMethods(
	methods: readonly MethodTraffic[],
	by: MethodOrder,
	descending: boolean,
): MethodTraffic[] {
	const figure = (method: MethodTraffic) =>
		({ requests: method.requests, errors: method.errors, p50: method.p50Us, p99: method.p99Us })[by];
	const sorted = [...methods].sort((a, b) => {
		const difference = figure(a) - figure(b);
		if (difference !== 0n) return difference < 0n ? -1 : 1;
		return a.method < b.method ? 1 : -1;
	});
	return descending ? sorted.reverse() : sorted;
}

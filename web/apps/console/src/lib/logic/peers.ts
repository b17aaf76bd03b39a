import type { Peer } from '@erynoa/proto';

/** Entries that somebody lacks of a head; 0 when level or ahead. */
export function lagBehind(head: bigint, theirs: bigint): bigint {
	return head > theirs ? head - theirs : 0n;
}

/** The greatest of some sizes; 0 of none. */
export function greatest(sizes: Iterable<bigint>): bigint {
	let most = 0n;
	for (const size of sizes) if (size > most) most = size;
	return most;
}

/** Bytes seen at a time, to see how fast they grow. */
export interface Traffic {
	bytesIn: bigint;
	bytesOut: bigint;
	/** Microseconds since the Unix epoch. */
	atUs: bigint;
}

/** Bytes per second between two looks; undefined when there is nothing to compare, as after a restart. */
export function ratePerSecond(
	before: Traffic | undefined,
	now: Traffic,
): { in: number; out: number } | undefined {
	if (!before || now.atUs <= before.atUs) return undefined;
	if (now.bytesIn < before.bytesIn || now.bytesOut < before.bytesOut) return undefined;
	const seconds = Number(now.atUs - before.atUs) / 1e6;
	return {
		in: Number(now.bytesIn - before.bytesIn) / seconds,
		out: Number(now.bytesOut - before.bytesOut) / seconds,
	};
}

/** A peer's place in the picture; this node stands at 0, 0. */
export interface MapPlace {
	peer: Peer;
	x: number;
	y: number;
}

/** Round trips from here on stand at the edge, µs. */
export const MAP_FARTHEST_US = 1_000_000;
const NEAREST_US = 100;
/** Share of the radius at which the nearest peers stand, so that none covers the middle. */
const INNER = 0.3;

/** How far from the middle a round trip stands, 0.3 to 1, by its logarithm; unknown ones at the edge. */
export function mapDistance(roundTripUs: bigint): number {
	const us = Number(roundTripUs);
	if (us === 0 || us >= MAP_FARTHEST_US) return 1;
	const share = Math.log(Math.max(us, NEAREST_US) / NEAREST_US) / Math.log(MAP_FARTHEST_US / NEAREST_US);
	return INNER + (1 - INNER) * share;
}

/** Places of peers around this node, evenly by angle in the order of their ids, so that nobody jumps. */
export function mapPlaces(peers: readonly Peer[], radius: number): MapPlace[] {
	const sorted = [...peers].sort((a, b) => (a.peerId < b.peerId ? -1 : 1));
	return sorted.map((peer, index) => {
		const angle = (2 * Math.PI * index) / sorted.length - Math.PI / 2;
		const distance = radius * mapDistance(peer.roundTripUs);
		return { peer, x: Math.cos(angle) * distance, y: Math.sin(angle) * distance };
	});
}

/** Whether a text looks like an address that ends in a peer's id; what it leads to is found out by dialling. */
export function isPeerAddress(text: string): boolean {
	return /^(\/[^/\s]+)+\/p2p\/[1-9A-HJ-NP-Za-km-z]{32,64}$/.test(text);
}

/** Whole seconds from now until a ban is over, at least the least that a ban may last. */
export function secondsLeft(untilUs: bigint, nowMs: number): number {
	return Math.max(LEAST_BAN_S, Math.round(Number(untilUs) / 1e6 - nowMs / 1e3));
}

/** Shortest ban that the server takes, seconds. */
export const LEAST_BAN_S = 60;
/** Longest reason that the server takes, bytes. */
export const MOST_REASON_BYTES = 200;
/** Durations of bans to choose from, seconds. */
export const BAN_DURATIONS_S = [3_600, 86_400, 604_800, 2_592_000, 31_536_000] as const;

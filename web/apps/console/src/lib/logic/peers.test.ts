import { create } from '@bufbuild/protobuf';
import { PeerSchema } from '@erynoa/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	greatest,
	isPeerAddress,
	LEAST_BAN_S,
	lagBehind,
	MAP_FARTHEST_US,
	mapDistance,
	mapPlaces,
	ratePerSecond,
	secondsLeft,
} from './peers';

const ID = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp';

describe('the map of peers', () => {
	it('a_longer_round_trip_never_stands_nearer', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 3_000_000 }), fc.integer({ min: 1, max: 3_000_000 }), (a, b) => {
				const [near, far] = [Math.min(a, b), Math.max(a, b)];
				expect(mapDistance(BigInt(near))).toBeLessThanOrEqual(mapDistance(BigInt(far)));
			}),
		);
		expect(mapDistance(1n)).toBeCloseTo(0.3);
		expect(mapDistance(BigInt(MAP_FARTHEST_US))).toBe(1);
	});

	it('an_unknown_round_trip_stands_at_the_edge', () => {
		expect(mapDistance(0n)).toBe(1);
	});

	it('every_peer_has_a_place_of_its_own_inside_the_picture', () => {
		fc.assert(
			fc.property(
				fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 100 }),
				fc.nat(),
				(ids, us) => {
					const peers = ids.map((peerId) => create(PeerSchema, { peerId, roundTripUs: BigInt(us) }));
					const places = mapPlaces(peers, 100);
					expect(places).toHaveLength(ids.length);
					for (const { x, y } of places) expect(Math.hypot(x, y)).toBeLessThanOrEqual(100.001);
					const spots = new Set(places.map(({ x, y }) => `${x.toFixed(6)} ${y.toFixed(6)}`));
					expect(spots.size).toBe(ids.length);
				},
			),
		);
	});

	it('the_order_in_which_peers_come_moves_nobody', () => {
		const peers = ['c', 'a', 'b'].map((peerId) => create(PeerSchema, { peerId, roundTripUs: 5_000n }));
		const places = (some: typeof peers) => mapPlaces(some, 10).map(({ peer, x, y }) => [peer.peerId, x, y]);
		expect(places([...peers].reverse())).toEqual(places(peers));
	});
});

describe('traffic', () => {
	const at = (bytesIn: bigint, bytesOut: bigint, atUs: bigint) => ({ bytesIn, bytesOut, atUs });

	it('is_the_difference_over_the_time', () => {
		expect(ratePerSecond(at(100n, 50n, 0n), at(1_100n, 50n, 2_000_000n))).toEqual({ in: 500, out: 0 });
	});

	it('is_unknown_at_first_and_after_a_restart', () => {
		expect(ratePerSecond(undefined, at(1n, 1n, 1n))).toBeUndefined();
		expect(ratePerSecond(at(100n, 1n, 0n), at(5n, 1n, 1_000_000n))).toBeUndefined();
		expect(ratePerSecond(at(1n, 1n, 5n), at(1n, 1n, 5n))).toBeUndefined();
	});
});

describe('lag', () => {
	it('nobody_ahead_lags', () => {
		expect(lagBehind(10n, 4n)).toBe(6n);
		expect(lagBehind(10n, 10n)).toBe(0n);
		expect(lagBehind(10n, 12n)).toBe(0n);
		expect([greatest([]), greatest([3n, 7n, 5n])]).toEqual([0n, 7n]);
	});
});

describe('addresses', () => {
	it('end_in_the_id_of_a_peer', () => {
		for (const right of [
			`/ip4/192.0.2.7/tcp/4001/p2p/${ID}`,
			`/ip6/2001:db8::1/udp/4001/quic-v1/p2p/${ID}`,
			`/dns4/node.example/tcp/4001/p2p/${ID}`,
			`/ip4/192.0.2.7/tcp/4001/p2p/${ID}/p2p-circuit/p2p/${ID}`,
		]) {
			expect(isPeerAddress(right), right).toBe(true);
		}
		for (const wrong of [
			'',
			'192.0.2.7:4001',
			'/ip4/192.0.2.7/tcp/4001',
			`/ip4/192.0.2.7/tcp/4001/p2p/`,
			`/p2p/${ID}`,
			`/ip4/192.0.2.7/tcp/4001/p2p/${ID}/`,
			`/ip4/192.0.2.7/tcp/4001/p2p/${ID.replace('K', '0')}`,
			` /ip4/192.0.2.7/tcp/4001/p2p/${ID}`,
		]) {
			expect(isPeerAddress(wrong), wrong).toBe(false);
		}
	});
});

describe('bans', () => {
	it('that_are_put_back_last_as_long_as_they_would_have', () => {
		expect(secondsLeft(10_000_000_000n, 4_000_000)).toBe(6_000);
		expect(secondsLeft(1n, 4_000_000)).toBe(LEAST_BAN_S);
	});
});

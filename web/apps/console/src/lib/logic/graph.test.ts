import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHAIN_GAP, type GraphEvent, layoutGraph, stepFrom } from './graph';

/** A log of events by a few keys, each with its chain and some parents. */
const logs: fc.Arbitrary<GraphEvent[]> = fc
	.array(fc.record({ key: fc.integer({ min: 0, max: 12 }), parents: fc.array(fc.nat(), { maxLength: 3 }) }), {
		minLength: 1,
		maxLength: 60,
	})
	.map((drafts) => {
		const heads = new Map<number, string>();
		return drafts.map(({ key, parents }, index) => {
			const event: GraphEvent = {
				id: `e${index}`,
				sequence: BigInt(index) * 3n,
				key: `k${key}`,
				prev: heads.get(key) ?? '',
				parents: index === 0 ? [] : [...new Set(parents.map((parent) => `e${parent % index}`))],
			};
			heads.set(key, event.id);
			return event;
		});
	});

const check = (law: (log: GraphEvent[]) => void) => fc.assert(fc.property(logs, law), { numRuns: 300 });

describe('picture of the log', () => {
	it('every_event_has_one_place_in_the_order_of_the_log', () => {
		check((log) => {
			const { nodes } = layoutGraph(log);
			expect(nodes.map(({ event }) => event.id)).toEqual(log.map(({ id }) => id));
			expect(nodes.map(({ column }) => column)).toEqual(log.map((_, index) => index));
		});
	});

	it('the_order_of_the_input_does_not_matter_and_doubles_are_one', () => {
		check((log) => {
			expect(layoutGraph([...log].reverse().concat(log))).toEqual(layoutGraph(log));
		});
	});

	it('every_link_is_an_edge_from_older_to_newer', () => {
		check((log) => {
			const { nodes, edges, stubs } = layoutGraph(log);
			const column = new Map(nodes.map((node) => [node.event.id, node.column]));
			expect(stubs).toEqual([]);
			expect(edges.length).toBe(
				log.reduce((sum, event) => sum + (event.prev ? 1 : 0) + event.parents.length, 0),
			);
			for (const edge of edges) expect(column.get(edge.from)).toBeLessThan(column.get(edge.to) ?? -1);
		});
	});

	it('chains_in_one_lane_never_touch', () => {
		check((log) => {
			const { chains, lanes } = layoutGraph(log);
			for (const chain of chains) {
				expect(chain.lane).toBeLessThan(lanes);
				for (const other of chains) {
					if (other === chain || other.lane !== chain.lane || other.first < chain.first) continue;
					expect(other.first - chain.last).toBeGreaterThan(CHAIN_GAP);
				}
			}
		});
	});

	it('events_of_one_key_stand_in_one_lane', () => {
		check((log) => {
			const lanes = new Map<string, number>();
			for (const { event, lane } of layoutGraph(log).nodes) {
				expect(lanes.get(event.key) ?? lane).toBe(lane);
				lanes.set(event.key, lane);
			}
		});
	});

	it('links_out_of_the_picture_are_kept_as_stubs', () => {
		check((log) => {
			const shown = log.slice(Math.floor(log.length / 2));
			const { edges, stubs } = layoutGraph(shown);
			const links = shown.reduce((sum, event) => sum + (event.prev ? 1 : 0) + event.parents.length, 0);
			expect(edges.length + stubs.length).toBe(links);
			const ids = new Set(shown.map(({ id }) => id));
			for (const stub of stubs) expect(ids.has(stub.missing)).toBe(false);
		});
	});
});

describe('steps through the picture', () => {
	it('forth_and_back_along_a_chain_ends_where_it_began', () => {
		check((log) => {
			const layout = layoutGraph(log);
			for (const { event } of layout.nodes) {
				const next = stepFrom(layout, event.id, 'next');
				if (next) expect(stepFrom(layout, next, 'prev')).toBe(event.id);
			}
		});
	});

	it('newer_from_the_first_reaches_every_event', () => {
		check((log) => {
			const layout = layoutGraph(log);
			let at = stepFrom(layout, 'nowhere', 'first');
			for (const event of log) {
				expect(at).toBe(event.id);
				at = at && stepFrom(layout, at, 'newer');
			}
			expect(at).toBeUndefined();
		});
	});

	it('a_cause_has_its_effect', () => {
		const layout = layoutGraph([
			{ id: 'a', sequence: 1n, key: 'k', prev: '', parents: [] },
			{ id: 'b', sequence: 2n, key: 'l', prev: '', parents: ['a'] },
		]);
		expect(stepFrom(layout, 'b', 'cause')).toBe('a');
		expect(stepFrom(layout, 'a', 'effect')).toBe('b');
		expect(stepFrom(layout, 'a', 'cause')).toBeUndefined();
	});
});

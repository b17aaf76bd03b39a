import { create } from '@bufbuild/protobuf';
import { RankingEntrySchema } from '@erynoa/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainTerm, rankingOrders, sortRanking } from './world';

const example = create(RankingEntrySchema, {
	rank: 1n,
	normPpm: 809_100,
	ownEvents: 1_000n,
	surprisalBits: 4,
	witnessed: 50n,
	humanFactor: 1.5,
	recency: 1,
});

describe('the world formula opened', () => {
	it('the_example_of_the_protocol_holds', () => {
		const { x, term, days } = explainTerm(example);
		expect(x).toBeCloseTo(0.9758, 4);
		expect(term).toBeCloseTo(0.5657, 4);
		expect(days).toBe(0);
	});

	it('ten_days_of_silence_are_read_from_the_weight', () => {
		expect(explainTerm({ ...example, recency: 0.99 ** 10 }).days).toBeCloseTo(10, 9);
	});

	it('without_witnessed_events_the_term_is_nothing', () => {
		expect(explainTerm({ ...example, witnessed: 0n }).term).toBe(0);
	});

	it('nobody_has_a_term_above_the_human_factor', () => {
		fc.assert(
			fc.property(
				fc.record({
					witnessed: fc.bigInt(0n, 100_000n),
					normPpm: fc.integer({ min: 10_000, max: 1_000_000 }),
					ownEvents: fc.bigInt(0n, 10_000_000n),
					surprisalBits: fc.double({ min: 0, max: 16, noNaN: true }),
					humanFactor: fc.double({ min: 1, max: 2, noNaN: true }),
					recency: fc.double({ min: 1e-9, max: 1, noNaN: true }),
				}),
				(entry) => {
					const { term } = explainTerm(entry);
					expect(term).toBeGreaterThanOrEqual(0);
					expect(term).toBeLessThanOrEqual(entry.humanFactor);
				},
			),
			{ numRuns: 1_000 },
		);
	});
});

describe('sorting the ranking', () => {
	const entries = [3n, 1n, 2n].map((rank) =>
		create(RankingEntrySchema, { rank, term: 1 / Number(rank), activity: 0.5, recency: Number(rank) / 10 }),
	);

	it('each_figure_sorts_both_ways', () => {
		const ranks = (by: (typeof rankingOrders)[number], descending: boolean) =>
			sortRanking(entries, by, descending).map(({ rank }) => Number(rank));
		expect(ranks('rank', false)).toEqual([1, 2, 3]);
		expect(ranks('rank', true)).toEqual([3, 2, 1]);
		expect(ranks('term', true)).toEqual([1, 2, 3]);
		expect(ranks('recency', true)).toEqual([3, 2, 1]);
	});

	it('equal_figures_stay_in_the_order_of_rank', () => {
		for (const by of rankingOrders) {
			const same = sortRanking(
				entries,
				by === 'rank' || by === 'term' || by === 'recency' ? 'activity' : by,
				true,
			);
			expect(same.map(({ rank }) => rank)).toEqual([1n, 2n, 3n]);
		}
	});

	it('the_given_list_stays_as_it_is', () => {
		sortRanking(entries, 'rank', false);
		expect(entries.map(({ rank }) => rank)).toEqual([3n, 1n, 2n]);
	});
});

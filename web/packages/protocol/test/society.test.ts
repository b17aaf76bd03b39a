import { ProposalKind } from '@erynoa/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	allowanceOf,
	type CrossingFacts,
	cappedPower,
	cappedShare,
	creditsAfter,
	crossingView,
	crossingViolations,
	effectiveMembers,
	gammaOf,
	lentTrust,
	manaAfter,
	norm,
	passes,
	pathBetween,
	powerCap,
	recoveryEnd,
	shareFor,
	tally,
	UNIT,
	voteCost,
} from '../src';

const RUNS = { numRuns: 1000 };
const ppm = fc.integer({ min: 0, max: 1_000_000 });
const vector = fc.array(ppm, { minLength: 6, maxLength: 6 });
const edges = fc.integer({ min: 0, max: 18 });

describe('delegation (§4)', () => {
	it('0.8·0.9·0.7 on 1.0 is 0.504', () => {
		expect(lentTrust([800_000, 900_000, 700_000], 1_000_000)).toBe(504_000);
	});
});

describe('crossing (§7)', () => {
	it('R = .8 is .5184 to a sibling and .576 to a child', () => {
		expect(crossingView([800_000, 0, 0, 0, 0, 0], { edges: 2 })[0]).toBe(518_400);
		expect(crossingView([800_000, 0, 0, 0, 0, 0], { edges: 1 })[0]).toBe(576_000);
	});

	it('γ is 0.9 for each edge, and nothing over a blocked one', () => {
		expect([0, 1, 2, 3].map((n) => gammaOf({ edges: n }))).toEqual([1_000_000, 900_000, 810_000, 729_000]);
		expect(gammaOf({ edges: 1, blocked: true })).toBe(0);
	});

	it('within one realm trust is seen as it is', () => {
		fc.assert(
			fc.property(vector, (values) => {
				expect(crossingView(values, { same: true, edges: 0 })).toEqual(values);
			}),
			RUNS,
		);
	});

	it('K24: no dimension rises, V and Ω cross as they are', () => {
		fc.assert(
			fc.property(vector, edges, fc.boolean(), (values, n, blocked) => {
				const view = crossingView(values, { edges: n, blocked });
				for (const [i, value] of view.entries()) expect(value).toBeLessThanOrEqual(values[i] as number);
				expect(view.slice(4)).toEqual(values.slice(4));
			}),
			RUNS,
		);
	});

	it('K2: no way through a third realm keeps more than the direct one', () => {
		fc.assert(
			fc.property(vector, edges, edges, (values, a, b) => {
				const direct = crossingView(values, { edges: Math.abs(a - b) });
				const detour = crossingView(crossingView(values, { edges: a }), { edges: b });
				for (const [i, value] of detour.entries()) expect(value).toBeLessThanOrEqual(direct[i] as number);
			}),
			RUNS,
		);
	});

	it('the way leads up to where both lie below, and down again', () => {
		const parents = { root: undefined, town: 'root', guild: 'root', market: 'town', stall: 'market' };
		expect(pathBetween(parents, 'stall', 'guild')).toEqual(['stall', 'market', 'town', 'root', 'guild']);
		expect(pathBetween(parents, 'town', 'stall')).toEqual(['town', 'market', 'stall']);
		expect(pathBetween(parents, 'town', 'town')).toEqual(['town']);
		expect(() => pathBetween({ a: undefined, b: undefined }, 'a', 'b')).toThrow('different trees');
	});
});

describe('guard (§7)', () => {
	const fine: CrossingFacts = {
		valuesPpm: [900_000, 900_000, 900_000, 900_000, 900_000, 900_000],
		way: { edges: 2 },
		minTrustPpm: 300_000,
		minimaPpm: [0, 0, 0, 0, 0, 0],
		excluded: false,
		memberOfFrom: true,
		credentials: true,
	};

	it('uniform .9 to a sibling that asks for 0.7 has a norm of .6425 and is denied', () => {
		expect(norm(crossingView(fine.valuesPpm, fine.way))).toBe(642_484);
		expect(crossingViolations({ ...fine, minTrustPpm: 700_000 })).toEqual(['TRUST_TOO_LOW']);
		expect(crossingViolations({ ...fine, minTrustPpm: 642_484 })).toEqual([]);
	});

	it('names everything that is missing at once, in order', () => {
		expect(
			crossingViolations({
				...fine,
				valuesPpm: [900_000, 900_000, 900_000, 900_000, 900_000, 49_999],
				way: { edges: 1, blocked: true },
				minTrustPpm: 900_000,
				minimaPpm: [0, 1, 0, 0, 0, 0],
				excluded: true,
				memberOfFrom: false,
				credentials: false,
				endorsements: 1,
			}),
		).toEqual([
			'MEMBER_BANNED',
			'MEMBER_REQUIRED',
			'CROSSING_BLOCKED',
			'TRUST_TOO_LOW',
			'DIMENSION_TOO_LOW',
			'FIDELITY_TOO_LOW',
			'CREDENTIAL_MISSING',
			'ENDORSEMENTS_MISSING',
		]);
	});

	it('fidelity of 0.05, a value at its minimum and two endorsements are enough', () => {
		const valuesPpm = [900_000, 900_000, 900_000, 900_000, 900_000, 50_000];
		const minimaPpm = [583_200, 0, 0, 0, 0, 0];
		expect(crossingViolations({ ...fine, valuesPpm, minimaPpm, endorsements: 2 })).toEqual([]);
		expect(crossingViolations({ ...fine, minimaPpm: [583_201, 0, 0, 0, 0, 0] })).toEqual([
			'DIMENSION_TOO_LOW',
		]);
	});
});

describe('votes (§7)', () => {
	it('n votes cost n², and 100 credits are ten votes', () => {
		expect([1, 2, 3, -3, 10].map(voteCost)).toEqual([1, 4, 9, 9, 100]);
		expect(creditsAfter(0, 10)).toBe(0);
		expect(creditsAfter(1, 10)).toBeUndefined();
		expect(creditsAfter(36, -8)).toBe(0);
	});

	it('K21: the same tally in any order', () => {
		const ballot = fc.record({ votes: fc.integer({ min: -10, max: 10 }), normPpm: ppm });
		fc.assert(
			fc.property(fc.array(ballot, { maxLength: 30 }), (ballots) => {
				expect(tally([...ballots].reverse())).toEqual(tally(ballots));
			}),
			RUNS,
		);
	});

	it('exactly the threshold is not enough, and a tenth must vote', () => {
		const half = tally([
			{ votes: 2, normPpm: 500_000 },
			{ votes: -1, normPpm: 1_000_000 },
		]);
		expect(shareFor(half)).toBe(500_000);
		expect(passes(half, ProposalKind.PARAMETER, 2)).toBe(false);
		const clear = tally([{ votes: 1, normPpm: 100_000 }]);
		expect(passes(clear, ProposalKind.GOVERNANCE, 10)).toBe(true);
		expect(passes(clear, ProposalKind.GOVERNANCE, 11)).toBe(false);
		expect(shareFor(tally([]))).toBe(0);
		expect(passes(tally([]), ProposalKind.PARAMETER, 0)).toBe(false);
	});

	it('each kind has its threshold', () => {
		const near = (share: number) =>
			tally([
				{ votes: 1, normPpm: share },
				{ votes: -1, normPpm: 1_000_000 - share },
			]);
		const kinds = [
			[ProposalKind.PARAMETER, 500_000],
			[ProposalKind.TREASURY, 600_000],
			[ProposalKind.RULE, 670_000],
			[ProposalKind.MEMBER, 750_000],
			[ProposalKind.GOVERNANCE, 800_000],
		] as const;
		for (const [kind, threshold] of kinds) {
			expect(passes(near(threshold), kind, 2)).toBe(false);
			expect(passes(near(threshold + 1), kind, 2)).toBe(true);
		}
	});
});

describe('mana (§8)', () => {
	it('Ω = .1 gives 110 000 and 200 a second', () => {
		const newcomer = allowanceOf(100_000);
		expect([newcomer.max, newcomer.refillPerSecond]).toEqual([110_000n, 200n]);
	});

	it('Ω = 1 gives 1 010 000 and 1 100 a second', () => {
		const best = allowanceOf(1_000_000);
		expect([best.max, best.refillPerSecond]).toEqual([1_010_000n, 1_100n]);
	});

	it('an empty account is full after its time and never above', () => {
		const newcomer = allowanceOf(100_000);
		expect(manaAfter(newcomer, 0n, 1_000_000n)).toBe(200n);
		expect(manaAfter(newcomer, 0n, 4_999n)).toBe(0n);
		expect(manaAfter(newcomer, 0n, 5_000n)).toBe(1n);
		expect(manaAfter(newcomer, 0n, 549_999_999n)).toBe(109_999n);
		expect(manaAfter(newcomer, 0n, 10_000_000_000n)).toBe(110_000n);
	});
});

describe('power cap (§10)', () => {
	it('ten 1s and a 100 are capped at 1.984', () => {
		const cap = powerCap([...Array(10).fill(UNIT), 100n * UNIT]);
		expect(cap.cap / 1_000n).toBe(1_984n);
		expect([cap.roots, cap.capped]).toEqual([11, 1]);
	});

	it('equal members are never capped', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 500 }), fc.bigInt({ min: 1n, max: 10n ** 12n }), (n, power) => {
				const cap = powerCap(Array(n).fill(power));
				expect(cap.capped).toBe(0);
				expect(cap.cap).toBeGreaterThanOrEqual(power);
			}),
			RUNS,
		);
	});

	it('K19: no share is above 1 / N, and N is at least n^0.75', () => {
		const power = fc.bigInt({ min: 0n, max: 10n ** 12n });
		fc.assert(
			fc.property(fc.array(power, { minLength: 1, maxLength: 60 }), (powers) => {
				const cap = powerCap(powers);
				for (const p of powers) {
					expect(cappedPower(cap, p) * cap.effectiveMembers).toBeLessThanOrEqual(cap.total * UNIT);
				}
				const n = cap.roots;
				expect(Number(cap.effectiveMembers)).toBeGreaterThanOrEqual(Math.floor(n ** 0.75 * 1e6 - 1e-3));
				expect(Number(cap.effectiveMembers)).toBeLessThanOrEqual(n ** 0.75 * 1e6 + 2);
			}),
			RUNS,
		);
	});

	it('N is all members at exponent 0, none without members, and 4 = 16^½', () => {
		expect(effectiveMembers(7, 0)).toBe(7n * UNIT);
		expect(effectiveMembers(0)).toBe(0n);
		expect(effectiveMembers(16, 500_000)).toBe(4n * UNIT);
		expect(effectiveMembers(16)).toBe(8n * UNIT);
	});

	it('shares after the cap sum to the whole but for rounding', () => {
		const powers = [...Array(10).fill(UNIT), 100n * UNIT];
		const cap = powerCap(powers);
		const sum = powers.reduce((all, power) => all + cappedShare(cap, power), 0);
		expect(sum).toBeGreaterThan(1_000_000 - powers.length);
		expect(sum).toBeLessThanOrEqual(1_000_000);
		expect(cappedShare(powerCap([]), 1n)).toBe(0);
	});
});

describe('recovery (§4)', () => {
	const noon = 1_800_000_000_000_000n;
	const hour = 3_600_000_000n;

	it('takes effect with the first epoch that closes at or after the end of the delay', () => {
		const closings = [noon + hour - 1n, noon + hour, noon + 2n * hour];
		expect(recoveryEnd(noon, 3_600, closings)).toEqual({ state: 'effective', atUs: noon + hour });
		expect(recoveryEnd(noon, 3_600, closings.slice(0, 1))).toEqual({ state: 'waiting', dueUs: noon + hour });
	});

	it('can be cancelled until that epoch ends and not after', () => {
		const closings = [noon + hour + 5n];
		const early = recoveryEnd(noon, 3_600, closings, noon + hour + 4n);
		expect(early).toEqual({ state: 'cancelled', atUs: noon + hour + 4n });
		expect(recoveryEnd(noon, 3_600, closings, noon + hour + 5n).state).toBe('effective');
		expect(recoveryEnd(noon, 3_600, [], noon + 9n * hour).state).toBe('cancelled');
	});
});

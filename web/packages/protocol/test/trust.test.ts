import type { Dimension } from '@erynoa/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	addEvidence,
	attestationEvidence,
	chainTrust,
	confidence,
	dayOf,
	decayedEvidence,
	decayFactor,
	type Evidence,
	evidenceTrust,
	FOUNDER_PRIOR,
	hasVoice,
	integerSqrt,
	LAMBDA_STRICT,
	lambdaOf,
	NO_EVIDENCE,
	NORM_WEIGHTS,
	norm,
	Polarity,
	PRIOR,
	TrustClass,
	TrustContext,
	trustClass,
	UNIT,
	voiceWeight,
} from '../src';

const RUNS = { numRuns: 1000 };
const amount = fc.bigInt({ min: 0n, max: 1_000_000n * UNIT });
const evidence: fc.Arbitrary<Evidence> = fc.record({ positive: amount, negative: amount, unvoiced: amount });
// Mostly above one half, and small enough for a single event to show.
const trusted: fc.Arbitrary<Evidence> = fc.record({
	positive: fc.bigInt({ min: 20n * UNIT, max: 200n * UNIT }),
	negative: fc.bigInt({ min: 0n, max: 3n * UNIT }),
	unvoiced: fc.bigInt({ min: 0n, max: 3n * UNIT }),
});
const ppm = fc.integer({ min: 0, max: 1_000_000 });
const founder = { standingPpm: 900_000, founder: true };
const newcomer = { standingPpm: 100_000 };

describe('trust of evidence (§5)', () => {
	it('a newcomer has 0.1, a founder 0.9', () => {
		expect(evidenceTrust(NO_EVIDENCE)).toBe(100_000);
		expect(evidenceTrust(NO_EVIDENCE, FOUNDER_PRIOR)).toBe(900_000);
	});

	it('a positive of one founder gives 0.357142', () => {
		expect(evidenceTrust(attestationEvidence({ ...founder, polarity: Polarity.POSITIVE }))).toBe(357_142);
	});

	it('then a negative of a voice gives 0.192307, and 50 without a voice the same, never lower', () => {
		const praised = attestationEvidence({ ...founder, polarity: Polarity.POSITIVE });
		const voiced = attestationEvidence({ standingPpm: 300_000, polarity: Polarity.NEGATIVE });
		expect(evidenceTrust(addEvidence(praised, voiced))).toBe(192_307);
		const slander = attestationEvidence({ ...newcomer, polarity: Polarity.NEGATIVE });
		for (const times of [1, 50, 5000]) {
			const all = Array.from({ length: times }, () => slander).reduce(addEvidence, praised);
			expect(evidenceTrust(all)).toBe(192_307);
		}
	});

	it('K3: always within 0.01 and 1', () => {
		fc.assert(
			fc.property(
				evidence,
				fc.constantFrom(PRIOR, FOUNDER_PRIOR),
				fc.constantFrom(6n, 8n),
				(e, prior, lambda) => {
					const trust = evidenceTrust(e, prior, lambda);
					expect(trust).toBeGreaterThanOrEqual(10_000);
					expect(trust).toBeLessThanOrEqual(1_000_000);
					expect(confidence(e)).toBeGreaterThanOrEqual(0);
					expect(confidence(e)).toBeLessThan(1_000_000);
				},
			),
			RUNS,
		);
	});

	it('K4: from τ ≥ ½ failure outweighs success of the same size', () => {
		fc.assert(
			fc.property(trusted, fc.bigInt({ min: 1_000n, max: 10n * UNIT }), (e, size) => {
				const before = evidenceTrust(e);
				fc.pre(before >= 500_000);
				const up = evidenceTrust({ ...e, positive: e.positive + size }) - before;
				const down = before - evidenceTrust({ ...e, negative: e.negative + size });
				expect(down).toBeGreaterThanOrEqual(up);
			}),
			RUNS,
		);
	});

	it('success never lowers and failure never raises trust', () => {
		fc.assert(
			fc.property(evidence, amount, (e, size) => {
				const before = evidenceTrust(e);
				expect(evidenceTrust({ ...e, positive: e.positive + size })).toBeGreaterThanOrEqual(before);
				expect(evidenceTrust({ ...e, negative: e.negative + size })).toBeLessThanOrEqual(before);
				expect(evidenceTrust({ ...e, unvoiced: e.unvoiced + size })).toBeLessThanOrEqual(before);
			}),
			RUNS,
		);
	});

	it('any number of newcomers without a voice moves trust at most by one capped unit', () => {
		fc.assert(
			fc.property(evidence, amount, (e, slander) => {
				const calm = { ...e, unvoiced: 0n };
				const bound = evidenceTrust({ ...calm, negative: e.negative + UNIT });
				expect(evidenceTrust({ ...calm, unvoiced: slander })).toBeGreaterThanOrEqual(bound);
			}),
			RUNS,
		);
	});

	it('λ is 8 for vigilance and fidelity, 6 for all others and the standing', () => {
		expect([1, 2, 3, 4, 5, 6].map((d) => lambdaOf(d as Dimension))).toEqual([6n, 6n, 6n, 6n, 8n, 8n]);
		expect(lambdaOf()).toBe(6n);
		const e = { positive: 0n, negative: UNIT, unvoiced: 0n };
		expect(evidenceTrust(e, PRIOR, LAMBDA_STRICT)).toBe(Math.floor(500_000 / 13));
	});
});

describe('voices and budget (§5)', () => {
	it('a voice begins at 0.3, or with founding', () => {
		expect(hasVoice(299_999)).toBe(false);
		expect(hasVoice(300_000)).toBe(true);
		expect(hasVoice(10_000, true)).toBe(true);
	});

	it('weighs max(0, t − 0.1) / 0.9, and 2.0 for a founder', () => {
		expect(voiceWeight(50_000)).toBe(0n);
		expect(voiceWeight(100_000)).toBe(0n);
		expect(voiceWeight(300_000)).toBe(222_222n);
		expect(voiceWeight(1_000_000)).toBe(UNIT);
		expect(voiceWeight(100_000, true)).toBe(2n * UNIT);
	});

	it('a positive without a voice adds nothing, a negative counts as unvoiced', () => {
		expect(attestationEvidence({ ...newcomer, polarity: Polarity.POSITIVE })).toEqual(NO_EVIDENCE);
		expect(attestationEvidence({ ...newcomer, polarity: Polarity.NEGATIVE })).toEqual({
			...NO_EVIDENCE,
			unvoiced: UNIT,
		});
	});

	it('above 40 in 91 days each counts 40/k', () => {
		const weight = (used: bigint) =>
			attestationEvidence({ ...founder, polarity: Polarity.POSITIVE, used }).positive;
		expect(weight(40n)).toBe(2n * UNIT);
		expect(weight(41n)).toBe(1_951_219n);
		expect(weight(80n)).toBe(UNIT);
	});
});

describe('decay (§5)', () => {
	it('halves positive evidence in five and negative in three years', () => {
		const half = 2 ** 31;
		expect(Math.abs(Number(decayFactor('positive', 1826n)) / half - 1)).toBeLessThan(0.001);
		expect(Math.abs(Number(decayFactor('negative', 1096n)) / half - 1)).toBeLessThan(0.001);
		expect(decayFactor('positive', 0n)).toBe(1n << 32n);
		expect(decayFactor('positive', 1n)).toBe(4_293_336_348n);
		expect(decayFactor('negative', 1n)).toBe(4_292_249_394n);
	});

	it('falls every day until nothing is left, and negative falls faster', () => {
		for (let day = 1n; day < 4000n; day++) {
			expect(decayFactor('positive', day) < decayFactor('positive', day - 1n)).toBe(true);
			expect(decayFactor('negative', day) < decayFactor('positive', day)).toBe(true);
		}
		expect(decayFactor('positive', 10_000_000n)).toBe(0n);
		expect(() => decayFactor('positive', -1n)).toThrow('never younger');
	});

	it('K17: without new evidence trust tends to the prior', () => {
		const day = { day: 0n, positive: 50n * UNIT, negative: 3n * UNIT, unvoiced: UNIT };
		expect(decayedEvidence([day], 0n)).toEqual({ positive: 50n * UNIT, negative: 3n * UNIT, unvoiced: UNIT });
		expect(evidenceTrust(decayedEvidence([day], 100_000n))).toBe(100_000);
	});

	it('is the sum of its days, each floored by itself', () => {
		const days = fc.array(
			fc.record({
				day: fc.bigInt({ min: 0n, max: 900n }),
				positive: amount,
				negative: amount,
				unvoiced: amount,
			}),
			{ maxLength: 8 },
		);
		fc.assert(
			fc.property(days, (all) => {
				const whole = decayedEvidence(all, 900n);
				const parts = all.map((one) => decayedEvidence([one], 900n)).reduce(addEvidence, NO_EVIDENCE);
				expect(whole).toEqual(parts);
				expect(decayedEvidence([...all].reverse(), 900n)).toEqual(whole);
			}),
			{ numRuns: 300 },
		);
	});

	it('a day begins at midnight UTC', () => {
		expect(dayOf(86_399_999_999n)).toBe(0n);
		expect(dayOf(86_400_000_000n)).toBe(1n);
	});
});

describe('norm (§5)', () => {
	const example = [900_000, 900_000, 800_000, 700_000, 600_000, 900_000];

	it('of (.9 .9 .8 .7 .6 .9) is 0.8091 by default and 0.8316 for finance', () => {
		expect(Math.round(norm(example) / 100)).toBe(8091);
		expect(Math.round(norm(example, TrustContext.FINANCE) / 100)).toBe(8316);
	});

	it('weights sum to one in every context', () => {
		for (const weights of Object.values(NORM_WEIGHTS)) {
			expect(weights.reduce((a, b) => a + b)).toBe(100);
			expect(weights).toHaveLength(6);
		}
	});

	it('of equal values is that value, and lies between the least and the greatest', () => {
		fc.assert(
			fc.property(
				fc.array(ppm, { minLength: 6, maxLength: 6 }),
				fc.integer({ min: 0, max: 7 }),
				(values, context) => {
					const result = norm(values, context as TrustContext);
					expect(result).toBeGreaterThanOrEqual(Math.min(...values));
					expect(result).toBeLessThanOrEqual(Math.max(...values));
					const first = values[0] as number;
					expect(norm(Array(6).fill(first), context as TrustContext)).toBe(first);
				},
			),
			RUNS,
		);
		expect(() => norm([1])).toThrow('six values');
	});

	it('integer square root is exact', () => {
		fc.assert(
			fc.property(fc.bigInt({ min: 0n, max: 1n << 300n }), (n) => {
				const root = integerSqrt(n);
				expect(root * root <= n && n < (root + 1n) ** 2n).toBe(true);
			}),
			RUNS,
		);
	});

	it('classes begin at 0.2, 0.5 and 0.8', () => {
		expect([199_999, 200_000, 499_999, 500_000, 799_999, 800_000].map(trustClass)).toEqual([
			TrustClass.NEWCOMER,
			TrustClass.ESTABLISHED,
			TrustClass.ESTABLISHED,
			TrustClass.TRUSTED,
			TrustClass.TRUSTED,
			TrustClass.VETERAN,
		]);
	});
});

describe('chain (§5)', () => {
	const values = fc.array(ppm, { minLength: 1, maxLength: 5 });

	it('gives the worked examples', () => {
		expect(chainTrust([800_000, 800_000, 800_000, 800_000])).toBe(640_000);
		expect(Math.round(chainTrust([900_000, 800_000]) / 100)).toBe(7658);
		expect(Math.round(chainTrust([500_000, 990_000]) / 1000)).toBe(498);
		expect(chainTrust([])).toBe(0);
		expect(chainTrust([1_000_000])).toBe(1_000_000);
		expect(chainTrust([0, 900_000])).toBe(0);
	});

	it('is at most the weakest link and does not depend on the order', () => {
		fc.assert(
			fc.property(values, (chain) => {
				expect(chainTrust(chain)).toBeLessThanOrEqual(Math.min(...chain));
				expect(chainTrust([...chain].reverse())).toBe(chainTrust(chain));
			}),
			RUNS,
		);
	});

	it('never rises when a link is added', () => {
		fc.assert(
			fc.property(fc.array(ppm, { minLength: 1, maxLength: 4 }), ppm, (chain, link) => {
				expect(chainTrust([...chain, link])).toBeLessThanOrEqual(chainTrust(chain));
			}),
			RUNS,
		);
	});

	it('of n equal links is t^√n', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 1, max: 5 }), (t, n) => {
				const exact = (t / 1e6) ** Math.sqrt(n) * 1e6;
				expect(Math.abs(chainTrust(Array(n).fill(t)) - exact)).toBeLessThanOrEqual(1.000001);
			}),
			RUNS,
		);
	});

	it('agrees with the floating-point formula everywhere', () => {
		fc.assert(
			fc.property(values, (chain) => {
				const sorted = [...chain].sort((a, b) => a - b);
				const exact = sorted.reduce((p, t, i) => p * (t / 1e6) ** (Math.sqrt(i + 1) - Math.sqrt(i)), 1) * 1e6;
				expect(Math.abs(chainTrust(chain) - exact)).toBeLessThanOrEqual(1.000001);
			}),
			RUNS,
		);
	});

	it('refuses what is no trust value', () => {
		for (const wrong of [-1, 1_000_001, 0.5, Number.NaN]) expect(() => chainTrust([wrong])).toThrow('ppm');
	});
});

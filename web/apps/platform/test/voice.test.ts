import { evidenceTrust, hasVoice, LAMBDA, PRIOR } from '@erynoa/protocol';
import { describe, expect, it } from 'vitest';
import { missingForVoice } from '../src/lib/data/voice';

const UNIT = 1_000_000n;
const sums = (positive: bigint, negative: bigint, unvoiced: bigint) => ({
	...PRIOR,
	lambda: LAMBDA,
	positive,
	negative,
	unvoiced,
});

describe('what is missing for a voice', () => {
	it('is 1.43 for a newcomer, which one founder gives', () => {
		expect(missingForVoice(sums(0n, 0n, 0n))).toBe(1_428_572n);
	});

	it('is exactly what lifts the standing over the threshold, not a micro-unit less', () => {
		for (const positive of [0n, 1n, 400_000n, 1_428_571n, 5n * UNIT]) {
			for (const negative of [0n, 1n, UNIT, 7n * UNIT]) {
				for (const unvoiced of [0n, 300_000n, UNIT, 50n * UNIT]) {
					const missing = missingForVoice(sums(positive, negative, unvoiced));
					const standing = (more: bigint) => evidenceTrust({ positive: positive + more, negative, unvoiced });
					expect(hasVoice(standing(missing))).toBe(true);
					if (missing > 0n) expect(hasVoice(standing(missing - 1n))).toBe(false);
				}
			}
		}
	});

	it('is nothing for whoever has a voice', () => {
		expect(missingForVoice(sums(2n * UNIT, 0n, 0n))).toBe(0n);
	});
});

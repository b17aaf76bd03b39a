import { VOICE_THRESHOLD_PPM } from '@erynoa/protocol';

/** The sums behind a standing; `Explanation` of the API with its value fits. */
export interface StandingSums {
	/** Micro-units. */
	alpha: bigint;
	beta: bigint;
	lambda: bigint;
	positive: bigint;
	negative: bigint;
	/** Before its cap of 1.0. */
	unvoiced: bigint;
}

const PPM = 1_000_000n;
const CAP = 1_000_000n;

/**
 * Positive evidence that is missing for a voice, micro-units; 0 when the standing is enough. It solves
 * (α + p + x) / (α + β + p + x + λ·(n + min(u, 1))) ≥ threshold for the smallest whole x.
 */
export function missingForVoice(sums: StandingSums): bigint {
	const threshold = BigInt(VOICE_THRESHOLD_PPM);
	const against = sums.negative + (sums.unvoiced < CAP ? sums.unvoiced : CAP);
	const good = sums.alpha + sums.positive;
	const all = good + sums.beta + sums.lambda * against;
	const missing = threshold * all - PPM * good;
	if (missing <= 0n) return 0n;
	const rest = PPM - threshold;
	return (missing + rest - 1n) / rest;
}

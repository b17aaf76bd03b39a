import type { Explanation } from '@erynoa/proto';

/** The formula of one value with its numbers, micro-units. */
export interface Formula {
	alpha: bigint;
	beta: bigint;
	lambda: bigint;
	positive: bigint;
	negative: bigint;
	/** Negative of attesters without a voice, as far as it counts. */
	unvoiced: bigint;
	/** More of it was said than counts. */
	capped: boolean;
	numerator: bigint;
	denominator: bigint;
}

const UNVOICED_CAP = 1_000_000n;

/** Puts the numbers of an explanation into τ = (α + p) / (α + β + p + λ·(n + min(u, 1))). */
export function formulaOf(explanation: Explanation): Formula | undefined {
	const { value, alpha, beta } = explanation;
	if (!value) return undefined;
	const lambda = BigInt(explanation.lambda);
	const { positive, negative } = value;
	const unvoiced = value.unvoiced < UNVOICED_CAP ? value.unvoiced : UNVOICED_CAP;
	return {
		alpha,
		beta,
		lambda,
		positive,
		negative,
		unvoiced,
		capped: value.unvoiced > UNVOICED_CAP,
		numerator: alpha + positive,
		denominator: alpha + beta + positive + lambda * (negative + unvoiced),
	};
}

/** How the parts of a value make up the whole, ppm. start + listed + unlisted + floor = trust, always. */
export interface EffectSum {
	start: number;
	/** Sum of the effects that are shown. */
	listed: bigint;
	/** Effects of parts that have not been loaded yet. */
	unlisted: bigint;
	/** Added by the lower bound of a value. */
	floor: bigint;
	trust: number;
}

/** Adds up the effects that are shown. */
export function effectSum(explanation: Explanation, effectsPpm: readonly bigint[]): EffectSum {
	const listed = effectsPpm.reduce((sum, effect) => sum + effect, 0n);
	const trust = explanation.value?.trustPpm ?? explanation.priorPpm;
	const floor = explanation.floorEffectPpm;
	return {
		start: explanation.priorPpm,
		listed,
		unlisted: BigInt(trust) - BigInt(explanation.priorPpm) - floor - listed,
		floor,
		trust,
	};
}

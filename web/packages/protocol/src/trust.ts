import { Dimension, Polarity, TrustClass, TrustContext } from '@erynoa/proto';

export { TrustClass, TrustContext };

/** Ratios are integers in ppm. */
export const PPM = 1_000_000;
/** Evidence is in micro-units: 1.0 = 1 000 000n. */
export const UNIT = 1_000_000n;

const PPM_N = 1_000_000n;
const TRUST_FLOOR_PPM = 10_000n;
const UNVOICED_CAP = UNIT;
const CONFIDENCE_HALF = 5n * UNIT;
const DECAY_ONE = 1n << 32n;
const DECAY_FACTOR = { positive: 4_293_336_348n, negative: 4_292_249_394n } as const;
const VOICE_OFFSET_PPM = 100_000n;
const FOUNDER_VOICE = 2n * UNIT;
const DAY_US = 86_400_000_000n;

/** Standing from which on a voice counts. */
export const VOICE_THRESHOLD_PPM = 300_000;
/** Attestations of one attester in 91 days that count in full. */
export const BUDGET = 40n;
/** Weight of negative evidence in R, I, C, P and in the standing. */
export const LAMBDA = 6n;
/** Weight of negative evidence in V and Ω. */
export const LAMBDA_STRICT = 8n;

/** Decayed evidence of one dimension, micro-units. */
export interface Evidence {
	positive: bigint;
	negative: bigint;
	/** Negative of attesters without a voice, before its cap of 1.0. */
	unvoiced: bigint;
}

/** Evidence of one day. */
export interface EvidenceOfDay extends Evidence {
	/** Days since the Unix epoch. */
	day: bigint;
}

/** The formula's constants before any evidence, micro-units. */
export interface Prior {
	alpha: bigint;
	beta: bigint;
}

/** Everybody starts at 0.1. */
export const PRIOR: Prior = { alpha: 500_000n, beta: 4_500_000n };
/** Founders of the realm start at 0.9. */
export const FOUNDER_PRIOR: Prior = { alpha: 9_000_000n, beta: 1_000_000n };
/** No evidence at all. */
export const NO_EVIDENCE: Evidence = { positive: 0n, negative: 0n, unvoiced: 0n };

function capped(unvoiced: bigint): bigint {
	return unvoiced < UNVOICED_CAP ? unvoiced : UNVOICED_CAP;
}

/** λ of a dimension; without one, of the standing. */
export function lambdaOf(dimension?: Dimension): bigint {
	return dimension === Dimension.VIGILANCE || dimension === Dimension.FIDELITY ? LAMBDA_STRICT : LAMBDA;
}

/** Day of a time: ⌊µs / 86 400 000 000⌋. */
export function dayOf(timeUs: bigint): bigint {
	return timeUs / DAY_US;
}

/**
 * The formula of trust (protocol §5):
 * τ = max(0.01, (α₀ + p) / (α₀ + β₀ + p + λ·(n + min(u, 1.0)))), in ppm, floored.
 */
export function evidenceTrust(evidence: Evidence, prior: Prior = PRIOR, lambda: bigint = LAMBDA): number {
	const against = evidence.negative + capped(evidence.unvoiced);
	const numerator = (prior.alpha + evidence.positive) * PPM_N;
	const ppm = numerator / (prior.alpha + prior.beta + evidence.positive + lambda * against);
	return Number(ppm > TRUST_FLOOR_PPM ? ppm : TRUST_FLOOR_PPM);
}

/** s / (s + 5) with s = p + n + min(u, 1.0), in ppm, floored. */
export function confidence(evidence: Evidence): number {
	const sum = evidence.positive + evidence.negative + capped(evidence.unvoiced);
	return Number((sum * PPM_N) / (sum + CONFIDENCE_HALF));
}

const decayTables = { positive: [DECAY_ONE], negative: [DECAY_ONE] };

/**
 * Decay after a number of days, over 2³²: m(0) = 2³², m(k) = ⌊m(k−1)·c / 2³²⌋. The half-life is five
 * years for positive and three for negative evidence.
 */
export function decayFactor(sign: 'positive' | 'negative', days: bigint): bigint {
	if (days < 0n) throw new RangeError('evidence is never younger than the day that it is read on');
	const table = decayTables[sign];
	let last = table[table.length - 1] as bigint;
	while (BigInt(table.length) <= days && last > 0n) {
		last = (last * DECAY_FACTOR[sign]) >> 32n;
		table.push(last);
	}
	return table[Number(days)] ?? 0n;
}

/** Evidence kept per day, decayed to a day; each day is floored by itself. */
export function decayedEvidence(days: Iterable<EvidenceOfDay>, atDay: bigint): Evidence {
	const sum = { ...NO_EVIDENCE };
	for (const { day, positive, negative, unvoiced } of days) {
		const gentle = decayFactor('positive', atDay - day);
		const harsh = decayFactor('negative', atDay - day);
		sum.positive += (positive * gentle) >> 32n;
		sum.negative += (negative * harsh) >> 32n;
		sum.unvoiced += (unvoiced * harsh) >> 32n;
	}
	return sum;
}

/** Whether an attester of this standing counts. */
export function hasVoice(standingPpm: number, founder = false): boolean {
	return founder || standingPpm >= VOICE_THRESHOLD_PPM;
}

/** Weight ν of a voice, micro-units: 2.0 for a founder, else max(0, t − 0.1) / 0.9, floored. */
export function voiceWeight(standingPpm: number, founder = false): bigint {
	if (founder) return FOUNDER_VOICE;
	const above = BigInt(standingPpm) - VOICE_OFFSET_PPM;
	return above > 0n ? (above * UNIT) / (PPM_N - VOICE_OFFSET_PPM) : 0n;
}

/**
 * What one attestation adds, micro-units. `used` = attestations of the attester in the last 91 days
 * with this one; above the budget of 40 each counts 40/used.
 */
export function attestationEvidence(attester: {
	polarity: Polarity;
	standingPpm: number;
	founder?: boolean;
	used?: bigint;
}): Evidence {
	const voiced = hasVoice(attester.standingPpm, attester.founder);
	const used = attester.used ?? 1n;
	const within = (weight: bigint) => (used > BUDGET ? (weight * BUDGET) / used : weight);
	if (attester.polarity === Polarity.POSITIVE) {
		const weight = voiced ? voiceWeight(attester.standingPpm, attester.founder) : 0n;
		return { ...NO_EVIDENCE, positive: within(weight) };
	}
	return voiced ? { ...NO_EVIDENCE, negative: within(UNIT) } : { ...NO_EVIDENCE, unvoiced: within(UNIT) };
}

/** Sum of two pieces of evidence. */
export function addEvidence(a: Evidence, b: Evidence): Evidence {
	return {
		positive: a.positive + b.positive,
		negative: a.negative + b.negative,
		unvoiced: a.unvoiced + b.unvoiced,
	};
}

/** Weights of R, I, C, P, V, Ω in hundredths. */
export const NORM_WEIGHTS: Readonly<Record<TrustContext, readonly number[]>> = {
	[TrustContext.UNSPECIFIED]: [17, 17, 17, 17, 16, 16],
	[TrustContext.DEFAULT]: [17, 17, 17, 17, 16, 16],
	[TrustContext.FINANCE]: [25, 25, 15, 15, 10, 10],
	[TrustContext.SOCIAL]: [10, 15, 10, 30, 25, 10],
	[TrustContext.GOVERNANCE]: [15, 20, 10, 10, 10, 35],
	[TrustContext.TECHNICAL]: [15, 15, 35, 10, 15, 10],
	[TrustContext.CREATIVE]: [10, 15, 25, 25, 15, 10],
	[TrustContext.KNOWLEDGE]: [10, 30, 30, 15, 10, 5],
};

/** ⌊√n⌋ for n ≥ 0. */
export function integerSqrt(n: bigint): bigint {
	if (n < 2n) return n;
	let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
	for (;;) {
		const next = (root + n / root) >> 1n;
		if (next >= root) return root;
		root = next;
	}
}

/** ‖W‖ = √(Σ w·x²) in ppm, by integer square root. Takes R, I, C, P, V, Ω in ppm. */
export function norm(valuesPpm: readonly number[], context: TrustContext = TrustContext.DEFAULT): number {
	const weights = NORM_WEIGHTS[context];
	if (valuesPpm.length !== weights.length) throw new RangeError('a trust vector has six values');
	const sum = valuesPpm.reduce((s, x, i) => s + BigInt(weights[i] as number) * BigInt(x) ** 2n, 0n);
	return Number(integerSqrt(sum / 100n));
}

/** Class of a norm: newcomer < 0.2 ≤ established < 0.5 ≤ trusted < 0.8 ≤ veteran. */
export function trustClass(normPpm: number): TrustClass {
	if (normPpm < 200_000) return TrustClass.NEWCOMER;
	if (normPpm < 500_000) return TrustClass.ESTABLISHED;
	return normPpm < 800_000 ? TrustClass.TRUSTED : TrustClass.VETERAN;
}

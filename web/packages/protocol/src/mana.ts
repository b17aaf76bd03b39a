// The spam guard at the door (protocol §8).

/** Prices in mana. */
export const MANA_PRICES = {
	event: 20n,
	query: 20n,
	delegation: 30n,
	crossing: 50n,
	sagaStep: 30n,
} as const;

const MAX_BASE = 10_000n;
const MAX_OMEGA_FACTOR = 100n;
const REFILL_BASE = 100n;
const REFILL_OMEGA_FACTOR = 10n;
const PPM_N = 1_000_000n;
/** Accounts are kept in billionths, in which the refill of a microsecond is a whole number. */
const NANO = 1_000_000_000n;

/** How much an account holds and gains. */
export interface Allowance {
	/** At most, mana. */
	max: bigint;
	/** Mana a second, floored. */
	refillPerSecond: bigint;
	/** Billionths of mana in a microsecond, exact. */
	nanoPerUs: bigint;
}

/** Of a root identity with this Ω in ppm. */
export function allowanceOf(omegaPpm: number): Allowance {
	const omega = BigInt(omegaPpm);
	const nanoPerUs = ((PPM_N + REFILL_OMEGA_FACTOR * omega) * REFILL_BASE) / 1_000n;
	return {
		max: (MAX_BASE * (PPM_N + MAX_OMEGA_FACTOR * omega)) / PPM_N,
		refillPerSecond: (nanoPerUs * PPM_N) / NANO,
		nanoPerUs,
	};
}

/** What an account has after a time without spending, mana, floored; never more than its most. */
export function manaAfter(allowance: Allowance, mana: bigint, elapsedUs: bigint): bigint {
	const level = (mana * NANO + allowance.nanoPerUs * elapsedUs) / NANO;
	return level < allowance.max ? level : allowance.max;
}

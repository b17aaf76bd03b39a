// How much one root can weigh (K19, protocol §10). Integers only, as on the server.
import { integerSqrt, UNIT } from './trust';

/** Exponent e of the cap when nothing is calibrated, ppm: N = n^(1 − e) = n^0.75. */
export const CAP_EXPONENT_PPM = 250_000;

const BITS = 32n;
const ONE = 1n << BITS;
const PPM_N = 1_000_000n;

function dividedUp(a: bigint, b: bigint): bigint {
	return (a + b - 1n) / b;
}

/** ⌈√n⌉. */
function squareRootUp(n: bigint): bigint {
	const root = integerSqrt(n);
	return root * root < n ? root + 1n : root;
}

/**
 * n^(1 − e) in micro-units by integer square roots, everything rounded up: the exponent as a binary
 * fraction names which of n^½, n^¼, n^⅛ … are multiplied.
 */
export function effectiveMembers(members: number, exponentPpm: number = CAP_EXPONENT_PPM): bigint {
	const exponent = PPM_N - BigInt(exponentPpm);
	if (members === 0 || exponent === PPM_N) return BigInt(members) * UNIT;
	const fraction = dividedUp(exponent << BITS, PPM_N);
	let root = BigInt(members) << BITS;
	let power = ONE;
	for (let bit = BITS - 1n; bit >= 0n && (fraction & ((2n << bit) - 1n)) !== 0n; bit--) {
		root = squareRootUp(root << BITS);
		if (((fraction >> bit) & 1n) === 1n) power = dividedUp(power * root, ONE);
	}
	return dividedUp(power * UNIT, ONE);
}

/** The cap over the powers of some roots. */
export interface PowerCap {
	/** n: roots with power. */
	roots: number;
	/** N, micro-units. */
	effectiveMembers: bigint;
	/** c: most power of one root, micro-units, floored. */
	cap: bigint;
	/** k: roots with more. */
	capped: number;
	/** Power of all roots after the cap, micro-units. */
	total: bigint;
}

/** The cap over powers in micro-units; powers of 0 do not take part. */
export function powerCap(powers: readonly bigint[], exponentPpm: number = CAP_EXPONENT_PPM): PowerCap {
	const descending = powers.filter((power) => power > 0n).sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
	const roots = descending.length;
	const n = effectiveMembers(roots, exponentPpm);
	let rest = descending.reduce((sum, power) => sum + power, 0n);
	for (const [capped, power] of descending.entries()) {
		const others = n - BigInt(capped) * UNIT;
		if (power * others <= rest * UNIT) {
			const cap = (rest * UNIT) / others;
			return { roots, effectiveMembers: n, cap, capped, total: rest + BigInt(capped) * cap };
		}
		rest -= power;
	}
	return { roots, effectiveMembers: n, cap: 0n, capped: 0, total: 0n };
}

/** Effective power of a root with this power. */
export function cappedPower(cap: PowerCap, power: bigint): bigint {
	return power < cap.cap ? power : cap.cap;
}

/** Share of a root with this power after the cap, ppm, floored. */
export function cappedShare(cap: PowerCap, power: bigint): number {
	if (cap.total === 0n) return 0;
	return Number((cappedPower(cap, power) * PPM_N) / cap.total);
}

import { integerSqrt, PPM } from './trust';

/** Most hops of a chain. */
export const MAX_CHAIN_HOPS = 5;

// Fixed-point numbers with this many bits after the point: browsers' Math.pow may differ in the last
// digit, integers cannot.
const BITS = 128n;
const ONE = 1n << BITS;
// Absorbs rounding where the exact value is a whole ppm, as in 0.8²: 1e-7 ppm, as on the server.
const SLACK = ONE / 10_000_000n;

function times(a: bigint, b: bigint): bigint {
	return (a * b) >> BITS;
}

/** 2·artanh(z) for small z ≥ 0. */
function doubleArtanh(z: bigint): bigint {
	const square = times(z, z);
	let power = z;
	let sum = 0n;
	for (let k = 1n; power > 0n; k += 2n) {
		sum += power / k;
		power = times(power, square);
	}
	return 2n * sum;
}

// ln 2 = 2·artanh(1/3)
const LN_2 = doubleArtanh(ONE / 3n);

/** −ln(x) for 0 < x ≤ 1. */
function minusLn(x: bigint): bigint {
	let halvings = 0n;
	let scaled = x;
	while (scaled <= ONE >> 1n) {
		scaled <<= 1n;
		halvings += 1n;
	}
	return halvings * LN_2 + doubleArtanh(((ONE - scaled) << BITS) / (ONE + scaled));
}

/** e^(−y) for y ≥ 0. */
function expOfMinus(y: bigint): bigint {
	const halvings = y / LN_2;
	const rest = y - halvings * LN_2;
	let term = ONE;
	let sum = ONE;
	for (let k = 1n; term !== 0n; k += 1n) {
		// Division rounds towards zero, so the alternating term does reach it.
		term = (-term * rest) / (k << BITS);
		sum += term;
	}
	return sum >> halvings;
}

/** √k. */
function squareRoot(k: number): bigint {
	return integerSqrt(BigInt(k) << (2n * BITS));
}

/**
 * Estimate of a stranger's trust through a chain of at most five hops (protocol §5): with the values
 * ascending, ∏ t₍k₎^(√k − √(k−1)), in ppm, floored. 0 without a hop. Only the weakest five count.
 */
export function chainTrust(valuesPpm: readonly number[]): number {
	if (valuesPpm.some((t) => !Number.isInteger(t) || t < 0 || t > PPM)) {
		throw new RangeError('a trust value is 0 to 1 000 000 ppm');
	}
	const ascending = [...valuesPpm].sort((a, b) => a - b).slice(0, MAX_CHAIN_HOPS);
	const weakest = ascending[0];
	if (weakest === undefined || weakest === 0) return 0;
	const exponent = ascending.reduce((sum, t, i) => {
		const logarithm = minusLn((BigInt(t) << BITS) / BigInt(PPM));
		return sum + times(logarithm, squareRoot(i + 1) - squareRoot(i));
	}, 0n);
	const ppm = (expOfMinus(exponent) * BigInt(PPM) + SLACK) >> BITS;
	return Math.min(Number(ppm), weakest);
}

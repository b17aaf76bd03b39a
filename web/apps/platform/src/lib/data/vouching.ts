import type { Explanation } from '@erynoa/proto';
import { ANSWER_UNITS, evidenceTrust } from '@erynoa/protocol';

const PPM = 1_000_000n;
const UNIT = 1_000_000n;

/** What a vouch adds to the member's prestige, micro-units: the voice's weight times the stake, floored. */
export function vouchWeight(voice: bigint, stakePpm: number): bigint {
	return (voice * BigInt(stakePpm)) / PPM;
}

/** Integrity that a voucher loses when the member is judged at fault, micro-units. */
export function answerWeight(stakePpm: number, severityPpm: number): bigint {
	return (BigInt(ANSWER_UNITS) * UNIT * BigInt(stakePpm) * BigInt(severityPpm)) / (PPM * PPM);
}

/** A value and what becomes of it, ppm. */
export interface Change {
	beforePpm: number;
	afterPpm: number;
}

/** What more evidence on the day of the last epoch would make of a value. Micro-units; may be negative to take away. */
export function withMore(
	explanation: Explanation,
	more: { positive?: bigint; negative?: bigint },
): Change | undefined {
	const { value, alpha, beta, lambda } = explanation;
	if (!value) return undefined;
	const evidence = {
		positive: value.positive + (more.positive ?? 0n),
		negative: value.negative + (more.negative ?? 0n),
		unvoiced: value.unvoiced,
	};
	if (evidence.positive < 0n) evidence.positive = 0n;
	return { beforePpm: value.trustPpm, afterPpm: evidenceTrust(evidence, { alpha, beta }, BigInt(lambda)) };
}

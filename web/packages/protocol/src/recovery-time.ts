// When a recovery takes effect, and until when it can be stopped (protocol §4).

const SECOND_US = 1_000_000n;

/** The moment from which the next end of an epoch brings a recovery into effect, µs. */
function recoveryDueUs(includedUs: bigint, delayS: number): bigint {
	return includedUs + BigInt(delayS) * SECOND_US;
}

/** What becomes of a recovery. */
export type RecoveryEnd =
	| { state: 'waiting'; dueUs: bigint }
	| { state: 'cancelled'; atUs: bigint }
	| { state: 'effective'; atUs: bigint };

/**
 * What becomes of a recovery that an epoch of `includedUs` includes.
 *
 * @param closings ends of the later epochs, ascending, µs
 * @param cancelUs when a live device revokes the new key; in time iff that is before the epoch ends that
 *   would bring the recovery into effect
 */
export function recoveryEnd(
	includedUs: bigint,
	delayS: number,
	closings: readonly bigint[],
	cancelUs?: bigint,
): RecoveryEnd {
	const dueUs = recoveryDueUs(includedUs, delayS);
	const atUs = closings.find((closedUs) => closedUs >= dueUs);
	if (cancelUs !== undefined && (atUs === undefined || cancelUs < atUs)) {
		return { state: 'cancelled', atUs: cancelUs };
	}
	return atUs === undefined ? { state: 'waiting', dueUs } : { state: 'effective', atUs };
}

/** A point in hybrid logical time (protocol §1). */
export interface Coordinate {
	/** Microseconds since the Unix epoch. */
	wallUs: bigint;
	/** 0 to 2^32 − 1. */
	counter: number;
}

const COUNTER_MAX = 0xffff_ffff;

/** Order of two coordinates as -1, 0 or 1: by wall time, then counter. */
export function compareCoordinates(a: Coordinate, b: Coordinate): number {
	if (a.wallUs !== b.wallUs) return a.wallUs < b.wallUs ? -1 : 1;
	return Math.sign(a.counter - b.counter);
}

/**
 * The next coordinate of somebody whose clock shows `nowUs` and who has been at, or seen, the
 * coordinates in `known`: greater than all of them. A counter at its end moves the wall on by 1 µs.
 */
export function nextCoordinate(nowUs: bigint, known: Iterable<Coordinate>): Coordinate {
	let next: Coordinate = { wallUs: nowUs, counter: 0 };
	for (const seen of known) {
		if (compareCoordinates(seen, next) < 0) continue;
		next =
			seen.counter === COUNTER_MAX
				? { wallUs: seen.wallUs + 1n, counter: 0 }
				: { wallUs: seen.wallUs, counter: seen.counter + 1 };
	}
	return next;
}

import { nodeHash } from '@erynoa/protocol';

/** One step up the tree: the hash so far and its sibling make the hash above. */
export interface PathStep {
	sibling: Uint8Array;
	/** On which side of the hash so far the sibling stands. */
	side: 'left' | 'right';
	result: Uint8Array;
}

/**
 * The way from a leaf to the root (RFC 9162 §2.1.3.2), step by step, to be shown. The result of the last step
 * is the root when the proof holds; a path that is too long ends early.
 */
export function inclusionPath(
	leafHash: Uint8Array,
	sequence: bigint,
	size: bigint,
	path: readonly Uint8Array[],
): PathStep[] {
	const steps: PathStep[] = [];
	let position = sequence;
	let last = size - 1n;
	let hash = leafHash;
	for (const sibling of path) {
		if (last <= 0n) break;
		const isLeft = (position & 1n) === 1n || position === last;
		hash = isLeft ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
		steps.push({ sibling, side: isLeft ? 'left' : 'right', result: hash });
		if (isLeft) {
			// A last entry without a right neighbour moves up unchanged.
			while ((position & 1n) === 0n && position !== 0n) {
				position >>= 1n;
				last >>= 1n;
			}
		}
		position >>= 1n;
		last >>= 1n;
	}
	return steps;
}

import { sha256 } from '@noble/hashes/sha2.js';
import { equalBytes } from './bytes';

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

/** RFC 6962 hash of a log entry (the bytes of a SignedEvent): SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array): Uint8Array {
	return sha256.create().update(LEAF).update(entry).digest();
}

/** RFC 6962 hash of an inner node: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
	return sha256.create().update(NODE).update(left).update(right).digest();
}

/** RFC 6962 root over leaf hashes; SHA-256 of nothing for the empty tree. */
export function treeRoot(leafHashes: readonly Uint8Array[]): Uint8Array {
	// Complete subtrees of descending size, folded like a binary counter.
	const subtrees: { size: number; hash: Uint8Array }[] = [];
	for (const hash of leafHashes) {
		let tree = { size: 1, hash };
		for (let last = subtrees.at(-1); last?.size === tree.size; last = subtrees.at(-1)) {
			subtrees.pop();
			tree = { size: tree.size * 2, hash: nodeHash(last.hash, tree.hash) };
		}
		subtrees.push(tree);
	}
	const root = subtrees
		.map((tree) => tree.hash)
		.reduceRight<Uint8Array | undefined>((right, left) => (right ? nodeHash(left, right) : left), undefined);
	return root ?? sha256(new Uint8Array());
}

/** An RFC 9162 inclusion proof and what it is about. */
export interface InclusionProof {
	leafHash: Uint8Array;
	/** Position of the entry in the log, from 0. */
	sequence: bigint;
	/** Number of entries under `root`. */
	size: bigint;
	/** From the leaf up, 32 bytes each. */
	path: readonly Uint8Array[];
	root: Uint8Array;
}

/** Whether the entry is in the tree (RFC 9162 §2.1.3.2). */
export function verifyInclusion(proof: InclusionProof): boolean {
	if (proof.sequence < 0n || proof.sequence >= proof.size) return false;
	let fn = proof.sequence;
	let sn = proof.size - 1n;
	let hash = proof.leafHash;
	for (const sibling of proof.path) {
		if (sn === 0n) return false;
		if ((fn & 1n) === 1n || fn === sn) {
			hash = nodeHash(sibling, hash);
			while ((fn & 1n) === 0n && fn !== 0n) {
				fn >>= 1n;
				sn >>= 1n;
			}
		} else {
			hash = nodeHash(hash, sibling);
		}
		fn >>= 1n;
		sn >>= 1n;
	}
	return sn === 0n && equalBytes(hash, proof.root);
}

/** An RFC 9162 consistency proof and what it is about. */
export interface ConsistencyProof {
	fromSize: bigint;
	toSize: bigint;
	fromRoot: Uint8Array;
	toRoot: Uint8Array;
	path: readonly Uint8Array[];
}

/** Whether the larger tree begins with the smaller one (RFC 9162 §2.1.4.2); sizes from 1. */
export function verifyConsistency(proof: ConsistencyProof): boolean {
	const { fromSize, toSize, fromRoot, toRoot, path } = proof;
	if (fromSize < 1n || fromSize > toSize) return false;
	if (fromSize === toSize) return path.length === 0 && equalBytes(fromRoot, toRoot);

	const isPowerOfTwo = (fromSize & (fromSize - 1n)) === 0n;
	const [seed, ...rest] = isPowerOfTwo ? [fromRoot, ...path] : path;
	if (seed === undefined) return false;
	let fn = fromSize - 1n;
	let sn = toSize - 1n;
	while ((fn & 1n) === 1n) {
		fn >>= 1n;
		sn >>= 1n;
	}
	let from = seed;
	let to = seed;
	for (const hash of rest) {
		if (sn === 0n) return false;
		if ((fn & 1n) === 1n || fn === sn) {
			from = nodeHash(hash, from);
			to = nodeHash(hash, to);
			while ((fn & 1n) === 0n && fn !== 0n) {
				fn >>= 1n;
				sn >>= 1n;
			}
		} else {
			to = nodeHash(to, hash);
		}
		fn >>= 1n;
		sn >>= 1n;
	}
	return sn === 0n && equalBytes(from, fromRoot) && equalBytes(to, toRoot);
}

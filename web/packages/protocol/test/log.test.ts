import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	concat,
	leafHash,
	nodeHash,
	noteKeyId,
	type ProtocolError,
	parseCheckpoint,
	toBase64,
	toHex,
	treeRoot,
	utf8,
	verifyCheckpoint,
	verifyConsistency,
	verifyInclusion,
} from '../src';

// RFC 9162 §2.1 written down as it stands there: recursive, to judge the iterative code by.
function split(n: number): number {
	let k = 1;
	while (k * 2 < n) k *= 2;
	return k;
}
function root(leaves: Uint8Array[]): Uint8Array {
	if (leaves.length === 0) return sha256(new Uint8Array());
	if (leaves.length === 1) return leaves[0] as Uint8Array;
	const k = split(leaves.length);
	return nodeHash(root(leaves.slice(0, k)), root(leaves.slice(k)));
}
function inclusionPath(m: number, leaves: Uint8Array[]): Uint8Array[] {
	if (leaves.length <= 1) return [];
	const k = split(leaves.length);
	const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
	return m < k ? [...inclusionPath(m, left), root(right)] : [...inclusionPath(m - k, right), root(left)];
}
function consistencyPath(m: number, leaves: Uint8Array[], whole = true): Uint8Array[] {
	if (m === leaves.length) return whole ? [] : [root(leaves)];
	const k = split(leaves.length);
	const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
	return m <= k
		? [...consistencyPath(m, left, whole), root(right)]
		: [...consistencyPath(m - k, right, false), root(left)];
}

const MOST = 70;
const leaves = Array.from({ length: MOST }, (_, i) => leafHash(Uint8Array.of(i)));

function flip(bytes: Uint8Array): Uint8Array {
	const changed = bytes.slice();
	changed[0] = (changed[0] as number) ^ 1;
	return changed;
}

describe('RFC 6962 tree (§3)', () => {
	it('has the known roots of the empty tree and of one empty leaf', () => {
		expect(toHex(treeRoot([]))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
		expect(toHex(treeRoot([leafHash(new Uint8Array())]))).toBe(
			'6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
		);
	});

	it('root equals the recursive definition at every size', () => {
		for (let n = 0; n <= MOST; n++) expect(treeRoot(leaves.slice(0, n))).toEqual(root(leaves.slice(0, n)));
	});

	it('every entry of every tree can be proved', () => {
		for (let n = 1; n <= MOST; n++) {
			const tree = leaves.slice(0, n);
			for (let m = 0; m < n; m++) {
				const proof = {
					leafHash: tree[m] as Uint8Array,
					sequence: BigInt(m),
					size: BigInt(n),
					path: inclusionPath(m, tree),
					root: root(tree),
				};
				expect(verifyInclusion(proof)).toBe(true);
			}
		}
	});

	it('a proof with anything changed is refused', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: MOST }), fc.nat(), fc.nat(), (n, at, which) => {
				const tree = leaves.slice(0, n);
				const m = at % n;
				const path = inclusionPath(m, tree);
				const proof = {
					leafHash: tree[m] as Uint8Array,
					sequence: BigInt(m),
					size: BigInt(n),
					path,
					root: root(tree),
				};
				expect(verifyInclusion({ ...proof, leafHash: flip(proof.leafHash) })).toBe(false);
				expect(verifyInclusion({ ...proof, root: flip(proof.root) })).toBe(false);
				expect(verifyInclusion({ ...proof, path: [...path, proof.root] })).toBe(false);
				expect(verifyInclusion({ ...proof, sequence: BigInt(n) })).toBe(false);
				expect(verifyInclusion({ ...proof, sequence: -1n })).toBe(false);
				if (path.length > 0) {
					expect(verifyInclusion({ ...proof, path: path.slice(1) })).toBe(false);
					const i = which % path.length;
					expect(
						verifyInclusion({ ...proof, path: path.map((hash, j) => (i === j ? flip(hash) : hash)) }),
					).toBe(false);
				}
			}),
			{ numRuns: 300 },
		);
	});

	it('every tree is consistent with every later one', () => {
		for (let n = 1; n <= 40; n++) {
			for (let m = 1; m <= n; m++) {
				const proof = {
					fromSize: BigInt(m),
					toSize: BigInt(n),
					fromRoot: root(leaves.slice(0, m)),
					toRoot: root(leaves.slice(0, n)),
					path: consistencyPath(m, leaves.slice(0, n)),
				};
				expect(verifyConsistency(proof), `${m} to ${n}`).toBe(true);
				expect(verifyConsistency({ ...proof, fromRoot: flip(proof.fromRoot) })).toBe(false);
				expect(verifyConsistency({ ...proof, toRoot: flip(proof.toRoot) })).toBe(false);
				expect(verifyConsistency({ ...proof, path: [...proof.path, proof.toRoot] })).toBe(false);
				if (m < n) {
					expect(verifyConsistency({ ...proof, path: proof.path.slice(1) })).toBe(false);
					expect(verifyConsistency({ ...proof, path: [] })).toBe(false);
				}
			}
		}
	});

	it('a rewritten history is inconsistent', () => {
		const other = [...leaves.slice(0, 3), leafHash(utf8('rewritten')), ...leaves.slice(4, 20)];
		const proof = {
			fromSize: 7n,
			toSize: 20n,
			fromRoot: root(leaves.slice(0, 7)),
			toRoot: root(other),
			path: consistencyPath(7, other),
		};
		expect(verifyConsistency(proof)).toBe(false);
		expect(verifyConsistency({ ...proof, fromSize: 0n })).toBe(false);
		expect(verifyConsistency({ ...proof, fromSize: 21n })).toBe(false);
	});
});

describe('checkpoints (§3)', () => {
	const secret = new Uint8Array(32).fill(3);
	const log = { origin: 'erynoa.example/log', publicKey: ed25519.getPublicKey(secret) };
	const text = `${log.origin}\n42\n${toBase64(new Uint8Array(32).fill(7))}\n`;
	const line = (name: string, key: Uint8Array, bytes: string, withSecret = secret) =>
		`— ${name} ${toBase64(concat(noteKeyId(name, key), ed25519.sign(utf8(bytes), withSecret)))}\n`;
	const note = `${text}\n${line(log.origin, log.publicKey, text)}`;
	const codeOf = (task: () => unknown) => {
		try {
			task();
			return 'accepted';
		} catch (error) {
			return (error as ProtocolError).code;
		}
	};

	it('the signed note of the log gives its size and root', () => {
		expect(verifyCheckpoint(note, log)).toMatchObject({
			origin: log.origin,
			size: 42n,
			root: new Uint8Array(32).fill(7),
		});
	});

	it('signatures of unknown keys are ignored, extensions kept', () => {
		const extended = `${text}extension\n`;
		const witness = new Uint8Array(32).fill(4);
		const cosigned = `${extended}\n${line('witness', ed25519.getPublicKey(witness), extended, witness)}${line(log.origin, log.publicKey, extended)}`;
		const checkpoint = verifyCheckpoint(cosigned, log);
		expect(checkpoint.extensions).toEqual(['extension']);
		expect(checkpoint.signatures.map((s) => s.name)).toEqual(['witness', log.origin]);
	});

	it('another log, another key and a changed text are refused', () => {
		expect(codeOf(() => verifyCheckpoint(note, { ...log, origin: 'other' }))).toBe(
			'CHECKPOINT_ORIGIN_FOREIGN',
		);
		expect(codeOf(() => verifyCheckpoint(note, { ...log, publicKey: new Uint8Array(32) }))).toBe(
			'CHECKPOINT_SIGNATURE_INVALID',
		);
		expect(codeOf(() => verifyCheckpoint(note.replace('\n42\n', '\n43\n'), log))).toBe(
			'CHECKPOINT_SIGNATURE_INVALID',
		);
		const forged = `${text}\n${line(log.origin, log.publicKey, text, new Uint8Array(32).fill(5))}`;
		expect(codeOf(() => verifyCheckpoint(forged, log))).toBe('CHECKPOINT_SIGNATURE_INVALID');
	});

	it('a note out of form is refused', () => {
		const wrong = [
			'',
			text,
			note.slice(0, -1),
			note.replace('42', '042'),
			note.replace('42', '-1'),
			note.replace('— ', '- '),
			note.replace('BwcH', 'BwcH='),
			`\n${note}`,
		];
		for (const broken of wrong)
			expect(
				codeOf(() => parseCheckpoint(broken)),
				broken,
			).toBe('CHECKPOINT_MALFORMED');
	});
});

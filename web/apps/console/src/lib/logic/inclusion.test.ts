import { readFileSync } from 'node:fs';
import { fromHex, toHex, verifyInclusion } from '@erynoa/protocol';
import { describe, expect, it } from 'vitest';
import { inclusionPath } from './inclusion';

interface Vectors {
	inclusion: { leaf_hash: string; sequence: number; size: number; path: string[]; root: string }[];
}

const { inclusion }: Vectors = JSON.parse(
	readFileSync(new URL('../../../../../../proto/testdata/vectors.json', import.meta.url), 'utf8'),
);
const bytes = (hex: string) => fromHex(hex) as Uint8Array;

describe('the way from a leaf to the root', () => {
	it('ends_in_the_root_wherever_the_proof_holds', () => {
		expect(inclusion.length).toBeGreaterThan(3);
		for (const known of inclusion) {
			const leafHash = bytes(known.leaf_hash);
			const path = known.path.map(bytes);
			const sequence = BigInt(known.sequence);
			const size = BigInt(known.size);
			const steps = inclusionPath(leafHash, sequence, size, path);
			expect(steps.length).toBe(path.length);
			expect(toHex(steps.at(-1)?.result ?? leafHash)).toBe(known.root);
			expect(verifyInclusion({ leafHash, sequence, size, path, root: bytes(known.root) })).toBe(true);
		}
	});

	it('a_changed_sibling_leads_elsewhere', () => {
		const known = inclusion.find(({ path }) => path.length > 1);
		if (!known) throw new Error('no proof with a path');
		const path = known.path.map(bytes);
		path[0] = new Uint8Array(32).fill(1);
		const steps = inclusionPath(bytes(known.leaf_hash), BigInt(known.sequence), BigInt(known.size), path);
		expect(toHex(steps.at(-1)?.result ?? new Uint8Array())).not.toBe(known.root);
	});

	it('a_path_that_is_too_long_ends_early', () => {
		expect(inclusionPath(new Uint8Array(32), 0n, 1n, [new Uint8Array(32)])).toEqual([]);
	});
});

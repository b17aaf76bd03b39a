import type { Api } from '@erynoa/client';
import {
	concat,
	leafHash,
	nodeHash,
	noteKeyId,
	seedSigner,
	toBase64,
	toHex,
	treeRoot,
	utf8,
} from '@erynoa/protocol';
import { describe, expect, it } from 'vitest';
import {
	compareNotes,
	isOf,
	type LogMemory,
	MOST_REMEMBERED,
	recall,
	remember,
	withCheckpoint,
} from './checkpoints';

const origin = 'erynoa.test/log';
const signer = seedSigner(new Uint8Array(32).fill(3));
const log = { origin, publicKey: signer.publicKey };
const leaves = Array.from({ length: 4 }, (_, index) => leafHash(Uint8Array.of(index)));

async function note(size: number, root: Uint8Array = treeRoot(leaves.slice(0, size))): Promise<string> {
	const text = `${origin}\n${size}\n${toBase64(root)}\n`;
	const signature = await signer.sign(utf8(text));
	return `${text}\n— ${origin} ${toBase64(concat(noteKeyId(origin, signer.publicKey), signature))}\n`;
}

/** A server that answers with the given path. */
function serving(...path: Uint8Array[]): Pick<Api, 'log'> {
	return { log: { getConsistencyProof: async () => ({ path }) } } as unknown as Pick<Api, 'log'>;
}
const silent = {
	log: {
		getConsistencyProof: () => {
			throw new Error('nobody has to be asked');
		},
	},
} as unknown as Pick<Api, 'log'>;

const upper = nodeHash(leaves[2] as Uint8Array, leaves[3] as Uint8Array);

describe('two checkpoints', () => {
	it('a_tree_that_has_grown_is_consistent', async () => {
		expect(await compareNotes(serving(upper), log, await note(2), await note(4))).toBe('consistent');
	});

	it('a_wrong_path_proves_nothing', async () => {
		expect(await compareNotes(serving(new Uint8Array(32)), log, await note(2), await note(4))).toBe(
			'unproven',
		);
		expect(await compareNotes(serving(), log, await note(2), await note(4))).toBe('unproven');
	});

	it('a_rewritten_beginning_is_found', async () => {
		const other = await note(2, new Uint8Array(32).fill(9));
		expect(await compareNotes(serving(upper), log, other, await note(4))).toBe('unproven');
	});

	it('two_roots_of_one_size_are_a_fork', async () => {
		expect(await compareNotes(silent, log, await note(4), await note(4, new Uint8Array(32)))).toBe('forked');
		expect(await compareNotes(silent, log, await note(4), await note(4))).toBe('same');
	});

	it('a_log_that_got_shorter_is_found', async () => {
		expect(await compareNotes(silent, log, await note(4), await note(2))).toBe('shrunk');
	});

	it('a_note_of_another_key_is_not_compared', async () => {
		const foreign = { origin, publicKey: seedSigner(new Uint8Array(32).fill(4)).publicKey };
		expect(await compareNotes(silent, foreign, await note(2), await note(4))).toBe('unsigned');
	});
});

describe('memory', () => {
	const memory: LogMemory = { origin, publicKey: toHex(signer.publicKey), seen: [] };
	const at = (size: number) => ({ note: `note ${size}`, size: String(size), seenAtMs: size });

	it('what_is_remembered_is_recalled', () => {
		const stored = new Map<string, string>();
		const storage = {
			getItem: (key: string) => stored.get(key) ?? null,
			setItem: (key: string, value: string) => void stored.set(key, value),
		};
		expect(recall(storage)).toBeUndefined();
		remember(storage, withCheckpoint(memory, at(7)));
		expect(recall(storage)).toEqual({ ...memory, seen: [at(7)] });
	});

	it('a_storage_that_is_blocked_or_holds_nonsense_is_an_empty_memory', () => {
		const blocked = () => {
			throw new Error('blocked');
		};
		expect(recall({ getItem: blocked })).toBeUndefined();
		expect(() => remember({ setItem: blocked }, memory)).not.toThrow();
		for (const text of ['', '{', '[]', '{"seen":1}']) expect(recall({ getItem: () => text })).toBeUndefined();
	});

	it('the_oldest_and_the_newest_stay', () => {
		let grown = memory;
		for (let size = 1; size <= 30; size += 1) grown = withCheckpoint(grown, at(size));
		expect(grown.seen.length).toBe(MOST_REMEMBERED);
		expect(grown.seen[0]?.size).toBe('1');
		expect(grown.seen.at(-1)?.size).toBe('30');
	});

	it('sizes_are_ordered_as_numbers_and_known_ones_keep_their_first_note', () => {
		const grown = [at(10), at(9), { ...at(9), note: 'another' }].reduce(withCheckpoint, memory);
		expect(grown.seen.map(({ size }) => size)).toEqual(['9', '10']);
		expect(grown.seen[0]?.note).toBe('note 9');
	});

	it('another_key_is_another_log', () => {
		expect(isOf(memory, log)).toBe(true);
		expect(isOf(memory, { origin, publicKey: new Uint8Array(32) })).toBe(false);
		expect(isOf(memory, { ...log, origin: 'elsewhere' })).toBe(false);
	});
});

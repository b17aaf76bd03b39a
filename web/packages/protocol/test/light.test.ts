import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
	buildEvent,
	concat,
	cosignatureBytes,
	custom,
	didOf,
	encodeEntry,
	eventId,
	identityUid,
	type LightClaim,
	type LightStepName,
	type LightVerdict,
	type LightWitness,
	leafHash,
	Namespace,
	NULL_UID,
	nodeHash,
	noteKeyId,
	printCosignature,
	rootRealmUid,
	type Signer,
	seedSigner,
	signEvent,
	toBase64,
	treeRoot,
	utf8,
	verifyLight,
} from '../src';

const seeded = (byte: number) => seedSigner(new Uint8Array(32).fill(byte));
const author = seeded(1);
const logSigner = seeded(2);
const log = { origin: 'erynoa.example/log', publicKey: logSigner.publicKey };
const leaves = Array.from({ length: 4 }, (_, i) => leafHash(Uint8Array.of(i)));

function bigEndian(timeS: bigint): Uint8Array {
	const bytes = new Uint8Array(8);
	new DataView(bytes.buffer).setBigUint64(0, timeS);
	return bytes;
}

async function noteOf(
	size: number,
	root: Uint8Array,
	witnesses: Signer[] = [],
	by = logSigner,
	nameOf = (key: Uint8Array) => didOf(Namespace.CRAFT, key),
): Promise<string> {
	const text = `${log.origin}\n${size}\n${toBase64(root)}\n`;
	const own = concat(noteKeyId(log.origin, by.publicKey), await by.sign(utf8(text)));
	const lines = [`— ${log.origin} ${toBase64(own)}`];
	for (const [index, witness] of witnesses.entries()) {
		const timeS = 1_700_000_000n + BigInt(index);
		const signature = await witness.sign(cosignatureBytes(text, timeS));
		const name = nameOf(witness.publicKey);
		lines.push(printCosignature(name, witness.publicKey, concat(bigEndian(timeS), signature)));
	}
	return `${text}\n${lines.join('\n')}\n`;
}

function witnessOf(signer: Signer, weight = 1n): LightWitness {
	return {
		did: didOf(Namespace.CRAFT, signer.publicKey),
		name: 'w',
		publicKeys: [signer.publicKey],
		weight,
	};
}

const four = [seeded(11), seeded(12), seeded(13), seeded(14)];
const set = four.map((signer) => witnessOf(signer));
let claim: LightClaim;
let tree: Uint8Array[];

beforeAll(async () => {
	const bytes = buildEvent({
		author: identityUid(Namespace.SELF, author.publicKey),
		realm: rootRealmUid(logSigner.publicKey),
		coordinate: { wallUs: 1n, counter: 0 },
		body: custom(1, 1, Uint8Array.of(1)),
	});
	const signed = await signEvent(bytes, author);
	tree = [leaves[0], leafHash(encodeEntry(signed)), leaves[2], leaves[3]] as Uint8Array[];
	const root = treeRoot(tree);
	claim = {
		signed,
		id: eventId(bytes),
		sequence: 1n,
		inclusion: {
			leafHash: tree[1] as Uint8Array,
			sequence: 1n,
			size: 4n,
			path: [tree[0] as Uint8Array, nodeHash(tree[2] as Uint8Array, tree[3] as Uint8Array)],
			root,
		},
		note: await noteOf(4, root, four.slice(0, 3)),
		log,
		witnesses: set,
		seen: undefined,
		consistency: undefined,
	};
});

const codeOf = (verdict: LightVerdict, name: LightStepName) =>
	verdict.steps.find((one) => one.name === name)?.code;
const seenAt = async (size: number, of = tree, witnesses: Signer[] = []) => {
	const note = await noteOf(size, treeRoot(of.slice(0, size)), witnesses);
	return { log, note, witnessed: witnesses.length > 0 ? note : '' };
};
/** From 2 to 4 entries. */
const growth = () => [nodeHash(tree[2] as Uint8Array, tree[3] as Uint8Array)];

describe('light verification', () => {
	it('an entry under a head with a quorum is witnessed', () => {
		const verdict = verifyLight(claim);
		expect(verdict.state).toBe('witnessed');
		expect(verdict.steps.map(({ name, outcome, code }) => [name, outcome, code])).toEqual([
			['event', 'holds', ''],
			['leaf', 'holds', ''],
			['inclusion', 'holds', ''],
			['checkpoint', 'holds', ''],
			['consistency', 'open', 'LOG_FIRST_SEEN'],
			['cosignatures', 'holds', ''],
			['quorum', 'holds', ''],
		]);
		expect(
			verdict.witnesses.map(({ outcome, timeS, isSelfCertified }) => [outcome, timeS, isSelfCertified]),
		).toEqual([
			['holds', 1_700_000_000n, true],
			['holds', 1_700_000_001n, true],
			['holds', 1_700_000_002n, true],
			['open', undefined, true],
		]);
		expect([verdict.signedWeight, verdict.totalWeight]).toEqual([3n, 4n]);
	});

	it('two thirds are no quorum, and weights decide, not heads', async () => {
		const three = set.slice(0, 3);
		const note = await noteOf(4, treeRoot(tree), four.slice(0, 2));
		const verdict = verifyLight({ ...claim, note, witnesses: three });
		expect(verdict.state).toBe('proven');
		expect(codeOf(verdict, 'quorum')).toBe('QUORUM_MISSING');
		const heavy = [witnessOf(four[0] as Signer, 5n), ...three.slice(1)];
		expect(verifyLight({ ...claim, note, witnesses: heavy }).state).toBe('witnessed');
	});

	it('without a set the log stands for itself; a set that is not known proves nothing', () => {
		const alone = verifyLight({ ...claim, witnesses: [] });
		expect(alone.state).toBe('witnessed');
		expect(alone.witnesses).toMatchObject([
			{ did: didOf(Namespace.CRAFT, log.publicKey), isSelfCertified: true, outcome: 'holds' },
		]);
		const unknown = verifyLight({ ...claim, witnesses: undefined });
		expect(unknown.state).toBe('proven');
		expect(codeOf(unknown, 'quorum')).toBe('WITNESSES_UNKNOWN');
	});

	it('a witness signs under its DID, the DID of its key or the name in the set, and under no other', async () => {
		const [first] = set as [LightWitness];
		const did = didOf(Namespace.SELF, author.publicKey);
		for (const [name, outcome] of [
			[first.did, 'holds'],
			[did, 'holds'],
			['w', 'holds'],
			['w2', 'open'],
		] as const) {
			const note = await noteOf(4, treeRoot(tree), four.slice(0, 1), logSigner, () => name);
			const { witnesses } = verifyLight({ ...claim, note, witnesses: [{ ...first, did }] });
			expect(witnesses[0]?.outcome, name).toBe(outcome);
		}
	});

	it('one key never speaks twice', () => {
		const twice = [0, 1, 2].map((at) => ({ ...(set[0] as LightWitness), did: `did:erynoa:craft:${at}` }));
		const verdict = verifyLight({ ...claim, witnesses: twice });
		expect([verdict.signedWeight, verdict.totalWeight]).toEqual([1n, 3n]);
		expect(verdict.state).toBe('proven');
	});

	it('a DID that is not founded by the key is not self-certified', () => {
		const [first, second] = set as [LightWitness, LightWitness];
		const verdict = verifyLight({ ...claim, witnesses: [{ ...first, did: second.did }] });
		expect(verdict.witnesses[0]).toMatchObject({ outcome: 'holds', isSelfCertified: false });
		const garbage = verifyLight({ ...claim, witnesses: [{ ...first, did: 'nobody' }] });
		expect(garbage.witnesses[0]?.isSelfCertified).toBe(false);
	});

	it('before a checkpoint the event alone is checked', () => {
		const verdict = verifyLight({ ...claim, inclusion: undefined, note: undefined });
		expect(verdict.state).toBe('open');
		expect(verdict.steps[0]).toEqual({ name: 'event', outcome: 'holds', code: '' });
		expect(verdict.steps.slice(1).every(({ outcome }) => outcome === 'open')).toBe(true);
	});
});

describe('what was seen before', () => {
	it('a log that has grown holds', async () => {
		const verdict = verifyLight({ ...claim, seen: await seenAt(2), consistency: growth() });
		expect(codeOf(verdict, 'consistency')).toBe('');
		expect(verdict.state).toBe('witnessed');
		expect(verifyLight({ ...claim, seen: await seenAt(4) }).state).toBe('witnessed');
		expect(verifyLight({ ...claim, seen: await seenAt(0) }).state).toBe('witnessed');
	});

	it('two roots of one size are a fork', async () => {
		const verdict = verifyLight({ ...claim, seen: await seenAt(4, leaves) });
		expect(verdict.state).toBe('forked');
		expect(codeOf(verdict, 'consistency')).toBe('LOG_FORKED');
	});

	it('a history that was rewritten or is not proven is refused', async () => {
		const rewritten = [leaves[3], leaves[1]] as Uint8Array[];
		for (const [seen, consistency] of [
			[await seenAt(2, rewritten), growth()],
			[await seenAt(2), []],
			[await seenAt(2), undefined],
			[await seenAt(2), [leaves[0] as Uint8Array]],
		] as const) {
			const verdict = verifyLight({ ...claim, seen, consistency });
			expect(verdict.state).toBe('forked');
			expect(codeOf(verdict, 'consistency')).toBe('PROOF_CONSISTENCY_WRONG');
		}
	});

	it('an older head is open without a proof, and holds with one', async () => {
		const five = [...tree, leafHash(utf8('fifth'))];
		const seen = await seenAt(5, five);
		expect(codeOf(verifyLight({ ...claim, seen }), 'consistency')).toBe('LOG_BEHIND');
		expect(verifyLight({ ...claim, seen }).state).toBe('witnessed');
		const joined = verifyLight({ ...claim, seen, consistency: [five[4] as Uint8Array] });
		expect(codeOf(joined, 'consistency')).toBe('');
		expect(verifyLight({ ...claim, seen, consistency: [leaves[0] as Uint8Array] }).state).toBe('forked');
	});

	it('another key or name of the log is a change, whatever it signs', async () => {
		const seen = { log: { ...log, publicKey: author.publicKey }, note: '', witnessed: '' };
		expect(codeOf(verifyLight({ ...claim, seen }), 'consistency')).toBe('LOG_KEY_CHANGED');
		const named = { ...(await seenAt(4)), log: { ...log, origin: 'other' } };
		expect(verifyLight({ ...claim, seen: named }).state).toBe('forked');
	});

	it('a memory that the log has not signed counts as none', async () => {
		const forged = { log, note: await noteOf(4, leaves[0] as Uint8Array, [], author), witnessed: '' };
		expect(codeOf(verifyLight({ ...claim, seen: forged }), 'consistency')).toBe('LOG_FIRST_SEEN');
	});

	it('an earlier head with a quorum counts for what it covers, and for nothing else', async () => {
		const bare = { ...claim, note: await noteOf(4, treeRoot(tree)) };
		const seen = await seenAt(2, tree, four);
		const covered = verifyLight({ ...bare, seen, consistency: growth() });
		expect(covered.state).toBe('witnessed');
		expect(covered.counted?.size).toBe(2n);
		expect(verifyLight({ ...bare, seen, consistency: [] }).state).toBe('forked');
		const short = await seenAt(1, tree, four);
		const path = [tree[1] as Uint8Array, ...growth()];
		const after = verifyLight({ ...bare, seen: short, consistency: path });
		expect(codeOf(after, 'consistency')).toBe('');
		expect(after.state).toBe('proven');
	});
});

describe('every flipped bit is refused', () => {
	const flip = (bytes: Uint8Array, bit: number) => {
		const changed = bytes.slice();
		const at = (bit >> 3) % bytes.length;
		changed[at] = (changed[at] as number) ^ (1 << (bit & 7));
		return changed;
	};
	const anyBit = fc.nat({ max: 1 << 16 });
	const states = (verdict: LightVerdict) => verdict.state;

	it('of the event, its signature and its key', () => {
		fc.assert(
			fc.property(anyBit, fc.constantFrom('event', 'signature', 'publicKey'), (bit, field) => {
				const signed = claim.signed as NonNullable<LightClaim['signed']>;
				const changed = { ...signed, [field]: flip(signed[field as 'event'], bit) };
				expect(states(verifyLight({ ...claim, signed: changed }))).toBe('broken');
			}),
			{ numRuns: 300 },
		);
	});

	it('of the leaf, the path, the root and the position', () => {
		fc.assert(
			fc.property(anyBit, fc.nat({ max: 1 }), fc.nat({ max: 2 }), (bit, which, field) => {
				const inclusion = claim.inclusion as NonNullable<LightClaim['inclusion']>;
				const path = inclusion.path.map((hash, at) => (at === which ? flip(hash, bit) : hash));
				const changed = [
					{ ...inclusion, leafHash: flip(inclusion.leafHash, bit) },
					{ ...inclusion, path },
					{ ...inclusion, root: flip(inclusion.root, bit) },
				][field];
				expect(states(verifyLight({ ...claim, inclusion: changed }))).toBe('broken');
			}),
			{ numRuns: 300 },
		);
		expect(states(verifyLight({ ...claim, sequence: 0n }))).toBe('broken');
		expect(states(verifyLight({ ...claim, id: NULL_UID }))).toBe('broken');
	});

	it('of the note: the signed text and the log’s line break it, a cosignature only loses its weight', () => {
		const note = claim.note as string;
		const lines = note.split('\n');
		const ownEnd = lines.slice(0, 5).join('\n').length;
		fc.assert(
			fc.property(fc.nat({ max: note.length - 1 }), fc.nat({ max: 6 }), (at, bit) => {
				const code = note.charCodeAt(at);
				// The dash of a signature line is no single byte.
				if (code > 127) return;
				const changed = note.slice(0, at) + String.fromCharCode(code ^ (1 << bit)) + note.slice(at + 1);
				const verdict = verifyLight({ ...claim, note: changed });
				if (at < ownEnd) expect(verdict.state, `${at} ${bit}`).toBe('broken');
				else expect(['proven', 'broken'], `${at} ${bit}`).toContain(verdict.state);
			}),
			{ numRuns: 500 },
		);
	});
});

import { create } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { EventRecordSchema } from '@erynoa/proto';
import {
	buildEvent,
	concat,
	cosignatureBytes,
	custom,
	didOf,
	encodeEntry,
	eventId,
	identityUid,
	leafHash,
	Namespace,
	nodeHash,
	noteKeyId,
	printCosignature,
	type Signer,
	seedSigner,
	signEvent,
	toBase64,
	toHex,
	utf8,
} from '@erynoa/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { acceptWitnesses, createApi, forgetLog, proveEvent, recallLog } from '../src';
import { NOWHERE, refusal, Server } from './server';

const signer = seedSigner(new Uint8Array(32).fill(1));
const logSigner = seedSigner(new Uint8Array(32).fill(2));
const log = { origin: 'erynoa.example/log', publicKey: logSigner.publicKey };
const witness = seedSigner(new Uint8Array(32).fill(3));
const sibling = leafHash(utf8('sibling'));
const third = leafHash(utf8('third'));

class Storage {
	readonly kept = new Map<string, string>();
	getItem(key: string) {
		return this.kept.get(key) ?? null;
	}
	setItem(key: string, value: string) {
		this.kept.set(key, value);
	}
	removeItem(key: string) {
		this.kept.delete(key);
	}
}

async function noteOf(size: number, root: Uint8Array, by: Signer = logSigner, cosigner?: Signer) {
	const text = `${log.origin}\n${size}\n${toBase64(root)}\n`;
	const signature = await by.sign(utf8(text));
	const own = `— ${log.origin} ${toBase64(concat(noteKeyId(log.origin, by.publicKey), signature))}\n`;
	if (!cosigner) return `${text}\n${own}`;
	const line = printCosignature(
		didOf(Namespace.CRAFT, cosigner.publicKey),
		cosigner.publicKey,
		concat(new Uint8Array(8), await cosigner.sign(cosignatureBytes(text, 0n))),
	);
	return `${text}\n${own}${line}\n`;
}

/** An event at position 1 of a log of two or three entries. */
async function setUp() {
	const bytes = buildEvent({
		author: identityUid(Namespace.SELF, signer.publicKey),
		realm: NOWHERE,
		coordinate: { wallUs: 1n, counter: 0 },
		body: custom(1, 1, Uint8Array.of(1)),
	});
	const signed = await signEvent(bytes, signer);
	const record = create(EventRecordSchema, { id: eventId(bytes), sequence: 1n, signed });
	const leaf = leafHash(encodeEntry(signed));
	const two = nodeHash(sibling, leaf);
	const three = nodeHash(two, third);
	const of = async (size: 2 | 3, note?: string) => {
		const root = size === 2 ? two : three;
		return {
			leafHash: leaf,
			path: size === 2 ? [sibling] : [sibling, third],
			sequence: 1n,
			size: BigInt(size),
			root,
			checkpoint: { size: BigInt(size), root, note: note ?? (await noteOf(size, root)) },
		};
	};
	return { record, proof: await of(2), of, two, three };
}

let server: Server;
let storage: Storage;
let known: Awaited<ReturnType<typeof setUp>>;

beforeEach(async () => {
	server = new Server();
	storage = new Storage();
	known = await setUp();
	server.inclusionProof = () => known.proof;
});
const api = () => createApi(server.transport([]));
const prove = (record = known.record, nowMs = 1_000) => proveEvent(api(), record, log, storage, nowMs);
const codes = async (record = known.record) => (await prove(record)).steps.map(({ code }) => code);
const codeOf = async (name: string) => (await prove()).steps.find((step) => step.name === name)?.code;

describe('proving an event in the browser', () => {
	it('event, place, checkpoint and the log’s own witness hold', async () => {
		const proven = await prove();
		expect(proven.state).toBe('witnessed');
		expect(proven.steps.map(({ name, outcome }) => [name, outcome])).toEqual([
			['event', 'holds'],
			['leaf', 'holds'],
			['inclusion', 'holds'],
			['checkpoint', 'holds'],
			['consistency', 'open'],
			['cosignatures', 'holds'],
			['quorum', 'holds'],
		]);
		expect(proven.event?.id).toBe(known.record.id);
	});

	it('says which step does not hold', async () => {
		const rest = ['LOG_FIRST_SEEN', '', ''];
		const fresh = async (record = known.record) => {
			storage = new Storage();
			return codes(record);
		};
		expect(await fresh({ ...known.record, id: NOWHERE })).toEqual(['EVENT_ID_FOREIGN', '', '', '', ...rest]);
		known.proof.path = [leafHash(utf8('other'))];
		expect(await fresh()).toEqual(['', '', 'PROOF_PATH_WRONG', '', ...rest]);
		known = await setUp();
		known.proof.leafHash = leafHash(utf8('other'));
		expect(await fresh()).toEqual(['', 'PROOF_LEAF_WRONG', '', '', ...rest]);
		known = await setUp();
		known.proof.checkpoint.note = known.proof.checkpoint.note.replace('\n2\n', '\n3\n');
		expect(await fresh()).toEqual([
			'',
			'',
			'',
			'CHECKPOINT_SIGNATURE_INVALID',
			'CHECKPOINT_UNKNOWN',
			'COSIGNATURES_MISSING',
			'QUORUM_MISSING',
		]);
		expect(storage.kept.size).toBe(0);
	});

	it('a consistent proof of another tree than the checkpoint does not count', async () => {
		const other = leafHash(utf8('other'));
		known.proof.path = [other];
		known.proof.root = nodeHash(other, known.proof.leafHash);
		expect((await codes()).slice(0, 4)).toEqual(['', '', '', 'PROOF_ROOT_WRONG']);
	});

	it('before a checkpoint only the event itself is proved', async () => {
		server.inclusionProof = () => {
			throw refusal('CHECKPOINT_UNKNOWN', Code.NotFound);
		};
		const proven = await prove();
		expect(proven.state).toBe('open');
		expect(proven.steps.filter(({ outcome }) => outcome === 'holds').map(({ name }) => name)).toEqual([
			'event',
		]);
	});
});

describe('what this browser has seen', () => {
	it('is remembered at the first visit, and a log that grows holds', async () => {
		await prove();
		expect(recallLog(storage)).toMatchObject({
			origin: log.origin,
			publicKey: toHex(log.publicKey),
			note: known.proof.checkpoint.note,
			witnessed: known.proof.checkpoint.note,
			firstSeenMs: 1_000,
		});
		const grown = await known.of(3);
		server.inclusionProof = () => grown;
		server.consistencyProof = ({ fromSize, toSize }) => {
			expect([fromSize, toSize]).toEqual([2n, 3n]);
			return { path: [third] };
		};
		const proven = await prove(known.record, 2_000);
		expect(proven.steps.find(({ name }) => name === 'consistency')?.outcome).toBe('holds');
		expect(recallLog(storage)).toMatchObject({
			note: grown.checkpoint.note,
			firstSeenMs: 1_000,
			lastSeenMs: 2_000,
		});
	});

	it('a log that cannot show that it grew is refused and not remembered', async () => {
		await prove();
		const grown = await known.of(3);
		server.inclusionProof = () => grown;
		for (const path of [[], [sibling]]) {
			server.consistencyProof = () => ({ path });
			expect((await prove()).state).toBe('forked');
			expect(await codeOf('consistency')).toBe('PROOF_CONSISTENCY_WRONG');
		}
		server.consistencyProof = () => {
			throw refusal('PROOF_RANGE', Code.InvalidArgument);
		};
		expect((await prove()).state).toBe('forked');
		expect(recallLog(storage)?.note).toBe(known.proof.checkpoint.note);
	});

	it('two signed trees of one size are a fork that is never forgotten by itself', async () => {
		const honest = known.proof.checkpoint.note;
		await prove();
		const forged = await noteOf(2, sibling);
		known.proof.checkpoint.note = forged;
		expect((await prove(known.record, 5_000)).state).toBe('forked');
		expect(recallLog(storage)?.fork).toEqual({ before: honest, note: forged, seenAtMs: 5_000 });
		// The server shows the right tree again.
		known.proof.checkpoint.note = honest;
		const again = await prove();
		expect(again.steps.every(({ outcome }) => outcome === 'holds')).toBe(true);
		expect(again.state).toBe('forked');
		expect(again.memory?.fork?.note).toBe(forged);
		forgetLog(storage);
		expect((await prove()).state).toBe('witnessed');
	});

	it('an older head is open, and the greater one stays remembered', async () => {
		const grown = await known.of(3);
		server.inclusionProof = () => grown;
		await prove();
		server.inclusionProof = () => known.proof;
		expect(await codeOf('consistency')).toBe('LOG_BEHIND');
		server.consistencyProof = () => ({ path: [third] });
		expect((await prove()).state).toBe('witnessed');
		expect(recallLog(storage)?.note).toBe(grown.checkpoint.note);
	});

	it('another log under the same address is a change until it is accepted', async () => {
		await prove();
		const other = { ...log, origin: 'other' };
		const proven = await proveEvent(api(), known.record, other, storage);
		expect(proven.steps.find(({ name }) => name === 'consistency')?.code).toBe('LOG_KEY_CHANGED');
		expect(recallLog(storage)?.origin).toBe(log.origin);
	});

	it('a memory that is damaged counts as none', async () => {
		for (const broken of ['', 'null', '{', '{"origin":1}', '{"origin":"a","publicKey":"zz"}', '[]']) {
			storage.setItem('erynoa.log', broken);
			expect(recallLog(storage)).toBeUndefined();
			expect((await prove()).state).toBe('witnessed');
		}
	});

	it('a browser that keeps nothing sees the log for the first time, every time', async () => {
		const blocked = {
			getItem: () => {
				throw new Error('blocked');
			},
			setItem: () => {
				throw new Error('blocked');
			},
			removeItem: () => undefined,
		};
		expect((await proveEvent(api(), known.record, log, blocked)).state).toBe('witnessed');
	});
});

describe('witnesses', () => {
	const one = (key: Uint8Array, weight = 1n) => ({
		did: didOf(Namespace.CRAFT, witness.publicKey),
		name: 'Wilma',
		publicKeys: [key],
		weight,
	});
	const told = (...witnesses: object[]) => {
		server.witnesses = () => ({ witnesses });
	};

	it('count by their cosignatures, and an earlier quorum goes on counting', async () => {
		told(one(witness.publicKey));
		expect((await prove()).state).toBe('proven');
		storage = new Storage();
		known.proof.checkpoint.note = await noteOf(2, known.two, logSigner, witness);
		expect((await prove()).state).toBe('witnessed');
		// The next checkpoint is too new for the witness.
		const grown = await known.of(3);
		server.inclusionProof = () => grown;
		server.consistencyProof = () => ({ path: [third] });
		const proven = await prove();
		expect([proven.state, proven.counted?.size, proven.head?.size]).toEqual(['witnessed', 2n, 3n]);
		expect(recallLog(storage)?.witnessed).toBe(known.proof.checkpoint.note);
	});

	it('that change are shown until somebody has looked', async () => {
		told(one(witness.publicKey));
		expect((await prove()).changes).toEqual([]);
		told(one(signer.publicKey, 2n), { ...one(logSigner.publicKey), did: 'did:x', name: 'Xaver' });
		const { changes } = await prove();
		expect(changes.map(({ what, name }) => [what, name])).toEqual([
			['keys', 'Wilma'],
			['weight', 'Wilma'],
			['added', 'Xaver'],
		]);
		expect((await prove()).changes).toHaveLength(3);
		await acceptWitnesses(api(), storage);
		expect((await prove()).changes).toEqual([]);
		told();
		expect((await prove()).changes.map(({ what }) => what)).toEqual(['removed', 'removed']);
	});

	it('kept back by the server are those that are remembered, else nobody', async () => {
		const refuse = () => {
			throw refusal('SERVICE_UNAVAILABLE', Code.Unavailable);
		};
		server.witnesses = refuse;
		expect(await codeOf('quorum')).toBe('WITNESSES_UNKNOWN');
		storage = new Storage();
		told(one(witness.publicKey));
		await prove();
		server.witnesses = refuse;
		const proven = await prove();
		expect(proven.witnesses.map(({ name, outcome }) => [name, outcome])).toEqual([['Wilma', 'open']]);
		expect(proven.state).toBe('proven');
	});
});

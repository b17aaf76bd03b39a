import { create } from '@bufbuild/protobuf';
import { EventRecordSchema } from '@erynoa/proto';
import {
	buildEvent,
	concat,
	custom,
	encodeEntry,
	eventId,
	identityUid,
	leafHash,
	Namespace,
	nodeHash,
	noteKeyId,
	seedSigner,
	signEvent,
	toBase64,
	utf8,
} from '@erynoa/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { createApi, proveEvent } from '../src';
import { NOWHERE, Server } from './server';

const signer = seedSigner(new Uint8Array(32).fill(1));
const logSigner = seedSigner(new Uint8Array(32).fill(2));
const log = { origin: 'erynoa.example/log', publicKey: logSigner.publicKey };

async function setUp() {
	const bytes = buildEvent({
		author: identityUid(Namespace.SELF, signer.publicKey),
		realm: NOWHERE,
		coordinate: { wallUs: 1n, counter: 0 },
		body: custom(1, 1, Uint8Array.of(1)),
	});
	const signed = await signEvent(bytes, signer);
	const record = create(EventRecordSchema, { id: eventId(bytes), sequence: 1n, signed });
	const sibling = leafHash(utf8('sibling'));
	const leaf = leafHash(encodeEntry(signed));
	const root = nodeHash(sibling, leaf);
	const text = `${log.origin}\n2\n${toBase64(root)}\n`;
	const signature = await logSigner.sign(utf8(text));
	const note = `${text}\n— ${log.origin} ${toBase64(concat(noteKeyId(log.origin, log.publicKey), signature))}\n`;
	const proof = {
		leafHash: leaf,
		path: [sibling],
		sequence: 1n,
		size: 2n,
		root,
		checkpoint: { size: 2n, root, note },
	};
	return { record, proof };
}

describe('proving an event in the browser', () => {
	let server: Server;
	let known: Awaited<ReturnType<typeof setUp>>;

	beforeEach(async () => {
		server = new Server();
		known = await setUp();
		server.inclusionProof = () => known.proof;
	});
	const prove = (record = known.record) => proveEvent(createApi(server.transport([])), record, log);
	const codes = async (record = known.record) => (await prove(record)).steps.map(({ code }) => code);

	it('event, leaf, inclusion and checkpoint hold', async () => {
		const proven = await prove();
		expect(proven.holds).toBe(true);
		expect(proven.steps.map(({ name }) => name)).toEqual(['event', 'leaf', 'inclusion', 'checkpoint']);
		expect(proven.event?.id).toBe(known.record.id);
	});

	it('says which step does not hold', async () => {
		expect(await codes({ ...known.record, id: NOWHERE })).toEqual(['EVENT_ID_FOREIGN', '', '', '']);
		known.proof.path = [leafHash(utf8('other'))];
		expect(await codes()).toEqual(['', '', 'PROOF_PATH_WRONG', '']);
		known = await setUp();
		known.proof.leafHash = leafHash(utf8('other'));
		expect(await codes()).toEqual(['', 'PROOF_LEAF_WRONG', '', '']);
		known = await setUp();
		known.proof.checkpoint.note = known.proof.checkpoint.note.replace('\n2\n', '\n3\n');
		expect(await codes()).toEqual(['', '', '', 'CHECKPOINT_SIGNATURE_INVALID']);
	});

	it('a consistent proof of another tree than the checkpoint does not count', async () => {
		const sibling = leafHash(utf8('other'));
		known.proof.path = [sibling];
		known.proof.root = nodeHash(sibling, known.proof.leafHash);
		expect(await codes()).toEqual(['', '', '', 'PROOF_ROOT_WRONG']);
	});

	it('before a checkpoint only the event itself is proved', async () => {
		expect((await proveEvent(createApi(new Server().transport([])), known.record, log)).steps).toEqual([
			{ name: 'event', holds: true, code: '' },
			{ name: 'leaf', holds: false, code: 'CHECKPOINT_UNKNOWN' },
			{ name: 'inclusion', holds: false, code: 'CHECKPOINT_UNKNOWN' },
			{ name: 'checkpoint', holds: false, code: 'CHECKPOINT_UNKNOWN' },
		]);
	});
});

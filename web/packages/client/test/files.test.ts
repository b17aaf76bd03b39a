import { create } from '@bufbuild/protobuf';
import { Code, createRouterTransport } from '@connectrpc/connect';
import { FileAccess, FileSchema, StorageService, UploadSchema } from '@erynoa/proto';
import { toHex } from '@erynoa/protocol';
import { describe, expect, it } from 'vitest';
import { createApi } from '../src/api';
import { ApiError, NETWORK_UNREACHABLE } from '../src/api-error';
import { createUploads, pickedFrom, type Transfer, type UploadOptions, within } from '../src/files';
import { gate } from '../src/files-gate';
import { hashBlob } from '../src/files-hash';
import type { UploadMemory } from '../src/files-memory';
import type { Put } from '../src/files-put';
import { refusal } from './server';

const MIB = 1 << 20;

interface Kept {
	name: string;
	folder: string;
	size: number;
	hash: string;
	parts: Map<number, Uint8Array>;
}

/** Keeps the rules of uploads in memory: parts by their number, put together and compared with the hash. */
class Store {
	readonly uploads = new Map<string, Kept>();
	readonly files: { name: string; folder: string; bytes: Uint8Array }[] = [];
	readonly calls: string[] = [];
	/** Called before each PUT with the upload and the part; throws to make it fail. */
	beforePut: (part: number, signal: AbortSignal) => void | Promise<void> = () => undefined;
	before: (call: string) => void = () => undefined;
	/** PUTs under way, and the most that there were. */
	flying = 0;
	most = 0;
	partSize = MIB;
	#serial = 0;

	#upload(id: string) {
		const kept = this.uploads.get(id);
		if (!kept) throw refusal('UPLOAD_UNKNOWN', Code.NotFound);
		return kept;
	}

	#message(id: string) {
		const { name, folder, size, parts } = this.#upload(id);
		return create(UploadSchema, {
			id,
			name,
			folder,
			size: BigInt(size),
			partSize: BigInt(this.partSize),
			parts: Math.max(1, Math.ceil(size / this.partSize)),
			received: [...parts.keys()].sort((a, b) => a - b),
		});
	}

	#keep(name: string, folder: string, bytes: Uint8Array) {
		this.files.push({ name, folder, bytes });
		return create(FileSchema, { id: `f${this.files.length}`, name, folder, size: BigInt(bytes.length) });
	}

	readonly api = createApi(
		createRouterTransport(
			({ service }) =>
				service(StorageService, {
					uploadFile: async ({ name, folder, data, hash }) => {
						const found = await hashBlob(new Blob([new Uint8Array(data)]));
						if (toHex(found) !== toHex(hash)) throw refusal('HASH_MISMATCH', Code.InvalidArgument);
						return { file: this.#keep(name, folder, data) };
					},
					startUpload: ({ name, folder, size, hash }) => {
						const id = `u${++this.#serial}`;
						this.uploads.set(id, { name, folder, size: Number(size), hash: toHex(hash), parts: new Map() });
						return { upload: this.#message(id) };
					},
					getUpload: ({ id }) => ({ upload: this.#message(id) }),
					listUploads: () => ({ uploads: [...this.uploads.keys()].map((id) => this.#message(id)) }),
					getPresignedUploadUrl: ({ uploadId, part }) => ({
						url: { url: `put:${uploadId}/${part}`, method: 'PUT' },
					}),
					completeUpload: async ({ id, hash }) => {
						const { name, folder, size, parts, hash: said } = this.#upload(id);
						const all = new Uint8Array(size);
						let at = 0;
						for (let part = 1; part <= this.#message(id).parts; part += 1) {
							const bytes = parts.get(part);
							if (!bytes) throw refusal('UPLOAD_INCOMPLETE', Code.FailedPrecondition);
							all.set(bytes, at);
							at += bytes.length;
						}
						const found = toHex(await hashBlob(new Blob([all])));
						if (found !== said || found !== toHex(hash)) throw refusal('HASH_MISMATCH', Code.InvalidArgument);
						this.uploads.delete(id);
						return { file: this.#keep(name, folder, all) };
					},
					abortUpload: ({ id }) => {
						this.uploads.delete(id);
						return {};
					},
				}),
			{
				transport: {
					interceptors: [
						(next) => async (request) => {
							this.calls.push(request.method.name);
							this.before(request.method.name);
							return next(request);
						},
					],
				},
			},
		),
	);

	readonly put: Put = async (url, bytes, onProgress, signal) => {
		this.flying += 1;
		this.most = Math.max(this.most, this.flying);
		try {
			const [id = '', part = ''] = url.slice(4).split('/');
			onProgress(bytes.size / 2);
			await this.beforePut(Number(part), signal);
			signal.throwIfAborted();
			this.#upload(id).parts.set(Number(part), new Uint8Array(await bytes.arrayBuffer()));
			onProgress(bytes.size);
		} finally {
			this.flying -= 1;
		}
	};
}

function remembered(): UploadMemory & { hashes: Map<string, Uint8Array> } {
	const hashes = new Map<string, Uint8Array>();
	return {
		hashes,
		get: (id) => hashes.get(id),
		set: (id, hash) => void hashes.set(id, hash),
		delete: (id) => void hashes.delete(id),
	};
}

function uploadsOf(store: Store, memory = remembered(), more: Partial<UploadOptions> = {}) {
	return createUploads({
		api: store.api,
		put: store.put,
		hash: (blob, onProgress) => hashBlob(blob, onProgress),
		memory,
		delaysMs: [1, 2],
		...more,
	});
}

function fileOf(name: string, size: number, seed = 1): File {
	const bytes = new Uint8Array(size);
	for (let at = 0; at < size; at += 997) bytes[at] = (at * seed) % 251;
	return new File([bytes], name);
}

const target = { realm: '', access: FileAccess.PRIVATE };
const picked = (file: File, folder = '/') => [{ file, folder }];

/** The first state of the first upload that fulfils the wish. */
function until(
	uploads: ReturnType<typeof uploadsOf>,
	wish: (transfer: Transfer) => boolean,
): Promise<Transfer> {
	return new Promise((resolve) => {
		let stop = () => {};
		let found = false;
		stop = uploads.subscribe((all) => {
			const [first] = all;
			if (found || !first || !wish(first)) return;
			found = true;
			queueMicrotask(() => stop());
			resolve(first);
		});
	});
}

const is = (state: Transfer['state']) => (transfer: Transfer) => transfer.state === state;
const never = (signal: AbortSignal) =>
	new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('uploads', () => {
	it('a large file arrives in parts, each once, with its bytes as they were', async () => {
		const store = new Store();
		const uploads = uploadsOf(store);
		const file = fileOf('film.mp4', 5 * MIB + 17);
		uploads.add(picked(file, '/films'), target);
		const done = await until(uploads, is('done'));
		expect(done).toMatchObject({ bytes: file.size, folder: '/films', retrying: false });
		expect(store.files).toHaveLength(1);
		const sent = Buffer.from(await file.arrayBuffer());
		expect(sent.equals(store.files[0]?.bytes ?? new Uint8Array())).toBe(true);
		expect(store.calls.filter((call) => call === 'GetPresignedUploadUrl')).toHaveLength(6);
		expect(store.uploads.size).toBe(0);
	});

	it('files up to 1 MiB take one call, those above do not', async () => {
		const store = new Store();
		const uploads = uploadsOf(store);
		uploads.add(picked(fileOf('small', MIB)), target);
		await until(uploads, is('done'));
		expect(store.calls).toEqual(['UploadFile']);
		uploads.clear();
		expect(uploads.get()).toEqual([]);
		uploads.add(picked(fileOf('large', MIB + 1)), target);
		await until(uploads, is('done'));
		expect(store.calls).toContain('CompleteUpload');
	});

	it('never more than three parts fly at once, however many files there are', async () => {
		const store = new Store();
		store.beforePut = () => new Promise((resolve) => setTimeout(resolve, 1));
		const uploads = uploadsOf(store);
		const many = Array.from({ length: 6 }, (_, at) => ({
			file: fileOf(`${at}`, 4 * MIB, at + 1),
			folder: '/',
		}));
		uploads.add(many, target);
		await expect.poll(() => store.files.length, { timeout: 60_000 }).toBe(6);
		expect(store.most).toBe(3);
	});

	it('a pause keeps what has arrived, and going on sends only the rest', async () => {
		const store = new Store();
		store.beforePut = (part, signal) => (part > 2 ? never(signal) : undefined);
		const uploads = uploadsOf(store);
		uploads.add(picked(fileOf('big', 4 * MIB)), target);
		await expect.poll(() => store.uploads.get('u1')?.parts.size).toBe(2);
		await expect.poll(() => store.flying).toBe(2);
		const id = uploads.get()[0]?.id ?? 0;
		uploads.pause(id);
		expect(uploads.get()[0]?.state).toBe('paused');
		await expect.poll(() => store.flying).toBe(0);
		store.beforePut = () => undefined;
		store.calls.length = 0;
		uploads.resume(id);
		await until(uploads, is('done'));
		expect(store.calls.filter((call) => call === 'GetPresignedUploadUrl')).toHaveLength(2);
		expect(store.calls).not.toContain('StartUpload');
		expect(store.files).toHaveLength(1);
	});

	it('after a reload the same file goes on where it stopped, and another file is refused', async () => {
		const store = new Store();
		const memory = remembered();
		store.beforePut = (part, signal) => (part > 2 ? never(signal) : undefined);
		const file = fileOf('big', 4 * MIB);
		const before = uploadsOf(store, memory);
		before.add(picked(file, '/there'), target);
		await expect.poll(() => store.uploads.get('u1')?.parts.size).toBe(2);
		await expect.poll(() => store.flying).toBe(2);
		before.stop();
		await expect.poll(() => store.flying).toBe(0);

		store.beforePut = () => undefined;
		store.calls.length = 0;
		const after = uploadsOf(store, memory);
		await after.restore();
		const back = after.get()[0];
		expect(back).toMatchObject({ state: 'interrupted', name: 'big', folder: '/there', bytes: 2 * MIB });
		const id = back?.id ?? 0;
		await after.give(id, fileOf('big', 4 * MIB - 1));
		expect(after.get()[0]).toMatchObject({ state: 'interrupted', error: { code: 'SIZE_MISMATCH' } });
		await after.give(id, fileOf('big', 4 * MIB, 2));
		expect(after.get()[0]).toMatchObject({ state: 'interrupted', error: { code: 'HASH_MISMATCH' } });
		expect(store.calls).not.toContain('GetPresignedUploadUrl');
		await after.give(id, file);
		await until(after, is('done'));
		expect(store.calls.filter((call) => call === 'GetPresignedUploadUrl')).toHaveLength(2);
		expect(memory.hashes.size).toBe(0);
		// What is known here is not brought back twice.
		await after.restore();
		expect(after.get()).toHaveLength(1);
	});

	it('a lost connection is tried again until it is back, however often', async () => {
		const store = new Store();
		let lost = 20;
		store.beforePut = () => {
			if (lost-- > 0) throw new ApiError('lost', { code: NETWORK_UNREACHABLE, status: Code.Unavailable });
		};
		const uploads = uploadsOf(store);
		uploads.add(picked(fileOf('big', 2 * MIB)), target);
		await until(uploads, ({ retrying }) => retrying);
		const done = await until(uploads, is('done'));
		expect(done.retrying).toBe(false);
		expect(lost).toBeLessThan(0);
	});

	it('an address whose time is over is asked for anew; a store that stays broken ends the upload', async () => {
		const store = new Store();
		let tries = 0;
		store.beforePut = () => {
			if (++tries === 1) throw new ApiError('over', { code: 'URL_EXPIRED', status: Code.PermissionDenied });
		};
		const uploads = uploadsOf(store);
		uploads.add(picked(fileOf('big', MIB + 1)), target);
		await until(uploads, is('done'));
		expect(store.calls.filter((call) => call === 'GetPresignedUploadUrl')).toHaveLength(3);
		uploads.clear();
		store.beforePut = () => {
			throw new ApiError('broken', { code: 'SERVICE_UNAVAILABLE', status: Code.Unavailable });
		};
		uploads.add(picked(fileOf('big', MIB + 1)), target);
		const failed = await until(uploads, is('failed'));
		expect(failed.error?.code).toBe('SERVICE_UNAVAILABLE');
		// Going on after the failure uses what is there.
		store.beforePut = () => undefined;
		uploads.resume(failed.id);
		await until(uploads, is('done'));
		expect(store.calls.filter((call) => call === 'StartUpload')).toHaveLength(2);
	});

	it('parts that the server has lost are sent again', async () => {
		const store = new Store();
		let first = true;
		store.before = (call) => {
			if (call !== 'CompleteUpload' || !first) return;
			first = false;
			for (const { parts } of store.uploads.values()) parts.delete(2);
		};
		const uploads = uploadsOf(store);
		uploads.add(picked(fileOf('big', 3 * MIB)), target);
		await until(uploads, is('done'));
		expect(store.calls.filter((call) => call === 'GetPresignedUploadUrl')).toHaveLength(4);
	});

	it('a refusal is shown with its code and nothing more is sent', async () => {
		const store = new Store();
		store.before = (call) => {
			if (call === 'StartUpload') throw refusal('QUOTA_EXCEEDED', Code.FailedPrecondition);
		};
		const uploads = uploadsOf(store);
		uploads.add(picked(fileOf('big', 2 * MIB)), target);
		expect((await until(uploads, is('failed'))).error?.code).toBe('QUOTA_EXCEEDED');
		expect(store.calls).toEqual(['StartUpload']);
	});

	it('a file that can no longer be read fails instead of being tried for ever', async () => {
		const store = new Store();
		const uploads = uploadsOf(store, remembered(), {
			hash: async () => {
				throw new DOMException('gone', 'NotReadableError');
			},
		});
		uploads.add(picked(fileOf('big', 2 * MIB)), target);
		expect((await until(uploads, is('failed'))).error?.code).toBe('FILE_UNREADABLE');
	});

	it('canceling takes it off the list and away from the server', async () => {
		const store = new Store();
		const memory = remembered();
		store.beforePut = (_, signal) => never(signal);
		const uploads = uploadsOf(store, memory);
		uploads.add(picked(fileOf('big', 2 * MIB)), target);
		await expect.poll(() => store.flying).toBe(2);
		uploads.cancel(uploads.get()[0]?.id ?? 0);
		expect(uploads.get()).toEqual([]);
		await expect.poll(() => store.uploads.size).toBe(0);
		await expect.poll(() => store.flying).toBe(0);
		expect(memory.hashes.size).toBe(0);
	});
});

describe('parts of uploads', () => {
	it('the hash is BLAKE3-256, whatever the pieces', async () => {
		const empty = await hashBlob(new Blob([]));
		expect(toHex(empty)).toBe('af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262');
		const abc = await hashBlob(new Blob(['abc']));
		expect(toHex(abc)).toBe('6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85');
		const seen: number[] = [];
		await hashBlob(new Blob([new Uint8Array(5 * MIB)]), (bytes) => seen.push(bytes));
		expect(seen).toEqual([4 * MIB, 5 * MIB]);
	});

	it('a gate keeps order and number, and a place that is given up goes to the next', async () => {
		const door = gate(1);
		const order: number[] = [];
		const quit = new AbortController();
		const stay = new AbortController();
		let open = () => {};
		const first = door.run(() => new Promise<void>((resolve) => (open = resolve)), stay.signal);
		const second = door.run(async () => void order.push(2), quit.signal);
		const third = door.run(async () => void order.push(3), stay.signal);
		quit.abort();
		await expect(second).rejects.toBeInstanceOf(DOMException);
		expect(order).toEqual([]);
		open();
		await Promise.all([first, third]);
		expect(order).toEqual([3]);
	});

	it('folders that were chosen keep their shape below the open one', () => {
		const file = new File([], 'a.txt');
		Object.defineProperty(file, 'webkitRelativePath', { value: 'trip/day one/a.txt' });
		expect(pickedFrom([file], '/photos')[0]?.folder).toBe('/photos/trip/day one');
		expect(pickedFrom([new File([], 'b')], '/')[0]?.folder).toBe('/');
		expect(within('/', '')).toBe('/');
		expect(within('/a/', '/b//c')).toBe('/a/b/c');
	});
});

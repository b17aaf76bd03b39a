// Uploads: many at once, in parts, paused, resumed and tried again. Loaded where files are sent, not with the rest.

import { Code } from '@connectrpc/connect';
import type { FileAccess, File as StoredFile, Upload } from '@erynoa/proto';
import type { Api } from './api';
import { ApiError, NETWORK_UNREACHABLE, toApiError } from './api-error';
import { backOff, pause } from './back-off';
import { cell, type Readable } from './cell';
import { gate } from './files-gate';
import type { Progress } from './files-hash';
import { hashFile } from './files-hash-worker';
import { browserMemory, type UploadMemory } from './files-memory';
import type { Picked } from './files-picked';
import { type Put, putByRequest } from './files-put';

export { type Picked, pickedFrom, pickedFromDrop, within } from './files-picked';

/** interrupted: begun before the page was loaded anew, and its file has to be given again. */
export type TransferState =
	| 'waiting'
	| 'checking'
	| 'sending'
	| 'joining'
	| 'paused'
	| 'interrupted'
	| 'done'
	| 'failed';

/** One upload, as it is shown. */
export interface Transfer {
	readonly id: number;
	readonly name: string;
	readonly folder: string;
	/** 64 hex digits; empty = the caller's own. */
	readonly realm: string;
	/** Bytes. */
	readonly size: number;
	readonly state: TransferState;
	/** Bytes that have been read while it is checked, else those that have been sent. */
	readonly bytes: number;
	/** Over the last seconds; 0 = not known. */
	readonly bytesPerSecond: number;
	/** The server did not answer; tries go on. */
	readonly retrying: boolean;
	readonly error?: ApiError;
	readonly file?: StoredFile;
}

/** Where files go. */
export interface Target {
	/** 64 hex digits; empty = the caller's own. */
	realm: string;
	access: FileAccess;
}

/** All uploads of this page; a store, oldest first. */
export interface Uploads extends Readable<readonly Transfer[]> {
	add(picked: readonly Picked[], target: Target): void;
	/** Brings back what was under way when the page was left. */
	restore(): Promise<void>;
	pause(id: number): void;
	/** Goes on with what was paused or has failed. */
	resume(id: number): void;
	/** Goes on with what was interrupted. Refused (in `error`) when it is another file. */
	give(id: number, file: Blob): Promise<void>;
	/** Gives it up, also at the server. */
	cancel(id: number): void;
	/** Takes what is done off the list. */
	clear(): void;
	/** Forgets everything here; the server keeps what it has. */
	stop(): void;
}

/** What uploads need; all but the API has a default. */
export interface UploadOptions {
	api: Pick<Api, 'storage'>;
	/** Told of each file that has arrived. */
	onfile?: (file: StoredFile) => void;
	put?: Put;
	hash?: (blob: Blob, onProgress: Progress, signal: AbortSignal) => Promise<Uint8Array>;
	memory?: UploadMemory;
	/** First and longest delay between tries, ms. */
	delaysMs?: readonly [number, number];
	nowMs?: () => number;
}

interface Job {
	shown: Transfer;
	blob?: Blob;
	access: FileAccess;
	mediaType: string;
	hash?: Uint8Array;
	upload?: Upload;
	received: Set<number>;
	/** Bytes of the parts that are being sent. */
	flying: Map<number, number>;
	/** Milliseconds and bytes, the newest last. */
	samples: [number, number][];
	control: AbortController;
}

/** In one call up to here, in parts above. */
const smallBytes = 1 << 20;
/** Files, and parts of all files together. */
const atOnce = 3;
/** Tries of a server that answers, but not well; one that is away is tried for ever. */
const mostTries = 8;
/** Parts that the server did not have in the end are sent again so often. */
const mostRounds = 3;
const speedWindowMs = 5_000;

const unreadable = (cause: unknown) =>
	new ApiError(
		'the file could not be read: it was moved, changed or deleted',
		{ code: 'FILE_UNREADABLE', status: Code.FailedPrecondition },
		{ cause },
	);

const asApiError = (reason: unknown): ApiError =>
	reason instanceof DOMException && reason.name !== 'AbortError' ? unreadable(reason) : toApiError(reason);

const other = (code: string, message: string) =>
	new ApiError(message, { code, status: Code.InvalidArgument, fields: [] });

function sameBytes(one: Uint8Array, two: Uint8Array): boolean {
	return one.length === two.length && one.every((byte, at) => byte === two[at]);
}

/** Waits, but no longer than until the device has a network again. */
async function wait(delayMs: number, signal: AbortSignal): Promise<void> {
	const awake = new AbortController();
	const wake = () => awake.abort();
	globalThis.addEventListener?.('online', wake);
	signal.addEventListener('abort', wake);
	await pause(delayMs, awake.signal);
	globalThis.removeEventListener?.('online', wake);
	signal.removeEventListener('abort', wake);
}

/** Makes the list of uploads; nothing is sent before something is added. */
export function createUploads(options: UploadOptions): Uploads {
	const { storage } = options.api;
	const put = options.put ?? putByRequest;
	const hashOf = options.hash ?? hashFile;
	const memory = options.memory ?? browserMemory();
	const nowMs = options.nowMs ?? (() => performance.now());
	const [firstMs, mostMs] = options.delaysMs ?? [1_000, 30_000];
	const files = gate(atOnce);
	const puts = gate(atOnce);
	const list = cell<readonly Transfer[]>([]);
	let jobs: Job[] = [];
	let serial = 0;

	const publish = () => list.set(jobs.map(({ shown }) => shown));
	const show = (job: Job, change: Partial<Transfer>) => {
		job.shown = { ...job.shown, ...change };
		publish();
	};
	const find = (id: number) => jobs.find(({ shown }) => shown.id === id);

	function partBytes(job: Job, part: number): number {
		const size = Number(job.upload?.partSize ?? 0);
		return Math.min(size, job.shown.size - (part - 1) * size);
	}

	/** Tells how far it is, and how fast. */
	function measure(job: Job): void {
		let bytes = 0;
		for (const part of job.received) bytes += partBytes(job, part);
		for (const flying of job.flying.values()) bytes += flying;
		const now = nowMs();
		job.samples = [...job.samples.filter(([at]) => at > now - speedWindowMs), [now, bytes]];
		const [from, before] = job.samples[0] ?? [now, bytes];
		const bytesPerSecond = now - from > 200 ? Math.max(0, ((bytes - before) * 1000) / (now - from)) : 0;
		show(job, { bytes, bytesPerSecond });
	}

	/** Tries until it works, as long as it may. */
	async function persist<T>(
		job: Job,
		signal: AbortSignal,
		task: () => Promise<T>,
		also: readonly string[] = [],
	): Promise<T> {
		const delays = backOff(firstMs, mostMs);
		for (let tries = 1; ; tries += 1) {
			try {
				const value = await task();
				if (job.shown.retrying) show(job, { retrying: false });
				return value;
			} catch (reason) {
				signal.throwIfAborted();
				const error = asApiError(reason);
				const away = error.code === NETWORK_UNREACHABLE;
				if (!error.isTransient && !also.includes(error.code)) throw error;
				if (!away && tries >= mostTries) throw error;
				show(job, { retrying: true, bytesPerSecond: 0 });
				await wait(Math.max(error.retryAfterMs ?? 0, delays.next()), signal);
				signal.throwIfAborted();
			}
		}
	}

	async function sendPart(job: Job, upload: Upload, part: number, signal: AbortSignal): Promise<void> {
		const from = (part - 1) * Number(upload.partSize);
		const bytes = (job.blob as Blob).slice(from, from + partBytes(job, part));
		const send = async () => {
			const { url } = await storage.getPresignedUploadUrl({ uploadId: upload.id, part }, { signal });
			try {
				await put(
					url?.url ?? '',
					bytes,
					(loaded) => {
						job.flying.set(part, Math.min(loaded, bytes.size));
						measure(job);
					},
					signal,
				);
			} catch (reason) {
				job.flying.delete(part);
				signal.throwIfAborted();
				// A file that has changed looks like a lost connection.
				await bytes.slice(0, 1).arrayBuffer();
				throw reason;
			}
		};
		try {
			await persist(job, signal, send, ['URL_EXPIRED']);
			job.received.add(part);
		} finally {
			job.flying.delete(part);
		}
		measure(job);
	}

	/** Sends what is missing; the first part that cannot be sent ends it. */
	async function sendMissing(job: Job, upload: Upload, signal: AbortSignal): Promise<void> {
		const stop = new AbortController();
		const either = AbortSignal.any([signal, stop.signal]);
		const missing = Array.from({ length: upload.parts }, (_, at) => at + 1).filter(
			(part) => !job.received.has(part),
		);
		try {
			await Promise.all(missing.map((part) => puts.run(() => sendPart(job, upload, part, either), either)));
		} catch (reason) {
			stop.abort(reason);
			throw reason;
		}
	}

	function adopt(job: Job, upload: Upload | undefined): Upload {
		if (!upload)
			throw new ApiError('the answer is incomplete', { code: 'INTERNAL_ERROR', status: Code.Internal });
		job.upload = upload;
		job.received = new Set(upload.received);
		return upload;
	}

	/** The upload that is under way, or a new one. */
	async function open(job: Job, hash: Uint8Array, signal: AbortSignal): Promise<Upload> {
		const known = job.upload?.id;
		if (known) {
			try {
				const { upload } = await persist(job, signal, () => storage.getUpload({ id: known }, { signal }));
				return adopt(job, upload);
			} catch (reason) {
				if (toApiError(reason).code !== 'UPLOAD_UNKNOWN') throw reason;
				memory.delete(known);
			}
		}
		const { name, folder, realm, size } = job.shown;
		const asked = {
			name,
			folder,
			realm,
			size: BigInt(size),
			access: job.access,
			mediaType: job.mediaType,
			hash,
		};
		const { upload } = await persist(job, signal, () => storage.startUpload(asked, { signal }));
		const adopted = adopt(job, upload);
		memory.set(adopted.id, hash);
		return adopted;
	}

	async function sendInParts(
		job: Job,
		hash: Uint8Array,
		signal: AbortSignal,
	): Promise<StoredFile | undefined> {
		for (let round = 1; ; round += 1) {
			const upload = await open(job, hash, signal);
			measure(job);
			await sendMissing(job, upload, signal);
			show(job, { state: 'joining', bytesPerSecond: 0 });
			try {
				// While an earlier try is still at it the server says CONFLICT.
				const complete = () => storage.completeUpload({ id: upload.id, hash }, { signal });
				const { file } = await persist(job, signal, complete, ['CONFLICT']);
				memory.delete(upload.id);
				return file;
			} catch (reason) {
				if (toApiError(reason).code !== 'UPLOAD_INCOMPLETE' || round >= mostRounds) throw reason;
				show(job, { state: 'sending' });
			}
		}
	}

	async function sendAtOnce(
		job: Job,
		hash: Uint8Array,
		signal: AbortSignal,
	): Promise<StoredFile | undefined> {
		const { name, folder, realm, size } = job.shown;
		const data = new Uint8Array(await (job.blob as Blob).arrayBuffer());
		const asked = { name, folder, realm, access: job.access, mediaType: job.mediaType, data, hash };
		const { file } = await persist(job, signal, () => storage.uploadFile(asked, { signal }));
		show(job, { bytes: size });
		return file;
	}

	async function work(job: Job, signal: AbortSignal): Promise<void> {
		if (!job.hash) {
			show(job, { state: 'checking', bytes: 0 });
			job.hash = await hashOf(job.blob as Blob, (bytes) => show(job, { bytes }), signal);
			signal.throwIfAborted();
		}
		show(job, { state: 'sending', bytes: 0 });
		job.samples = [];
		const send = job.upload || job.shown.size > smallBytes ? sendInParts : sendAtOnce;
		const file = await send(job, job.hash, signal);
		job.blob = undefined;
		show(job, { state: 'done', bytes: job.shown.size, bytesPerSecond: 0, file });
		if (file) options.onfile?.(file);
	}

	async function run(job: Job): Promise<void> {
		const { signal } = job.control;
		try {
			await files.run(() => work(job, signal), signal);
		} catch (reason) {
			// Whoever took it back has shown that already.
			if (signal.aborted) return;
			show(job, { state: 'failed', retrying: false, bytesPerSecond: 0, error: asApiError(reason) });
		}
	}

	function begin(job: Job): void {
		job.control = new AbortController();
		show(job, { state: 'waiting', error: undefined, retrying: false });
		void run(job);
	}

	function make(shown: Omit<Transfer, 'id' | 'bytesPerSecond' | 'retrying'>, access: FileAccess): Job {
		serial += 1;
		return {
			shown: { ...shown, id: serial, bytesPerSecond: 0, retrying: false },
			access,
			mediaType: '',
			received: new Set(),
			flying: new Map(),
			samples: [],
			control: new AbortController(),
		};
	}

	return {
		get: list.get,
		subscribe: list.subscribe,
		add(picked, { realm, access }) {
			const added = picked.map(({ file, folder }) => {
				const { name, size } = file;
				const job = make({ name, folder, realm, size, state: 'waiting', bytes: 0 }, access);
				job.blob = file;
				job.mediaType = file.type;
				return job;
			});
			jobs = [...jobs, ...added];
			for (const job of added) begin(job);
		},
		async restore() {
			let pageToken = '';
			do {
				const page = await storage.listUploads({ pageSize: 100, pageToken });
				const known = new Set(jobs.map(({ upload }) => upload?.id));
				const back = page.uploads
					.filter(({ id }) => !known.has(id))
					.map((upload) => {
						const { name, folder, realm, access } = upload;
						const size = Number(upload.size);
						const job = make({ name, folder, realm, size, state: 'interrupted', bytes: 0 }, access);
						job.mediaType = upload.mediaType;
						adopt(job, upload);
						return job;
					});
				jobs = [...jobs, ...back];
				for (const job of back) measure(job);
				pageToken = page.nextPageToken;
			} while (pageToken !== '');
		},
		pause(id) {
			const job = find(id);
			if (!job?.blob || !['waiting', 'checking', 'sending'].includes(job.shown.state)) return;
			job.control.abort();
			job.flying.clear();
			show(job, { state: 'paused', bytesPerSecond: 0, retrying: false });
		},
		resume(id) {
			const job = find(id);
			if (job?.blob && ['paused', 'failed'].includes(job.shown.state)) begin(job);
		},
		async give(id, file) {
			const job = find(id);
			if (job?.shown.state !== 'interrupted') return;
			if (file.size !== job.shown.size) {
				show(job, {
					error: other('SIZE_MISMATCH', `the file has ${file.size} bytes, not ${job.shown.size}`),
				});
				return;
			}
			const before = job.shown.bytes;
			job.control = new AbortController();
			const { signal } = job.control;
			show(job, { state: 'checking', bytes: 0, error: undefined });
			try {
				const hash = await hashOf(file, (bytes) => show(job, { bytes }), signal);
				signal.throwIfAborted();
				const expected = memory.get(job.upload?.id ?? '');
				if (expected && !sameBytes(expected, hash)) throw other('HASH_MISMATCH', 'it is another file');
				job.blob = file;
				job.hash = hash;
				begin(job);
			} catch (reason) {
				if (!signal.aborted) show(job, { state: 'interrupted', bytes: before, error: asApiError(reason) });
			}
		},
		cancel(id) {
			const job = find(id);
			if (!job) return;
			job.control.abort();
			jobs = jobs.filter((each) => each !== job);
			publish();
			if (!job.upload || job.shown.state === 'done') return;
			memory.delete(job.upload.id);
			// What the server does not hear of now it forgets in seven days.
			storage.abortUpload({ id: job.upload.id }).catch(() => undefined);
		},
		clear() {
			jobs = jobs.filter(({ shown }) => shown.state !== 'done');
			publish();
		},
		stop() {
			for (const job of jobs) job.control.abort();
			jobs = [];
			publish();
		},
	};
}

// BLAKE3 beside the page: the page goes on answering, and need not be allowed WebAssembly.

import type { Progress } from './files-hash';

/** A file to hash, or the wish to stop one. */
export type HashQuestion = { id: number; blob: Blob } | { id: number; stop: true };

/** How far it is, the hash, or why the file could not be read. */
export type HashAnswer = { id: number } & ({ bytes: number } | { hash: Uint8Array } | { failure: string });

let worker: Worker | undefined;
let serial = 0;

/** BLAKE3-256 of a file. Rejects with the signal's reason, or NotReadableError. */
export function hashFile(blob: Blob, onProgress: Progress, signal: AbortSignal): Promise<Uint8Array> {
	worker ??= new Worker(new URL('./files-hash.worker.ts', import.meta.url), { type: 'module' });
	const mine = worker;
	serial += 1;
	const id = serial;
	const ask = (question: HashQuestion) => mine.postMessage(question);
	return new Promise<Uint8Array>((resolve, reject) => {
		const done = () => {
			mine.removeEventListener('message', listen);
			mine.removeEventListener('error', broken);
			signal.removeEventListener('abort', stop);
		};
		const listen = ({ data }: MessageEvent<HashAnswer>) => {
			if (data.id !== id) return;
			if ('bytes' in data) return onProgress(data.bytes);
			done();
			if ('hash' in data) resolve(data.hash);
			else reject(new DOMException(data.failure, 'NotReadableError'));
		};
		const broken = (event: ErrorEvent) => {
			done();
			// The next one gets another worker.
			if (worker === mine) worker = undefined;
			reject(new Error(event.message || 'the worker did not start'));
		};
		const stop = () => {
			done();
			ask({ id, stop: true });
			reject(signal.reason);
		};
		if (signal.aborted) return reject(signal.reason);
		mine.addEventListener('message', listen);
		mine.addEventListener('error', broken);
		signal.addEventListener('abort', stop);
		ask({ id, blob });
	});
}

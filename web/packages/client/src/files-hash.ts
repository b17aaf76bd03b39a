import { createBLAKE3 } from 'hash-wasm';

const chunkBytes = 4 << 20;
/** Files up to here are hashed faster than a worker starts. */
const inlineBytes = 1 << 20;

/** Told how many bytes have been read. */
export type Progress = (bytes: number) => void;

/** BLAKE3-256 of a file, read piece by piece. */
export async function hashBlob(blob: Blob, onProgress: Progress = () => undefined): Promise<Uint8Array> {
	const hasher = await createBLAKE3();
	hasher.init();
	for (let at = 0; at < blob.size; at += chunkBytes) {
		const end = Math.min(at + chunkBytes, blob.size);
		hasher.update(new Uint8Array(await blob.slice(at, end).arrayBuffer()));
		onProgress(end);
	}
	return hasher.digest('binary');
}

/** What the worker answers. */
export type HashAnswer =
	| { bytes: number }
	| { hash: Uint8Array }
	/** The file could not be read. */
	| { failure: string };

/** As `hashBlob`, beside the page, so that it goes on answering. */
export async function hashFile(blob: Blob, onProgress: Progress, signal: AbortSignal): Promise<Uint8Array> {
	if (blob.size <= inlineBytes) return hashBlob(blob, onProgress);
	const worker = new Worker(new URL('./files-hash.worker.ts', import.meta.url), { type: 'module' });
	try {
		return await new Promise<Uint8Array>((resolve, reject) => {
			signal.addEventListener('abort', () => reject(signal.reason), { once: true });
			worker.onerror = (event) => reject(new Error(event.message || 'the worker did not start'));
			worker.onmessage = ({ data }: MessageEvent<HashAnswer>) => {
				if ('bytes' in data) onProgress(data.bytes);
				else if ('hash' in data) resolve(data.hash);
				else reject(new DOMException(data.failure, 'NotReadableError'));
			};
			worker.postMessage(blob);
		});
	} finally {
		worker.terminate();
	}
}

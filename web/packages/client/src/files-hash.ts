import { createBLAKE3 } from 'hash-wasm';

const chunkBytes = 4 << 20;

/** Told how many bytes have been read. */
export type Progress = (bytes: number) => void;

/** BLAKE3-256 of a file, read piece by piece; ends with what `onProgress` throws. */
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

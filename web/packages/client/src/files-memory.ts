import { fromHex, toHex } from '@erynoa/protocol';

/** Hashes of uploads under way, by upload, so that a file that is given again can be told from another. */
export interface UploadMemory {
	get(upload: string): Uint8Array | undefined;
	set(upload: string, hash: Uint8Array): void;
	delete(upload: string): void;
}

const key = 'erynoa.uploads';

/** Kept in this browser. Where it keeps nothing, the server alone compares, at the end. */
export function browserMemory(): UploadMemory {
	const read = (): Record<string, string> => {
		try {
			return JSON.parse(localStorage.getItem(key) ?? '{}');
		} catch {
			return {};
		}
	};
	const write = (change: (hashes: Record<string, string>) => void) => {
		const hashes = read();
		change(hashes);
		try {
			localStorage.setItem(key, JSON.stringify(hashes));
		} catch {
			// Storage is full or blocked.
		}
	};
	return {
		get(upload) {
			const hash = read()[upload];
			return hash === undefined ? undefined : fromHex(hash);
		},
		set: (upload, hash) =>
			write((hashes) => {
				hashes[upload] = toHex(hash);
			}),
		delete: (upload) =>
			write((hashes) => {
				delete hashes[upload];
			}),
	};
}

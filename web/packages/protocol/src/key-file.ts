import { toBase64, toHex } from './bytes';
import type { SignedEvent } from './wire';
import { encodeEntry } from './wire';

/** What the command line needs to act as an identity. Whoever has it can sign in its name. */
export interface KeyFile {
	did: string;
	/** 32 bytes. */
	seed: Uint8Array;
	publicKey: Uint8Array;
	/** The signed `identity_created`. */
	created: SignedEvent;
}

/** Text of the key file that `erynoa` reads, format 1. */
export function printKeyFile(file: KeyFile): string {
	const document = {
		did: file.did,
		format: 1,
		identity_created: toBase64(encodeEntry(file.created)),
		public_key: toHex(file.publicKey),
		secret_key: toHex(file.seed),
	};
	return `${JSON.stringify(document, undefined, 2)}\n`;
}

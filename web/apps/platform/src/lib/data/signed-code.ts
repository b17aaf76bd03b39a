// Codes that people hand to each other: signatures that become part of somebody else's event. The
// command line prints and reads the same ones.

import { concat, fromBase64, toBase64, type Uid, uidBytes, uidFromBytes } from '@erynoa/protocol';

/** Who signs, with which key, and the signature. */
export interface SignedPart {
	identity: Uid;
	publicKey: Uint8Array;
	signature: Uint8Array;
}

const ID = 32;
const KEY = 32;
const SIGNATURE = 64;

/** Text of a signature behind a prefix that says what it is for; safe in an address. */
export function printSigned(prefix: string, { identity, publicKey, signature }: SignedPart): string {
	const text = toBase64(concat(uidBytes(identity), publicKey, signature));
	return prefix + text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The signature in a code, or in a link that ends with one; undefined for anything else. */
export function readSigned(prefix: string, text: string): SignedPart | undefined {
	const start = text.indexOf(prefix);
	if (start < 0) return undefined;
	const code = text
		.slice(start + prefix.length)
		.replace(/\s+/g, '')
		.replaceAll('-', '+')
		.replaceAll('_', '/');
	const bytes = fromBase64(code.padEnd(Math.ceil(code.length / 4) * 4, '='));
	if (bytes?.length !== ID + KEY + SIGNATURE) return undefined;
	return {
		identity: uidFromBytes(bytes.slice(0, ID)),
		publicKey: bytes.slice(ID, ID + KEY),
		signature: bytes.slice(ID + KEY),
	};
}

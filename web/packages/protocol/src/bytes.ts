import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/** Lower-case hexadecimal text of bytes. */
export function toHex(bytes: Uint8Array): string {
	return bytesToHex(bytes);
}

/** Bytes of hexadecimal text; throws when it is none. */
export function fromHex(text: string): Uint8Array {
	return hexToBytes(text);
}

/** One array out of several, in order. */
export function concat(...parts: Uint8Array[]): Uint8Array {
	return concatBytes(...parts);
}

/** UTF-8 of a text. */
export function utf8(text: string): Uint8Array {
	return utf8ToBytes(text);
}

/** Number of bytes of a text in UTF-8; all length limits of the protocol count these. */
export function utf8Length(text: string): number {
	return utf8ToBytes(text).length;
}

/** Order of two byte strings, as -1, 0 or 1: byte by byte, a prefix before what continues it. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
	const shared = Math.min(a.length, b.length);
	for (let i = 0; i < shared; i++) {
		const difference = (a[i] as number) - (b[i] as number);
		if (difference !== 0) return Math.sign(difference);
	}
	return Math.sign(a.length - b.length);
}

/** Whether two byte strings are the same. Not constant-time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
	return compareBytes(a, b) === 0;
}

/** Standard base 64 text of bytes, with padding. */
export function toBase64(bytes: Uint8Array): string {
	let binary = '';
	for (const byte of bytes) binary += String.fromCharCode(byte);
	return btoa(binary);
}

/** Bytes of standard base 64 with padding; undefined for any other text. */
export function fromBase64(text: string): Uint8Array | undefined {
	let binary: string;
	try {
		binary = atob(text);
	} catch {
		return undefined;
	}
	const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
	// atob forgives missing padding and white space; a signed text must have one form only.
	return toBase64(bytes) === text ? bytes : undefined;
}

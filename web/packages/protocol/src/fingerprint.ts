// Apart from the recovery keys: pages that only compare keys do without the curve.
import { blake3 } from '@noble/hashes/blake3.js';
import { concat, utf8 } from './bytes';

// Crockford's base 32: no I, L, O or U, so that a printed code survives being typed in.
export const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Base 32 of bytes, five bits a character. */
export function toBase32(bytes: Uint8Array): string {
	let text = '';
	let buffer = 0;
	let bits = 0;
	for (const byte of bytes) {
		buffer = (buffer << 8) | byte;
		bits += 8;
		while (bits >= 5) {
			bits -= 5;
			text += DIGITS[(buffer >> bits) & 31];
		}
		buffer &= (1 << bits) - 1;
	}
	return text;
}

/** A code in groups of four characters. */
export function inGroups(text: string): string {
	return (text.match(/.{4}/g) ?? []).join('-');
}

/**
 * What two devices show of one key so that a person can compare: four groups of four characters,
 * the first 80 bits of BLAKE3("ERYNOA-FINGERPRINT-V1" ‖ key).
 */
export function keyFingerprint(publicKey: Uint8Array): string {
	return inGroups(toBase32(blake3(concat(utf8('ERYNOA-FINGERPRINT-V1'), publicKey)).subarray(0, 10)));
}

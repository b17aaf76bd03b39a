import { ed25519 } from '@noble/curves/ed25519.js';
import { blake3 } from '@noble/hashes/blake3.js';
import { concat, equalBytes, utf8 } from './bytes';
import { DIGITS, inGroups, toBase32 } from './fingerprint';
import { ProtocolError } from './problem';

const CHECK_BYTES = 3;
const SEED_BYTES = 32;

/** A recovery key, made in the browser and kept on paper only. */
export interface RecoveryKey {
	/** Goes into `IdentityCreated.recovery_key`, 32 bytes. */
	publicKey: Uint8Array;
	/** 14 groups of four characters; print it, never store it. */
	code: string;
}

function fromBase32(text: string): Uint8Array | undefined {
	const bytes: number[] = [];
	let buffer = 0;
	let bits = 0;
	for (const character of text) {
		const digit = DIGITS.indexOf(character);
		if (digit < 0) return undefined;
		buffer = (buffer << 5) | digit;
		bits += 5;
		if (bits >= 8) {
			bits -= 8;
			bytes.push(buffer >> bits);
			buffer &= (1 << bits) - 1;
		}
	}
	return Uint8Array.from(bytes);
}

function checksum(seed: Uint8Array): Uint8Array {
	return blake3(concat(utf8('ERYNOA-RECOVERY-V1'), seed)).subarray(0, CHECK_BYTES);
}

/** Makes a recovery key. */
export function createRecoveryKey(): RecoveryKey {
	const seed = crypto.getRandomValues(new Uint8Array(SEED_BYTES));
	return { publicKey: ed25519.getPublicKey(seed), code: printRecoveryCode(seed) };
}

/** Text of a 32-byte recovery seed with three bytes of checksum: 56 characters in groups of four. */
export function printRecoveryCode(seed: Uint8Array): string {
	return inGroups(toBase32(concat(seed, checksum(seed))));
}

/**
 * Seed in a typed recovery code; case, spaces and dashes do not matter, I and L read as 1, O as 0.
 * Throws RECOVERY_CODE_INVALID when a character is missing or wrong.
 */
export function parseRecoveryCode(code: string): Uint8Array {
	const typed = code.toUpperCase().replace(/[\s-]/g, '').replace(/[IL]/g, '1').replace(/O/g, '0');
	const bytes = fromBase32(typed);
	const seed = bytes?.subarray(0, SEED_BYTES);
	if (
		bytes === undefined ||
		seed === undefined ||
		typed.length !== 56 ||
		!equalBytes(bytes.subarray(SEED_BYTES), checksum(seed))
	) {
		throw new ProtocolError('RECOVERY_CODE_INVALID', 'the recovery code has a missing or wrong character');
	}
	return seed;
}

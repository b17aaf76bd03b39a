// Verifier keys of C2SP signed notes: the text in which logs and witnesses publish their keys.
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, fromBase64, toBase64, toHex, utf8 } from './bytes';
import { ProtocolError } from './problem';

/** What a key of a signed note signs: a log its notes (1), a witness cosignatures (4), both Ed25519. */
export const NoteKeyType = { log: 0x01, cosignature: 0x04 } as const;
export type NoteKeyType = (typeof NoteKeyType)[keyof typeof NoteKeyType];

/** A verifier key, read. */
export interface VerifierKey {
	/** Name of the log or witness, without white space and plus signs. */
	name: string;
	type: NoteKeyType;
	/** Ed25519, 32 bytes. */
	publicKey: Uint8Array;
}

/** Id of an Ed25519 key in a signed note: the first 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key). */
export function noteKeyId(
	name: string,
	publicKey: Uint8Array,
	type: NoteKeyType = NoteKeyType.log,
): Uint8Array {
	return sha256(concat(utf8(name), Uint8Array.of(0x0a, type), publicKey)).subarray(0, 4);
}

function invalid(message: string): ProtocolError {
	return new ProtocolError('VERIFIER_KEY_INVALID', message);
}

/** `<name>+<key id, 8 hexadecimal digits>+<base 64 of type ‖ key>`. */
export function printVerifierKey({ name, type, publicKey }: VerifierKey): string {
	const id = toHex(noteKeyId(name, publicKey, type));
	return `${name}+${id}+${toBase64(concat(Uint8Array.of(type), publicKey))}`;
}

/** Reads a verifier key of type 1 or 4; throws VERIFIER_KEY_INVALID. */
export function parseVerifierKey(text: string): VerifierKey {
	// The base 64 may contain plus signs itself, the name may not.
	const match = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text);
	if (!match) throw invalid('a verifier key is <name>+<8 hexadecimal digits>+<base 64>');
	const [, name, id, encoded] = match as unknown as [string, string, string, string];
	const bytes = fromBase64(encoded);
	if (bytes?.length !== 33) throw invalid('the key is one byte of type and 32 bytes, in base 64');
	const type = bytes[0];
	if (type !== NoteKeyType.log && type !== NoteKeyType.cosignature) {
		throw invalid('only Ed25519 keys of type 1 and 4 are known');
	}
	const publicKey = bytes.subarray(1);
	if (toHex(noteKeyId(name, publicKey, type)) !== id) {
		throw invalid('the key id is not the one of name and key');
	}
	return { name, type, publicKey };
}

// C2SP tlog-cosignature v1: what a witness signs.
import { concat, equalBytes, toBase64, utf8 } from './bytes';
import type { ParsedCheckpoint } from './checkpoint';
import { isUsableKey, verifySignature } from './ed25519';
import { NoteKeyType, noteKeyId } from './verifier-key';

const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;
/** The format's own bound: times are POSIX seconds in 63 bits. */
const MOST_TIME_S = (1n << 63n) - 1n;

/** The bytes that a witness signs: header, time in seconds, the whole text of the checkpoint. */
export function cosignatureBytes(text: string, timeS: bigint): Uint8Array {
	return utf8(`cosignature/v1\ntime ${timeS}\n${text}`);
}

/** What a note says of one witness. */
export interface CosignatureFound {
	/** absent: no line of this name and key; invalid: there are such lines, none of them holds. */
	outcome: 'holds' | 'invalid' | 'absent';
	/** Newest time at which it signed, seconds; absent when nothing holds. */
	timeS?: bigint;
}

/**
 * Looks for the cosignature of the witness `name` with a key in a checkpoint. A line that does not hold is not
 * counted and takes nothing away from another one that does.
 */
export function findCosignature(
	checkpoint: ParsedCheckpoint,
	name: string,
	publicKey: Uint8Array,
): CosignatureFound {
	const id = noteKeyId(name, publicKey, NoteKeyType.cosignature);
	const lines = checkpoint.signatures.filter((line) => line.name === name && equalBytes(line.keyId, id));
	if (lines.length === 0) return { outcome: 'absent' };
	// Under a key of small order anybody can sign.
	if (!isUsableKey(publicKey)) return { outcome: 'invalid' };
	let found: CosignatureFound = { outcome: 'invalid' };
	for (const { signature } of lines) {
		if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) continue;
		const timeS = new DataView(signature.buffer, signature.byteOffset, TIME_BYTES).getBigUint64(0);
		if (timeS > MOST_TIME_S || (found.timeS !== undefined && found.timeS >= timeS)) continue;
		const bytes = cosignatureBytes(checkpoint.text, timeS);
		if (verifySignature(publicKey, bytes, signature.subarray(TIME_BYTES))) {
			found = { outcome: 'holds', timeS };
		}
	}
	return found;
}

/** A signature line as it stands in a note, without its line break. `signature` is time ‖ Ed25519. */
export function printCosignature(name: string, publicKey: Uint8Array, signature: Uint8Array): string {
	const bytes = concat(noteKeyId(name, publicKey, NoteKeyType.cosignature), signature);
	return `— ${name} ${toBase64(bytes)}`;
}

import { equalBytes, fromBase64, utf8 } from './bytes';
import { verifySignature } from './ed25519';
import { ProtocolError } from './problem';
import { noteKeyId } from './verifier-key';

/** One signature line of a C2SP signed note. */
export interface NoteSignature {
	/** Name of the key. */
	name: string;
	/** 4 bytes, `noteKeyId` of name, type and key. */
	keyId: Uint8Array;
	signature: Uint8Array;
}

/** A C2SP tlog-checkpoint, parsed but not verified. */
export interface ParsedCheckpoint {
	/** Name of the log. */
	origin: string;
	/** Number of entries under the root. */
	size: bigint;
	/** RFC 6962 root, 32 bytes. */
	root: Uint8Array;
	/** Further lines of the text, mostly none. */
	extensions: string[];
	signatures: NoteSignature[];
	/** The signed text, with its last line break. */
	text: string;
}

/** The log that a checkpoint must come from. */
export interface LogKey {
	origin: string;
	/** Ed25519, 32 bytes. */
	publicKey: Uint8Array;
}

function malformed(message: string): ProtocolError {
	return new ProtocolError('CHECKPOINT_MALFORMED', message);
}

function parseSignature(line: string): NoteSignature {
	const match = /^— (\S+) (\S+)$/.exec(line);
	const blob = fromBase64(match?.[2] ?? '');
	if (!match || blob === undefined || blob.length < 5) {
		throw malformed('a signature line is "— <name> <base64 of key id and signature>"');
	}
	return { name: match[1] as string, keyId: blob.subarray(0, 4), signature: blob.subarray(4) };
}

/** Reads a checkpoint; throws CHECKPOINT_MALFORMED. */
export function parseCheckpoint(note: string): ParsedCheckpoint {
	const split = note.lastIndexOf('\n\n');
	if (split < 0 || !note.endsWith('\n')) {
		throw malformed('a note is a text, an empty line and signature lines');
	}
	const text = note.slice(0, split + 1);
	const [origin, size, root, ...extensions] = text.slice(0, -1).split('\n');
	if (!origin) throw malformed('the first line names the log');
	if (!/^(0|[1-9][0-9]{0,19})$/.test(size ?? ''))
		throw malformed('the second line is the size in decimal digits');
	const rootBytes = fromBase64(root ?? '');
	if (rootBytes?.length !== 32) throw malformed('the third line is the root, 32 bytes in base64');
	const signatureLines = note.slice(split + 2, -1).split('\n');
	return {
		origin,
		size: BigInt(size as string),
		root: rootBytes,
		extensions,
		signatures: signatureLines.map(parseSignature),
		text,
	};
}

/**
 * Reads a checkpoint and checks that the log itself signed it. Throws CHECKPOINT_MALFORMED,
 * CHECKPOINT_ORIGIN_FOREIGN or CHECKPOINT_SIGNATURE_INVALID. Signatures of keys that the caller does
 * not know are ignored, as the format asks.
 */
export function verifyCheckpoint(note: string, log: LogKey): ParsedCheckpoint {
	const checkpoint = parseCheckpoint(note);
	if (checkpoint.origin !== log.origin) {
		throw new ProtocolError(
			'CHECKPOINT_ORIGIN_FOREIGN',
			`the checkpoint is of ${checkpoint.origin}, expected ${log.origin}`,
			'origin',
		);
	}
	const keyId = noteKeyId(log.origin, log.publicKey);
	const own = checkpoint.signatures.filter((s) => s.name === log.origin && equalBytes(s.keyId, keyId));
	const bytes = utf8(checkpoint.text);
	if (own.length === 0 || !own.every((s) => verifySignature(log.publicKey, bytes, s.signature))) {
		throw new ProtocolError('CHECKPOINT_SIGNATURE_INVALID', 'the log has not signed this checkpoint');
	}
	return checkpoint;
}

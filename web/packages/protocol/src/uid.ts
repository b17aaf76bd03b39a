import { blake3 } from '@noble/hashes/blake3.js';
import { fromHex, toHex } from './bytes';
import { ProtocolError } from './problem';

/** UniversalId (protocol §1) in its text form, 64 lower-case hexadecimal digits. */
export type Uid = string & { readonly __uid: never };

/** What an id names; the first two bytes of the id. */
export const Tag = {
	did: 1,
	event: 2,
	realm: 3,
	trustRecord: 4,
} as const;

/** All zero: no realm. Identity events and epoch_closed carry it. */
export const NULL_UID = '0'.repeat(64) as Uid;

const UID_TEXT = /^[0-9a-f]{64}$/;

/** Names content by its hash: tag u16 BE ‖ version u16 BE ‖ first 28 bytes of BLAKE3(content). */
export function uidOf(tag: number, version: number, ...content: Uint8Array[]): Uid {
	const hasher = blake3.create();
	for (const piece of content) hasher.update(piece);
	const bytes = new Uint8Array(32);
	const view = new DataView(bytes.buffer);
	view.setUint16(0, tag);
	view.setUint16(2, version);
	bytes.set(hasher.digest().subarray(0, 28), 4);
	return toHex(bytes) as Uid;
}

/** Whether a text is an id. */
export function isUid(text: string): text is Uid {
	return UID_TEXT.test(text);
}

/** The id with this text; throws UID_INVALID for anything but 64 lower-case hexadecimal digits. */
export function parseUid(text: string): Uid {
	if (!isUid(text)) throw new ProtocolError('UID_INVALID', 'an id is 64 lower-case hexadecimal digits');
	return text;
}

/** The id with these 32 bytes; throws UID_INVALID for another length. */
export function uidFromBytes(bytes: Uint8Array): Uid {
	if (bytes.length !== 32) throw new ProtocolError('UID_INVALID', 'an id has 32 bytes');
	return toHex(bytes) as Uid;
}

/** The 32 bytes of an id. */
export function uidBytes(uid: Uid): Uint8Array {
	return fromHex(uid);
}

/** Type tag of an id, whether or not this version knows it. */
export function uidTag(uid: Uid): number {
	return Number.parseInt(uid.slice(0, 4), 16);
}

// The only module that brings the curve along (13 KB compressed): apps load it when they first verify
// or build an event, not with their first page.
import { ed25519 } from '@noble/curves/ed25519.js';
import { keyAddedBytes } from './proof';
import type { Signer } from './signer';
import type { Uid } from './uid';

/** Signs with the key that belongs to a 32-byte seed: recovery keys, test vectors, programs. */
export function seedSigner(seed: Uint8Array): Signer {
	return {
		publicKey: ed25519.getPublicKey(seed),
		sign: async (bytes) => ed25519.sign(bytes, seed),
	};
}

/** Whether a signature holds, by the ZIP 215 rules; malformed input is simply false. */
export function verifySignature(publicKey: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
	if (publicKey.length !== 32 || signature.length !== 64) return false;
	try {
		return ed25519.verify(signature, bytes, publicKey, { zip215: true });
	} catch {
		return false;
	}
}

/** Whether a key may be added: it decodes to a point that is not of small order. */
export function isUsableKey(publicKey: Uint8Array): boolean {
	if (publicKey.length !== 32) return false;
	try {
		return !ed25519.Point.fromBytes(publicKey, true).isSmallOrder();
	} catch {
		return false;
	}
}

/** Whether a proof of possession holds. */
export function verifyKeyAdded(author: Uid, newKey: Uint8Array, countersignature: Uint8Array): boolean {
	return verifySignature(newKey, keyAddedBytes(author, newKey), countersignature);
}

import { ed25519 } from '@noble/curves/ed25519.js';
import { ProtocolError } from './problem';

/** Something that can sign with one Ed25519 key without showing it. */
export interface Signer {
	/** 32 bytes. */
	readonly publicKey: Uint8Array;
	/** Ed25519 signature of the bytes as they are, 64 bytes. */
	sign(bytes: Uint8Array): Promise<Uint8Array>;
}

/** A key of this device; the private half cannot be read by anybody, this code included. */
export interface DeviceKey {
	publicKey: Uint8Array;
	/** Not extractable; can be stored in IndexedDB as it is. */
	privateKey: CryptoKey;
}

/** Makes a key whose private half never leaves the browser's key storage. */
export async function generateDeviceKey(): Promise<DeviceKey> {
	let pair: CryptoKeyPair;
	try {
		pair = (await crypto.subtle.generateKey({ name: 'Ed25519' }, false, ['sign', 'verify'])) as CryptoKeyPair;
	} catch (cause) {
		throw Object.assign(
			new ProtocolError('KEY_UNSUPPORTED', 'this browser cannot make Ed25519 keys; a newer version can'),
			{ cause },
		);
	}
	const publicKey = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey));
	return { publicKey, privateKey: pair.privateKey };
}

/** Signs with a key of this device. */
export function deviceSigner(key: DeviceKey): Signer {
	return {
		publicKey: key.publicKey,
		async sign(bytes) {
			return new Uint8Array(
				await crypto.subtle.sign({ name: 'Ed25519' }, key.privateKey, bytes as Uint8Array<ArrayBuffer>),
			);
		},
	};
}

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

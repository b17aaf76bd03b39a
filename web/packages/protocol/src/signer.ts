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

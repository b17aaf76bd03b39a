import { type DeviceKey, deviceSigner, generateDeviceKey, type Signer, toHex } from '@erynoa/protocol';
import type { Database } from './database';

/** A key of this device and the identity that it belongs to. */
export interface StoredKey extends DeviceKey {
	/** Public key as 64 hexadecimal digits. */
	id: string;
	/** DID; empty while a pairing has not told which identity the key will belong to. */
	identity: string;
	/** Self-chosen name of the identity, for display. */
	displayName: string;
	/** Name of this device. */
	label: string;
	/** pending: the log has not confirmed the key yet. recovering: it waits for the delay of a recovery. */
	state: 'pending' | 'recovering' | 'live';
	/** Milliseconds since the Unix epoch, by the device's clock. */
	createdAtMs: number;
}

/** The keys of this device. Private halves are not extractable: even this code cannot read them. */
export interface KeyStore {
	/** All keys, newest first. */
	list(): Promise<StoredKey[]>;
	/** The live key of an identity on this device; undefined when there is none. */
	find(did: string): Promise<StoredKey | undefined>;
	/** Makes a key and stores it as pending, before anybody else hears of it. */
	create(known: {
		label: string;
		namesIdentity?: (publicKey: Uint8Array) => string;
		displayName?: string;
	}): Promise<StoredKey>;
	/** Stores that the key waits for the public delay of a recovery, for as long as that takes. */
	await(key: StoredKey): Promise<StoredKey>;
	/** Stores that the log has confirmed the key. */
	confirm(key: StoredKey, known: { identity: string; displayName: string }): Promise<StoredKey>;
	/** Forgets a key for ever. The log still knows it until it is revoked. */
	delete(id: string): Promise<void>;
}

/** Keys in the browser's store. */
export function openKeyStore(database: Database): KeyStore {
	const list = async () =>
		(await database.all<StoredKey>('keys')).sort(
			(a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? -1 : 1),
		);
	return {
		list,
		async find(did) {
			return (await list()).find((key) => key.identity === did && key.state === 'live');
		},
		async create({ label, namesIdentity, displayName = '' }) {
			const pair = await generateDeviceKey();
			const key: StoredKey = {
				...pair,
				id: toHex(pair.publicKey),
				identity: namesIdentity?.(pair.publicKey) ?? '',
				displayName,
				label,
				state: 'pending',
				createdAtMs: Date.now(),
			};
			await database.put('keys', key.id, key);
			return key;
		},
		async await(key) {
			const waiting: StoredKey = { ...key, state: 'recovering' };
			await database.put('keys', key.id, waiting);
			return waiting;
		},
		async confirm(key, known) {
			const confirmed: StoredKey = { ...key, ...known, state: 'live' };
			await database.put('keys', key.id, confirmed);
			return confirmed;
		},
		delete: (id) => database.delete('keys', id),
	};
}

/** Signs with a stored key. */
export function signerOf(key: StoredKey): Signer {
	return deviceSigner(key);
}

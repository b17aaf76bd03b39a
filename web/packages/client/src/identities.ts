import {
	consentAsController,
	didOf,
	identityCreated,
	identityRef,
	Namespace,
	type Signer,
	type Uid,
} from '@erynoa/protocol';
import type { Api } from './api';
import { ApiError } from './api-error';
import { createAuthor } from './author';
import { type KeyStore, type StoredKey, signerOf } from './keys';

/** What a new identity wants to be. */
export interface NewIdentity {
	/** Self-chosen, public and permanent. */
	displayName: string;
	/** Name of this device. */
	keyLabel: string;
	/** A person unless given. */
	namespace?: Namespace;
	/** Public half of a recovery key, from `createRecoveryKey`. */
	recoveryKey?: Uint8Array;
	/** Who controls a spirit, thing, vessel or source. */
	controller?: { identity: Uid; signer: Signer };
}

/**
 * Makes an identity whose key is made on this device and never leaves it, and writes it to the log. The
 * key is stored before the log hears of it; when the answer gets lost, `settleKeys` finds out later.
 */
export async function createIdentity(api: Api, keys: KeyStore, wanted: NewIdentity): Promise<StoredKey> {
	const { displayName, keyLabel, namespace = Namespace.SELF, recoveryKey, controller } = wanted;
	const key = await keys.create({
		label: keyLabel,
		displayName,
		namesIdentity: (publicKey) => didOf(namespace, publicKey),
	});
	const uid = identityRef(key.identity);
	try {
		const consent = controller && (await consentAsController(uid, controller.identity, controller.signer));
		const body = identityCreated({
			namespace,
			displayName,
			keyLabel,
			...(recoveryKey ? { recoveryKey } : {}),
			...(consent ? { controller: consent } : {}),
		});
		await createAuthor(api, uid, signerOf(key)).publish(body);
	} catch (error) {
		// Refused for certain: the key is of no use. Otherwise the event may be in the log.
		if (!(error instanceof ApiError && error.isUncertain)) await keys.delete(key.id);
		throw error;
	}
	return keys.confirm(key, { identity: key.identity, displayName });
}

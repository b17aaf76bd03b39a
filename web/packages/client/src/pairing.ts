import { Code } from '@connectrpc/connect';
import type { Pairing } from '@erynoa/proto';
import {
	equalBytes,
	identityRef,
	keyAdded,
	keyFingerprint,
	signKeyAdded,
	verifyKeyAdded,
} from '@erynoa/protocol';
import type { Api } from './api';
import { ApiError } from './api-error';
import type { Author, Published } from './author';
import { pause } from './back-off';
import { type KeyStore, type StoredKey, signerOf } from './keys';

/** What the new device shows: the code (and as a QR picture) and the fingerprint of its key. */
export interface PairingOffer {
	code: string;
	fingerprint: string;
	expiresAtUs: bigint;
	/**
	 * Waits until the other device has added the key; `onClaimed` tells who claimed it. Throws
	 * PAIRING_UNKNOWN when the time is over and CANCELED when the signal fires.
	 */
	finish(options?: {
		signal?: AbortSignal;
		onClaimed?: (claim: PairingClaimant) => void;
	}): Promise<StoredKey>;
}

/** Who wants to add the new device's key. */
export interface PairingClaimant {
	/** DID. */
	identity: string;
	displayName: string;
}

/** What the signed-in device shows: the person compares the fingerprint before `confirm`. */
export interface PairingClaim {
	label: string;
	publicKey: Uint8Array;
	fingerprint: string;
	expiresAtUs: bigint;
	/** Waits for the new device's proof of possession and writes the key to the log. */
	confirm(options?: { signal?: AbortSignal }): Promise<Published>;
}

const POLL_MS = 1_000;

function present(pairing: Pairing | undefined): Pairing {
	if (!pairing)
		throw new ApiError('the answer has no pairing', { code: 'INTERNAL_ERROR', status: Code.Internal });
	return pairing;
}

async function poll<T>(ask: () => Promise<T | undefined>, signal?: AbortSignal): Promise<T> {
	for (;;) {
		if (signal?.aborted) throw new ApiError('canceled', { code: 'CANCELED', status: Code.Canceled });
		try {
			const found = await ask();
			if (found !== undefined) return found;
		} catch (error) {
			if (!(error instanceof ApiError && error.isTransient)) throw error;
		}
		await pause(POLL_MS, signal);
	}
}

/** On the new device: makes a key and offers it to a device that is signed in. */
export async function offerKey(api: Api, keys: KeyStore, label: string): Promise<PairingOffer> {
	const key = await keys.create({ label });
	const created = await api.pairings.createPairing({ publicKey: key.publicKey, label });
	const { code, expiresAtUs } = present(created.pairing);
	return {
		code,
		expiresAtUs,
		fingerprint: keyFingerprint(key.publicKey),
		async finish({ signal, onClaimed } = {}) {
			const claimed = await poll(async () => {
				const { pairing } = await api.pairings.getPairing({ code });
				return pairing?.identity ? pairing : undefined;
			}, signal);
			onClaimed?.({ identity: claimed.identity, displayName: claimed.identityName });
			const countersignature = await signKeyAdded(identityRef(claimed.identity), signerOf(key));
			await api.pairings.answerPairing({ code, countersignature });
			const identity = await poll(async () => {
				const found = await api.identities.getKey({ publicKey: key.publicKey });
				if (!found.live) {
					// Throws PAIRING_UNKNOWN when the time is over, which ends the waiting.
					await api.pairings.getPairing({ code });
					return undefined;
				}
				return found.identity;
			}, signal);
			return keys.confirm(key, { identity: identity.did, displayName: identity.displayName });
		},
	};
}

/** On the signed-in device: takes up the code that the new device shows. */
export async function claimKey(api: Api, author: Author, code: string): Promise<PairingClaim> {
	const { pairing } = await api.pairings.claimPairing({
		code: code.trim().toUpperCase().replaceAll('-', ''),
	});
	const { publicKey, label, expiresAtUs, code: claimed } = present(pairing);
	return {
		label,
		publicKey,
		expiresAtUs,
		fingerprint: keyFingerprint(publicKey),
		async confirm({ signal } = {}) {
			const answer = await poll(async () => {
				const asked = await api.pairings.getPairing({ code: claimed });
				return asked.pairing && asked.pairing.countersignature.length > 0 ? asked.pairing : undefined;
			}, signal);
			// The person compared the fingerprint of this key: a server must not slip in another one.
			if (
				!equalBytes(answer.publicKey, publicKey) ||
				!verifyKeyAdded(author.identity, publicKey, answer.countersignature)
			) {
				throw new ApiError('the new device has not proved that it holds the key', {
					code: 'PAIRING_PROOF_INVALID',
					status: Code.FailedPrecondition,
				});
			}
			return author.publish(keyAdded({ publicKey, label, countersignature: answer.countersignature }));
		},
	};
}

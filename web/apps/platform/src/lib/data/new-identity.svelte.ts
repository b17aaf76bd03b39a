import { type ApiError, createAuthor, type StoredKey, signerOf } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import {
	createRecoveryKey,
	didOf,
	identityCreated,
	identityRef,
	LEAST_RECOVERY_DELAY_S,
	MOST_RECOVERY_DELAY_S,
	Namespace,
	type RecoveryKey,
	USUAL_RECOVERY_DELAY_S,
} from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import { deviceIdentities } from './identities.svelte';
import type { RecoverySheet } from './recovery-sheet';
import { needsIdentity } from './session.svelte';

/** Whether this browser can make Ed25519 keys that never leave it. */
export async function canHoldKeys(): Promise<boolean> {
	try {
		await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
		return true;
	} catch {
		// Not supported, or no WebCrypto at all outside a secure context.
		return false;
	}
}

/** Delays of a recovery that are offered, seconds. */
export const RECOVERY_DELAYS_S: readonly number[] = [
	LEAST_RECOVERY_DELAY_S,
	86_400,
	USUAL_RECOVERY_DELAY_S,
	604_800,
	1_209_600,
	MOST_RECOVERY_DELAY_S,
];

/**
 * The way to a new identity. First the keys are made and the recovery sheet is shown; only when the person
 * has it in their hands does the log hear of the identity, as it cannot be changed afterwards.
 */
export class NewIdentity {
	step = $state<'name' | 'sheet' | 'submitting' | 'done'>('name');
	name = $state('');
	label = $state('');
	/** Public delay of a recovery, seconds. */
	recoveryDelayS = $state(USUAL_RECOVERY_DELAY_S);
	error = $state.raw<ApiError>();
	sheet = $state.raw<RecoverySheet>();
	#key: StoredKey | undefined;
	#recovery: RecoveryKey | undefined;

	/** Makes the device key and the recovery key. Nothing is sent. */
	async makeKeys(): Promise<void> {
		this.error = undefined;
		try {
			await this.#drop();
			this.#recovery = createRecoveryKey();
			this.#key = await erynoa.keys.create({
				label: this.label.trim(),
				displayName: this.name.trim(),
				namesIdentity: (publicKey) => didOf(Namespace.SELF, publicKey),
			});
			this.sheet = {
				name: this.name.trim(),
				did: this.#key.identity,
				code: this.#recovery.code,
				createdAtUs: BigInt(Date.now()) * 1_000n,
			};
			this.step = 'sheet';
		} catch (reason) {
			this.error = failureOf(reason);
		}
	}

	/**
	 * Writes the identity to the log and signs in. The keys stay the same when it has to be tried again.
	 * With the token of an open invitation also where registration is closed.
	 */
	async submit(invitation = ''): Promise<boolean> {
		if (!this.#key || !this.#recovery || this.step === 'submitting') return false;
		this.step = 'submitting';
		this.error = undefined;
		try {
			if (this.#key.state === 'pending') {
				const author = createAuthor(erynoa.api, identityRef(this.#key.identity), signerOf(this.#key));
				await author.publish(
					identityCreated({
						namespace: Namespace.SELF,
						displayName: this.#key.displayName,
						keyLabel: this.#key.label,
						recoveryKey: this.#recovery.publicKey,
						recoveryDelayS: this.recoveryDelayS,
					}),
					{ invitation },
				);
				this.#key = await erynoa.keys.confirm(this.#key, {
					identity: this.#key.identity,
					displayName: this.#key.displayName,
				});
			}
			const { identity } = this.#key;
			// Whoever has come by an identity provider is signed in already and only lacks the identity.
			if (needsIdentity()) await erynoa.session.linkIdentity(identity);
			else await erynoa.session.signIn(identity);
			await deviceIdentities.load();
			this.step = 'done';
			return true;
		} catch (reason) {
			this.error = failureOf(reason);
			this.step = 'sheet';
			return false;
		}
	}

	/** Back to the name; the keys that were made are thrown away. */
	async back(): Promise<void> {
		await this.#drop();
		this.sheet = undefined;
		this.error = undefined;
		this.step = 'name';
	}

	async #drop(): Promise<void> {
		if (this.#key?.state === 'pending') await erynoa.keys.delete(this.#key.id);
		this.#key = undefined;
		this.#recovery = undefined;
	}
}

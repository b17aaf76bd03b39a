import { type ApiError, createAuthor, type StoredKey, signerOf } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import type { Identity } from '@erynoa/proto';
import {
	equalBytes,
	identityRecovered,
	identityRef,
	KeyPurpose,
	ProtocolError,
	parseRecoveryCode,
	seedSigner,
	toHex,
} from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import { recoveries } from './recoveries.svelte';
import { readSheetPayload } from './recovery-sheet';

/** What is wrong with a typed code; undefined when it fits the identity. */
export type CodeProblem = 'mistyped' | 'other' | 'none';

/** Whether a code is the recovery key that the log knows of an identity. */
export function codeProblem(identity: Pick<Identity, 'keys'>, code: string): CodeProblem | undefined {
	const keys = identity.keys.filter(
		(key) => key.revokedBy === '' && key.purposes.includes(KeyPurpose.RECOVERY),
	);
	if (keys.length === 0) return 'none';
	try {
		const { publicKey } = seedSigner(parseRecoveryCode(code));
		return keys.some((key) => equalBytes(key.publicKey, publicKey)) ? undefined : 'other';
	} catch (error) {
		if (error instanceof ProtocolError) return 'mistyped';
		throw error;
	}
}

/** The way back into an identity whose devices are lost. */
export class RecoveryRequest {
	/** DID. */
	did = $state('');
	code = $state('');
	label = $state('');
	busy = $state(false);
	problem = $state<CodeProblem>();
	error = $state.raw<ApiError>();

	/** Takes over what a sheet's QR code says, should somebody have pasted that. */
	typed(): void {
		this.problem = undefined;
		const sheet = readSheetPayload(this.code.trim());
		if (!sheet) return;
		this.did = sheet.did;
		this.code = sheet.code;
	}

	/** Makes a key on this device and asks the log to let it take the place of all others. */
	async submit(): Promise<boolean> {
		if (this.busy || this.did === '') return false;
		this.busy = true;
		this.error = undefined;
		let key: StoredKey | undefined;
		try {
			const { identity } = await erynoa.api.identities.getIdentity({ identity: this.did });
			if (!identity) return false;
			this.problem = codeProblem(identity, this.code);
			if (this.problem) return false;
			key = await erynoa.keys.create({
				label: this.label.trim(),
				displayName: identity.displayName,
				namesIdentity: () => identity.did,
			});
			// Before the log hears of it: a key that is lost now is lost for good.
			key = await erynoa.keys.await(key);
			const uid = identityRef(identity.did);
			const body = await identityRecovered(uid, signerOf(key), { keyLabel: this.label.trim() });
			await createAuthor(erynoa.api, uid, seedSigner(parseRecoveryCode(this.code))).publish(body);
			this.code = '';
			this.did = '';
			await recoveries.refresh();
			return true;
		} catch (reason) {
			this.error = failureOf(reason);
			if (key && this.error && !this.error.isUncertain) await erynoa.keys.delete(toHex(key.publicKey));
			return false;
		} finally {
			this.busy = false;
		}
	}
}

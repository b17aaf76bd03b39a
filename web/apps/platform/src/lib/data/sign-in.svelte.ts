import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import { erynoa } from '$lib/erynoa';

/** One attempt to sign in with an identity of this device. */
export class SignIn {
	/** DID that is being signed in; empty when none is. */
	pending = $state('');
	error = $state.raw<ApiError>();

	/** Resolves with true when it worked. */
	async start(did: string): Promise<boolean> {
		if (this.pending !== '') return false;
		this.pending = did;
		this.error = undefined;
		try {
			await erynoa.session.signIn(did);
			return true;
		} catch (reason) {
			this.error = failureOf(reason);
			return false;
		} finally {
			this.pending = '';
		}
	}
}

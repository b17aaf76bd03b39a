import { ApiError, Code, signerOf } from '@erynoa/client';
import type { Signer, Uid } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';

/** Who is signed in, and the key of this device that speaks for them. Throws KEY_NOT_ON_DEVICE without one. */
export async function ownSigner(): Promise<{ identity: Uid; signer: Signer }> {
	const state = erynoa.session.get();
	const key = state.status === 'signed-in' ? await erynoa.keys.find(state.session.identity) : undefined;
	if (state.status !== 'signed-in' || !key) {
		throw new ApiError('this device has no key of that identity', {
			code: 'KEY_NOT_ON_DEVICE',
			status: Code.FailedPrecondition,
		});
	}
	return { identity: state.session.uid, signer: signerOf(key) };
}

import { ApiError, Code, signerOf } from '@erynoa/client';
import type { Signer, Uid } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';

/** Who is signed in, and the key of this device that speaks for them. Throws KEY_NOT_ON_DEVICE without one. */
export async function ownSigner(): Promise<{ identity: Uid; signer: Signer }> {
	const state = erynoa.session.get();
	const present = state.status === 'signed-in' ? state.session : undefined;
	const key = present?.uid && (await erynoa.keys.find(present.identity));
	if (!present?.uid || !key) {
		throw new ApiError('this device has no key of that identity', {
			code: 'KEY_NOT_ON_DEVICE',
			status: Code.FailedPrecondition,
		});
	}
	return { identity: present.uid, signer: signerOf(key) };
}

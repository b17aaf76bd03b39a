import type { CurrentSession } from '@erynoa/client';
import type { Uid } from '@erynoa/protocol';
import { fromStore } from 'svelte/store';
import { erynoa } from '$lib/erynoa';

/** restoring, signed-out or signed-in; follows the session of all tabs. */
export const session = fromStore(erynoa.session);

/** online, offline or unreachable. */
export const connectivity = fromStore(erynoa.connectivity);

/** Somebody who is signed in and has an identity to speak as. */
export type ActingSession = CurrentSession & { uid: Uid };

function isActing(session: CurrentSession): session is ActingSession {
	return session.uid !== undefined;
}

/** Whose account is signed in; undefined when nobody is, or while that is not known yet. */
export function account(): CurrentSession | undefined {
	const state = session.current;
	return state.status === 'signed-in' ? state.session : undefined;
}

/** Who is signed in and can sign; undefined also while the account has no identity. */
export function me(): ActingSession | undefined {
	const present = account();
	return present && isActing(present) ? present : undefined;
}

/** Signed in by an identity provider, with an account that cannot sign anything yet. */
export function needsIdentity(): boolean {
	return account() !== undefined && me() === undefined;
}

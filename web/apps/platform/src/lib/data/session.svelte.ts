import type { CurrentSession } from '@erynoa/client';
import { fromStore } from 'svelte/store';
import { erynoa } from '$lib/erynoa';

/** restoring, signed-out or signed-in; follows the session of all tabs. */
export const session = fromStore(erynoa.session);

/** online, offline or unreachable. */
export const connectivity = fromStore(erynoa.connectivity);

/** Who is signed in; undefined when nobody is, or while that is not known yet. */
export function me(): CurrentSession | undefined {
	const state = session.current;
	return state.status === 'signed-in' ? state.session : undefined;
}

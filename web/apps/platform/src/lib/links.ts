import { resolve } from '$app/paths';

/** Address of somebody's profile. */
export function profilePath(did: string): string {
	return resolve('/people/[did]', { did });
}

/** Address of an event's page. */
export function eventPath(id: string): string {
	return resolve('/events/[id]', { id });
}

/** Address of a realm, or of a page below it. */
export function realmPath(id: string, below: '' | '/join' | '/endorse' | '/proposals/new' = ''): string {
	return `${resolve('/realms/[id]', { id })}${below}`;
}

/** Address of a proposal. */
export function proposalPath(realm: string, proposal: string): string {
	return resolve('/realms/[id]/proposals/[proposal]', { id: realm, proposal });
}

/** Address of the page of somebody who is answered for, or of a page below it. */
export function agentPath(did: string, below: '' | '/handover' | '/consent' = ''): string {
	return `${resolve('/agents/[did]', { did })}${below}`;
}

/** Address of the form that attests somebody. */
export function attestPath(subject?: string, dimension?: string): string {
	const query = new URLSearchParams();
	if (subject) query.set('subject', subject);
	if (dimension) query.set('dimension', dimension);
	return query.size > 0 ? `${resolve('/attest')}?${query}` : resolve('/attest');
}

/** Page to sign in on, with the way back. */
export function signInPath(next: string): string {
	return next === resolve('/') || next === resolve('/signin')
		? resolve('/signin')
		: `${resolve('/signin')}?next=${encodeURIComponent(next)}`;
}

/** Address within this app to go to after something is done; anything else is not followed. */
export function safeNext(next: string | null): string {
	const home = resolve('/');
	return next !== null && (next === home || next.startsWith(`${home.replace(/\/$/, '')}/`)) ? next : home;
}

import { resolve } from '$app/paths';
import { type AuditQuery, noAuditFilters, writeAuditQuery } from './logic/audit-query';
import { type EventFilters, noFilters, writeFilters } from './logic/filters';
import { type ProtectionQuery, writeProtectionQuery } from './logic/protection-query';
import { type TrustQuery, writeTrustQuery } from './logic/trust-query';
import { noUserFilters, type UserQuery, writeUserQuery } from './logic/user-query';

/** Page of an event. */
export function eventPath(id: string): string {
	return resolve('/events/[id]', { id });
}

/** Page of the event at a position of the log. */
export function positionPath(sequence: bigint): string {
	return resolve('/events/at/[sequence]', { sequence: sequence.toString() });
}

/** The explorer with some filters. */
export function explorerPath(filters: Partial<EventFilters> = {}, more: Record<string, string> = {}): string {
	const params = writeFilters({ ...noFilters, ...filters }, new URLSearchParams(more));
	return params.size > 0 ? `${resolve('/events')}?${params}` : resolve('/events');
}

/** Page of a realm, or one of its views. */
export function realmPath(id: string, tab: '' | 'rules' | 'members' | 'governance' = ''): string {
	const path = resolve('/realms/[id]', { id });
	return tab === '' ? path : `${path}?tab=${tab}`;
}

/** The trust room with some of its choices made. */
export function trustPath(query: Partial<TrustQuery> = {}): string {
	const search = writeTrustQuery({
		view: 'spread',
		realm: '',
		context: 'default',
		by: 'norm',
		confidence: '0',
		subject: '',
		...query,
	});
	return search === '' ? resolve('/trust') : `${resolve('/trust')}?${search}`;
}

/** The protection room with some of its choices made. */
export function protectionPath(query: Partial<ProtectionQuery> = {}): string {
	const search = writeProtectionQuery({ view: 'reports', realm: '', all: false, ...query });
	return search === '' ? resolve('/protection') : `${resolve('/protection')}?${search}`;
}

/** Page of an account. */
export function userPath(id: string): string {
	return resolve('/users/[id]', { id });
}

/** The audit log with some of its filters set. */
export function auditPath(query: Partial<AuditQuery> = {}): string {
	const search = writeAuditQuery({ ...noAuditFilters, ...query });
	return search === '' ? resolve('/audit') : `${resolve('/audit')}?${search}`;
}

/** The users with some of their filters set. */
export function usersPath(query: Partial<UserQuery> = {}): string {
	const search = writeUserQuery({ ...noUserFilters, ...query });
	return search === '' ? resolve('/users') : `${resolve('/users')}?${search}`;
}

/** Address within this app to go to after something is done; anything else is not followed. */
export function safeNext(next: string): string {
	const home = resolve('/');
	return next === home || next.startsWith(`${home.replace(/\/$/, '')}/`) ? next : home;
}

/** Somebody's profile in the platform. */
export function profilePath(did: string): string {
	return `/platform/people/${did}`;
}

/** A realm in the platform, where people act in it. */
export function platformRealmPath(id: string): string {
	return `/platform/realms/${id}`;
}

/** A proposal in the platform, where people discuss it and vote. */
export function proposalPath(realm: string, id: string): string {
	return `/platform/realms/${realm}/proposals/${id}`;
}

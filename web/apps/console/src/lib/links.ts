import { resolve } from '$app/paths';
import { type EventFilters, noFilters, writeFilters } from './logic/filters';
import { type ProtectionQuery, writeProtectionQuery } from './logic/protection-query';
import { type TrustQuery, writeTrustQuery } from './logic/trust-query';

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

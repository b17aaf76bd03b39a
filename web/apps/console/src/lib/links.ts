import { resolve } from '$app/paths';
import { type EventFilters, noFilters, writeFilters } from './logic/filters';

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

/** Somebody's profile in the platform. */
export function profilePath(did: string): string {
	return `/platform/people/${did}`;
}

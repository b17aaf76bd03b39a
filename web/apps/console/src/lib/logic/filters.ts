import type { MessageInitShape } from '@bufbuild/protobuf';
import type { EventFilterSchema, EventKind } from '@erynoa/proto';
import { identityRef, isUid } from '@erynoa/protocol';
import { allKinds, kindKey, kindKeys } from './kinds';

/** What the explorer shows; stands in the address, so that it can be shared. Empty texts filter nothing. */
export interface EventFilters {
	/** DIDs or 64 hex digits, as they were typed. */
	author: string;
	subject: string;
	participant: string;
	/** 64 hex digits. */
	realm: string;
	/** In the order of the protocol; empty = all. */
	kinds: readonly EventKind[];
	/** Event time in UTC to the minute, `2026-01-31T23:59`; from inclusive, until exclusive; empty = open. */
	from: string;
	until: string;
}

export const noFilters: EventFilters = {
	author: '',
	subject: '',
	participant: '',
	realm: '',
	kinds: [],
	from: '',
	until: '',
};

const texts = ['author', 'subject', 'participant', 'realm', 'from', 'until'] as const;

/** A field that cannot be searched for. */
export type FilterField = 'author' | 'subject' | 'participant' | 'realm' | 'from' | 'until';

/** Reads an address; unknown kinds are left out, everything else is kept as it stands. */
export function readFilters(params: URLSearchParams): EventFilters {
	const named = new Set<EventKind>(
		(params.get('kinds') ?? '')
			.split(',')
			.flatMap((key) => (Object.hasOwn(kindKeys, key) ? (kindKeys[key] ?? []) : [])),
	);
	const read = Object.fromEntries(texts.map((name) => [name, params.get(name)?.trim() ?? '']));
	return { ...noFilters, ...read, kinds: allKinds.filter((kind) => named.has(kind)) };
}

/** Writes filters into an address and keeps what else stands in it; whatever filters nothing is left out. */
export function writeFilters(
	filters: EventFilters,
	onto: URLSearchParams = new URLSearchParams(),
): URLSearchParams {
	const params = new URLSearchParams(onto);
	for (const name of texts) {
		const value = filters[name].trim();
		if (value === '') params.delete(name);
		else params.set(name, value);
	}
	const kinds = allKinds.filter((kind) => filters.kinds.includes(kind)).map(kindKey);
	if (kinds.length === 0) params.delete('kinds');
	else params.set('kinds', kinds.join(','));
	return params;
}

/** How many filters are in force. */
export function countFilters(filters: EventFilters): number {
	return texts.filter((name) => filters[name] !== '').length + (filters.kinds.length > 0 ? 1 : 0);
}

/** Microseconds of a time in UTC to the minute; undefined when it is none. */
export function timeUs(text: string): bigint | undefined {
	if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(text)) return undefined;
	const ms = Date.parse(`${text}:00Z`);
	return Number.isNaN(ms) || ms < 0 ? undefined : BigInt(ms) * 1_000n;
}

/** A time as the filters keep it. */
export function timeText(us: bigint): string {
	return new Date(Number(us / 1_000n)).toISOString().slice(0, 16);
}

/** Whether a text is a whole DID or id of an identity. */
export function isIdentity(text: string): boolean {
	try {
		identityRef(text);
		return true;
	} catch {
		return false;
	}
}

/** The fields whose content cannot be searched for, such as half a DID. */
export function wrongFields(filters: EventFilters): FilterField[] {
	const wrong: FilterField[] = [];
	for (const name of ['author', 'subject', 'participant'] as const) {
		if (filters[name] !== '' && !isIdentity(filters[name])) wrong.push(name);
	}
	if (filters.realm !== '' && !isUid(filters.realm)) wrong.push('realm');
	for (const name of ['from', 'until'] as const) {
		if (filters[name] !== '' && timeUs(filters[name]) === undefined) wrong.push(name);
	}
	const from = timeUs(filters.from);
	const until = timeUs(filters.until);
	if (from !== undefined && until !== undefined && from >= until) wrong.push('until');
	return wrong;
}

/** The filters as the server takes them. */
export function requestOf(filters: EventFilters): MessageInitShape<typeof EventFilterSchema> {
	const { author, subject, participant, realm, kinds } = filters;
	return {
		author,
		subject,
		participant,
		realm,
		kinds: [...kinds],
		fromUs: timeUs(filters.from) ?? 0n,
		untilUs: timeUs(filters.until) ?? 0n,
	};
}

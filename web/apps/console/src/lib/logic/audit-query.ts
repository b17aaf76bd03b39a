import type { AuditEntry } from '@erynoa/proto';
import { toHex } from '@erynoa/protocol';

/** What the audit log shows; stands in the address. */
export interface AuditQuery {
	/** Beginning of the action, such as `user.`; empty = all. */
	action: string;
	/** Account that acted, 32 hex digits; empty = anybody. */
	actor: string;
	/** What it was done to; empty = anything. */
	target: string;
	/** Days in UTC, `2026-11-23`; empty = without limit. */
	since: string;
	until: string;
}

export const noAuditFilters: AuditQuery = { action: '', actor: '', target: '', since: '', until: '' };

const names = Object.keys(noAuditFilters) as (keyof AuditQuery)[];
const account = /^[0-9a-f]{32}$/;
const DAY_US = 86_400_000_000n;

function startOf(day: string): bigint | undefined {
	const ms = /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
	return Number.isNaN(ms) || ms < 0 ? undefined : BigInt(ms) * 1_000n;
}

/** Reads an address; anything that cannot be asked for is left out. */
export function readAuditQuery(params: URLSearchParams): AuditQuery {
	const query = { ...noAuditFilters };
	for (const name of names) query[name] = params.get(name) ?? '';
	if (!account.test(query.actor)) query.actor = '';
	if (startOf(query.since) === undefined) query.since = '';
	if (startOf(query.until) === undefined) query.until = '';
	return query;
}

/** Writes an address; what is empty is left out. */
export function writeAuditQuery(query: AuditQuery): string {
	const params = new URLSearchParams();
	for (const name of names) if (query[name] !== '') params.set(name, query[name]);
	return params.toString();
}

/** The same as a request; the last day counts to its end. */
export function auditRequest({ action, actor, target, since, until }: AuditQuery) {
	const last = startOf(until);
	return {
		action,
		actorId: actor,
		target,
		sinceUs: startOf(since) ?? 0n,
		untilUs: last === undefined ? 0n : last + DAY_US - 1n,
	};
}

function details(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		// Kept as it stands: an export leaves nothing out.
		return text;
	}
}

/** An entry as one line of JSON, hashes in hexadecimal. */
export function jsonLine(entry: AuditEntry): string {
	return JSON.stringify({
		sequence: Number(entry.sequence),
		at_us: Number(entry.atUs),
		actor_id: entry.actorId,
		actor_name: entry.actorName,
		action: entry.action,
		target: entry.target,
		details: details(entry.details),
		request_id: entry.requestId,
		address: entry.address,
		previous_hash: toHex(entry.previousHash),
		hash: toHex(entry.hash),
	});
}

/** The details with line breaks, for reading. */
export function prettyDetails(text: string): string {
	const value = details(text);
	return typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
}

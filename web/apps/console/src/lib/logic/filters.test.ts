import { EventKind } from '@erynoa/proto';
import { didOf, Namespace } from '@erynoa/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	countFilters,
	type EventFilters,
	noFilters,
	readFilters,
	requestOf,
	timeText,
	timeUs,
	writeFilters,
	wrongFields,
} from './filters';
import { allKinds } from './kinds';

const did = didOf(Namespace.SELF, new Uint8Array(32).fill(7));
const uid = did.slice(did.lastIndexOf(':') + 1);

const word = fc.string({ maxLength: 20 }).map((text) => text.trim());
const minute = fc
	.integer({ min: 0, max: 4_000_000_000 })
	.map((seconds) => timeText(BigInt(seconds) * 1_000_000n));
const filters: fc.Arbitrary<EventFilters> = fc.record({
	author: word,
	subject: word,
	participant: word,
	realm: word,
	kinds: fc.subarray([...allKinds]),
	from: fc.oneof(fc.constant(''), minute),
	until: fc.oneof(fc.constant(''), minute),
});

describe('filters in the address', () => {
	it('what_is_written_is_read_back', () => {
		fc.assert(
			fc.property(filters, (given) => {
				expect(readFilters(new URLSearchParams(writeFilters(given).toString()))).toEqual(given);
			}),
			{ numRuns: 500 },
		);
	});

	it('other_parts_of_the_address_are_kept', () => {
		const params = writeFilters({ ...noFilters, author: did }, new URLSearchParams('view=graph&author=old'));
		expect(params.get('view')).toBe('graph');
		expect(params.getAll('author')).toEqual([did]);
	});

	it('no_filters_leave_no_trace', () => {
		const params = writeFilters(noFilters, new URLSearchParams('author=a&kinds=receipt&from=x'));
		expect(params.toString()).toBe('');
	});

	it('unknown_kinds_are_left_out', () => {
		expect(readFilters(new URLSearchParams('kinds=receipt,constructor,nonsense')).kinds).toEqual([
			EventKind.RECEIPT,
		]);
	});

	it('counts_what_is_in_force', () => {
		expect(countFilters(noFilters)).toBe(0);
		expect(countFilters({ ...noFilters, author: did, kinds: [EventKind.RECEIPT, EventKind.CUSTOM] })).toBe(2);
	});
});

describe('filters as a question to the server', () => {
	it('takes_dids_and_ids_and_refuses_halves_of_them', () => {
		expect(wrongFields({ ...noFilters, author: did, subject: uid })).toEqual([]);
		expect(wrongFields({ ...noFilters, author: did.slice(0, -1) })).toEqual(['author']);
		expect(wrongFields({ ...noFilters, realm: did })).toEqual(['realm']);
	});

	it('a_time_is_read_as_utc_and_written_back', () => {
		expect(timeUs('1970-01-02T00:00')).toBe(86_400_000_000n);
		expect(timeText(86_400_000_000n)).toBe('1970-01-02T00:00');
		expect(timeUs('yesterday')).toBeUndefined();
		expect(wrongFields({ ...noFilters, from: '2026-13-01T00:00' })).toEqual(['from']);
	});

	it('an_end_that_is_not_after_the_beginning_is_refused', () => {
		const time = '2026-01-01T00:00';
		expect(wrongFields({ ...noFilters, from: time, until: time })).toEqual(['until']);
		expect(wrongFields({ ...noFilters, from: time, until: '2026-01-01T00:01' })).toEqual([]);
	});

	it('open_ends_are_zero', () => {
		expect(requestOf(noFilters)).toMatchObject({ fromUs: 0n, untilUs: 0n, kinds: [] });
		expect(requestOf({ ...noFilters, from: '1970-01-02T00:00' }).fromUs).toBe(86_400_000_000n);
	});
});

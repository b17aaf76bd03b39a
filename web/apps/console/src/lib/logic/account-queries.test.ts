import { create } from '@bufbuild/protobuf';
import { AuditEntrySchema, UserStatus } from '@erynoa/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	type AuditQuery,
	auditRequest,
	jsonLine,
	noAuditFilters,
	prettyDetails,
	readAuditQuery,
	writeAuditQuery,
} from './audit-query';
import { readUserQuery, statusOf, type UserQuery, writeUserQuery } from './user-query';

describe('the address of the users', () => {
	it('what_is_written_reads_back', () => {
		const queries = fc.record<UserQuery>({
			query: fc.string(),
			role: fc.constantFrom('', 'member', 'operator', 'admin'),
			status: fc.constantFrom('', 'active', 'invited', 'disabled'),
		});
		fc.assert(
			fc.property(queries, (query) => {
				expect(readUserQuery(new URLSearchParams(writeUserQuery(query)))).toEqual(query);
			}),
			{ numRuns: 1_000 },
		);
	});

	it('what_nobody_can_ask_for_becomes_the_default', () => {
		const query = readUserQuery(new URLSearchParams('role=king&status=toString'));
		expect(query).toEqual({ query: '', role: '', status: '' });
		expect(statusOf(query.status)).toBe(UserStatus.UNSPECIFIED);
		expect(statusOf('disabled')).toBe(UserStatus.DISABLED);
	});
});

describe('the address of the audit log', () => {
	const day = fc
		.date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
		.map((date) => date.toISOString().slice(0, 10));

	it('what_is_written_reads_back', () => {
		const queries = fc.record<AuditQuery>({
			action: fc.string(),
			actor: fc.oneof(fc.constant(''), fc.constant('ab'.repeat(16))),
			target: fc.string(),
			since: fc.oneof(fc.constant(''), day),
			until: fc.oneof(fc.constant(''), day),
		});
		fc.assert(
			fc.property(queries, (query) => {
				expect(readAuditQuery(new URLSearchParams(writeAuditQuery(query)))).toEqual(query);
			}),
			{ numRuns: 1_000 },
		);
	});

	it('a_day_counts_from_its_first_microsecond_to_its_last', () => {
		const request = auditRequest({ ...noAuditFilters, since: '2026-11-23', until: '2026-11-23' });
		expect(request.sinceUs).toBe(1_795_392_000_000_000n);
		expect(request.untilUs - request.sinceUs).toBe(86_399_999_999n);
		expect(auditRequest(noAuditFilters)).toMatchObject({ sinceUs: 0n, untilUs: 0n });
	});

	it('an_actor_that_is_no_account_and_a_day_that_is_none_are_left_out', () => {
		const query = readAuditQuery(new URLSearchParams('actor=me&since=yesterday&until=2026-13-40'));
		expect(query).toEqual(noAuditFilters);
	});
});

describe('the export of the audit log', () => {
	it('an_entry_is_one_line_with_its_details_as_JSON_and_its_hashes_in_hexadecimal', () => {
		const entry = create(AuditEntrySchema, {
			sequence: 7n,
			action: 'user.roles',
			details: '{"after":["member"]}',
			hash: new Uint8Array(32).fill(0xab),
		});
		const line = jsonLine(entry);
		expect(line).not.toContain('\n');
		expect(JSON.parse(line)).toMatchObject({
			sequence: 7,
			details: { after: ['member'] },
			hash: 'ab'.repeat(32),
		});
	});

	it('details_that_are_no_JSON_are_kept_as_they_are', () => {
		const entry = create(AuditEntrySchema, { details: 'not {json' });
		expect(JSON.parse(jsonLine(entry)).details).toBe('not {json');
		expect(prettyDetails('not {json')).toBe('not {json');
		expect(prettyDetails('{"a":1}')).toBe('{\n  "a": 1\n}');
	});
});

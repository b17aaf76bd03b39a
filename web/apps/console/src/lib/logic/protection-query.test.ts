import { create } from '@bufbuild/protobuf';
import { AnomalyClass, AnomalyFindingSchema, AnomalyReportSchema } from '@erynoa/proto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	type ProtectionQuery,
	readProtectionQuery,
	reportOf,
	writeProtectionQuery,
} from './protection-query';

const realm = `00030001${'ab'.repeat(28)}`;

describe('the address of the protection room', () => {
	it('what_is_written_reads_back', () => {
		const queries = fc.record<ProtectionQuery>({
			view: fc.constantFrom('reports', 'findings', 'judgements', 'breakers'),
			realm: fc.constantFrom('', realm),
			all: fc.boolean(),
		});
		fc.assert(
			fc.property(queries, (query) => {
				expect(readProtectionQuery(new URLSearchParams(writeProtectionQuery(query)))).toEqual(query);
			}),
			{ numRuns: 1_000 },
		);
	});

	it('anything_unknown_is_the_default', () => {
		const params = new URLSearchParams('view=nowhere&realm=half&reports=some');
		expect(readProtectionQuery(params)).toEqual({ view: 'reports', realm: '', all: false });
		expect(writeProtectionQuery({ view: 'reports', realm: '', all: false })).toBe('');
	});
});

describe('the report of a finding', () => {
	const finding = create(AnomalyFindingSchema, {
		class: AnomalyClass.CYCLE,
		subjects: ['did:b', 'did:a'],
		evidence: ['1', '2'],
	});
	const report = create(AnomalyReportSchema, {
		id: 'report',
		class: AnomalyClass.CYCLE,
		subjects: ['did:a', 'did:b'],
		evidence: ['2', '3'],
	});

	it('is_found_by_class_people_and_an_event_in_common', () => {
		expect(reportOf(finding, [report])?.id).toBe('report');
	});

	it('is_another_one_when_any_of_the_three_differs', () => {
		expect(reportOf(finding, [{ ...report, class: AnomalyClass.RATE }])).toBeUndefined();
		expect(reportOf(finding, [{ ...report, subjects: ['did:a'] }])).toBeUndefined();
		expect(reportOf(finding, [{ ...report, evidence: ['3'] }])).toBeUndefined();
		expect(reportOf(finding, [])).toBeUndefined();
	});
});

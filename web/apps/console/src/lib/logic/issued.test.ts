import { create } from '@bufbuild/protobuf';
import { AuditEntrySchema } from '@erynoa/proto';
import { describe, expect, it } from 'vitest';
import { readIssued } from './issued';

const entry = (details: string) => create(AuditEntrySchema, { details });
const nothing = { kind: '', subject: '', realm: '', proposal: '', sinceUs: 0n, untilUs: 0n };

describe('what the audit log says of a document', () => {
	it('each_kind_says_what_it_is_about', () => {
		const certificate = { kind: 'certificate', subject: 'did:erynoa:self:ab', realm: 'cd', epoch: 7 };
		expect(readIssued(entry(JSON.stringify(certificate)))).toEqual({
			...nothing,
			kind: 'certificate',
			subject: 'did:erynoa:self:ab',
			realm: 'cd',
		});
		const minutes = { kind: 'minutes', proposal: 'ef' };
		expect(readIssued(entry(JSON.stringify(minutes)))).toEqual({ ...nothing, ...minutes });
		const audit = { kind: 'audit', since_us: 5, until_us: 1_795_000_000_000_000 };
		expect(readIssued(entry(JSON.stringify(audit)))).toEqual({
			...nothing,
			kind: 'audit',
			sinceUs: 5n,
			untilUs: 1_795_000_000_000_000n,
		});
	});

	it('details_that_cannot_be_read_say_nothing', () => {
		for (const details of ['', 'null', '[]', '{"kind":7,"since_us":-0.5}', '{"omitted_bytes":5000}']) {
			expect(readIssued(entry(details)), details).toEqual(nothing);
		}
	});
});

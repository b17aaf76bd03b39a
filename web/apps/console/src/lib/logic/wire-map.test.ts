import { readFileSync } from 'node:fs';
import { decodeEntry, decodeEvent, describeEvent, encodeEntry, fromHex, toHex } from '@erynoa/protocol';
import { describe, expect, it } from 'vitest';
import { mapEntry, rangesOf } from './wire-map';

interface Vectors {
	events: { name: string; signed_event: string }[];
}

// The same known answers that every implementation reads.
const vectors: Vectors = JSON.parse(
	readFileSync(new URL('../../../../../../proto/testdata/vectors.json', import.meta.url), 'utf8'),
);
const entries = vectors.events.map(({ name, signed_event }) => ({
	name,
	bytes: fromHex(signed_event) as Uint8Array,
}));

describe('bytes of an entry by field', () => {
	it('there_are_events_to_check', () => {
		expect(entries.length).toBeGreaterThan(5);
	});

	it.each(entries)('every_byte_of_$name_belongs_to_exactly_one_field', ({ bytes }) => {
		const ranges = mapEntry(decodeEntry(bytes), bytes);
		let at = 0;
		for (const range of ranges) {
			expect(range.start).toBe(at);
			expect(range.value).toBeGreaterThanOrEqual(range.start);
			expect(range.end).toBeGreaterThanOrEqual(range.value);
			at = range.end;
		}
		expect(at).toBe(bytes.length);
	});

	it.each(entries)('every_described_field_of_$name_has_its_bytes', ({ bytes }) => {
		const signed = decodeEntry(bytes);
		const ranges = mapEntry(signed, bytes);
		expect(toHex(encodeEntry(signed))).toBe(toHex(bytes));
		for (const field of describeEvent(decodeEvent(signed.event))) {
			const [range, ...others] = rangesOf(ranges, field.path);
			expect(others, field.path).toEqual([]);
			expect(range, field.path).toBeDefined();
			if (!range) continue;
			const value = bytes.subarray(range.value, range.end);
			if (['id', 'key', 'signature', 'bytes'].includes(field.format)) expect(toHex(value)).toBe(field.value);
			if (field.format === 'text') expect(new TextDecoder().decode(value)).toBe(field.value);
		}
	});
});

import { EventKind } from '@erynoa/proto';
import { eventKindCount, eventKindName } from '@erynoa/ui';
import { describe, expect, it } from 'vitest';
import { allKinds, kindGroups, kindKey, kindKeys } from './kinds';

const numbers = Object.values(EventKind).filter(
	(value): value is EventKind => typeof value === 'number' && value !== EventKind.UNSPECIFIED,
);

describe('kinds of events', () => {
	it('every_kind_of_the_protocol_can_be_filtered_for', () => {
		expect([...allKinds].sort((a, b) => a - b)).toEqual([...numbers].sort((a, b) => a - b));
	});

	it('every_kind_stands_in_exactly_one_group', () => {
		const grouped = kindGroups.flatMap(({ kinds }) => kinds);
		expect(new Set(grouped).size).toBe(grouped.length);
		expect(grouped.length).toBe(numbers.length);
	});

	it('a_kind_is_found_by_its_word_in_addresses', () => {
		for (const kind of numbers) expect(kindKeys[kindKey(kind)]).toBe(kind);
		expect(kindKey(EventKind.UNSPECIFIED)).toBe('');
	});

	it('every_kind_has_a_name', () => {
		expect(eventKindCount).toBe(numbers.length);
		expect(new Set(numbers.map((kind) => eventKindName(kind))).size).toBe(numbers.length);
	});
});

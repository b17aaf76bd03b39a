import { afterEach, describe, expect, it } from 'vitest';
import {
	formatBytes,
	formatChange,
	formatDuration,
	formatEvidence,
	formatRatio,
	formatRelative,
	formatTrust,
	shorten,
} from '../src/format';
import { locale } from '../src/locale.svelte';

afterEach(() => locale.set('en'));

describe('numbers', () => {
	it('trust_is_rounded_down_so_that_it_never_looks_better_than_it_is', () => {
		expect(formatTrust(999_999)).toBe('99.9%');
		expect(formatTrust(1_000_000)).toBe('100%');
		expect(formatTrust(357_142)).toBe('35.7%');
	});

	it('a_ratio_shows_all_six_digits', () => {
		expect(formatRatio(357_142)).toBe('0.357142');
		expect(formatRatio(10_000)).toBe('0.010000');
	});

	it('a_change_carries_its_sign', () => {
		expect(formatChange(12_500n)).toBe('+1.25%');
		expect(formatChange(-12_500n)).toBe('-1.25%');
		expect(formatChange(0)).toBe('0%');
	});

	it('evidence_is_shown_in_units', () => {
		expect(formatEvidence(1_500_000n)).toBe('1.5');
		expect(formatEvidence(2_000_000n)).toBe('2.0');
	});

	it('bytes_step_up_by_1024', () => {
		expect(formatBytes(1_023)).toBe('1,023 B');
		expect(formatBytes(1_536n)).toBe('1.5 KiB');
		expect(formatBytes(3n * 1_024n ** 3n)).toBe('3 GiB');
	});

	it('numbers_follow_the_language', () => {
		locale.set('de');
		expect(formatTrust(357_142)).toBe('35,7\u00a0%');
		expect(formatRatio(357_142)).toBe('0,357142');
	});
});

describe('times', () => {
	const now = 1_800_000_000_000;
	const before = (seconds: number) => BigInt(now - seconds * 1_000) * 1_000n;

	it('what_just_happened_is_now', () => {
		expect(formatRelative(before(3), now)).toBe('now');
	});

	it('a_distance_is_told_in_its_greatest_unit', () => {
		expect(formatRelative(before(59), now)).toBe('59 seconds ago');
		expect(formatRelative(before(180), now)).toBe('3 minutes ago');
		expect(formatRelative(before(90_000), now)).toBe('yesterday');
		expect(formatRelative(before(-7_300), now)).toBe('in 2 hours');
	});

	it('a_duration_shows_its_two_greatest_units', () => {
		expect(formatDuration(93_784)).toBe('1d 2h');
		expect(formatDuration(0)).toBe('0s');
		expect(formatDuration(3_600)).toBe('1h');
		expect(formatDuration(259_200, 'long')).toBe('3 days');
	});
});

describe('ids', () => {
	it('a_short_id_leaves_out_the_type_that_all_share', () => {
		const tail = 'ead3df8af4aece7792496936f83b6b6d191a7f256585ce6b6028db16';
		expect(shorten(`00020001${tail}`)).toBe('ead3df8a…db16');
		expect(shorten(`did:erynoa:self:00010001${tail}`)).toBe('ead3df8a…db16');
	});

	it('what_is_short_stays_whole', () => {
		expect(shorten('abc')).toBe('abc');
	});
});

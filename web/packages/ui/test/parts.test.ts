import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nearest, thin, ticks } from '../src/data/scale';
import { identicon } from '../src/identity/identicon';
import { preferredLocale } from '../src/locale.svelte';
import { grouped, matching } from '../src/palette/commands';
import { isCurrent } from '../src/shell/navigation';
import { toasts } from '../src/toasts.svelte';

const id = (digits: string) => `00010001${digits.repeat(7)}`;

describe('identicon', () => {
	it('the_same_id_gives_the_same_picture_with_or_without_its_did', () => {
		expect(identicon(`did:erynoa:self:${id('3fa91c2e')}`)).toEqual(identicon(id('3fa91c2e')));
	});

	it('different_ids_give_different_pictures', () => {
		let state = 1;
		const digits = () => {
			state = Math.imul(state ^ (state >>> 15), 2_246_822_519) + 1;
			return (state >>> 0).toString(16).padStart(8, '0');
		};
		const pictures = new Set(
			Array.from({ length: 500 }, () =>
				JSON.stringify(identicon(`00010001${Array.from({ length: 7 }, digits).join('')}`)),
			),
		);
		expect(pictures.size).toBe(500);
	});
});

describe('palette', () => {
	const commands = [
		{ id: '1', label: 'Start', group: 'Seiten', keywords: ['Übersicht'] },
		{ id: '2', label: 'Meine Übersicht', group: 'Seiten' },
		{ id: '3', label: 'Übersicht der Epochen', group: 'Log' },
	];

	it('a_query_without_accents_finds_words_that_have_them', () => {
		expect(matching(commands, 'ubersicht').map((command) => command.id)).toEqual(['3', '1', '2']);
	});

	it('every_word_of_the_query_must_be_found', () => {
		expect(matching(commands, 'epochen über').map((command) => command.id)).toEqual(['3']);
		expect(matching(commands, 'epochen fehlt')).toEqual([]);
	});

	it('groups_stand_in_order_of_their_first_command', () => {
		expect(grouped(commands).map(([group, list]) => [group, list.length])).toEqual([
			['Seiten', 2],
			['Log', 1],
		]);
	});
});

describe('navigation', () => {
	const home = { href: '/platform', label: 'Home', icon: 'home', exact: true } as const;
	const people = { href: '/platform/people', label: 'People', icon: 'people' } as const;

	it('an_entry_is_current_at_and_below_its_path', () => {
		expect(isCurrent(people, '/platform/people')).toBe(true);
		expect(isCurrent(people, '/platform/people/did:erynoa:self:00')).toBe(true);
		expect(isCurrent(people, '/platform/peoples')).toBe(false);
	});

	it('an_exact_entry_is_current_only_at_its_path', () => {
		expect(isCurrent(home, '/platform/')).toBe(true);
		expect(isCurrent(home, '/platform/people')).toBe(false);
	});
});

describe('language', () => {
	it('the_stored_choice_beats_the_browser', () => {
		expect(preferredLocale('en', ['de-DE'])).toBe('en');
	});

	it('without_a_choice_the_first_known_language_of_the_browser_is_taken', () => {
		expect(preferredLocale(null, ['fr-FR', 'de-AT', 'en-US'])).toBe('de');
		expect(preferredLocale('xx', ['fr-FR'])).toBe('en');
	});
});

describe('charts', () => {
	it('ticks_are_round_and_within_the_range', () => {
		expect(ticks(0, 1, 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
		expect(ticks(0, 97, 4)).toEqual([0, 25, 50, 75]);
		expect(ticks(5, 5, 4)).toEqual([5]);
	});

	it('thinning_keeps_both_ends_and_the_limit', () => {
		const thinned = thin(
			Array.from({ length: 1_000 }, (_, index) => index),
			50,
		);
		expect(thinned).toHaveLength(50);
		expect([thinned[0], thinned.at(-1)]).toEqual([0, 999]);
	});

	it('the_nearest_point_is_found_by_distance', () => {
		const points = [0, 10, 20, 50].map((x) => ({ x, y: 0 }));
		expect([-5, 4, 6, 36, 99].map((x) => nearest(points, x))).toEqual([0, 0, 1, 3, 3]);
	});
});

describe('toasts', () => {
	beforeEach(() => void vi.useFakeTimers());
	afterEach(() => {
		for (const toast of toasts.list) toasts.dismiss(toast.id);
		vi.useRealTimers();
	});

	it('good_news_go_by_themselves_and_bad_news_stay', () => {
		toasts.good('done');
		toasts.bad('failed');
		vi.advanceTimersByTime(60_000);
		expect(toasts.list.map((toast) => toast.text)).toEqual(['failed']);
	});

	it('undo_runs_once_and_removes_the_toast', () => {
		const undo = vi.fn();
		const shown = toasts.good('revoked', { undo });
		toasts.undo(shown);
		toasts.undo(shown);
		expect(undo).toHaveBeenCalledTimes(1);
		expect(toasts.list).toHaveLength(0);
	});

	it('a_toast_that_is_read_waits', () => {
		const shown = toasts.good('done');
		toasts.pause(shown);
		vi.advanceTimersByTime(60_000);
		expect(toasts.list).toHaveLength(1);
		toasts.resume(shown);
		vi.advanceTimersByTime(5_000);
		expect(toasts.list).toHaveLength(0);
	});

	it('at_most_four_are_shown_and_the_oldest_goes', () => {
		for (const text of ['1', '2', '3', '4', '5']) toasts.bad(text);
		expect(toasts.list.map((toast) => toast.text)).toEqual(['2', '3', '4', '5']);
	});
});

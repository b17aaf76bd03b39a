// Asks the index in the browser. Nothing is sent anywhere.

import { search } from 'virtual:erynoa/library';
import type { Locale } from '@erynoa/ui';
import MiniSearch, { type SearchResult } from 'minisearch';
import type { SearchEntry } from '../content';
import { options } from './options';

export interface Hit extends SearchEntry {
	/** Words of the entry that the query found. */
	terms: string[];
}

const loaded = new Map<Locale, Promise<(query: string) => Hit[]>>();
const most = 20;
const mostOfOnePage = 2;

/** Fetches the index of a language once, and gives the function that asks it. */
export function loadIndex(language: Locale): Promise<(query: string) => Hit[]> {
	let index = loaded.get(language);
	if (!index) {
		index = search[language]().then(({ default: json }) => {
			const engine = MiniSearch.loadJSON<SearchEntry>(json, options);
			return (query: string) =>
				fewOfEachPage(engine.search(query))
					.slice(0, most)
					.map((found) => ({
						id: found.id as number,
						href: found.href as string,
						title: found.title as string,
						heading: found.heading as string,
						text: found.text as string,
						terms: found.terms,
					}));
		});
		// A failure, such as a lost connection, is not remembered.
		index.catch(() => loaded.delete(language));
		loaded.set(language, index);
	}
	return index;
}

/** The best hits of each page, so that one page does not fill the list. */
function fewOfEachPage(found: SearchResult[]): SearchResult[] {
	const counts = new Map<string, number>();
	return found.filter(({ href }) => {
		const page = String(href).split('#')[0] ?? '';
		const count = (counts.get(page) ?? 0) + 1;
		counts.set(page, count);
		return count <= mostOfOnePage;
	});
}

/** A stretch of the text around the first hit, cut into hits and what lies between. */
export function excerpt(
	{ text, terms }: Pick<Hit, 'text' | 'terms'>,
	length = 180,
): { text: string; hit: boolean }[] {
	const escaped = terms.map((term) => term.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
	const pattern = new RegExp(`(${escaped.join('|') || '(?!)'})`, 'giu');
	const first = text.search(pattern);
	const start = first > 60 ? text.lastIndexOf(' ', first - 40) + 1 : 0;
	const cut = `${start > 0 ? '… ' : ''}${text.slice(start, start + length)}${start + length < text.length ? ' …' : ''}`;
	return cut
		.split(pattern)
		.filter(Boolean)
		.map((part) => ({ text: part, hit: terms.some((term) => term.toLowerCase() === part.toLowerCase()) }));
}

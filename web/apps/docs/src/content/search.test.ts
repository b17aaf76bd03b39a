import MiniSearch from 'minisearch';
import { describe, expect, it } from 'vitest';
import { options, tokenize } from '../lib/search/options.ts';
import { apiPages, readDescriptors } from './api.ts';
import { readLibrary } from './library.ts';
import { searchEntries, searchIndex } from './search.ts';

const searchable = {
	pages: readLibrary(),
	api: apiPages(readDescriptors(), new Set()),
	rest: undefined,
	configuration: undefined,
};
const index = (language: 'en' | 'de') =>
	MiniSearch.loadJSON(searchIndex(searchEntries(searchable, language)), options);
const best = (query: string, language: 'en' | 'de' = 'en') =>
	index(language).search(query)[0]?.href as string;

describe('the search', () => {
	it('finds an error code by its parts and by its whole', () => {
		expect(best('EVENT_PREV_STALE')).toBe('/docs/errors/EVENT_PREV_STALE');
		expect(best('prev stale')).toMatch('EVENT_PREV_STALE');
	});

	it('finds a call by a part of its name', () => {
		expect(best('ExplainTrust')).toMatch('/docs/api/TrustService');
	});

	it('forgives a typing error', () => {
		expect(best('finalty')).toMatch('finality');
	});

	it('finds German words in German', () => {
		expect(best('Vertrauen', 'de')).toMatch('/docs/');
	});

	it('names are found whole and by their parts', () => {
		expect(tokenize('GetTrust page_size')).toEqual(['GetTrust', 'Get', 'Trust', 'page', 'size']);
	});
});

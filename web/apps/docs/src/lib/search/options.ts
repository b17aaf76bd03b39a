// How texts become words and words become hits: the same for the build, which
// makes the index, and the browser, which asks it.
import type { Options } from 'minisearch';
import type { SearchEntry } from '../content.ts';

const separators = /[\s\p{P}\p{S}]+/u;

/** Words of a text; names such as `GetTrust` are found by their parts too. */
export function tokenize(text: string): string[] {
	return text.split(separators).flatMap((word) => {
		const parts = word.split(/(?<=[a-z0-9])(?=[A-Z])/);
		return parts.length > 1 ? [word, ...parts] : [word];
	});
}

export const options: Options<SearchEntry> = {
	fields: ['title', 'heading', 'text'],
	storeFields: ['href', 'title', 'heading', 'text'],
	tokenize,
	searchOptions: {
		boost: { title: 4, heading: 2 },
		prefix: (term) => term.length > 1,
		fuzzy: (term) => (term.length > 4 ? 0.2 : false),
		combineWith: 'AND',
		// What a page is about comes before its single parts.
		boostDocument: (_id, _term, entry) => (entry?.heading === '' ? 1.7 : 1),
	},
};

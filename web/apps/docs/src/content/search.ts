// The full-text index, made at build time.
import MiniSearch from 'minisearch';
import type { ApiPage, ConfigurationSection, RestReference, SearchEntry } from '../lib/content.ts';
import { options } from '../lib/search/options.ts';
import type { Language, SourcePage } from './library.ts';

export interface Searchable {
	pages: SourcePage[];
	api: ApiPage[];
	rest: RestReference | undefined;
	configuration: ConfigurationSection[] | undefined;
}

/** Everything that can be found, in one language; English where there is no translation. */
export function searchEntries(
	{ pages, api, rest, configuration }: Searchable,
	language: Language,
): SearchEntry[] {
	const entries: Omit<SearchEntry, 'id'>[] = [];
	for (const page of pages) {
		const text = page[language] ?? page.en;
		for (const passage of text.passages) {
			entries.push({
				href: `/docs/${page.slug}${passage.anchor ? `#${passage.anchor}` : ''}`,
				title: text.title,
				heading: passage.heading,
				text: passage.text.replace(/\s+/g, ' ').trim(),
			});
		}
	}
	const words = (comment: string[]) => comment.join(' ').replace(/<[^>]*>/g, '');
	for (const { slug, title, comment, methods, types } of api) {
		entries.push({ href: `/docs/${slug}`, title, heading: '', text: words(comment) });
		for (const part of [...methods, ...types]) {
			const fields =
				'fields' in part ? [...part.fields, ...part.values].map(({ name }) => name).join(' ') : '';
			entries.push({
				href: `/docs/${slug}#${part.name}`,
				title,
				heading: part.name,
				text: `${words(part.comment)} ${fields}`.trim(),
			});
		}
	}
	for (const { id, method, path, summary, description } of rest?.operations ?? []) {
		entries.push({
			href: `/docs/api/rest#${id}`,
			title: 'REST',
			heading: `${method} ${path}`,
			text: `${summary} ${description}`,
		});
	}
	for (const section of configuration ?? []) {
		for (const { key, variable, description } of section.keys) {
			const title = language === 'de' ? 'Konfiguration' : 'Configuration';
			entries.push({
				href: `/docs/configuration#${key}`,
				title,
				heading: key,
				text: `${description} ${variable}`,
			});
		}
	}
	return entries.map((entry, id) => ({ id, ...entry }));
}

/** The index as JSON text. */
export function searchIndex(entries: SearchEntry[]): string {
	const index = new MiniSearch(options);
	index.addAll(entries);
	return JSON.stringify(index);
}

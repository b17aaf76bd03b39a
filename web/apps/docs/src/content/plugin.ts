// The Vite plugin that turns docs/ and proto/ into the modules that virtual.d.ts
// declares: a small table of contents, and each page as a chunk of its own.
import { join } from 'node:path';
import type { Plugin } from 'vite';
import type { ApiPage } from '../lib/content.ts';
import { apiPages, readDescriptors } from './api.ts';
import { configurationSections, readConfigurationSchema } from './configuration.ts';
import { docsFolder, type Language, readLibrary, repository, type SourceText } from './library.ts';
import { readOpenApi, restReference } from './rest.ts';
import { type Searchable, searchEntries, searchIndex } from './search.ts';

const prefix = 'virtual:erynoa/';

function readAll(): Searchable {
	const pages = readLibrary();
	const codes = new Set(pages.filter(({ section }) => section === 'errors').map(({ en }) => en.title));
	const openApi = readOpenApi();
	const schema = readConfigurationSchema();
	return {
		pages,
		api: apiPages(readDescriptors(), codes),
		rest: openApi && restReference(openApi),
		configuration: schema && configurationSections(schema),
	};
}

/** The first sentence, without markup. */
function summaryOf({ comment }: ApiPage): string {
	const text = (comment[0] ?? '').replace(/<[^>]*>/g, '');
	return /^.*?[.!?](?=\s|$)/.exec(text)?.[0] ?? text;
}

const lazily = (path: string) => `() => import(${JSON.stringify(prefix + path)})`;

function libraryModule({ pages, api, rest, configuration }: Searchable): string {
	const text = (language: Language, slug: string, { title, description }: SourceText) =>
		`${language}: { title: ${JSON.stringify(title)}, description: ${JSON.stringify(description)}, load: ${lazily(`page/${language}/${slug}`)} }`;
	const page = ({ slug, section, en, de }: Searchable['pages'][number]) =>
		`{ slug: ${JSON.stringify(slug)}, section: ${JSON.stringify(section)}, ${text('en', slug, en)}${de ? `, ${text('de', slug, de)}` : ''} }`;
	const service = (entry: ApiPage) =>
		`{ slug: ${JSON.stringify(entry.slug)}, title: ${JSON.stringify(entry.title)}, summary: ${JSON.stringify(summaryOf(entry))}, methods: ${JSON.stringify(entry.methods.map(({ name }) => name))}, load: ${lazily(entry.slug)} }`;
	return [
		`export const pages = [${pages.map(page).join(',\n')}];`,
		`export const api = [${api.map(service).join(',\n')}];`,
		`export const rest = ${rest ? lazily('rest') : 'undefined'};`,
		`export const configuration = ${configuration ? lazily('configuration') : 'undefined'};`,
		`export const search = { en: ${lazily('search/en')}, de: ${lazily('search/de')} };`,
	].join('\n');
}

const asModule = (value: unknown) => `export default ${JSON.stringify(value)};`;

function moduleOf(path: string, all: Searchable): string | undefined {
	const [kind, ...rest] = path.split('/');
	switch (kind) {
		case 'library':
			return libraryModule(all);
		case 'page': {
			const [language, ...slug] = rest;
			const text = all.pages.find((page) => page.slug === slug.join('/'))?.[language as Language];
			return text && asModule({ segments: text.segments, headings: text.headings });
		}
		case 'api':
			return asModule(all.api.find(({ slug }) => slug === path));
		case 'rest':
			return asModule(all.rest);
		case 'configuration':
			return asModule(all.configuration);
		case 'search':
			// Text, so that it is parsed by JSON.parse and only when it is asked for.
			return asModule(searchIndex(searchEntries(all, rest[0] as Language)));
		default:
			return undefined;
	}
}

/** Serves docs/ and proto/ to the app; while developing, follows changes of docs/. */
export function documentation(): Plugin {
	let all: Searchable | undefined;
	return {
		name: 'erynoa-documentation',
		resolveId(id) {
			return id.startsWith(prefix) ? `\0${id}` : undefined;
		},
		load(id) {
			if (!id.startsWith(`\0${prefix}`)) return undefined;
			all ??= readAll();
			return moduleOf(id.slice(prefix.length + 1), all);
		},
		configureServer(server) {
			const sources = [docsFolder, join(repository, 'proto')];
			server.watcher.add(sources);
			server.watcher.on('all', (_, file) => {
				if (!sources.some((folder) => file.startsWith(folder))) return;
				all = undefined;
				server.moduleGraph.invalidateAll();
				server.ws.send({ type: 'full-reload' });
			});
		},
	};
}

// The pages of docs/ in their order, with every link resolved.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type SectionName, sectionNames } from '../lib/content.ts';
import { type Rendered, render, splitFrontMatter } from './markdown.ts';

/** The repository's root. */
export const repository = fileURLToPath(new URL('../../../../../', import.meta.url));
/** The markdown that this app renders. */
export const docsFolder = join(repository, 'docs');

export type Language = 'en' | 'de';

export interface SourceText extends Rendered {
	/** Path of the file below docs/. */
	file: string;
	description: string;
}

export interface SourcePage {
	slug: string;
	section: SectionName;
	order: number;
	en: SourceText;
	de?: SourceText;
}

function markdownFiles(folder: string): string[] {
	return readdirSync(folder, { withFileTypes: true, recursive: true })
		.filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
		.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
		.sort();
}

/**
 * The address under which a link of a file is served.
 *
 * Links between files are written as on disk (`../concepts/voice.md#standing`), so
 * that they work wherever the files are read.
 *
 * @param file path below docs/ of the file that the link stands in
 */
export function resolveLink(file: string, href: string): string {
	if (/^([a-z]+:|\/|#)/.test(href)) return href;
	const [path = '', anchor] = href.split('#');
	if (!path.endsWith('.md')) throw new Error(`${file}: a link to a file that is no page: ${href}`);
	const target = normalize(join(dirname(file), path))
		.split(sep)
		.join('/');
	return `/docs/${target.replace(/^de\//, '').replace(/\.md$/, '')}${anchor ? `#${anchor}` : ''}`;
}

function sectionOf(slug: string): SectionName {
	const folder = slug.includes('/') ? (slug.split('/')[0] as string) : 'more';
	const section = sectionNames.find((name) => name === folder);
	if (!section) throw new Error(`docs/${folder} is no section; add it to sectionNames in src/lib/content.ts`);
	return section;
}

function readText(folder: string, file: string, original?: SourceText): SourceText & { order: number } {
	const { data, body } = splitFrontMatter(readFileSync(join(folder, file), 'utf8'));
	const anchors = original?.passages.map(({ anchor }) => anchor).filter(Boolean);
	const page = render(body, (href) => resolveLink(file, href), anchors);
	if (!page.title) throw new Error(`docs/${file} has no title (a line that begins with "# ")`);
	return { ...page, file, description: data.description, order: data.order };
}

/** Reads all pages, in the order of the navigation. */
export function readLibrary(folder: string = docsFolder): SourcePage[] {
	const pages = new Map<string, SourcePage>();
	const files = markdownFiles(folder);
	for (const file of files.filter((name) => !name.startsWith('de/'))) {
		const slug = file.replace(/\.md$/, '');
		const { order, ...en } = readText(folder, file);
		pages.set(slug, { slug, section: sectionOf(slug), order, en });
	}
	for (const file of files.filter((name) => name.startsWith('de/'))) {
		const page = pages.get(file.replace(/^de\//, '').replace(/\.md$/, ''));
		if (!page) throw new Error(`docs/${file} translates no page`);
		const { order: _, ...de } = readText(folder, file, page.en);
		page.de = de;
	}
	const place = (page: SourcePage) => sectionNames.indexOf(page.section);
	return [...pages.values()].sort(
		(a, b) => place(a) - place(b) || a.order - b.order || a.slug.localeCompare(b.slug, 'en'),
	);
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sectionNames } from '../lib/content.ts';
import { figureNames } from '../lib/figures/names.ts';
import { apiPages, readDescriptors } from './api.ts';
import { docsFolder, readLibrary, resolveLink, type SourceText } from './library.ts';

const pages = readLibrary();
const api = apiPages(readDescriptors(), new Set());
const texts = pages.flatMap((page) => (page.de ? [page.en, page.de] : [page.en]));

/** Every address of this app with the anchors that it has. */
const addresses = new Map<string, Set<string>>([
	['/docs', new Set()],
	['/docs/api', new Set()],
	['/docs/api/rest', new Set()],
	['/docs/configuration', new Set()],
	...sectionNames.map((name): [string, Set<string>] => [`/docs/${name}`, new Set()]),
	...pages.map(({ slug, en }): [string, Set<string>] => [`/docs/${slug}`, anchorsOf(en)]),
	...api.map(({ slug, types, methods }): [string, Set<string>] => [
		`/docs/${slug}`,
		new Set([...types, ...methods].map(({ name }) => name)),
	]),
]);

function anchorsOf(text: SourceText): Set<string> {
	return new Set(text.passages.map(({ anchor }) => anchor).filter(Boolean));
}

/** Paths that the gateway serves beside this app. */
const elsewhere = /^\/(platform|console|api\/v1|log|metrics)(\/|$)/;

describe('the pages of docs/', () => {
	it.each(texts.map((text) => [text.file, text] as const))(
		'every link of %s leads somewhere',
		(file, text) => {
			for (const written of text.links) {
				const href = resolveLink(file, written);
				if (/^https?:/.test(href) || elsewhere.test(href)) continue;
				const [path = '', anchor = ''] = href.split('#');
				const anchors = path === '' ? anchorsOf(text) : addresses.get(path);
				expect(anchors, `${written}: there is no page ${path}`).toBeDefined();
				if (anchor) expect([...(anchors ?? [])], `${written}: there is no such heading`).toContain(anchor);
			}
		},
	);

	it.each(texts.map((text) => [text.file, text.figures] as const))(
		'every figure of %s exists',
		(_, figures) => {
			for (const figure of figures) expect(figureNames).toContain(figure);
		},
	);

	it('every page is in the navigation once', () => {
		expect(new Set(pages.map(({ slug }) => slug)).size).toBe(pages.length);
		for (const { section } of pages) expect(sectionNames).toContain(section);
	});

	it('every page says what it is about in one line', () => {
		for (const { file, description } of texts) {
			expect(description, `${file} needs a description in its front matter`).not.toBe('');
			expect(description.length, file).toBeLessThan(120);
		}
	});

	it('every translation has the sections, anchors and figures of its original', () => {
		for (const { slug, en, de } of pages) {
			if (de)
				expect(
					de.headings.map(({ id }) => id),
					slug,
				).toEqual(en.headings.map(({ id }) => id));
			if (de) expect(de.figures, slug).toEqual(en.figures);
		}
	});

	it('every error page is named by its code and says meaning, field and remedy', () => {
		const errors = pages.filter(({ section }) => section === 'errors');
		expect(errors.length).toBeGreaterThan(40);
		for (const { slug, en } of errors) {
			expect(slug).toBe(`errors/${en.title}`);
			expect(en.title).toMatch(/^[A-Z]+(_[A-Z0-9]+)*$/);
			expect(en.passages.map(({ heading }) => heading)).toEqual(['', 'What it means', 'Field', 'What to do']);
			for (const { heading, text } of en.passages)
				expect(text.length, `${slug}: ${heading}`).toBeGreaterThan(2);
		}
	});

	it('every error code that a page mentions has a page', () => {
		const codes = new Set(pages.filter(({ section }) => section === 'errors').map(({ en }) => en.title));
		for (const { file, passages } of texts.filter(({ file }) => file.startsWith('errors/'))) {
			const mentioned = passages.flatMap(
				({ text }) => text.match(/\b(EVENT|SIGN_IN|PAIRING|REFRESH)_[A-Z_]+\b/g) ?? [],
			);
			for (const code of mentioned) expect([...codes], file).toContain(code);
		}
	});

	it('a link to a file that is no page is refused', () => {
		expect(() => resolveLink('guides/start.md', '../config.schema.json')).toThrow('no page');
		expect(existsSync(join(docsFolder, 'guides/start.md'))).toBe(true);
	});
});

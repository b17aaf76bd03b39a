import { pages } from 'virtual:erynoa/library';
import { locale } from '@erynoa/ui';
import { error } from '@sveltejs/kit';
import { sectionNames } from '$lib/content';
import { pagesOf, textOf } from '$lib/sections';
import type { PageLoad } from './$types';

export const load: PageLoad = async ({ params, depends }) => {
	depends('erynoa:language');
	const language = locale.current;
	const section = sectionNames.find((name) => name === params.slug);
	if (section && section !== 'more') return { kind: 'section' as const, section, pages: pagesOf(section) };
	const page = pages.find(({ slug }) => slug === params.slug);
	if (!page) error(404);
	const text = textOf(page, language);
	const { default: body } = await text.load();
	return { kind: 'page' as const, page, text, body };
};

// Names and icons of the sections, in the order of the navigation.

import { configuration, pages } from 'virtual:erynoa/library';
import type { IconName } from '@erynoa/ui';
import type { Page, PageText, SectionName } from './content';
import { m } from './i18n';

export interface Section {
	/** Path below /docs. */
	path: string;
	icon: IconName;
	title: () => string;
	lead: () => string;
}

/** Sections that have pages; what does not exist is not listed. */
export const sections: Section[] = [
	{ path: 'guides', icon: 'book', title: m.nav_guides, lead: m.lead_guides },
	{ path: 'concepts', icon: 'explain', title: m.nav_concepts, lead: m.lead_concepts },
	{ path: 'api', icon: 'code', title: m.nav_api, lead: m.lead_api },
	{ path: 'errors', icon: 'warning', title: m.nav_errors, lead: m.lead_errors },
	{ path: 'protocol', icon: 'log', title: m.nav_protocol, lead: m.lead_protocol },
	...(configuration
		? [
				{
					path: 'configuration',
					icon: 'settings' as const,
					title: m.nav_configuration,
					lead: m.lead_configuration,
				},
			]
		: []),
	{ path: 'adr', icon: 'check', title: m.nav_adr, lead: m.lead_adr },
];

/** Icon of a page that stands beside the sections. */
export function iconOf({ slug }: Page): IconName {
	return slug === 'axioms' ? 'gavel' : 'chart';
}

export function pagesOf(section: SectionName): Page[] {
	return pages.filter((page) => page.section === section);
}

/** The page in this language, or in English where it is not translated. */
export function textOf(page: Page, language: 'en' | 'de'): PageText & { language: 'en' | 'de' } {
	const translated = page[language];
	return translated ? { ...translated, language } : { ...page.en, language: 'en' };
}

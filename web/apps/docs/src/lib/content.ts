// Shapes of what the build hands to the pages. Made by src/content, read by the
// routes through the virtual modules that virtual.d.ts declares.
import type { Locale } from '@erynoa/ui';
import type { figureNames } from './figures/names.ts';

export type FigureName = (typeof figureNames)[number];

/** A stretch of a page: rendered markdown, or a figure that the reader can use. */
export type Segment = { html: string } | { figure: FigureName };

export interface Heading {
	/** 2 or 3. */
	level: number;
	id: string;
	text: string;
}

/** One page in one language. */
export interface PageBody {
	segments: Segment[];
	headings: Heading[];
}

export interface PageText {
	title: string;
	description: string;
	load: () => Promise<{ default: PageBody }>;
}

/** One page of docs/ in all its languages. */
export interface Page {
	/** Path below /docs, e.g. `guides/start`. */
	slug: string;
	section: SectionName;
	en: PageText;
	de?: PageText;
}

export const sectionNames = ['guides', 'concepts', 'protocol', 'errors', 'adr', 'more'] as const;
/** Folder of docs/; `more` are the files beside the folders. */
export type SectionName = (typeof sectionNames)[number];

/** Text of a comment in a .proto file: paragraphs of HTML. */
export type Comment = string[];

export interface TypeRef {
	/** As one reads it, e.g. `Trust` or `uint64`. */
	name: string;
	/** Where it is documented: path below /docs with an anchor. Absent for scalars. */
	href?: string;
}

export interface ApiField {
	name: string;
	number: number;
	type: TypeRef;
	/** repeated, optional, or the name of its oneof. */
	label: string;
	comment: Comment;
}

export interface ApiType {
	name: string;
	fullName: string;
	kind: 'message' | 'enum';
	comment: Comment;
	fields: ApiField[];
	values: { name: string; number: number; comment: Comment }[];
}

export interface ApiMethod {
	name: string;
	/** Path of the call. */
	path: string;
	comment: Comment;
	request: TypeRef;
	response: TypeRef;
	streams: boolean;
}

export interface ApiPage {
	/** Path below /docs. */
	slug: string;
	title: string;
	/** Full name of the service, or of the package. */
	fullName: string;
	comment: Comment;
	methods: ApiMethod[];
	types: ApiType[];
}

export interface ApiSummary {
	slug: string;
	title: string;
	/** First sentence of the comment. */
	summary: string;
	methods: string[];
	load: () => Promise<{ default: ApiPage }>;
}

export interface RestValue {
	name: string;
	/** path, query, header, or empty in a body. */
	place: string;
	type: string;
	required: boolean;
	description: string;
}

export interface RestOperation {
	id: string;
	method: string;
	path: string;
	summary: string;
	description: string;
	values: RestValue[];
	body?: { type: string; values: RestValue[] };
	answers: { status: string; description: string; type: string }[];
}

export interface RestReference {
	operations: RestOperation[];
	schemas: { name: string; description: string; values: RestValue[] }[];
}

export interface ConfigurationKey {
	/** section.key */
	key: string;
	/** APP_<SECTION>__<KEY> */
	variable: string;
	type: string;
	/** As TOML; empty when the key must be given or is absent by default. */
	fallback: string;
	description: string;
}

export interface ConfigurationSection {
	name: string;
	description: string;
	keys: ConfigurationKey[];
}

/** What the search knows of one stretch of a page. */
export interface SearchEntry {
	id: number;
	/** Path below /docs with an anchor. */
	href: string;
	title: string;
	heading: string;
	text: string;
}

export type SearchIndexes = Record<Locale, () => Promise<{ default: string }>>;

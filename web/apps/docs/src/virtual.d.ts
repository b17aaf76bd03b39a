// Modules that src/content/plugin.ts makes at build time.
declare module 'virtual:erynoa/library' {
	import type { ApiSummary, ConfigurationSection, Page, RestReference, SearchIndexes } from '$lib/content';

	/** Every page of docs/, in the order of the navigation. */
	export const pages: Page[];
	/** Services and packages of the API. */
	export const api: ApiSummary[];
	/** Absent when docs/openapi.json is. */
	export const rest: (() => Promise<{ default: RestReference }>) | undefined;
	/** Absent when docs/config.schema.json is. */
	export const configuration: (() => Promise<{ default: ConfigurationSection[] }>) | undefined;
	/** Full-text index for each language. */
	export const search: SearchIndexes;
}

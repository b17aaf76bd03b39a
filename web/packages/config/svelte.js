import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/**
 * The Svelte configuration of one app.
 *
 * The gateway serves `script-src 'self'` plus the hashes of the inline scripts
 * that it finds in index.html, so every script here is either a file or hashed.
 *
 * @param {{ base: `/${string}` }} app base: path prefix that the app is served under
 * @returns {import('@sveltejs/kit').Config}
 */
export function svelteConfig({ base }) {
	return {
		preprocess: vitePreprocess(),
		compilerOptions: { runes: true },
		kit: {
			adapter: adapter({ pages: 'build', assets: 'build', fallback: 'index.html', strict: true }),
			paths: { base, relative: false },
			csp: { mode: 'hash', directives: { 'script-src': ['self'] } },
			output: { preloadStrategy: 'modulepreload' },
			version: { pollInterval: 0 },
		},
	};
}

import { readFileSync } from 'node:fs';
import { paraglideVitePlugin } from '@inlang/paraglide-js';
import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';

const boot = new URL('./boot.js', import.meta.url);

/**
 * Serves boot.js (theme and language before the first paint) beside every app.
 * A file instead of an inline script, because the CSP refuses inline scripts.
 *
 * @returns {import('vite').Plugin}
 */
function bootScript() {
	return {
		name: 'erynoa-boot',
		configureServer(server) {
			server.middlewares.use((request, response, next) => {
				if (!request.url?.split('?')[0]?.endsWith('/boot.js')) return next();
				response.setHeader('content-type', 'text/javascript');
				response.end(readFileSync(boot));
			});
		},
		generateBundle() {
			if (this.environment.name !== 'client') return;
			this.emitFile({ type: 'asset', fileName: 'boot.js', source: readFileSync(boot, 'utf8') });
		},
	};
}

/**
 * The Vite configuration of one app: Tailwind, Paraglide, SvelteKit, and in
 * development a proxy to the gateway for everything that is not the app.
 *
 * @param {{ port: number, gateway?: string }} app
 *   port: of the development server; gateway: address that API calls go to
 * @returns {import('vite').UserConfig}
 */
export function viteConfig({ port, gateway = process.env.ERYNOA_GATEWAY ?? 'http://127.0.0.1:3000' }) {
	return {
		plugins: [
			tailwindcss(),
			paraglideVitePlugin({
				project: './project.inlang',
				outdir: './src/lib/paraglide',
				// The language is owned by @erynoa/ui (see its locale.svelte.ts);
				// this is only what Paraglide falls back to before that is wired.
				strategy: ['baseLocale'],
				emitTsDeclarations: true,
			}),
			sveltekit(),
			bootScript(),
		],
		build: {
			target: 'es2022',
			rolldownOptions: {
				// One file per text, re-exported by one index: without this every page would bring all texts along.
				treeshake: { moduleSideEffects: [{ test: /\/paraglide\/messages/, sideEffects: false }] },
			},
		},
		server: {
			port,
			strictPort: true,
			proxy: Object.fromEntries(
				['/api', '/log', '/metrics', '^/erynoa\\.', '^/grpc\\.'].map((path) => [
					path,
					{ target: gateway, changeOrigin: true },
				]),
			),
		},
	};
}

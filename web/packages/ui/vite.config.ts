import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vitest/config';

// Only for the gallery and the tests; the apps take the sources as they are.
export default defineConfig({
	root: process.env.VITEST ? '.' : 'gallery',
	plugins: [tailwindcss(), svelte({ preprocess: vitePreprocess(), compilerOptions: { runes: true } })],
	resolve: process.env.VITEST ? { conditions: ['browser'] } : {},
	server: { port: 5176 },
	build: { outDir: '../build', emptyOutDir: true },
	test: { environment: 'jsdom', include: ['test/**/*.test.ts'] },
});

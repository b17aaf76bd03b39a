import { defineConfig } from 'vitest/config';

// The code that runs at build time needs neither Svelte nor a browser.
export default defineConfig({ test: { include: ['src/**/*.test.ts'], environment: 'node' } });

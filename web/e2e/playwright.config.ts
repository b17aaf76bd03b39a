import { defineConfig } from '@playwright/test';

const apps = ['platform', 'console', 'docs'] as const;

// On real parts behind Caddy on one port: the main paths of each app, one after the other.
const full = process.env.ERYNOA_E2E_FULL === '1';
const mainPaths = {
	platform: ['first-start', 'provider', 'attest', 'files'].map((name) => `platform/${name}.spec.ts`),
	console: ['gate', 'accounts', 'storage'].map((name) => `console/${name}.spec.ts`),
	docs: ['docs.spec.ts'],
};

// One project an app: each gets a gateway of its own, with an empty log.
export default defineConfig({
	testDir: 'tests',
	outputDir: 'test-results',
	// A gateway and a browser for each; two cores carry no more.
	workers: full ? 1 : 2,
	fullyParallel: false,
	forbidOnly: true,
	// Browsers share two cores with two gateways; a second failure is a failure,
	// and a first one is reported as flaky.
	retries: process.env.CI ? 1 : 0,
	timeout: 180_000,
	expect: { timeout: 20_000 },
	reporter: [['list']],
	use: {
		locale: 'en-GB',
		timezoneId: 'Europe/Berlin',
		actionTimeout: 20_000,
		trace: process.env.CI ? 'off' : 'retain-on-failure',
		launchOptions: {
			executablePath: process.env.ERYNOA_CHROMIUM ?? '/usr/bin/chromium',
			args: [
				'--no-sandbox',
				'--disable-gpu',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync',
			],
		},
	},
	projects: apps.map((app) => ({
		name: app,
		testMatch: full ? mainPaths[app] : [`${app}.spec.ts`, `${app}/**/*.spec.ts`],
	})),
});

import base from '../playwright.config';
export default {
	...base,
	testDir: '.',
	outputDir: '/tmp/demo-results',
	workers: 1,
	timeout: 280_000,
	projects: [{ name: 'demo', testMatch: 'demo.spec.ts' }],
};

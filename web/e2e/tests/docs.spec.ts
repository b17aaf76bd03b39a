import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { expectAccessible } from '../support/accessibility';
import { photograph } from '../support/photograph';
import { expect, test } from '../support/test';

/** One page of each type. */
const pageTypes = [
	['home', '/docs/'],
	['section', '/docs/concepts'],
	['guide', '/docs/guides/start'],
	['concept', '/docs/concepts/trust'],
	['specification', '/docs/protocol/specification'],
	['error-codes', '/docs/errors'],
	['error-code', '/docs/errors/EVENT_PREV_STALE'],
	['decision', '/docs/adr/0003-null-realm'],
	['api', '/docs/api'],
	['api-service', '/docs/api/TrustService'],
	['api-protocol', '/docs/api/protocol'],
	['rest', '/docs/api/rest'],
	['configuration', '/docs/configuration'],
	['missing', '/docs/no/such/page'],
] as const;

/** Waits until the page is drawn: every page has exactly one title. */
async function open(page: Page, address: string): Promise<void> {
	await page.goto(address);
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
	await expect(page.locator('[class*="animate-pulse"]')).toHaveCount(0);
}

for (const [name, address] of pageTypes) {
	test(`the ${name} page is accessible and fits every screen`, async ({ page }) => {
		await open(page, address);
		const missing = page.getByRole('heading', { name: 'There is no page here' });
		await expect(missing).toHaveCount(name === 'missing' ? 1 : 0);
		await expectAccessible(page);
		await photograph(page, `docs-${name}`);
	});
}

test('every entry of the navigation leads to a page', async ({ page }) => {
	await open(page, '/docs/');
	const links = await page.getByRole('navigation').getByRole('link').all();
	const addresses = await Promise.all(links.map((link) => link.getAttribute('href')));
	expect(addresses.length).toBeGreaterThan(5);
	for (const address of new Set(addresses)) {
		await open(page, address ?? '');
		await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('There is no page here');
	}
});

test('the table of contents leads to its heading', async ({ page }) => {
	await page.setViewportSize({ width: 1440, height: 800 });
	await open(page, '/docs/concepts/trust');
	await page.getByRole('navigation', { name: 'On this page' }).getByRole('link', { name: 'Units' }).click();
	await expect(page).toHaveURL(/#units$/);
	await expect(page.getByRole('heading', { name: /^Units/ })).toBeInViewport();
});

test('a page with an anchor opens at its heading', async ({ page }) => {
	await open(page, '/docs/protocol/details#state-root');
	await expect(page.getByRole('heading', { name: /^State root/ })).toBeInViewport();
});

test('the page follows the language, and says when it exists in English only', async ({ page }) => {
	await open(page, '/docs/concepts/voice');
	await page.getByText('DE', { exact: true }).first().click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Stimme');
	await expect(page.getByRole('article')).toHaveAttribute('lang', 'de');
	await page.goto('/docs/errors/EVENT_PREV_STALE');
	await expect(page.getByText('Diese Seite gibt es nur auf Englisch.')).toBeVisible();
	await expect(page.getByRole('article')).toHaveAttribute('lang', 'en');
});

test('a call of the reference can be tried, as nobody and as oneself', async ({
	operator,
	person,
	seat,
	page,
}) => {
	expect(operator.did).toContain('did:erynoa:self:');
	const tryCall = async (at: Page) => {
		await open(at, '/docs/api/UserService');
		await at.getByRole('button', { name: 'Try GetCurrentUser' }).click();
		return at.getByRole('form', { name: 'Try GetCurrentUser' });
	};
	const asNobody = await tryCall(page);
	await expect(asNobody.getByText('Nobody is signed in')).toBeVisible();
	await asNobody.getByRole('button', { name: 'Send' }).click();
	await expect(asNobody.getByText('UNAUTHORIZED')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'docs-try-refused');

	const own = await seat(await person('Tara Tries'));
	const form = await tryCall(own);
	await expect(form.getByText('You call as Tara Tries.')).toBeVisible();
	await form.getByLabel('Request as JSON').fill('{ "nonsense": 1 }');
	await form.getByRole('button', { name: 'Send' }).click();
	await expect(form.getByLabel('Request as JSON')).toHaveAttribute('aria-invalid', 'true');
	await form.getByLabel('Request as JSON').fill('');
	await form.getByRole('button', { name: 'Send' }).click();
	await expect(form.getByRole('region', { name: 'Answer 1' })).toContainText('"name": "Tara Tries"');
	await expectAccessible(own);
	await photograph(own, 'docs-try-answered');

	// A stream goes on until it is stopped.
	await open(own, '/docs/api/EventService');
	await own.getByRole('button', { name: 'Try Watch' }).click();
	const watch = own.getByRole('form', { name: 'Try Watch' });
	await watch.getByRole('button', { name: 'Send' }).click();
	await watch.getByRole('button', { name: 'Stop' }).click();
	await expect(watch.getByRole('status')).toContainText('ms');
	await expect(watch.getByRole('alert')).toHaveCount(0);
});

test('a block of code can be copied', async ({ page, context }) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write']);
	await open(page, '/docs/guides/start');
	await page.getByRole('button', { name: 'Copy code' }).first().focus();
	await page.keyboard.press('Enter');
	await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
	expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('make run');
});

test('codes are filtered as one types', async ({ page }) => {
	await open(page, '/docs/errors');
	await page.getByLabel('Filter codes').fill('prev stale');
	await expect(page.getByRole('main').getByRole('link')).toHaveText([/EVENT_PREV_STALE/]);
	await page.getByLabel('Filter codes').fill('no such code');
	await expect(page.getByText('No code contains this.')).toBeVisible();
});

test('search finds by keyboard and opens the chosen hit', async ({ page }) => {
	await open(page, '/docs/');
	await page.keyboard.press('Control+k');
	const box = page.getByRole('combobox', { name: 'Search for' });
	await box.fill('prev stale');
	await expect(page.getByRole('option').first()).toContainText('EVENT_PREV_STALE');
	await expectAccessible(page);
	await photograph(page, 'docs-search');
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(/\/docs\/errors\/EVENT_PREV_STALE/);
	await expect(page.getByRole('combobox')).toHaveCount(0);
});

test('search and pages work without a connection', async ({ page, context }) => {
	await open(page, '/docs/');
	// The first visit has stored everything when the worker controls the page.
	await page.evaluate(async () => {
		await navigator.serviceWorker.ready;
		if (!navigator.serviceWorker.controller) {
			await new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done));
		}
	});
	await context.setOffline(true);
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox').fill('half-life');
	await page.getByRole('option').first().click();
	await expect(page.getByRole('article')).toBeVisible();
	await page.goto('/docs/concepts/chain');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Chain');
	await context.setOffline(false);
});

test('the figure of evidence answers to the keyboard with the numbers of the protocol', async ({ page }) => {
	await open(page, '/docs/concepts/trust');
	const result = page.getByRole('status').filter({ hasText: 'Trust after' });
	await expect(result).toContainText('0.357142');
	await page.getByLabel(/^Negative from voices/).focus();
	await page.keyboard.press('ArrowRight');
	await expect(result).toContainText('0.192307');
	await page.keyboard.press('ArrowLeft');
	await page.getByLabel(/^Negative without a voice/).focus();
	await page.keyboard.press('End');
	await expect(result).toContainText('0.192307');
	await page.getByLabel(/^Positive from founders/).focus();
	await page.keyboard.press('Home');
	await page.getByLabel(/^Negative without a voice/).focus();
	await page.keyboard.press('Home');
	await expect(result).toContainText('0.100000');
});

test('the figure of the voice answers to the keyboard', async ({ page }) => {
	await open(page, '/docs/concepts/voice');
	const result = page.getByRole('status').filter({ hasText: 'Weight ν' });
	await page.getByLabel('Standing of the attester').focus();
	await page.keyboard.press('Home');
	await expect(result).toContainText('No voice');
	await expect(result).toContainText('0.100000');
	await page.getByLabel('Founder of the realm').press('Space');
	await expect(result).toContainText('Has a voice');
	await expect(result).toContainText('0.357142');
});

test('the figure of the norm answers to the keyboard', async ({ page }) => {
	await open(page, '/docs/concepts/norms');
	const result = page.getByRole('status').filter({ hasText: 'Norm' });
	await expect(result).toContainText('0.809135');
	await page.getByLabel('What the trust is for').selectOption({ label: 'Finance' });
	await expect(result).toContainText('0.831564');
	await page.getByRole('slider', { name: /^Reliability/ }).focus();
	await page.keyboard.press('Home');
	await expect(result).not.toContainText('0.831564');
});

test('the figure of the chain answers to the keyboard', async ({ page }) => {
	await open(page, '/docs/concepts/chain');
	const result = page.getByRole('status').filter({ hasText: 'Estimate' });
	await expect(result).toContainText('0.640000');
	await page.getByRole('button', { name: 'Remove the last hop' }).focus();
	await page.keyboard.press('Enter');
	await page.keyboard.press('Enter');
	await page.getByLabel('Standing at hop 1').focus();
	for (let step = 0; step < 10; step++) await page.keyboard.press('ArrowRight');
	await expect(result).toContainText('0.765837');
});

test('script of a page stays below 120 kB with the figures of the product', async ({ browser, gateway }) => {
	for (const address of ['/docs/', '/docs/concepts/trust', '/docs/api/TrustService', '/docs/errors']) {
		// A first visit: nothing stored, and no worker that stores the rest meanwhile.
		const context = await browser.newContext({ baseURL: gateway.url, serviceWorkers: 'block' });
		const page = await context.newPage();
		const scripts: Promise<Buffer>[] = [];
		page.on('response', (response) => {
			if (response.request().resourceType() === 'script') scripts.push(response.body());
		});
		await open(page, address);
		const sizes = (await Promise.all(scripts)).map((body) => gzipSync(body).length);
		expect(sizes.length, address).toBeGreaterThan(3);
		expect(
			sizes.reduce((sum, size) => sum + size, 0),
			address,
		).toBeLessThan(120_000);
		await context.close();
	}
});

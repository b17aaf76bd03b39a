import { gzipSync } from 'node:zlib';
import { Dimension, Polarity } from '@erynoa/protocol';
import { settled } from '../../support/platform';
import { expect, expectAccessible, type Person, photograph, test } from '../../support/test';

/** Waits until an epoch has taken in what was said about somebody. */
async function counted(subject: Person, least = 100_001): Promise<void> {
	await expect(async () => {
		const { values } = await subject.trust();
		expect(Math.max(...values.map((value) => value.trustPpm))).toBeGreaterThanOrEqual(least);
	}).toPass({ timeout: 15_000 });
}

test('profile, people, ranking, activity and settings are accessible and fit every screen', async ({
	operator,
	person,
	seat,
}) => {
	// Pictures and axe of many pages take their time on a busy machine.
	test.slow();
	const edith = await person('Edith');
	const frida = await person('Frida');
	await operator.attest(edith, { comment: 'Kept every promise.' });
	await operator.attest(edith, {
		dimension: Dimension.COMPETENCE,
		domain: 'rust',
		comment: 'Wrote our parser.',
	});
	await counted(edith, 357_142);
	await edith.attest(frida, { dimension: Dimension.INTEGRITY });
	await counted(frida);
	await operator.attest(edith, {
		dimension: Dimension.INTEGRITY,
		polarity: Polarity.NEGATIVE,
		comment: 'Once.',
	});

	const page = await seat(operator);
	await page.goto(`/platform/people/${frida.did}`);
	await settled(page);
	// From the operator over Edith to Frida.
	await expect(page.getByText('Estimate through this chain')).toBeVisible();
	await expect(page.getByRole('main').getByRole('link', { name: /Edith/ }).first()).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'profile-chain');

	await page.goto(`/platform/people/${edith.did}`);
	await settled(page);
	await expect(page.getByRole('button', { name: /^rust/ })).toBeVisible();
	await expect(page.getByTestId('statement')).toHaveCount(3);
	await page.getByLabel('What for').selectOption({ label: 'Technical' });
	await expect(page).toHaveURL(/context=technical/);
	await page.getByRole('button', { name: 'Show as a table' }).click();
	await expect(page.getByRole('columnheader', { name: 'End of the epoch' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'profile');
	for (const tab of ['Said by Edith', 'Keys']) {
		await page.getByRole('tab', { name: tab }).click();
		await settled(page);
		await expectAccessible(page);
	}

	for (const [name, address] of [
		['people', '/platform/people'],
		['people-found', '/platform/people?q=Edi'],
		['people-none', '/platform/people?q=nobody-of-that-name'],
		['ranking', '/platform/people?tab=ranking'],
		['activity', '/platform/activity'],
		['settings', '/platform/settings'],
		['home', '/platform'],
	] as const) {
		await page.goto(address);
		await settled(page);
		await expectAccessible(page);
		await photograph(page, name);
	}
});

test('the ranking follows its filters and keeps them in the address', async ({ operator, person, seat }) => {
	const gerda = await person('Gerda');
	await operator.attest(gerda, { dimension: Dimension.PRESTIGE });
	await counted(gerda);
	const page = await seat(operator);
	await page.goto('/platform/people?tab=ranking');
	await settled(page);
	await expect(page.getByRole('row').nth(1)).toContainText('Olga Operator');
	await page.getByLabel('Order by').selectOption({ label: 'Prestige' });
	await page.getByText('Least first').click();
	await expect(page).toHaveURL(/by=4.*order=ascending|order=ascending.*by=4/);
	await page.reload();
	await settled(page);
	await expect(page.getByLabel('Order by')).toHaveValue('4');
	await expect(page.getByRole('row').last()).toContainText('Olga Operator');
	await page.getByLabel('Confidence').selectOption({ label: 'At least 80%' });
	await expect(page.getByText('Nobody fits')).toBeVisible();
});

test('search finds people as one types and keeps the query in the address', async ({ person, page }) => {
	const unusual = await person('Xanthippe Quux');
	await page.goto('/platform/people');
	await page.getByLabel('Search people').fill('thippe q');
	await expect(page.getByRole('link', { name: /Xanthippe Quux/ })).toBeVisible();
	await expect(page).toHaveURL(/q=thippe/);
	await page.getByLabel('Search people').fill(unusual.did.slice(0, 40));
	await page.getByRole('link', { name: /Xanthippe Quux/ }).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Xanthippe Quux');
});

test('the platform speaks German', async ({ person, seat }) => {
	const hanna = await person('Hanna');
	const page = await seat(hanna);
	await page.goto('/platform');
	await page.getByText('DE', { exact: true }).first().click();
	await expect(page.getByRole('heading', { name: 'Hallo, Hanna' })).toBeVisible();
	await expect(page.locator('html')).toHaveAttribute('lang', 'de');
	for (const [address, heading] of [
		['/platform/people', 'Personen'],
		['/platform/attest', 'Attestieren'],
		['/platform/activity', 'Aktivität'],
		['/platform/devices', 'Geräte'],
		['/platform/settings', 'Einstellungen'],
	] as const) {
		await page.goto(address);
		await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
	}
	await settled(page);
	await photograph(page, 'settings-german');
	await page.goto('/platform');
	await settled(page);
	await photograph(page, 'home-german');
});

test('what does not exist says so and leads on', async ({ page }) => {
	await page.goto('/platform/people/did:erynoa:self:nonsense');
	await expect(page.getByRole('heading', { name: 'This is no identity' })).toBeVisible();
	await expectAccessible(page);
	await page.goto(`/platform/people/did:erynoa:self:00010001${'0'.repeat(56)}`);
	await expect(page.getByText('Error code')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'profile-unknown');
	await page.goto(`/platform/events/00020001${'0'.repeat(56)}`);
	await expect(page.getByText('Error code')).toBeVisible();
	await page.goto('/platform/no/such/page');
	await expect(page.getByRole('heading', { name: 'There is no page here' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'missing');
});

test('a lost connection is announced, and what comes back is loaded', async ({ person, seat }) => {
	const ida = await person('Ida');
	const page = await seat(ida);
	await page.goto('/platform');
	await settled(page);
	// The other pages are fetched a moment after the first one is shown.
	await page.waitForFunction(() => {
		const files = performance.getEntriesByType('resource').map(({ name }) => name);
		return files.filter((name) => /\/nodes\/\d+\./.test(name)).length >= 9;
	});
	await page.context().setOffline(true);
	await expect(page.getByText('You are offline')).toBeVisible();
	await page.getByRole('link', { name: 'People' }).first().click();
	await expect(page.getByText('NETWORK_UNREACHABLE')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'offline');
	await page.context().setOffline(false);
	await expect(page.getByText('You are offline')).toBeHidden({ timeout: 15_000 });
	await expect(page.getByRole('link', { name: /Ida/ })).toBeVisible();
});

test('the command palette reaches pages, people and actions', async ({ person, seat }) => {
	const jana = await person('Jana Palette');
	const page = await seat(jana);
	await page.goto('/platform');
	await settled(page);
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox').fill('Jana Pal');
	await expect(page.getByRole('option', { name: /Jana Palette/ })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'palette');
	await page.getByRole('combobox').fill('dark');
	await page.getByRole('option', { name: /Dark theme/ }).click();
	await expect(page.locator('html')).toHaveClass(/dark/);
});

test('every entry of the navigation leads to a page', async ({ page }) => {
	await page.goto('/platform');
	await settled(page);
	const links = await page.getByRole('navigation').getByRole('link').all();
	const addresses = new Set(await Promise.all(links.map((link) => link.getAttribute('href'))));
	expect(addresses.size).toBeGreaterThan(5);
	for (const address of addresses) {
		await page.goto(address ?? '');
		await expect(page.getByRole('heading', { level: 1 })).not.toHaveText('There is no page here');
		await expectAccessible(page);
	}
});

test('script that a page needs at first stays below 200 kB', async ({ browser, gateway, operator }) => {
	for (const address of [
		'/platform',
		'/platform/people',
		'/platform/attest',
		`/platform/people/${operator.did}`,
	]) {
		const context = await browser.newContext({ baseURL: gateway.url });
		const page = await context.newPage();
		const scripts: Promise<Buffer>[] = [];
		page.on('response', (response) => {
			if (response.request().resourceType() === 'script') scripts.push(response.body());
		});
		await page.goto(address);
		await settled(page);
		const sizes = (await Promise.all(scripts)).map((body) => gzipSync(body).length);
		const total = sizes.reduce((sum, size) => sum + size, 0);
		expect(sizes.length, address).toBeGreaterThan(3);
		expect(total, address).toBeLessThan(200_000);
		await context.close();
	}
});

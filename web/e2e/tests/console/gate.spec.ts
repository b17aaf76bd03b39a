import { createPerson, seatPerson } from '../../support/people';
import { settled } from '../../support/platform';
import { expect, expectAccessible, photograph, startGateway, test } from '../../support/test';

test('before anybody has claimed the installation the console says how to begin', async ({ browser }) => {
	const gateway = await startGateway();
	const context = await browser.newContext({ baseURL: gateway.url, locale: 'en-GB' });
	try {
		const page = await context.newPage();
		await page.goto('/console');
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Nobody operates this installation yet');
		await expectAccessible(page);
		await photograph(page, 'gate-unclaimed');
		await page.getByRole('link', { name: 'To the platform' }).click();
		await expect(page).toHaveURL(/\/platform$/);

		// Whoever claims it signs in here with the key of the device.
		const operator = await createPerson(gateway.url, 'Olga Operator');
		await operator.claim(gateway.claimToken);
		await seatPerson(context, gateway.url, operator, { signedIn: false });
		await page.goto('/console/log');
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in to the console');
		await expectAccessible(page);
		await photograph(page, 'gate-sign-in');
		await page.getByRole('button', { name: 'Sign in as Olga Operator' }).click();
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Log');

		await page.getByRole('button', { name: 'Account of Olga Operator' }).filter({ visible: true }).click();
		await page.getByRole('menuitem', { name: 'Sign out' }).click();
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in to the console');
	} finally {
		await context.close();
		await gateway.remove();
	}
});

test('a browser without a key is told where keys come from', async ({ operator, page }) => {
	expect(operator.did).toContain('did:erynoa:self:');
	await page.goto('/console');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('This browser has no key');
	await expectAccessible(page);
	await photograph(page, 'gate-no-key');
});

test('a member is refused, in words and by the server', async ({ operator, person, seat }) => {
	expect(operator.did).toContain('did:erynoa:self:');
	const member = await person('Mia Member');
	const page = await seat(member);
	for (const path of ['/console', '/console/configuration', '/console/trust']) {
		await page.goto(path);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('The console is for operators');
		await expect(page.getByText('signed in as Mia Member')).toBeVisible();
		await expect(page.getByRole('link', { name: 'Configuration' })).toHaveCount(0);
	}
	await expectAccessible(page);
	await photograph(page, 'gate-member');
	await expect(member.api.operations.getOverview({})).rejects.toMatchObject({ code: 'FORBIDDEN' });
	await expect(member.api.operations.getConfiguration({})).rejects.toMatchObject({ code: 'FORBIDDEN' });
});

test('every room speaks German', async ({ operator, seat }) => {
	const page = await seat(operator);
	await page.goto('/console');
	await settled(page);
	await page.getByText('DE', { exact: true }).filter({ visible: true }).click();
	for (const [path, title] of [
		['', 'Überblick'],
		['/events', 'Ereignisse'],
		['/log', 'Log'],
		['/trust', 'Vertrauen'],
		['/configuration', 'Konfiguration'],
	] as const) {
		await page.goto(`/console${path}`);
		await settled(page);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
		await expect(page.locator('html')).toHaveAttribute('lang', 'de');
	}
});

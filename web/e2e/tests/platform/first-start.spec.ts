import { makeIdentity, settled } from '../../support/platform';
import { expect, expectAccessible, photograph, startGateway, test } from '../../support/test';

test('whoever opens the one-time link becomes the operator, once', async ({ browser }) => {
	const fresh = await startGateway();
	const context = await browser.newContext({ baseURL: fresh.url, locale: 'en-GB' });
	try {
		const page = await context.newPage();
		await page.goto('/platform');
		await expect(page.getByText('finds a one-time link')).toBeVisible();
		await expectAccessible(page);

		await page.goto(`/platform/claim#${fresh.claimToken}`);
		await settled(page);
		await expect(page).toHaveURL(/\/claim$/);
		await photograph(page, 'claim-identity');
		await makeIdentity(page, 'Olga Operator');
		await expect(page.getByText('founder as Olga Operator')).toBeVisible();
		await expectAccessible(page);
		await photograph(page, 'claim-realm');
		await page.getByRole('button', { name: 'Found the realm' }).click();
		await expect(page.getByText('The realm needs a name.')).toBeVisible();
		await page.getByLabel('Name of the realm').fill('Riverside Workshop');
		await page.getByRole('button', { name: 'Found the realm' }).click();
		await expect(page.getByRole('heading', { name: 'The realm is founded' })).toBeVisible();
		await expectAccessible(page);
		await photograph(page, 'claim-done');

		await page.goto('/platform');
		await expect(page.getByText('You are a founder')).toBeVisible({ timeout: 15_000 });
		await expect(page.getByRole('link', { name: 'Console' })).toBeVisible();

		await page.goto(`/platform/claim#${fresh.claimToken}`);
		await expect(page.getByText('Somebody has done this already')).toBeVisible();
		await photograph(page, 'claim-over');
	} finally {
		await context.close();
		await fresh.remove();
	}
});

test('a wrong claim token is refused with what to do', async ({ browser }) => {
	const fresh = await startGateway();
	const context = await browser.newContext({ baseURL: fresh.url, locale: 'en-GB' });
	try {
		const page = await context.newPage();
		await page.goto('/platform/claim#not-the-token');
		await makeIdentity(page, 'Mallory');
		await page.getByLabel('Name of the realm').fill('Mine');
		await page.getByRole('button', { name: 'Found the realm' }).click();
		await expect(page.getByText('CLAIM_TOKEN_INVALID')).toBeVisible();
		await expect(page.getByRole('link', { name: 'About this error' })).toHaveAttribute(
			'href',
			'/docs/errors/CLAIM_TOKEN_INVALID',
		);
		await expectAccessible(page);
	} finally {
		await context.close();
		await fresh.remove();
	}
});

test('closed registration is said before anything is typed', async ({ browser }) => {
	const closed = await startGateway({ APP_FEATURES__REGISTRATION: 'false' });
	const context = await browser.newContext({ baseURL: closed.url, locale: 'en-GB' });
	try {
		const page = await context.newPage();
		// The first operator gets in by the link all the same.
		await page.goto(`/platform/claim#${closed.claimToken}`);
		await makeIdentity(page, 'Olga');
		await page.getByLabel('Name of the realm').fill('Closed shop');
		await page.getByRole('button', { name: 'Found the realm' }).click();
		await expect(page.getByRole('heading', { name: 'The realm is founded' })).toBeVisible();

		const stranger = await browser.newContext({ baseURL: closed.url, locale: 'en-GB' });
		const visit = await stranger.newPage();
		await visit.goto('/platform/create');
		await expect(visit.getByText('No new identities here')).toBeVisible();
		await expectAccessible(visit);
		await photograph(visit, 'registration-closed');
		await stranger.close();

		// An invitation is a key to the closed door, and to nothing else.
		await page.goto('/console/users');
		await page.getByRole('button', { name: 'Invite' }).first().click();
		const dialog = page.getByRole('dialog');
		await dialog.getByLabel('E-mail address').fill('gina@erynoa.example');
		await dialog.getByRole('button', { name: 'Make the invitation' }).click();
		const link = await dialog.getByTestId('invitation-link').textContent();
		const guest = await browser.newContext({ baseURL: closed.url, locale: 'en-GB' });
		const arrival = await guest.newPage();
		await arrival.goto(link ?? '');
		await makeIdentity(arrival, 'Gina');
		await expect(arrival.getByText('You accept it as Gina.')).toBeVisible();
		await arrival.getByRole('button', { name: 'Accept' }).click();
		await expect(arrival.getByRole('heading', { name: 'Welcome' })).toBeVisible();
		await guest.close();
	} finally {
		await context.close();
		await closed.remove();
	}
});

import type { BrowserContext, Page } from '@playwright/test';
import type { Gateway } from '../../support/gateway';
import { makeIdentity, settled } from '../../support/platform';
import { issuer, PROVIDER_NAME, signInAs, startProviderGateway } from '../../support/provider';
import { expect, expectAccessible, photograph, test } from '../../support/test';

let gateway: Gateway;
let context: BrowserContext;
let page: Page;

test.beforeAll(async () => {
	gateway = await startProviderGateway();
});
test.afterAll(() => gateway?.remove());
test.beforeEach(async ({ browser }) => {
	context = await browser.newContext({ baseURL: gateway.url, locale: 'en-GB' });
	page = await context.newPage();
});
test.afterEach(() => context.close());

test('somebody comes by the identity provider, links an identity, and signs out at both', async () => {
	test.slow();
	await page.goto('/platform');
	await expect(page.getByRole('button', { name: `Sign in with ${PROVIDER_NAME}` })).toBeVisible();
	await settled(page);
	await expectAccessible(page);
	await photograph(page, 'provider-welcome');

	// The way back leads to where one was.
	await page.goto('/platform/devices');
	await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
	await expect(page).toHaveURL(/signin\?next=/);
	await settled(page);
	await expectAccessible(page);
	await photograph(page, 'provider-sign-in');
	await signInAs(page, 'mia');
	await expect(page).toHaveURL(/\/platform\/devices$/);
	await expect(page.getByRole('heading', { name: 'Your account has no identity yet' })).toBeVisible();
	await page.goto('/platform/people');
	await expect(page.getByTestId('link-banner')).toBeVisible();
	await settled(page);
	await expectAccessible(page);
	await photograph(page, 'provider-banner');

	await page.getByTestId('link-banner').getByRole('link', { name: 'Link an identity' }).click();
	await expect(page.getByLabel('E-mail address')).toHaveValue('mia@erynoa.example');
	await settled(page);
	await expect(page.getByTestId('session')).toHaveCount(1);
	await expect(page.getByTestId('session')).toContainText('Identity provider');
	await expectAccessible(page);
	await photograph(page, 'account-unlinked');

	await page.getByRole('link', { name: 'Create identity' }).click();
	await makeIdentity(page, 'Mia');
	await expect(page).toHaveURL(/\/platform\/account$/);
	await expect(page.getByRole('heading', { name: 'Your identity' })).toBeVisible();
	await expect(page.getByTestId('link-banner')).toHaveCount(0);
	await page.goto('/platform');
	await expect(page.getByRole('heading', { name: 'My trust' })).toBeVisible();

	// The same session outlives a reload.
	await page.reload();
	await page
		.getByRole('button', { name: /^Account of/ })
		.filter({ visible: true })
		.click();
	await page.getByRole('menuitem', { name: 'Sign out' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
	await expect(page).toHaveURL((url) => url.origin === issuer());
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page).toHaveURL(/\/platform\/?(\?.*)?$/);
	await expect(page.getByRole('button', { name: `Sign in with ${PROVIDER_NAME}` })).toBeVisible();

	// From now on the key of the device opens the same account.
	await settled(page);
	await page.goto('/platform/signin');
	await settled(page);
	await page.getByRole('button', { name: /^Sign in Mia/ }).click();
	await expect(page.getByRole('button', { name: /^Account of/ }).filter({ visible: true })).toBeVisible();
	await page.goto('/platform/account');
	await expect(page.getByLabel('E-mail address')).toHaveValue('mia@erynoa.example');
});

test('the claim link leads over the provider and a new identity to the realm', async ({ browser }) => {
	test.slow();
	const unclaimed = await startProviderGateway();
	const visit = await browser.newContext({ baseURL: unclaimed.url, locale: 'en-GB' });
	const page = await visit.newPage();
	await page.goto(`/platform/claim#${unclaimed.claimToken}`);
	await expect(page.locator('[aria-current=step]')).toHaveText('An account with your provider');
	await expectAccessible(page);
	await photograph(page, 'provider-claim');
	await signInAs(page, 'ada');
	await expect(page.locator('[aria-current=step]')).toHaveText('An identity for you');
	await expect(page.getByTestId('link-banner')).toHaveCount(0);
	await makeIdentity(page, 'Ada');
	await page.getByLabel('Name of the realm').fill('Workshop');
	await expect(page.getByText('You will be operator and founder as Ada Admin.')).toBeVisible();
	await page.getByRole('button', { name: 'Found the realm' }).click();
	await expect(page.getByRole('heading', { name: 'The realm is founded' })).toBeVisible();
	await visit.close();
	await unclaimed.remove();
});

test('a sign-in that begins in the docs ends there, and counts in all apps', async () => {
	await page.goto('/docs/api/UserService');
	await page.getByRole('button', { name: 'Try GetCurrentUser' }).click();
	await signInAs(page, 'mia');
	await expect(page).toHaveURL(/\/docs\/api\/UserService#GetCurrentUser$/);
	await page.getByRole('button', { name: 'Try GetCurrentUser' }).click();
	const form = page.getByRole('form', { name: 'Try GetCurrentUser' });
	await form.getByRole('button', { name: 'Send' }).click();
	await expect(form.getByRole('region', { name: 'Answer 1' })).toContainText('mia@erynoa.example');
	await page.goto('/platform/account');
	await expect(page.getByLabel('E-mail address')).toHaveValue('mia@erynoa.example');
});

test('whoever cancels at the provider is told so and can try again', async () => {
	await page.goto('/platform/signin');
	await page.getByRole('button', { name: `Sign in with ${PROVIDER_NAME}` }).click();
	await page.getByRole('button', { name: 'Cancel' }).click();
	await expect(page.getByRole('heading', { name: 'You have cancelled the sign-in' })).toBeVisible();
	await expect(page.getByText('SIGN_IN_DENIED')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'provider-denied');
	await page.getByRole('link', { name: 'Sign in again' }).click();
	await expect(page).toHaveURL(/\/signin$/);
});

test('an answer that belongs to no sign-in of this tab signs nobody in', async () => {
	await page.goto('/platform/callback?code=stolen&state=foreign');
	await expect(page.getByRole('heading', { name: 'This sign-in is over' })).toBeVisible();

	// A sign-in is open, but the answer carries another state.
	await page.goto('/platform/signin');
	await page.getByRole('button', { name: `Sign in with ${PROVIDER_NAME}` }).click();
	await expect(page.getByRole('heading', { name: 'Who are you?' })).toBeVisible();
	await page.goto('/platform/callback?code=stolen&state=foreign');
	await expect(page.getByText('SIGN_IN_STATE_UNKNOWN')).toBeVisible();
	await expectAccessible(page);
	await page.goto('/platform');
	await expect(page.getByRole('button', { name: `Sign in with ${PROVIDER_NAME}` })).toBeVisible();
});

test('a provider that is away while codes are traded is named as the cause', async () => {
	await page.goto('/platform/signin');
	await page.route(`${issuer()}/**`, (route) =>
		route.request().method() === 'POST' && route.request().resourceType() === 'fetch'
			? route.abort()
			: route.continue(),
	);
	await signInAs(page, 'noa');
	await expect(page.getByText('The identity provider does not answer.')).toBeVisible();
	await expect(page.getByText('PROVIDER_UNAVAILABLE')).toBeVisible();
	await photograph(page, 'provider-away');
});

test('the console takes operators of the provider, refuses members, and a disabled account is told so', async ({
	browser,
}) => {
	await page.goto('/console/log');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Sign in to the console');
	await expectAccessible(page);
	await photograph(page, 'provider-console-gate');
	await signInAs(page, 'ada');
	await expect(page).toHaveURL(/\/console\/log$/);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Log');

	const other = await browser.newContext({ baseURL: gateway.url, locale: 'en-GB' });
	try {
		const uwe = await other.newPage();
		await uwe.goto('/console');
		await signInAs(uwe, 'uwe');
		await expect(uwe.getByRole('heading', { level: 1 })).toHaveText('The console is for operators');

		// Ada disables Uwe: his session ends, and he hears why when he comes again.
		await page.goto('/console/users?q=uwe');
		await page.getByRole('link', { name: 'Uwe Unverified' }).click();
		await page.getByRole('button', { name: 'Disable' }).click();
		await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
		await expect(page.getByText('Disabled', { exact: true })).toBeVisible();
		await uwe.goto('/platform/signin');
		await uwe.getByRole('button', { name: `Sign in with ${PROVIDER_NAME}` }).click();
		// The provider still knows him, so it may come straight back.
		const person = uwe.locator('button[name=user][value=uwe]');
		await expect(person.or(uwe.getByText('Your account is disabled.'))).toBeVisible();
		if (await person.isVisible()) await person.click();
		await expect(uwe.getByText('Your account is disabled.')).toBeVisible();
		await photograph(uwe, 'provider-disabled');
	} finally {
		await other.close();
	}
});

test('whoever came by the provider erases the account here, and signs out there', async () => {
	test.slow();
	await page.goto('/platform/account/erasure');
	await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
	await signInAs(page, 'otto');
	await expect(page).toHaveURL(/\/account\/erasure$/);
	await page.getByLabel(/^Type otto@.* to confirm$/).fill('otto@erynoa.example');
	// Without an identity there is none that outlives the account.
	await expect(page.getByText('Your identity outlives the account')).toHaveCount(0);
	await page.getByRole('button', { name: 'Continue' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Erase for good' }).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your account is being erased');
	await expect(page.getByText(`You are still signed in at ${PROVIDER_NAME}.`)).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'erased-provider');
	await page.getByRole('link', { name: 'Sign out there' }).click();
	await expect(page).toHaveURL((url) => url.origin === issuer());
});

import type { Gateway } from '../../support/gateway';
import { startInThePast } from '../../support/past';
import { makeIdentity, settled } from '../../support/platform';
import { passTime } from '../../support/realms';
import { test as base, expect, expectAccessible, photograph } from '../../support/test';

// The log's clock follows its events, so that three days pass in a moment.
const test = base.extend<object, { gateway: Gateway }>({
	gateway: [
		// biome-ignore lint/correctness/noEmptyPattern: Playwright reads the wanted fixtures from the pattern
		async ({}, use) => {
			const gateway = await startInThePast();
			await use(gateway);
			await gateway.remove();
		},
		{ scope: 'worker', timeout: 40_000 },
	],
});

test('lost devices: the sheet brings the identity back after the delay, and it signs in by itself', async ({
	browser,
	gateway,
	operator,
	page,
}) => {
	test.setTimeout(600_000);
	await page.goto('/platform/create');
	const code = await makeIdentity(page, 'Ludwig');
	await expect(page.getByRole('heading', { name: 'Hello, Ludwig' })).toBeVisible();

	const context = await browser.newContext({ baseURL: gateway.url, locale: 'en-GB' });
	const fresh = await context.newPage();
	try {
		await fresh.goto('/platform');
		await fresh.getByRole('link', { name: 'I have lost all my devices' }).click();
		await settled(fresh);
		await fresh.getByRole('button', { name: 'Start the recovery' }).click();
		await expect(fresh.getByText('Choose your identity.')).toBeVisible();
		await fresh.getByLabel('Your identity').fill('Ludwig');
		await fresh.getByRole('button', { name: /Ludwig/ }).click();
		await fresh.getByLabel('Recovery key').fill(`${code.slice(0, -1)}${code.endsWith('7') ? '8' : '7'}`);
		await fresh.getByRole('button', { name: 'Start the recovery' }).click();
		await expect(fresh.getByText('A character is missing or wrong')).toBeVisible();
		await expectAccessible(fresh);
		await photograph(fresh, 'recovery-form');
		await fresh.getByLabel('Recovery key').fill(code.toLowerCase());
		await fresh.getByLabel('Name of this device').fill('New laptop');
		// By keyboard: Enter in a field sends the form.
		await fresh.keyboard.press('Enter');
		await expect(fresh.getByTestId('recovery-wait')).toBeVisible();
		await expect(fresh.getByRole('timer')).toHaveText(/2d 23h|3d/, { timeout: 30_000 });
		await expectAccessible(fresh);
		await photograph(fresh, 'recovery-wait');

		// The old device is warned on every page.
		await expect(page.getByTestId('recovery-banner')).toBeVisible();
		await expect(page.getByTestId('recovery-banner').getByRole('timer')).toHaveText(/2d 23h|3d/, {
			timeout: 30_000,
		});
		await expectAccessible(page);
		await photograph(page, 'recovery-banner');
		await page.goto('/platform/people');
		await expect(page.getByTestId('recovery-banner')).toBeVisible();

		// It waits on this device, also when the page was closed in between.
		await fresh.reload();
		await expect(fresh.getByTestId('recovery-wait')).toBeVisible();
		await passTime(operator, 73);
		await passTime(operator, 1);
		await expect(fresh.getByRole('heading', { name: 'Hello, Ludwig' })).toBeVisible({ timeout: 30_000 });
		await fresh.goto('/platform/devices');
		await settled(fresh);
		await expect(fresh.getByText('New laptop')).toBeVisible();
		await expect(fresh.getByRole('heading', { name: 'Revoked devices' })).toBeVisible();
		await photograph(fresh, 'devices-recovered');

		// The old device's key is dead.
		await page.goto('/platform/signin');
		await page.reload();
		await page.goto('/platform/attest');
		await expect(page.getByText('Hello, Ludwig')).toHaveCount(0);

		// A new sheet takes the place of the old one.
		await fresh.getByRole('link', { name: 'New recovery sheet' }).click();
		await settled(fresh);
		await fresh.getByRole('button', { name: 'Make a new sheet' }).click();
		const groups = fresh.getByTestId('recovery-code').locator('span');
		await expect(groups).toHaveCount(14);
		const next = (await groups.allTextContents()).join('-');
		expect(next).not.toBe(code);
		await expectAccessible(fresh);
		await photograph(fresh, 'new-sheet');
		await fresh.getByLabel('I have the sheet on paper').check();
		await fresh.getByLabel('Last group of the recovery key').fill(next.slice(-4));
		await fresh.getByRole('button', { name: 'Use this sheet from now on' }).click();
		await expect(fresh).toHaveURL(/\/platform\/devices$/);
		await settled(fresh);
		await fresh.getByRole('textbox', { name: 'Recovery key' }).fill(code);
		await fresh.getByRole('button', { name: 'Check the sheet' }).click();
		await expect(fresh.getByText('A valid key, but of another identity.')).toBeVisible();
		await fresh.getByRole('textbox', { name: 'Recovery key' }).fill(next);
		await fresh.getByRole('button', { name: 'Check the sheet' }).click();
		await expect(fresh.getByText('It fits: this is your recovery key.')).toBeVisible();
	} finally {
		await context.close();
	}
});

test('a thief with the sheet is stopped from any device of the owner', async ({
	browser,
	gateway,
	operator,
	page,
}) => {
	test.setTimeout(300_000);
	expect(operator.name).toBe('Olga Operator');
	await page.goto('/platform/create');
	const code = await makeIdentity(page, 'Mathilde');
	await expect(page.getByRole('heading', { name: 'Hello, Mathilde' })).toBeVisible();
	const context = await browser.newContext({ baseURL: gateway.url, locale: 'en-GB' });
	const thief = await context.newPage();
	try {
		await thief.goto('/platform/recovery');
		await settled(thief);
		await thief.getByLabel('Your identity').fill('Mathilde');
		await thief.getByRole('button', { name: /Mathilde/ }).click();
		await thief.getByLabel('Recovery key').fill(code);
		await thief.getByRole('button', { name: 'Start the recovery' }).click();
		await expect(thief.getByTestId('recovery-wait')).toBeVisible();

		await page.getByRole('button', { name: 'This is not me: cancel' }).click();
		await expectAccessible(page);
		await photograph(page, 'recovery-cancel');
		await page.getByRole('dialog').getByRole('button', { name: 'This is not me: cancel' }).click();
		await expect(page.getByTestId('recovery-banner')).toHaveCount(0);
		await passTime(operator, 1);
		await expect(thief.getByText('It was cancelled by one of the old devices')).toBeVisible();
		await expectAccessible(thief);
		await photograph(thief, 'recovery-over');
		await thief.getByRole('button', { name: 'Remove it from this device' }).click();
		await expect(thief.getByTestId('recovery-wait')).toHaveCount(0);
		await page.reload();
		await expect(page.getByRole('heading', { name: 'Hello, Mathilde' })).toBeVisible();
	} finally {
		await context.close();
	}
});

test('an identity is closed only after being asked twice', async ({ operator, person, seat }) => {
	test.setTimeout(180_000);
	expect(operator.name).toBe('Olga Operator');
	const page = await seat(await person('Nora'));
	await page.goto('/platform/settings');
	await settled(page);
	await page.getByRole('button', { name: 'Close my identity …' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('I understand').check();
	await dialog.getByLabel('Type “Nora” to confirm').fill('nora');
	await expect(dialog.getByRole('button', { name: 'Close for ever' })).toBeDisabled();
	await dialog.getByLabel('Type “Nora” to confirm').fill('Nora');
	await expectAccessible(page);
	await photograph(page, 'close-identity');
	await dialog.getByRole('button', { name: 'Close for ever' }).click();
	await expect(page.getByRole('heading', { name: 'Trust that you can look into' })).toBeVisible();
	await page.getByRole('button', { name: 'Sign in Nora' }).click();
	await expect(page.getByRole('alert')).toBeVisible();
});

test('the way back speaks German and fits a phone', async ({ page, operator }) => {
	expect(operator.name).toBe('Olga Operator');
	await page.setViewportSize({ width: 390, height: 844 });
	await page.goto('/platform/settings');
	await page.getByRole('main').getByText('Deutsch').click();
	await page.goto('/platform/recovery');
	await settled(page);
	await expect(page.getByRole('heading', { name: 'Ich habe meine Geräte verloren' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'recovery-de');
});

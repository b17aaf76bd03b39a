import { makeIdentity, settled } from '../../support/platform';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('a stranger creates an identity, keeps the sheet and arrives at home', async ({ page, operator }) => {
	// Pictures and axe of many pages take their time on a busy machine.
	test.slow();
	expect(operator.name).toBe('Olga Operator');
	await page.goto('/platform');
	await settled(page);
	await expectAccessible(page);
	await photograph(page, 'welcome');
	await page.getByRole('link', { name: 'Create identity' }).click();
	await settled(page);
	await expectAccessible(page);
	await photograph(page, 'create-name');

	await page.getByLabel('Name', { exact: false }).first().fill('Ada');
	await page.getByRole('button', { name: 'Make my keys' }).click();
	await expect(page.getByRole('heading', { name: 'Your recovery sheet' })).toBeFocused();
	await expectAccessible(page);
	await photograph(page, 'create-sheet');
	// Neither without the tick nor with another group does it go on.
	await page.getByRole('button', { name: 'Create identity' }).click();
	await expect(page.getByText('then tick the box')).toBeVisible();
	await page.getByLabel('I have the sheet on paper').check();
	await page.getByLabel('Last group of the recovery key').fill('....');
	await page.getByRole('button', { name: 'Create identity' }).click();
	await expect(page.getByText('That is not the last group')).toBeVisible();
	await page.getByRole('button', { name: 'Back' }).click();

	await page.getByLabel('Delay of a recovery').selectOption({ label: '7 days' });
	const code = await makeIdentity(page, 'Ada');
	await expect(page.getByRole('heading', { name: 'Hello, Ada' })).toBeVisible();
	await settled(page);
	await expect(page.getByText('You have no voice yet')).toBeVisible();
	await expect(page.getByText('weight of 1.43')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'home-newcomer');

	// The sheet still fits, and a mistyped one does not.
	await page.goto('/platform/devices');
	await expect(page.getByText('A recovery takes effect after 7 days')).toBeVisible();
	await settled(page);
	await page.getByRole('textbox', { name: 'Recovery key' }).fill(code.toLowerCase());
	await page.getByRole('button', { name: 'Check the sheet' }).click();
	await expect(page.getByText('It fits: this is your recovery key.')).toBeVisible();
	await page
		.getByRole('textbox', { name: 'Recovery key' })
		.fill(`${code.slice(0, -1)}${code.endsWith('7') ? '8' : '7'}`);
	await page.getByRole('button', { name: 'Check the sheet' }).click();
	await expect(page.getByText('A character is missing or wrong')).toBeVisible();
});

test('the sheet alone is printed', async ({ page }) => {
	await page.goto('/platform/create');
	await page.getByRole('button', { name: 'Make my keys' }).click();
	await expect(page.getByTestId('recovery-code')).toBeVisible();
	await page.emulateMedia({ media: 'print' });
	await expect(page.getByTestId('recovery-code')).toBeVisible();
	await expect(page.getByRole('img', { name: 'QR code with identity and recovery key' })).toBeVisible();
	await expect(page.getByRole('button', { name: 'Print the sheet' })).toBeHidden();
	await expect(page.getByRole('navigation', { name: 'Main navigation' }).first()).toBeHidden();
	await page.emulateMedia({ media: null });
});

test('signing out keeps the key: one click signs in again', async ({ person, seat }) => {
	// Pictures and axe of many pages take their time on a busy machine.
	test.slow();
	const ben = await person('Ben');
	const page = await seat(ben);
	await page.goto('/platform');
	await expect(page.getByRole('heading', { name: 'Hello, Ben' })).toBeVisible();
	await page.getByRole('button', { name: 'Account of Ben' }).click();
	await expectAccessible(page);
	await page.getByRole('menuitem', { name: 'Sign out' }).click();
	await expect(page.getByText('Your key stays on this device: one click')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'sign-out');
	await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByRole('heading', { name: 'Trust that you can look into' })).toBeVisible();
	await photograph(page, 'welcome-back');

	await page.goto('/platform/activity');
	await expect(page.getByRole('heading', { name: 'Sign in first' })).toBeVisible();
	await expectAccessible(page);
	await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
	await settled(page);
	await expectAccessible(page);
	await photograph(page, 'sign-in');
	await page.getByRole('button', { name: 'Sign in Ben' }).click();
	await expect(page).toHaveURL(/\/platform\/activity/);
	await expect(page.getByText('Identity created')).toBeVisible();
});

test('two identities live on one device, and one is forgotten', async ({ person, seat }) => {
	const first = await person('First Self');
	const page = await seat(first);
	await page.goto('/platform/create');
	await makeIdentity(page, 'Second Self');
	await expect(page.getByRole('heading', { name: 'Hello, Second Self' })).toBeVisible();
	await page.getByRole('button', { name: 'Account of Second Self' }).click();
	await page.getByRole('menuitem', { name: 'Switch to First Self' }).click();
	await expect(page.getByRole('heading', { name: 'Hello, First Self' })).toBeVisible();

	await page.goto('/platform/settings');
	await settled(page);
	await page.getByRole('button', { name: 'Forget Second Self' }).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog.getByText('the only device of this identity')).toBeVisible();
	await expect(dialog.getByRole('button', { name: 'Forget' })).toBeDisabled();
	await expectAccessible(page);
	await photograph(page, 'forget');
	await dialog.getByLabel('I understand').check();
	await dialog.getByRole('button', { name: 'Forget' }).click();
	await expect(page.getByRole('button', { name: 'Forget Second Self' })).toHaveCount(0);
	await expect(page.getByRole('button', { name: 'Forget First Self' })).toBeVisible();
});

test('a second device is added by code, signs, and is revoked', async ({
	browser,
	gateway,
	person,
	seat,
}) => {
	// Pictures and axe of many pages take their time on a busy machine.
	test.slow();
	const carla = await person('Carla');
	const old = await seat(carla);
	const context = await browser.newContext({ baseURL: gateway.url, locale: 'en-GB' });
	const fresh = await context.newPage();
	try {
		await fresh.goto('/platform');
		await fresh.getByRole('link', { name: 'I have one on another device' }).click();
		await fresh.getByLabel('Name of this device').fill('Kitchen tablet');
		await fresh.getByRole('button', { name: 'Show the code' }).click();
		const shown = fresh.getByTestId('pairing-code');
		await expect(shown).toHaveText(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
		await expectAccessible(fresh);
		await photograph(fresh, 'pair-code');
		const code = (await shown.textContent()) ?? '';
		const fingerprint = await fresh.getByTestId('fingerprint').textContent();

		await old.goto('/platform/devices');
		await settled(old);
		await expect(old.getByText('It cannot be revoked')).toBeVisible();
		await expectAccessible(old);
		await photograph(old, 'devices-one');
		await old.getByRole('link', { name: 'Add a device' }).click();
		await old.getByLabel('Code of the new device').fill('12');
		await old.getByRole('button', { name: 'Go on' }).click();
		await expect(old.getByText('A code has eight letters')).toBeVisible();
		await expectAccessible(old);
		await photograph(old, 'devices-add');
		await old.goto(`/platform/devices/add?code=${code.replace('-', '')}`);
		await old.getByRole('button', { name: 'Go on' }).click();
		await expect(old.getByTestId('fingerprint')).toHaveText(fingerprint ?? 'none');
		await expect(old.getByText('“Kitchen tablet” wants to sign')).toBeVisible();
		await expectAccessible(old);
		await photograph(old, 'devices-compare');
		await old.getByRole('button', { name: 'They are the same' }).click();
		await expect(old.getByRole('heading', { name: 'The device is added' })).toBeVisible();

		// The new device has signed in by itself.
		await expect(fresh.getByRole('heading', { name: 'Hello, Carla' })).toBeVisible();

		await old.getByRole('main').getByRole('link', { name: 'Devices' }).last().click();
		await expect(old.getByText('Kitchen tablet', { exact: true }).first()).toBeVisible();
		await photograph(old, 'devices-two');
		await old.getByRole('button', { name: 'Revoke Kitchen tablet' }).click();
		await expectAccessible(old);
		await photograph(old, 'devices-revoke');
		await old.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
		await expect(old.getByRole('heading', { name: 'Revoked devices' })).toBeVisible();

		// A revoked key opens nothing any more.
		await fresh.reload();
		await expect(fresh.getByRole('heading', { name: 'Hello, Carla' })).toHaveCount(0, { timeout: 15_000 });
		await fresh.goto('/platform/signin');
		await fresh.getByRole('button', { name: 'Sign in Carla' }).click();
		await expect(fresh.getByText('has been revoked')).toBeVisible();
	} finally {
		await context.close();
	}
});

test('a wrong pairing code says what to do', async ({ person, seat }) => {
	const dan = await person('Dan');
	const page = await seat(dan);
	await page.goto('/platform/devices/add?code=00000000');
	await page.getByRole('button', { name: 'Go on' }).click();
	await expect(page.getByText('Let the new device show a new one')).toBeVisible();
	await expect(page.getByText('PAIRING_UNKNOWN')).toBeVisible();
});

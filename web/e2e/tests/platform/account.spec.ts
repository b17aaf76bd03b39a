import { readFile } from 'node:fs/promises';
import { makeIdentity, settled } from '../../support/platform';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('the account shows profile, identity, sessions and roles, and takes changes', async ({
	operator,
	person,
	seat,
}) => {
	expect(operator.did).toContain('did:erynoa:self:');
	const ada = await person('Ada Account');
	const page = await seat(ada);
	await page.goto('/platform/account');
	await settled(page);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Account');
	await expect(page.getByRole('main').getByRole('link', { name: /Ada Account/ })).toBeVisible();
	await expect(page.getByText('Member', { exact: true }).first()).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'account');

	await page.getByLabel('E-mail address').fill('no address');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByLabel('E-mail address')).toHaveAttribute('aria-invalid', 'true');
	await page.getByLabel('E-mail address').fill('ada@erynoa.example');
	await page.getByRole('main').getByText('Deutsch', { exact: true }).click();
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	const { user } = await ada.api.users.getCurrentUser({});
	expect(user).toMatchObject({ email: 'ada@erynoa.example', language: 'de' });

	// Somebody else is faster: nothing is lost, and the person decides.
	if (!user) throw new Error('the account is gone');
	await ada.api.users.updateUser({ id: user.id, version: user.version, name: 'Ada Elsewhere' });
	await page.getByLabel('E-mail address').fill('ada@elsewhere.example');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('alert')).toContainText('Somebody has changed your account in the meantime');
	await expect(page.getByRole('alert')).toContainText('Ada Elsewhere');
	await expectAccessible(page);
	await photograph(page, 'account-overtaken');
	await page.getByRole('button', { name: 'Save mine all the same' }).click();
	await expect(page.getByText('Saved.').first()).toBeVisible();
	await expect
		.poll(async () => (await ada.api.users.getCurrentUser({})).user?.email)
		.toBe('ada@elsewhere.example');
});

test('sessions are ended one by one or all others at once', async ({ operator, person, seat }) => {
	expect(operator.did).toContain('did:erynoa:self:');
	const sam = await person('Sam Sessions');
	const page = await seat(sam);
	// The API signs in on its own: three sessions beside the browser's.
	for (let count = 0; count < 3; count += 1) await sam.signIn();
	await page.goto('/platform/account');
	await settled(page);
	const sessions = page.getByTestId('session');
	await expect(sessions).toHaveCount(4);
	await expect(sessions.first()).toContainText('This device');
	await photograph(page, 'account-sessions');

	await sessions
		.nth(1)
		.getByRole('button', { name: /^End session/ })
		.click();
	await expectAccessible(page);
	await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
	await expect(sessions).toHaveCount(4);
	await sessions
		.nth(1)
		.getByRole('button', { name: /^End session/ })
		.click();
	await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
	await expect(sessions).toHaveCount(3);

	await page.getByRole('button', { name: 'End all others' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'End all others' }).click();
	await expect(page.getByText('You are signed in here alone.')).toBeVisible();
	await expect(sessions).toHaveCount(1);
	await expect(sam.api.users.getCurrentUser({})).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
	await page.reload();
	await settled(page);
	await expect(sessions).toHaveCount(1);
});

test('everything that is kept about somebody comes as one JSON file', async ({ operator, person, seat }) => {
	expect(operator.did).toContain('did:erynoa:self:');
	const edda = await person('Edda Export');
	const page = await seat(edda);
	await page.goto('/platform/account');
	await settled(page);
	const [download] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('button', { name: 'Download as JSON' }).click(),
	]);
	expect(download.suggestedFilename()).toMatch(/^erynoa-account-\d{4}-\d\d-\d\d\.json$/);
	const text = await readFile(await download.path(), 'utf8');
	expect(JSON.parse(text)).toHaveProperty('account');
	expect(text).toContain(edda.did);
});

test('whoever is signed out is led to the account by signing in', async ({ operator, person, seat }) => {
	expect(operator.did).toContain('did:erynoa:self:');
	const page = await seat(await person('Sid Signed-Out'), { signedIn: false });
	await page.goto('/platform/account');
	await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
	await page.getByRole('button', { name: /^Sign in Sid/ }).click();
	await expect(page).toHaveURL(/\/platform\/account$/);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Account');
});

test('an invitation leads a stranger from the link to the roles that it gives, once', async ({
	operator,
	browser,
	gateway,
}) => {
	const { link } = await operator.api.users.inviteUser({
		email: 'ines@erynoa.example',
		name: 'Ines Invited',
		roles: ['member', 'operator'],
		language: 'en',
	});
	const context = await browser.newContext({ baseURL: gateway.url, locale: 'en-GB' });
	try {
		const page = await context.newPage();
		await page.goto(link);
		await settled(page);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('You are invited');
		// The token does not stay in the address.
		await expect(page).toHaveURL(/\/invitation$/);
		await expectAccessible(page);
		await photograph(page, 'invitation-stranger');
		await makeIdentity(page, 'Ines');
		await expect(page.getByText('You accept it as Ines.')).toBeVisible();
		await expectAccessible(page);
		await photograph(page, 'invitation-accept');
		await page.getByRole('button', { name: 'Accept' }).click();
		await expect(page.getByRole('heading', { name: 'Welcome' })).toBeVisible();
		await expect(page.getByRole('main').getByText('Operator', { exact: true })).toBeVisible();
		await expectAccessible(page);
		await photograph(page, 'invitation-done');
		await page.getByRole('link', { name: 'Open the console' }).click();
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Overview');
		const answer = await operator.api.users.listUsers({ query: 'ines@' });
		expect(answer.users).toHaveLength(1);

		await page.goto(link);
		await page.getByRole('button', { name: 'Accept' }).click();
		await expect(page.getByText('INVITATION_INVALID')).toBeVisible();
		await expectAccessible(page);
		await photograph(page, 'invitation-used');
		await page.goto('/platform/invitation');
		await page.reload();
		await expect(page.getByRole('heading', { name: 'This address is not complete' })).toBeVisible();
	} finally {
		await context.close();
	}
});

test('account and invitation speak German', async ({ operator, person, seat }) => {
	const { link } = await operator.api.users.inviteUser({
		email: 'gerd@erynoa.example',
		roles: ['member'],
		language: 'de',
	});
	const page = await seat(await person('Gerd German'));
	await page.goto('/platform/account');
	await settled(page);
	await page.getByText('DE', { exact: true }).filter({ visible: true }).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Konto');
	await photograph(page, 'account-german');
	await page.goto(link);
	await settled(page);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Du bist eingeladen');
	await photograph(page, 'invitation-german');
});

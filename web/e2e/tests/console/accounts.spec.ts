import { readFile } from 'node:fs/promises';
import { VerifyAuditLogResponseSchema } from '@erynoa/proto';
import { settled } from '../../support/platform';
import { tamper } from '../../support/tamper';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('people are found by name, role and state', async ({ operator, person, seat }) => {
	for (const name of ['Ursula Users', 'Victor Users', 'Wanda Users']) await (await person(name)).signIn();
	await operator.api.users.inviteUser({ email: 'yves@erynoa.example', name: 'Yves Invited', language: 'en' });
	const page = await seat(operator);
	await page.goto('/console/users');
	await settled(page);
	await expect(page.getByRole('row', { name: /Olga Operator/ })).toContainText('Admin');
	await expect(page.getByRole('row', { name: /Yves Invited/ })).toContainText('Invited');
	await expectAccessible(page);
	await photograph(page, 'users');

	await page.getByRole('searchbox').fill('users');
	await expect(page.getByRole('row')).toHaveCount(4);
	await expect(page).toHaveURL(/q=users/);
	await page.getByLabel('Role').selectOption('admin');
	await expect(page.getByRole('heading', { name: 'Nobody matches' })).toBeVisible();
	await page.getByRole('searchbox').fill('');
	await page.getByLabel('Role').selectOption('');
	await page.getByLabel('State').selectOption('invited');
	await expect(page.getByRole('row', { name: /Yves Invited/ })).toBeVisible();
	await expect(page.getByRole('row', { name: /Ursula/ })).toHaveCount(0);
	// The address holds the question.
	await page.reload();
	await settled(page);
	await expect(page.getByLabel('State')).toHaveValue('invited');
});

test('an invitation gives a link to copy', async ({ operator, seat }) => {
	const page = await seat(operator);
	await page.goto('/console/users');
	await settled(page);
	await page.getByRole('button', { name: 'Invite' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByRole('button', { name: 'Make the invitation' }).click();
	await expect(dialog.getByText('An address such as')).toBeVisible();
	await dialog.getByLabel('E-mail address').fill('zoe@erynoa.example');
	await dialog.getByLabel('Name').fill('Zoe Invited');
	await dialog.getByLabel('Operator').check();
	await expectAccessible(page);
	await photograph(page, 'users-invite');
	await dialog.getByRole('button', { name: 'Make the invitation' }).click();
	await expect(dialog.getByTestId('invitation-link')).toHaveText(/\/platform\/invitation#[\w-]{43}$/);
	await expectAccessible(page);
	await photograph(page, 'users-invited');
	await dialog.getByRole('button', { name: 'Done' }).click();
	await expect(page.getByRole('row', { name: /Zoe Invited/ })).toContainText('Operator');

	await page.getByRole('button', { name: 'Create account' }).click();
	await dialog.getByLabel('E-mail address').fill('carl@erynoa.example');
	await dialog.getByRole('button', { name: 'Create account' }).click();
	await expect(page.getByRole('row', { name: /carl@erynoa\.example/ })).toBeVisible();
});

test('roles, disabling and deleting work, and the last admin stays', async ({ operator, person, seat }) => {
	test.slow();
	const tom = await person('Tom Target');
	await tom.signIn();
	const page = await seat(operator);
	await page.goto('/console/users?q=Tom');
	await settled(page);
	await page.getByRole('link', { name: 'Tom Target' }).click();
	await settled(page);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Tom Target');
	const dialog = page.getByRole('dialog');

	await page.getByRole('button', { name: 'Roles' }).click();
	await expectAccessible(page);
	await photograph(page, 'user-roles');
	await dialog.getByLabel('Operator').check();
	await dialog.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Tom Target has these roles from now on.')).toBeVisible();
	await expect(page.getByRole('main').getByText('Operator', { exact: true })).toBeVisible();
	await expect(page.getByRole('row', { name: /Changed roles/ })).toBeVisible();
	await settled(page);
	await expectAccessible(page);
	await photograph(page, 'user');

	await page.getByRole('button', { name: 'Disable' }).click();
	await dialog.getByRole('button', { name: 'Disable' }).click();
	await expect(page.getByText('Disabled', { exact: true })).toBeVisible();
	await expect(tom.api.users.getCurrentUser({})).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
	await page.getByRole('button', { name: 'Enable' }).click();
	await dialog.getByRole('button', { name: 'Enable' }).click();
	await expect(page.getByText('Active', { exact: true })).toBeVisible();

	await page.getByRole('button', { name: 'Delete' }).click();
	await expect(dialog.getByRole('button', { name: 'Delete' })).toBeDisabled();
	await dialog.getByRole('textbox').fill('Tom Target');
	await expectAccessible(page);
	await photograph(page, 'user-delete');
	await dialog.getByRole('button', { name: 'Delete' }).click();
	await expect(page).toHaveURL(/\/console\/users$/);
	await settled(page);
	await expect(page.getByRole('row', { name: /Tom Target/ })).toHaveCount(0);

	// The operator is the only admin here.
	await page.getByRole('link', { name: 'Olga Operator' }).click();
	await settled(page);
	await page.getByRole('button', { name: 'Disable' }).click();
	await dialog.getByRole('button', { name: 'Disable' }).click();
	await expect(dialog.getByRole('heading', { name: 'This is the last admin' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'user-last-admin');
});

test('sessions of everybody can be looked at and ended', async ({ operator, person, seat }) => {
	const nina = await person('Nina Session');
	await nina.signIn();
	const page = await seat(operator);
	await page.goto('/console/sessions');
	await settled(page);
	await expect(page.getByText('this session', { exact: true })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'sessions');
	await page.getByRole('button', { name: /^End session of Nina Session/ }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
	await expect(page.getByText('The session of Nina Session has ended.')).toBeVisible();
	await expect(nina.api.users.getCurrentUser({})).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
});

test('the audit log is followed, opened, verified and exported', async ({ operator, person, seat }) => {
	const otto = await person('Otto Audited');
	await otto.signIn();
	const id = (await otto.api.users.getCurrentUser({})).user?.id ?? '';
	const page = await seat(operator);
	await page.goto('/console/audit');
	await settled(page);
	await expect(page.getByRole('row', { name: /Took over the installation/ })).toBeVisible();

	// What happens now comes by itself.
	const user = (await operator.api.users.getUser({ id })).user;
	await operator.api.users.setUserRoles({ id, version: user?.version ?? 0n, roles: ['member', 'operator'] });
	const entry = page.getByRole('row').filter({ hasText: 'Changed roles' }).first();
	await expect(entry).toBeVisible({ timeout: 15_000 });
	await expectAccessible(page);
	await photograph(page, 'audit');

	await entry.getByRole('button', { name: 'Changed roles' }).click();
	const drawer = page.getByRole('dialog');
	await expect(drawer.getByRole('region', { name: 'Details' })).toContainText('"operator"');
	await expect(drawer.getByText(/^[0-9a-f]{64}$/)).toHaveCount(2);
	await expectAccessible(page);
	await photograph(page, 'audit-entry');
	await page.keyboard.press('Escape');

	await page.getByRole('button', { name: 'Verify the chain' }).click();
	await expect(page.getByTestId('chain')).toContainText('The chain holds.');
	const { head } = await operator.api.audit.verifyAuditLog({});
	await expect(page.getByTestId('chain')).toContainText(Buffer.from(head).toString('hex'));
	await expectAccessible(page);
	await photograph(page, 'audit-verified');

	await page.getByLabel('Action').selectOption('user.roles');
	await expect(page).toHaveURL(/action=user\.roles/);
	await page.getByLabel('Target').fill(id);
	await expect(page).toHaveURL(/target=/);
	await expect(page.getByRole('row')).toHaveCount(2);
	const [download] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('button', { name: 'Export as JSON lines' }).click(),
	]);
	const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
	expect(lines).toHaveLength(1);
	expect(JSON.parse(lines[0] ?? '')).toMatchObject({ action: 'user.roles', target: id });
	await page.getByLabel('From (UTC)').fill('2099-01-01');
	await expect(page.getByRole('heading', { name: 'No entry matches' })).toBeVisible();
	await page.getByRole('button', { name: 'Clear all filters' }).click();
	await expect(page.getByRole('row', { name: /Took over the installation/ })).toBeVisible();
});

test('a chain that breaks is said in plain words', async ({ operator, seat }) => {
	const page = await seat(operator);
	await tamper(page, 'AuditService/VerifyAuditLog', VerifyAuditLogResponseSchema, (answer) => {
		answer.intact = false;
		answer.brokenAt = 3n;
		answer.reason = 'the hash of the entry before is another one';
	});
	await page.goto('/console/audit');
	await settled(page);
	await page.getByRole('button', { name: 'Verify the chain' }).click();
	await expect(page.getByTestId('chain')).toContainText('The chain breaks at entry 3');
	await expect(page.getByTestId('chain')).toContainText('the hash of the entry before');
	await expectAccessible(page);
	await photograph(page, 'audit-broken');
});

test('an operator who is no admin sees why some buttons are missing', async ({ operator, person, seat }) => {
	const ole = await person('Ole Operator');
	await ole.signIn();
	const { user } = await ole.api.users.getCurrentUser({});
	await operator.api.users.setUserRoles({
		id: user?.id ?? '',
		version: user?.version ?? 0n,
		roles: ['member', 'operator'],
	});
	const page = await seat(ole);
	await page.goto('/console/users?q=Olga');
	await settled(page);
	await expect(page.getByRole('button', { name: 'Create account' })).toHaveCount(0);
	await page.getByRole('link', { name: 'Olga Operator' }).click();
	await expect(page.getByText('Roles, disabling and deleting are for admins.')).toBeVisible();
	await expect(page.getByRole('button', { name: 'Delete' })).toHaveCount(0);
});

test('the rooms about people speak German', async ({ operator, seat }) => {
	const page = await seat(operator);
	await page.goto('/console/users');
	await settled(page);
	await page.getByText('DE', { exact: true }).filter({ visible: true }).click();
	for (const [path, title] of [
		['/users', 'Personen'],
		['/sessions', 'Sitzungen'],
		['/audit', 'Prüfprotokoll'],
	] as const) {
		await page.goto(`/console${path}`);
		await settled(page);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
		await photograph(page, `german${path.replace('/', '-')}`);
	}
});

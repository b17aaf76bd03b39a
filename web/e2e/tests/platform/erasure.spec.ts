import { WorkflowStatus } from '@erynoa/proto';
import type { Person } from '../../support/people';
import { settled } from '../../support/platform';
import { expect, expectAccessible, photograph, test } from '../../support/test';

/** Gives somebody an address, which is then what has to be typed. */
async function addressed(person: Person, email: string): Promise<string> {
	await person.signIn();
	const { user } = await person.api.users.getCurrentUser({});
	if (!user) throw new Error('the account is gone');
	await person.api.users.updateUser({ id: user.id, version: user.version, email });
	return user.id;
}

test('an account is erased after an honest list, a typed word and a last question', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	const eva = await person('Eva Ende');
	await operator.attest(eva);
	const id = await addressed(eva, 'eva@erynoa.example');
	// Something that is hers: a certificate is a file.
	await expect(async () => {
		const { document } = await eva.api.documents.requestDocument({ subject: eva.did });
		expect(document).toBeDefined();
	}).toPass();

	const page = await seat(eva);
	await page.goto('/platform/account');
	await settled(page);
	await page.getByRole('link', { name: 'What would be erased' }).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Erase the account');
	const item = (what: string) => page.locator(`[data-testid=erasure-item][data-what=${what}]`);
	await expect(item('files')).toContainText('Number: 1');
	await expect(item('files')).toHaveAttribute('data-erased', 'true');
	await expect(item('events')).toContainText(/Number: \d/);
	await expect(item('events')).toContainText('copied by others');
	for (const what of ['statements', 'audit', 'certificates', 'workflows', 'mail', 'backups']) {
		await expect(item(what)).toHaveAttribute('data-erased', 'false');
	}
	await expectAccessible(page);
	await photograph(page, 'erasure');

	// Something else than what is asked for: the field says so, and nothing is asked.
	const field = page.getByLabel('Type eva@erynoa.example to confirm');
	await field.fill('eva');
	await page.keyboard.press('Enter');
	await expect(field).toHaveAttribute('aria-invalid', 'true');
	await expect(field).toBeFocused();
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await expectAccessible(page);
	await photograph(page, 'erasure-wrong');

	// By keyboard alone, and once thought better of.
	await field.fill('eva@erynoa.example');
	await page.keyboard.press('Enter');
	const dialog = page.getByRole('dialog', { name: 'Erase this account for good?' });
	await expect(dialog).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'erasure-last');
	await page.keyboard.press('Escape');
	await expect(dialog).toHaveCount(0);
	expect((await operator.api.users.getUser({ id })).user?.email).toBe('eva@erynoa.example');
	// The dialog gives the focus back to where it came from.
	await expect(field).toBeFocused();
	await page.keyboard.press('Enter');
	await dialog.getByRole('button', { name: 'Erase for good' }).focus();
	await page.keyboard.press('Enter');

	await expect(page).toHaveURL(/\/platform\/account\/erased$/);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your account is being erased');
	await expect(page.getByRole('link', { name: 'Sign in' }).filter({ visible: true }).first()).toBeVisible();
	await expect(page.getByRole('main')).toContainText('erasure:');
	await expectAccessible(page);
	await photograph(page, 'erased');

	await expect
		.poll(async () => {
			const { workflows } = await operator.api.workflows.listWorkflows({ workflow: 'erasure', ownerId: id });
			return workflows.map(({ status }) => WorkflowStatus[status]);
		})
		.toEqual(['COMPLETED']);
	await expect(operator.api.users.getUser({ id })).rejects.toThrow();
	// What was said stays said.
	expect((await operator.api.identities.getIdentity({ identity: eva.did })).identity?.displayName).toBe(
		'Eva Ende',
	);
	// The session has ended in every tab: the page knows nobody.
	await page.goto('/platform/account/erasure');
	await settled(page);
	await expect(page.getByRole('link', { name: 'Sign in' }).filter({ visible: true }).first()).toBeVisible();
	await expectAccessible(page);

	// Whoever still has the key begins another account, with nothing in it.
	await page.goto('/platform/signin');
	await settled(page);
	await page.getByRole('button', { name: 'Sign in Eva Ende' }).click();
	// Going on before that would be leaving in the middle of it.
	await expect(page).not.toHaveURL(/signin/);
	await page.goto('/platform/account');
	await settled(page);
	await expect(page.getByLabel('E-mail address')).toHaveValue('');
	await expect(page.getByRole('main')).not.toContainText(id);

	// Operators see what became of it, in words.
	const console_ = await seat(operator);
	await console_.goto('/console/workflows');
	await settled(console_);
	await console_.getByRole('button', { name: 'Erasure of an account' }).first().click();
	const drawer = console_.getByRole('dialog', { name: 'Erasure of an account' });
	for (const step of ['Close the account', 'Delete the files', 'Delete the account']) {
		await expect(drawer).toContainText(step);
	}
	await console_.goto('/console/audit?action=user.erase');
	await settled(console_);
	await expect(
		console_.getByRole('button', { name: 'Erasure of the own account begun' }).first(),
	).toBeVisible();
});

test('the last admin stays, and is told why', async ({ operator, seat }) => {
	const page = await seat(operator);
	await page.goto('/platform/account/erasure');
	await settled(page);
	// Without an address it is the DID, which is rather copied than typed.
	const confirmation = operator.did;
	await expect(page.getByRole('button', { name: 'Copy: what has to be typed' })).toBeVisible();
	await page.getByLabel(/^Type .* to confirm$/).fill(confirmation);
	await page.getByRole('button', { name: 'Continue' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByRole('button', { name: 'Erase for good' }).click();
	await expect(dialog.getByRole('alert')).toContainText('You are the last admin of this installation');
	await expectAccessible(page);
	await photograph(page, 'erasure-last-admin');
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await page.goto('/platform/account');
	await settled(page);
	await expect(page.getByRole('heading', { name: 'Profile' })).toBeVisible();
});

test('what has changed meanwhile is asked for anew, in German on a narrow screen', async ({
	operator,
	person,
	seat,
}) => {
	expect(operator.did).toContain('did:erynoa:self:');
	const emil = await person('Emil Eilig');
	const id = await addressed(emil, 'emil@erynoa.example');
	const page = await seat(emil);
	await page.setViewportSize({ width: 390, height: 844 });
	await page.addInitScript(() => localStorage.setItem('erynoa.locale', 'de'));
	// The server is away for a moment.
	await page.route('**/erynoa.api.v1.WorkflowService/PreviewErasure', (route) => route.abort());
	await page.goto('/platform/account/erasure');
	await settled(page);
	await expect(page.getByRole('alert').first()).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'erasure-away');
	await page.unroute('**/erynoa.api.v1.WorkflowService/PreviewErasure');
	await page.getByRole('main').getByRole('button', { name: 'Noch einmal versuchen' }).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Konto löschen');
	await expect(page.getByRole('heading', { name: 'Was sich nicht löschen lässt' })).toBeVisible();

	const { user } = await emil.api.users.getCurrentUser({});
	await emil.api.users.updateUser({ id, version: user?.version ?? 0n, email: 'emil@anderswo.example' });
	await page.getByLabel('Zur Bestätigung emil@erynoa.example eingeben').fill('emil@erynoa.example');
	await page.getByRole('button', { name: 'Weiter' }).click();
	const dialog = page.getByRole('dialog', { name: 'Dieses Konto endgültig löschen?' });
	await dialog.getByRole('button', { name: 'Endgültig löschen' }).click();
	await expect(dialog.getByRole('alert')).toContainText('ist nicht das Verlangte');
	await dialog.getByRole('button', { name: 'Abbrechen' }).click();
	await expect(page.getByLabel('Zur Bestätigung emil@anderswo.example eingeben')).toBeVisible();
	const overflow = await page.evaluate(
		() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
	);
	expect(overflow).toBe(0);
	await expectAccessible(page);
	await photograph(page, 'erasure-german');
});

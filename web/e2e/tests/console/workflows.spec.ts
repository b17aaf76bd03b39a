import { settled } from '../../support/platform';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('workflows of everybody are listed, filtered, opened and cancelled', async ({
	operator,
	person,
	seat,
}) => {
	const walter = await person('Walter Workflow');
	await walter.signIn();
	const { key } = await walter.api.workflows.startDataExport({});
	const page = await seat(operator);
	await page.goto('/console/workflows');
	await settled(page);
	const rows = page.getByRole('row').filter({ hasText: 'Data export' });
	await expect(rows.first()).toContainText('waiting', { timeout: 20_000 });
	await expectAccessible(page);
	await photograph(page, 'workflows');

	await rows.first().getByRole('button', { name: 'Data export' }).click();
	const drawer = page.getByRole('dialog', { name: 'Data export' });
	await expect(drawer).toContainText(key);
	await expect(drawer.locator('[data-step=store]')).toHaveAttribute('data-state', 'done');
	await expect(drawer.locator('[data-step=keep]')).toHaveAttribute('data-state', 'waiting');
	await expectAccessible(page);
	await photograph(page, 'workflow');
	await drawer.getByRole('button', { name: 'Cancel' }).click();
	await expect(drawer.locator('[data-step=store]')).toHaveAttribute('data-state', 'undone', {
		timeout: 20_000,
	});
	await drawer.getByRole('button', { name: 'Close' }).first().click();

	await page.getByLabel('Status').selectOption({ label: 'stuck' });
	await expect(page.getByRole('heading', { name: 'No workflow' })).toBeVisible();
	await page.getByLabel('Status').selectOption({ label: 'cancelled' });
	await expect(rows.first()).toContainText('cancelled');
});

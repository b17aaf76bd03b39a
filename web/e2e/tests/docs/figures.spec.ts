import type { Page } from '@playwright/test';
import { expect, expectAccessible, photograph, test } from '../../support/test';

/** Opens a page and waits until its figures are drawn. */
async function open(page: Page, address: string): Promise<void> {
	await page.goto(address);
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
	await expect(page.locator('[class*="animate-pulse"]')).toHaveCount(0);
}

test('a chain of delegations: the product of the factors, and never more than the agent’s own', async ({
	page,
}) => {
	await open(page, '/docs/concepts/delegation');
	const result = page.getByRole('status').filter({ hasText: 'Trust at the end' });
	await expect(result).toContainText('0.504000');
	await page.getByRole('button', { name: 'Remove the last link' }).press('Enter');
	await expect(result).toContainText('0.720000');
	await page.getByLabel('The delegate at the end is an agent').press('Space');
	await expect(result).toContainText('0.400000');
	await expect(result).toContainText("Never more than the agent's own.");
	await expectAccessible(page);
	await photograph(page, 'figure-lending');
});

test('a recovery can be cancelled until it takes effect', async ({ page }) => {
	await open(page, '/docs/concepts/recovery');
	const course = page.getByRole('status').filter({ hasText: 'Asked for' });
	await expect(course).toContainText('the new key lives');
	await page.getByLabel('A device that is still there cancels').press('Space');
	await expect(course).toContainText('Nothing has changed');
	await expect(course).toContainText('Does not happen.');
	await page.getByLabel('After', { exact: true }).press('End');
	await expect(course).toContainText('Too late to cancel');
	await expectAccessible(page);
	await photograph(page, 'figure-recovery');
});

test('a crossing keeps what the protocol says, and the guard names every reason', async ({ page }) => {
	await open(page, '/docs/concepts/guard');
	const seen = page.getByRole('status').filter({ hasText: 'γ of the way' });
	await expect(seen).toContainText('0.810000');
	await expect(page.getByText('seen as 0.518400')).toBeVisible();
	await page.getByLabel('From', { exact: true }).selectOption({ label: 'Town' });
	await expect(seen).toContainText('0.900000');
	await expect(page.getByText('seen as 0.576000')).toBeVisible();
	await page.getByRole('radio', { name: 'allowed: 1' }).press('Space');
	await expect(seen).toContainText('1.000000');

	const list = page.getByRole('status').filter({ hasText: 'Required credentials' });
	await expect(list).toContainText('Denied, reasons: 1');
	await expect(list).toContainText('Norm 0.642484, at least 0.70');
	await page.getByLabel('Has the required credentials').press('Space');
	await expect(list).toContainText('Denied, reasons: 2');
	await expect(list.getByRole('link', { name: 'CREDENTIAL_MISSING' })).toBeVisible();
	await page.getByLabel('Has the required credentials').press('Space');
	await page.getByLabel('Least norm of the realm').press('Home');
	await expect(list).toContainText('Admitted');
	await expectAccessible(page);
	await photograph(page, 'figure-guard');
});

test('votes cost their square, and the share must exceed the threshold', async ({ page }) => {
	await open(page, '/docs/concepts/governance');
	const result = page.getByRole('status').filter({ hasText: 'Costs you' });
	await expect(result).toContainText('9 of 100');
	await expect(result).toContainText('77.2%');
	await page.getByLabel('Your votes (for or against)').press('End');
	await expect(result).toContainText('100 of 100');
	await page.getByLabel('Your votes (for or against)').press('Home');
	await expect(result).toContainText('does not pass');
	await expectAccessible(page);
	await photograph(page, 'figure-vote');
});

test('mana: a newcomer holds 110 000, whoever keeps the rules more', async ({ page }) => {
	await open(page, '/docs/concepts/execution');
	const result = page.getByRole('status').filter({ hasText: 'Holds at most' });
	await expect(result).toContainText('110,000');
	await expect(result).toContainText('5,500');
	await page.getByLabel('Ω of the root identity').press('End');
	await expect(result).toContainText('1,010,000');
	await expect(result).toContainText('1,100');
	await expectAccessible(page);
	await photograph(page, 'figure-mana');
});

test('the power cap: ten ones and a hundred, and equal roots are never cut', async ({ page }) => {
	await open(page, '/docs/concepts/protection');
	const result = page.getByRole('status').filter({ hasText: 'Cap c' });
	await expect(result).toContainText('1.984');
	await page.getByLabel('Power of one more root').press('Home');
	await expect(result).toContainText('9% → 9%');
	await expectAccessible(page);
	await photograph(page, 'figure-power');
});

test('guides and concepts of the whole protocol are there in both languages', async ({ page }) => {
	await open(page, '/docs/guides/realm');
	await page.getByText('DE', { exact: true }).first().click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('In zehn Minuten einen Realm gründen');
	for (const [address, title] of [
		['guides/agent', 'Einem Agenten seine Grenzen geben'],
		['guides/recovery', 'Alle Geräte verloren'],
		['concepts/governance', 'Mitbestimmung'],
		['concepts/attacks', 'Angriffe'],
	] as const) {
		await open(page, `/docs/${address}`);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
		await expect(page.getByRole('article')).toHaveAttribute('lang', 'de');
	}
	await expectAccessible(page);
	await open(page, '/docs/axioms');
	await expect(page.getByRole('cell', { name: 'K28' })).toBeVisible();
});

// Steps that several specs of the platform take by hand.

import { expect, type Page } from '@playwright/test';

/** Goes from the welcome page to home by making an identity. Returns the recovery key that the sheet showed. */
export async function makeIdentity(page: Page, name: string): Promise<string> {
	await page.getByLabel('Name', { exact: false }).first().fill(name);
	await page.getByRole('button', { name: 'Make my keys' }).click();
	const groups = page.getByTestId('recovery-code').locator('span');
	await expect(groups).toHaveCount(14);
	const code = (await groups.allTextContents()).join('-');
	await page.getByLabel('I have the sheet on paper').check();
	await page.getByLabel('Last group of the recovery key').fill(code.slice(-4).toLowerCase());
	await page.getByRole('button', { name: 'Create identity' }).click();
	return code;
}

/** Waits until everything on the page has been loaded: no skeletons any more. */
export async function settled(page: Page): Promise<void> {
	// The first page of a fresh browser has all its scripts to read yet.
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible({ timeout: 20_000 });
	await expect(page.locator('[class*="animate-pulse"]')).toHaveCount(0);
}

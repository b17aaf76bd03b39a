// The verify page, as anybody uses it.

import type { Locator, Page } from '@playwright/test';
import { settled } from './platform';

/** Opens the page and hands it a file. */
export async function verifyFile(page: Page, name: string, buffer: Buffer): Promise<void> {
	await page.goto('/platform/verify');
	await settled(page);
	const mimeType = name.endsWith('.pdf') ? 'application/pdf' : 'application/json';
	await page.getByTestId('choose-certificate').setInputFiles({ name, mimeType, buffer });
}

export const verdict = (page: Page): Locator => page.getByTestId('verdict');

/** One link of the chain. */
export const link = (page: Page, step: string): Locator =>
	page.locator(`[data-testid=link][data-step=${step}]`);

/** A copy with one bit changed at a place. */
export function changedAt(file: Buffer, place: number): Buffer {
	const changed = Buffer.from(file);
	changed[place] = (changed[place] ?? 0) ^ 1;
	return changed;
}

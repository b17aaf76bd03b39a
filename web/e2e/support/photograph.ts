import { resolve } from 'node:path';
import { expect, type Page, test } from '@playwright/test';

const folder = resolve(import.meta.dirname, '../screenshots');

export const widths = [390, 1440] as const;

/**
 * Takes a picture of the whole page in both themes and both widths, to
 * screenshots/<project>/<name>-<theme>-<width>.png, and proves on the way that
 * nothing is wider than the screen.
 */
export async function photograph(page: Page, name: string): Promise<void> {
	const before = page.viewportSize();
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		for (const width of widths) {
			await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
			await page.evaluate(() => document.fonts.ready);
			const overflow = await page.evaluate(() => {
				const root = document.documentElement;
				return root.scrollWidth - root.clientWidth;
			});
			expect(overflow, `${name} is wider than ${width} px by`).toBe(0);
			// Nobody looks at the pictures of an automatic run, and they take long.
			if (process.env.CI) continue;
			const path = resolve(folder, test.info().project.name, `${name}-${colorScheme}-${width}.png`);
			await page.screenshot({ path, fullPage: true });
		}
	}
	await page.emulateMedia({ colorScheme: null, reducedMotion: null });
	if (before) await page.setViewportSize(before);
}

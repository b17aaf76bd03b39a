import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * The page as it stands breaks no rule of WCAG 2.2 AA that a machine can check,
 * in the light theme and in the dark one.
 */
export async function expectAccessible(page: Page): Promise<void> {
	for (const colorScheme of ['light', 'dark'] as const) {
		await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
		// The page hears of the change a moment later; half a theme is not what anybody sees.
		await page.evaluate(
			() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
		);
		const { violations } = await new AxeBuilder({ page })
			.withTags(rules)
			// Nothing runs in a sealed frame, the checks neither: what it shows is checked by itself.
			.exclude('iframe[sandbox=""]')
			.analyze();
		const found = violations.flatMap((violation) =>
			violation.nodes.map((node) => `${violation.id}: ${node.html.slice(0, 200)} (${node.failureSummary})`),
		);
		expect(found, `${colorScheme} theme of ${page.url()}`).toEqual([]);
	}
	await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}

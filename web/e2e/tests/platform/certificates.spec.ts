import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { settled } from '../../support/platform';
import { expect, expectAccessible, photograph, test } from '../../support/test';

async function drop(page: Page, name: string, buffer: Buffer): Promise<void> {
	await page.goto('/platform/verify');
	await settled(page);
	const mimeType = name.endsWith('.pdf') ? 'application/pdf' : 'application/json';
	await page.getByTestId('choose-certificate').setInputFiles({ name, mimeType, buffer });
}

const verdict = (page: Page) => page.getByTestId('verdict');
const link = (page: Page, step: string) => page.locator(`[data-testid=link][data-step=${step}]`);

test('a certificate is asked for, looked at, saved and shared, and checks out in the browser', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	const vera = await person('Vera Vorweis');
	const word = await operator.attest(vera, { comment: 'Kept every promise.' });
	await expect(async () => {
		const { values } = await vera.trust();
		expect(values[0]?.trustPpm).toBeGreaterThan(100_000);
	}).toPass({ timeout: 15_000 });

	const page = await seat(vera);
	await page.goto('/platform/certificates');
	await settled(page);
	await expect(page.getByRole('heading', { name: 'No certificates yet' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'certificates-none');
	await page.getByRole('button', { name: 'New certificate' }).first().click();
	await expect(page.getByRole('dialog').getByText('Vera Vorweis')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'certificate-new');
	await page.getByRole('button', { name: 'Issue' }).click();

	// The document is shown as it is.
	const preview = page.getByRole('dialog', { name: 'Certificate of Vera Vorweis' });
	await expect(preview.locator('canvas[data-drawn=true]').first()).toBeVisible({ timeout: 60_000 });
	await photograph(page, 'certificate-preview');
	await preview.getByRole('button', { name: 'Close' }).last().click();
	await expect(page.getByTestId('certificate')).toHaveCount(1);
	await expectAccessible(page);
	await photograph(page, 'certificates');

	const save = async (what: string) => {
		const saving = page.waitForEvent('download');
		await page.getByTestId('certificate').getByRole('button', { name: what }).click();
		return readFile(await (await saving).path());
	};
	const pdf = await save('PDF');
	const json = await save('JSON');
	await page.getByTestId('certificate').getByRole('button', { name: 'Share' }).click();
	await page.getByRole('button', { name: 'Create a link' }).click();
	await expect(page.getByTestId('link')).toHaveText(/\/platform\/f/);
	await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();

	// Anybody can check it; nobody needs to be signed in.
	const anybody = await seat(await person('Any Body'), { signedIn: false });
	await anybody.goto('/platform/verify');
	await settled(anybody);
	await expectAccessible(anybody);
	await photograph(anybody, 'verify');
	await drop(anybody, 'certificate.pdf', pdf);
	await expect(verdict(anybody)).toHaveAttribute('data-verdict', 'genuine');
	for (const step of ['seal', 'signature', 'issuer', 'events', 'inclusion', 'fold', 'log', 'current']) {
		await expect(link(anybody, step)).toHaveAttribute('data-outcome', 'passed');
	}
	await expect(link(anybody, 'cosignatures')).toHaveAttribute('data-outcome', 'not_possible');
	await expectAccessible(anybody);
	await photograph(anybody, 'verify-genuine');

	// Pasted as text.
	await anybody.getByRole('button', { name: 'Check another one' }).click();
	await anybody.getByLabel('Text of the certificate').fill(json.toString('utf8'));
	await anybody.getByRole('button', { name: 'Check', exact: true }).click();
	await expect(verdict(anybody)).toHaveAttribute('data-verdict', 'genuine');

	// Without the log: what is proved stays proved.
	await anybody.route('**/erynoa.api.v1.LogService/*', (route) => route.abort());
	await drop(anybody, 'certificate.pdf', pdf);
	await expect(verdict(anybody)).toHaveAttribute('data-verdict', 'genuine');
	await expect(link(anybody, 'log')).toHaveAttribute('data-outcome', 'not_possible');
	await anybody.unrouteAll({ behavior: 'ignoreErrors' });

	// Tampered with: the broken link has a name.
	const changed = Buffer.from(pdf);
	changed[30] = (changed[30] ?? 0) ^ 1;
	await drop(anybody, 'certificate.pdf', changed);
	await expect(verdict(anybody)).toHaveAttribute('data-verdict', 'refused');
	await expect(link(anybody, 'seal')).toContainText('CERTIFICATE_PDF_CHANGED');
	await expect(link(anybody, 'signature')).toHaveAttribute('data-outcome', 'passed');
	await expectAccessible(anybody);
	await photograph(anybody, 'verify-refused');
	await drop(anybody, 'certificate.json', Buffer.from(json.toString('utf8').replace('Vera', 'Nora')));
	await expect(link(anybody, 'signature')).toContainText('CERTIFICATE_SIGNATURE_INVALID');
	await drop(anybody, 'letter.json', Buffer.from('{}'));
	await expect(link(anybody, 'document')).toContainText('CERTIFICATE_MALFORMED');

	// Taken back: genuine, and out of date.
	await operator.revoke(word);
	await expect(async () => {
		await drop(anybody, 'certificate.pdf', pdf);
		await expect(verdict(anybody)).toHaveAttribute('data-verdict', 'outdated', { timeout: 3_000 });
	}).toPass({ timeout: 30_000 });
	await photograph(anybody, 'verify-outdated');
});

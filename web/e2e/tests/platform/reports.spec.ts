import { readFile } from 'node:fs/promises';
import { ProposalKind } from '@erynoa/protocol';
import type { Page } from '@playwright/test';
import { settled } from '../../support/platform';
import { foundRealm, propose } from '../../support/realms';
import { expect, expectAccessible, photograph, test } from '../../support/test';
import { changedAt, link, verdict, verifyFile } from '../../support/verify';

/** Presses a button that makes a report, and reads what the browser saves. */
async function save(page: Page, button: string): Promise<Buffer> {
	const saving = page.waitForEvent('download', { timeout: 60_000 });
	await page.getByRole('button', { name: button }).click();
	return readFile(await (await saving).path());
}

test('reports of a realm, of a decision and of the audit log are made, and anybody can check them', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	const realm = await foundRealm(operator, { name: 'Allotments' });
	const proposal = await propose(operator, realm, {
		kind: ProposalKind.TREASURY,
		title: 'A new well',
		text: 'We dig a well by the gate.',
	});
	const page = await seat(operator);
	await page.goto(`/platform/realms/${realm}`);
	await settled(page);
	const aboutRealm = await save(page, 'Report as PDF');
	await expect(page.getByText(/among your files, in the folder Reports/)).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'realm-report');
	await page.goto(`/platform/realms/${realm}/proposals/${proposal}/minutes`);
	await settled(page);
	const minutes = await save(page, 'Minutes as PDF');
	await expectAccessible(page);
	await page.goto('/console/audit');
	await settled(page);
	const audit = await save(page, 'Report as PDF');
	await expect(page.getByText(/among your files, in the folder Reports/)).toBeVisible();
	await expectAccessible(page);

	const anybody = await seat(await person('Any Body'), { signedIn: false });
	for (const [name, file, kind] of [
		['realm', aboutRealm, 'Realm report'],
		['minutes', minutes, 'Minutes'],
		['audit', audit, 'Audit report'],
	] as const) {
		await verifyFile(anybody, `${name}.pdf`, file);
		await expect(verdict(anybody)).toHaveAttribute('data-verdict', 'genuine');
		await expect(anybody.getByTestId('report')).toHaveText(kind);
		for (const step of ['document', 'seal', 'signature', 'issuer']) {
			await expect(link(anybody, step)).toHaveAttribute('data-outcome', 'passed');
		}
		await expect(anybody.getByTestId('link')).toHaveCount(4);
		await expectAccessible(anybody);
		await photograph(anybody, `verify-report-${name}`);

		// One bit, anywhere: refused.
		for (const place of [40, Math.floor(file.length / 2), file.length - 20]) {
			await verifyFile(anybody, `${name}.pdf`, changedAt(file, place));
			await expect(verdict(anybody), `${name} at ${place}`).toHaveAttribute('data-verdict', 'refused');
		}
	}
	await photograph(anybody, 'verify-report-refused');
});

import { bulk, note, picture } from '../../support/files';
import { settled } from '../../support/platform';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('storage shows who keeps what, makes and deletes buckets and scans for damage', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	await operator.signIn();
	const ada = await person('Ada Archive');
	await ada.signIn();
	for (const { name, buffer, mimeType } of [
		picture('map.png', 2),
		note('minutes.txt', 'Minutes of the meeting'),
		bulk('backup.bin', 700_000),
	]) {
		await ada.api.storage.uploadFile({ name, folder: '/', mediaType: mimeType, data: buffer });
	}
	const page = await seat(operator);
	await page.goto('/console/storage');
	await settled(page);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Storage');
	await expect(page.getByRole('table', { name: 'Largest files' }).getByText('backup.bin')).toBeVisible();
	await expect(page.getByRole('table', { name: 'Largest owners' }).getByRole('row')).not.toHaveCount(1);

	await page.getByRole('button', { name: 'Create a bucket' }).click();
	await page.getByRole('dialog').getByLabel('Name').fill('No Bucket');
	await page.getByRole('dialog').getByRole('button', { name: 'Create a bucket' }).click();
	await expect(page.getByRole('dialog').getByText('This name does not work')).toBeVisible();
	await page.getByRole('dialog').getByLabel('Name').fill('archive-2026');
	await page.getByRole('dialog').getByRole('button', { name: 'Create a bucket' }).click();
	await expect(page.getByRole('table', { name: 'Buckets' }).getByText('archive-2026')).toBeVisible();

	await page.getByRole('button', { name: 'Scan now' }).click();
	await expect(page.getByText(/are as they were stored|Findings: /)).toBeVisible({ timeout: 30_000 });
	await expectAccessible(page);
	await photograph(page, 'storage');
	await page.getByRole('button', { name: 'Delete the bucket archive-2026' }).click();
	await expectAccessible(page);
	await photograph(page, 'storage-bucket');
	await page.getByRole('dialog').getByRole('button', { name: 'Delete the bucket' }).click();
	await expect(page.getByRole('table', { name: 'Buckets' }).getByText('archive-2026')).toHaveCount(0);
});

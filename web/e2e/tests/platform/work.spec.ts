import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { settled } from '../../support/platform';
import { expect, expectAccessible, photograph, test } from '../../support/test';

const run = promisify(execFile);

test('all data of somebody is gathered while they watch, saved, and removed when they stop it', async ({
	operator,
	person,
	seat,
}) => {
	test.slow();
	expect(operator.did).toContain('did:erynoa:self:');
	const zoe = await person('Zoë Zip');
	const page = await seat(zoe);
	await page.goto('/platform/activity?show=work');
	await settled(page);
	await expect(page.getByRole('heading', { name: 'Nothing has been started yet' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'work-none');

	await page.goto('/platform/account');
	await settled(page);
	await page.getByRole('button', { name: 'Everything as a zip file' }).click();
	const work = page.getByTestId('work');
	await expect(work.getByRole('button', { name: 'Download the zip file' })).toBeVisible({ timeout: 20_000 });
	const [download] = await Promise.all([
		page.waitForEvent('download'),
		work.getByRole('button', { name: 'Download the zip file' }).click(),
	]);
	const program = [
		'import json, sys, zipfile',
		'zip = zipfile.ZipFile(sys.argv[1])',
		'assert zip.testzip() is None',
		"print(json.dumps([zip.namelist(), json.loads(zip.read('account.json')), json.loads(zip.read('manifest.json'))]))",
	].join('\n');
	// Another program than ours opens it.
	const { stdout } = await run('python3', ['-c', program, await download.path()]);
	const [names, account, manifest] = JSON.parse(stdout);
	expect(names).toContain('account.json');
	expect(JSON.stringify(account)).toContain(zoe.did);
	expect(manifest.format).toBe('erynoa-data-export-1');
	await expectAccessible(page);
	await photograph(page, 'account-export');

	await page.goto('/platform/activity?show=work');
	await settled(page);
	await expect(work).toHaveAttribute('data-workflow', 'data_export');
	await work.getByText(/^Steps: \d/).click();
	await expect(work.locator('[data-step=store]')).toHaveAttribute('data-state', 'done');
	// It stays unfolded while the list is brought up to date.
	for (let turn = 0; turn < 2; turn += 1) await page.waitForResponse(/ListWorkflows/);
	await expect(work.locator('[data-step=store]')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'work');

	await work.getByRole('button', { name: 'Cancel' }).click();
	const dialog = page.getByRole('dialog', { name: 'Cancel: Data export?' });
	await expectAccessible(page);
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await expect(work).toHaveAttribute('data-status', 'CANCELLED', { timeout: 20_000 });
	await expect(work.getByRole('button', { name: 'Download the zip file' })).toHaveCount(0);
	await page.goto('/platform/files');
	await settled(page);
	await expect(page.getByText('erynoa-export-')).toHaveCount(0);
});

test('running work speaks German', async ({ person, operator, seat }) => {
	expect(operator.did).toContain('did:erynoa:self:');
	const page = await seat(await person('Dora Deutsch'));
	await page.addInitScript(() => localStorage.setItem('erynoa.locale', 'de'));
	await page.goto('/platform/activity?show=work');
	await settled(page);
	await expect(page.getByRole('heading', { name: 'Noch nichts begonnen' })).toBeVisible();
});

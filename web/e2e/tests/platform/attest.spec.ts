import { settled } from '../../support/platform';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('a founder attests, the other sees it live, and the parts add up', async ({
	operator,
	person,
	seat,
}) => {
	// Pictures and axe of many pages take their time on a busy machine.
	test.slow();
	const berta = await person('Berta');
	const watching = await seat(berta);
	await watching.goto('/platform');
	await settled(watching);
	await expect(watching.getByTestId('norm')).toHaveText('10%');

	const page = await seat(operator);
	await page.goto('/platform/attest');
	await settled(page);
	await expectAccessible(page);
	await photograph(page, 'attest-pick');
	await page.getByLabel('Search people').fill('berta');
	await page.getByRole('button', { name: /Berta/ }).click();
	await settled(page);
	await expect(page.getByTestId('preview')).toContainText('35.7%');
	await expect(page.getByText('It counts with weight 2')).toBeVisible();
	await page.getByText('Competence', { exact: true }).click();
	await page.getByLabel('Domain').fill('Rust Lang');
	await expect(page.getByLabel('Domain')).toHaveValue('rust-lang');
	await page.getByText('Reliability', { exact: true }).click();
	await page.getByLabel('Why').fill('Always brings the tools back.');
	await expect(page.getByText('29 of 4,096 bytes')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'attest-form');
	await page.getByRole('button', { name: 'Sign and publish' }).click();
	await expect(page.getByText('In the log, at position')).toBeVisible();
	await expect(page.getByText('Counts since epoch')).toBeVisible({ timeout: 15_000 });
	await expect(page.getByTestId('landed')).toContainText('35.7%');
	await expectAccessible(page);
	await photograph(page, 'attest-landed');

	// The subject's page changes by itself.
	await expect(watching.getByTestId('norm')).not.toHaveText('10%', { timeout: 15_000 });
	await watching.getByRole('button', { name: /Explain Reliability/ }).click();
	const drawer = watching.getByRole('dialog');
	await expect(drawer.getByTestId('explain-total')).toHaveText('35.7142%');
	await expect(drawer.getByTestId('part')).toHaveCount(1);
	await expect(drawer.getByText('+25.7142%').first()).toBeVisible();
	await expect(drawer.getByText('10.0000%')).toBeVisible();
	await expect(drawer.getByText('Always brings the tools back.')).toBeVisible();
	await expectAccessible(watching);
	await photograph(watching, 'explain');
	await drawer.getByRole('link', { name: 'Attestation' }).click();
	await expect(watching.getByTestId('seal')).toHaveText('Checked in your browser');
	await expect(watching.getByText('attestation.comment')).toBeVisible();
	await watching.getByTestId('seal').click();
	await expect(watching.getByText('The log has signed that root.')).toBeVisible();
	await settled(watching);
	await expectAccessible(watching);
	await photograph(watching, 'event');

	// Taking it back brings the value back.
	await page.goto(`/platform/people/${operator.did}`);
	await settled(page);
	await page.getByRole('tab', { name: /Said by/ }).click();
	await page
		.getByTestId('statement')
		.filter({ hasText: 'Berta' })
		.getByRole('button', { name: 'Take back' })
		.click();
	await page.getByRole('dialog').getByLabel('Reason').fill('Somebody else did.');
	await expectAccessible(page);
	await photograph(page, 'take-back');
	await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
	await expect(page.getByTestId('statement').filter({ hasText: 'Berta' })).toContainText('Taken back');
	await expect(async () => {
		expect((await berta.trust()).values[0]?.trustPpm).toBe(100_000);
	}).toPass({ timeout: 15_000 });
	await watching.goto('/platform');
	await expect(watching.getByTestId('norm')).toHaveText('10%');
});

test('undo in the notice takes an attestation back', async ({ operator, person, seat }) => {
	const cleo = await person('Cleo');
	const page = await seat(operator);
	await page.goto(`/platform/attest?subject=${cleo.did}&dimension=2`);
	await expect(page.getByRole('radio', { name: /Integrity/ })).toBeChecked();
	await page.getByRole('button', { name: 'Sign and publish' }).click();
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(page.getByText('Taken back. It stops counting')).toBeVisible();
	await expect(async () => {
		const { events } = await cleo.api.events.list({ filter: { author: operator.did }, pageSize: 1 });
		expect(events[0]?.kind).toBe(5);
	}).toPass();
});

test('without a voice the form says why it will not count', async ({ operator, person, seat }) => {
	expect(operator.did).toContain('did:erynoa:self:');
	const newcomer = await person('Newcomer');
	const subject = await person('Subject');
	const page = await seat(newcomer);
	await page.goto(`/platform/attest?subject=${subject.did}`);
	await expect(page.getByText('your standing is 10%, and a voice begins at 30%')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'attest-no-voice');
	await page.getByRole('button', { name: 'Sign and publish' }).click();
	await expect(page.getByText(/Recorded in epoch .* without changing/)).toBeVisible({ timeout: 15_000 });
	await page.getByRole('link', { name: 'Profile of Subject' }).click();
	await expect(page.getByTestId('statement').filter({ hasText: 'Newcomer' })).toContainText('No voice');
	expect((await subject.trust()).values[0]?.trustPpm).toBe(100_000);

	await page.goto(`/platform/attest?subject=${newcomer.did}`);
	await expect(page.getByText('Nobody attests themselves')).toBeVisible();
});

test('an attestation is made by keyboard alone', async ({ operator, person, seat }) => {
	const dora = await person('Dora');
	const page = await seat(operator);
	await page.goto('/platform');
	await settled(page);
	await page.keyboard.press('Control+k');
	await expect(page.getByRole('combobox')).toBeFocused();
	await page.keyboard.type('Dora');
	await expect(page.getByRole('option', { name: /Dora/ })).toBeVisible();
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(new RegExp(dora.did));
	await settled(page);
	const attest = page.getByRole('link', { name: 'Attest Dora' }).first();
	for (
		let tabs = 0;
		tabs < 40 && !(await attest.evaluate((link) => link === document.activeElement));
		tabs += 1
	) {
		await page.keyboard.press('Tab');
	}
	await expect(attest).toBeFocused();
	await page.keyboard.press('Enter');
	await settled(page);
	const submit = page.getByRole('button', { name: 'Sign and publish' });
	const comment = page.getByLabel('Why');
	for (
		let tabs = 0;
		tabs < 40 && !(await comment.evaluate((box) => box === document.activeElement));
		tabs += 1
	) {
		await page.keyboard.press('Tab');
	}
	await page.keyboard.type('Met her at the workshop.');
	for (
		let tabs = 0;
		tabs < 10 && !(await submit.evaluate((button) => button === document.activeElement));
		tabs += 1
	) {
		await page.keyboard.press('Tab');
	}
	await page.keyboard.press('Enter');
	await expect(page.getByText('In the log, at position')).toBeVisible();
});

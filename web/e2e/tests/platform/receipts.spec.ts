import { Finding, judgement, vouch } from '@erynoa/protocol';
import { rootRealm } from '../../support/agents';
import { settled } from '../../support/platform';
import { say } from '../../support/realms';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('one side proposes a receipt, the other confirms it, and both see what it does', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	const paul = await person('Paul');
	const page = await seat(operator);
	await page.goto('/platform/receipts');
	await settled(page);
	await expect(page.getByRole('heading', { name: 'No receipts yet' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'receipts-none');
	await page.goto(`/platform/receipts/new?with=${paul.did}`);
	await settled(page);
	await page.getByText('I received it').click();
	await page.getByLabel('What it was about').fill('Sharpened 12 saws.');
	await expectAccessible(page);
	await photograph(page, 'receipt-new');
	await page.getByRole('button', { name: 'Sign the terms' }).click();
	await expect(page.getByTestId('terms')).toHaveText('Paul did for Olga Operator what was agreed.');
	await expect(page.getByRole('img', { name: 'QR code that opens the receipt' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'receipt-offer');
	const code = (await page.getByTestId('offer-code').textContent()) ?? '';

	// A changed code is no code.
	const other = await seat(paul);
	await other.goto(`/platform/receipts/confirm#${code.slice(0, 40)}A${code.slice(41)}`);
	await expect(other.getByRole('heading', { name: 'This code is not complete' })).toBeVisible();
	await photograph(other, 'receipt-broken');

	await other.goto('/platform/receipts');
	await settled(other);
	await other.getByLabel('Code of the receipt').fill(code);
	await other.keyboard.press('Enter');
	await expect(other.getByTestId('terms')).toHaveText('Paul did for Olga Operator what was agreed.');
	await expect(other.getByText('Sharpened 12 saws.')).toBeVisible();
	await expect(other.getByText('Signed by who was to receive it.')).toBeVisible();
	await expectAccessible(other);
	await photograph(other, 'receipt-confirm');
	await other.getByRole('button', { name: 'Confirm and publish' }).click();
	await expect(other.getByRole('heading', { name: 'The receipt is in the log.' })).toBeVisible();

	// The first side hears of it at once.
	await expect(page.getByText('The other side has confirmed it.')).toBeVisible();
	await other.getByRole('main').getByRole('link', { name: 'Receipts' }).last().click();
	await settled(other);
	// A founder's word weighs 2: from 10 % to 35.7 %.
	await expect(other.getByTestId('receipt').getByText('+25.7142%')).toBeVisible({ timeout: 30_000 });
	await expectAccessible(other);
	await photograph(other, 'receipts');
	await other.goto('/platform');
	await settled(other);
	await other.getByRole('button', { name: 'Explain Reliability' }).click();
	await expect(other.getByRole('dialog').getByRole('link', { name: 'Receipt' })).toBeVisible();

	// Whoever is not meant sees it and cannot confirm it; nor can whoever made it.
	const stranger = await seat(await person('Quentin'));
	await stranger.goto(`/platform/receipts/confirm#${code}`);
	await expect(stranger.getByText('It is between two others')).toBeVisible();
	await page.goto(`/platform/receipts/confirm#${code}`);
	await expect(page.getByText('This is your own offer.')).toBeVisible();
});

test('somebody vouches, answers for it when the member is judged at fault, and takes it back', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	const rita = await person('Rita');
	const stefan = await person('Stefan');
	// Rita gets a voice of her own.
	await operator.attest(rita);
	await operator.attest(rita, { dimension: 2 });
	const page = await seat(rita);
	await page.goto(`/platform/people/${stefan.did}`);
	await settled(page);
	await page.getByRole('button', { name: 'More for Stefan' }).click();
	await page.getByRole('menuitem', { name: 'Vouch' }).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog.getByText('Prestige of Stefan')).toBeVisible();
	await dialog.getByLabel('Stake').focus();
	await page.keyboard.press('End');
	await expect(dialog.getByText('30%', { exact: true })).toBeVisible();
	await dialog.getByLabel('Why').fill('We have worked together for years.');
	await expectAccessible(page);
	await photograph(page, 'vouch');
	await dialog.getByRole('button', { name: 'Sign the vouch' }).click();
	await page.getByRole('tab', { name: 'Vouches' }).click();
	await expect(page.getByTestId('vouch').getByText('Counts')).toBeVisible({ timeout: 30_000 });
	await expectAccessible(page);
	await photograph(page, 'vouches');

	// A judge finds Stefan at fault for something that he said: it costs Rita.
	const said = await stefan.attest(rita);
	const before = await rita.trust();
	await say(
		operator,
		judgement({
			subject: stefan.uid,
			finding: Finding.MEMBER_AT_FAULT,
			target: said.id,
			severityPpm: 1_000_000,
			reason: 'Took the money and left.',
		}),
		await rootRealm(operator.api),
	);
	await expect(async () => {
		const after = await rita.trust();
		expect(after.values[1]?.trustPpm).toBeLessThan(before.values[1]?.trustPpm ?? 0);
	}).toPass({ timeout: 20_000 });
	await page.getByRole('tab', { name: 'Judgements' }).click();
	await expect(page.getByTestId('judgement').getByText('The member is at fault')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'judgements');
	await page.goto('/platform');
	await settled(page);
	await page.getByRole('button', { name: 'Explain Integrity' }).click();
	await expect(page.getByRole('dialog').getByText('Answered for somebody at fault')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'explain-answered');

	await page.goto(`/platform/people/${stefan.did}`);
	await settled(page);
	await page.getByRole('tab', { name: 'Vouches' }).click();
	await page.getByRole('button', { name: 'Take back Stefan' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
	await expect(page.getByTestId('vouch').getByText('Taken back')).toBeVisible({ timeout: 30_000 });
});

test('credentials are issued by who may, refused to others with the reason, and revoked', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	const tina = await person('Tina');
	const page = await seat(operator);
	await page.goto('/platform/credentials');
	await settled(page);
	await page.getByRole('button', { name: 'Issue a credential' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByRole('button', { name: 'Sign and issue' }).click();
	await expect(dialog.getByText('Choose somebody.')).toBeVisible();
	await dialog.getByLabel('For whom').fill('Tina');
	await dialog.getByRole('button', { name: /Tina/ }).click();
	await dialog.getByLabel('Kind').fill('First Aid');
	await expect(dialog.getByLabel('Kind')).toHaveValue('first-aid');
	await dialog.getByLabel('What is attested').fill('Sixteen hours, passed.');
	await expectAccessible(page);
	await photograph(page, 'credential-new');
	await dialog.getByRole('button', { name: 'Sign and issue' }).click();
	await expect(page.getByTestId('credential').getByText('Counts')).toBeVisible({ timeout: 30_000 });
	await expectAccessible(page);
	await photograph(page, 'credentials');

	const subject = await seat(tina);
	await subject.goto('/platform/credentials');
	await settled(subject);
	await expect(subject.getByTestId('credential').getByText('first-aid')).toBeVisible();
	await subject.goto(`/platform/people/${operator.did}`);
	await settled(subject);
	await subject.getByRole('button', { name: 'More for Olga Operator' }).click();
	await subject.getByRole('menuitem', { name: 'Issue a credential' }).click();
	await subject.getByRole('dialog').getByLabel('Kind').fill('wizard');
	await subject.getByRole('dialog').getByRole('button', { name: 'Sign and issue' }).click();
	await expect(subject.getByText('You are not accredited to issue')).toBeVisible();
	await expectAccessible(subject);
	await photograph(subject, 'credential-refused');

	await page.getByRole('button', { name: 'Revoke first-aid Tina' }).click();
	await page.getByRole('dialog').getByLabel('Because of fraud').check();
	await expectAccessible(page);
	await photograph(page, 'credential-revoke');
	await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
	await expect(page.getByTestId('credential').getByText('fraud', { exact: true })).toBeVisible({
		timeout: 30_000,
	});
});

test('a judge decides on a statement and on a report; others can report', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	const uta = await person('Uta');
	const viktor = await person('Viktor');
	const said = await uta.attest(viktor, { comment: 'Saved the harvest.' });
	const witness = await seat(viktor);
	await witness.goto(`/platform/events/${said.id}`);
	await settled(witness);
	await witness.getByRole('button', { name: 'Report' }).click();
	await witness.getByRole('dialog').getByRole('button', { name: 'Sign the report' }).click();
	await expect(witness.getByText('Say what is odd.')).toBeVisible();
	await witness.getByLabel('What have you seen?').fill('She was not even there.');
	await expectAccessible(witness);
	await photograph(witness, 'report');
	await witness.getByRole('dialog').getByRole('button', { name: 'Sign the report' }).click();
	await expect(witness.getByText('The report is in the log.')).toBeVisible();
	// Only judges are asked to judge.
	await expect(witness.getByRole('button', { name: 'Judge', exact: true })).toHaveCount(0);

	const judge = await seat(operator);
	await judge.goto(`/platform/events/${said.id}`);
	await settled(judge);
	await judge.getByRole('button', { name: 'Judge', exact: true }).click();
	await judge.getByLabel('What do you find?').selectOption({ label: 'The claim is false in substance' });
	await expect(judge.getByText('Uta loses integrity with a weight of 5.')).toBeVisible();
	await expectAccessible(judge);
	await photograph(judge, 'judge');
	await judge.getByRole('button', { name: 'Sign the judgement' }).click();
	await expect(judge.getByTestId('judgement')).toBeVisible();
	await photograph(judge, 'event-judged');

	await judge.goto(`/platform/people/${viktor.did}`);
	await settled(judge);
	const { events } = await viktor.api.events.list({ filter: { author: viktor.did } });
	const report = events.find((event) => event.kind === 28);
	await judge.goto(`/platform/events/${report?.id}`);
	await settled(judge);
	await judge.getByRole('button', { name: 'Judge', exact: true }).click();
	await judge.getByLabel('What do you find?').selectOption({ label: 'The report is confirmed' });
	await judge.getByText('Medium').click();
	await judge.getByRole('button', { name: 'Sign the judgement' }).click();
	await expect(judge.getByText('The judgement is in the log.')).toBeVisible();
	await expect(async () => {
		const { values } = await viktor.trust();
		expect(values[4]?.trustPpm).toBeGreaterThan(100_000);
	}).toPass({ timeout: 20_000 });
});

test('receipts and credentials speak German and fit a phone', async ({ operator, person, seat }) => {
	const wanda = await person('Wanda');
	await say(operator, vouch({ member: wanda.uid, stakePpm: 50_000 }), await rootRealm(operator.api));
	const page = await seat(operator);
	await page.setViewportSize({ width: 390, height: 844 });
	await page.goto('/platform/settings');
	await page.getByRole('main').getByText('Deutsch').click();
	for (const [path, heading] of [
		['/platform/receipts', 'Quittungen'],
		[`/platform/receipts/new?with=${wanda.did}`, 'Quittung anbieten'],
		['/platform/credentials', 'Nachweise'],
	] as const) {
		await page.goto(path);
		await settled(page);
		await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
		await expectAccessible(page);
		await photograph(page, `${path.split(/[/?]/).slice(2, 4).join('-')}-de`);
	}
	await page.goto(`/platform/people/${wanda.did}`);
	await settled(page);
	await page.getByRole('tab', { name: 'Bürgschaften' }).click();
	await expect(page.getByTestId('vouch')).toBeVisible();
	await photograph(page, 'profile-vouches-de');
});

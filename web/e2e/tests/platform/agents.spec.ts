import { vouch } from '@erynoa/protocol';
import { actAs, goodWord, type KeyFile, refusalOf } from '../../support/agents';
import { settled } from '../../support/platform';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('an agent is created, limited, watched, limited anew, stopped and closed', async ({
	operator,
	person,
	seat,
}) => {
	// Pictures and axe of many pages take their time on a busy machine.
	test.setTimeout(600_000);
	const subject = await person('Sigrid');
	const page = await seat(operator);
	await page.goto('/platform/agents');
	await settled(page);
	await expect(page.getByRole('heading', { name: 'You have no agents' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'agents-none');

	await page.getByRole('main').getByRole('link', { name: 'Create an agent' }).first().click();
	await settled(page);
	// Without a name and without anything allowed it does not go on.
	await page.getByRole('button', { name: 'Create the agent' }).click();
	await expect(page.getByText('The agent needs a name.')).toBeVisible();
	await expect(page.getByText('Choose at least one thing.')).toBeVisible();
	await page.getByLabel('Name', { exact: true }).fill('Bookkeeper');
	await page.getByLabel('Attest: Reliability').check();
	await page.getByText('Further capabilities').click();
	await page.getByLabel('Capabilities as the protocol writes them').fill('read:books/*\nfly:away');
	await page.getByRole('button', { name: 'Create the agent' }).click();
	await expect(page.getByText('“fly:away” is no capability.')).toBeVisible();
	await page.getByLabel('Capabilities as the protocol writes them').fill('read:books/*');
	// By keyboard: the slider moves in steps of one percent.
	await page.getByLabel('Share of your trust that goes with it').focus();
	await page.keyboard.press('ArrowLeft');
	await expect(page.getByText('79%')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'agent-new');
	await page.getByRole('button', { name: 'Create the agent' }).click();

	await expect(page.getByRole('heading', { name: 'The agent’s key' })).toBeFocused();
	await expect(page.getByText('Its limits are in the log.')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'agent-key');
	const file = JSON.parse((await page.getByTestId('key-file').textContent()) ?? '') as KeyFile;
	expect(file.format).toBe(1);
	const downloading = page.waitForEvent('download');
	await page.getByRole('button', { name: 'Download the key file' }).click();
	expect((await downloading).suggestedFilename()).toBe('bookkeeper.key.json');
	await expect(page.getByRole('button', { name: 'To the agent’s page' })).toBeDisabled();
	await page.getByLabel('I have the key').check();
	await page.getByRole('link', { name: 'To the agent’s page' }).click();

	await expect(page.getByRole('heading', { name: 'Bookkeeper' })).toBeVisible();
	await settled(page);
	await expect(page.getByTestId('delegation')).toHaveCount(1);
	await expect(page.getByText('Share: 79%')).toBeVisible();
	await expect(page.getByText('You answer for it.')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'agent-limits');
	// The key is never shown again.
	expect(await page.content()).not.toContain(file.secret_key);

	// What it was lent it may do; what it was not, it may not.
	await page.getByRole('tab', { name: 'What it did' }).click();
	await actAs(file, subject.api, goodWord(subject));
	await expect(page.getByText('Good word for Sigrid: Reliability')).toBeVisible();
	const refused = await refusalOf(actAs(file, subject.api, vouch({ member: subject.uid, stakePpm: 10_000 })));
	expect(refused).toBe('DELEGATION_REQUIRED');
	await expectAccessible(page);
	await photograph(page, 'agent-deeds');
	await page.getByRole('tab', { name: 'Trust', exact: true }).click();
	await expect(page.getByRole('meter', { name: 'Reliability' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'agent-trust');

	// New limits take the place of the old ones.
	await page.getByRole('tab', { name: 'Limits' }).click();
	await page.getByRole('button', { name: 'Change limits Bookkeeper' }).click();
	await settled(page);
	await expect(page.getByLabel('Attest: Reliability')).toBeChecked();
	await page.getByLabel('Attest: Reliability').uncheck();
	await page.getByLabel('Vouch for people').check();
	await page.getByRole('button', { name: 'Sign the new limits' }).click();
	await expect(page).toHaveURL(/\/platform\/delegations$/);
	await settled(page);
	await expect(page.getByTestId('delegation')).toHaveCount(1);
	await page.getByLabel('Also those that have ended').check();
	await expect(page.getByTestId('delegation')).toHaveCount(2);
	await expect(page.getByText('Whoever gave it has taken it back.')).toBeVisible();
	expect(await refusalOf(actAs(file, subject.api, goodWord(subject)))).toBe('DELEGATION_REQUIRED');
	await actAs(file, subject.api, vouch({ member: subject.uid, stakePpm: 10_000 }));
	await expectAccessible(page);
	await photograph(page, 'delegations-given');

	// The tester says the same as the log.
	await page.goto(`/platform/delegations?test=${file.did}`);
	await settled(page);
	await page.getByLabel('do this').selectOption({ label: 'Vouch for people' });
	await expect(page.getByTestId('verdict').getByText('Yes, by way of this chain')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'delegation-tester-yes');
	await page.getByLabel('do this').selectOption({ label: 'Make proposals' });
	await expect(page.getByTestId('verdict').getByText('No', { exact: true })).toBeVisible();
	await expect(page.getByTestId('verdict').getByRole('listitem').first()).toBeVisible();
	await photograph(page, 'delegation-tester-no');

	// Stopped, then closed for good.
	await page.goto(`/platform/agents/${file.did}`);
	await settled(page);
	await page.getByRole('button', { name: 'Revoke Bookkeeper' }).click();
	await expectAccessible(page);
	await photograph(page, 'delegation-revoke');
	await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
	await expect(page.getByRole('heading', { name: 'Bookkeeper may do nothing' })).toBeVisible();
	await photograph(page, 'agent-idle');
	await page.getByRole('button', { name: 'Close', exact: true }).first().click();
	const dialog = page.getByRole('dialog');
	await expect(dialog.getByRole('button', { name: 'Close for ever' })).toBeDisabled();
	await dialog.getByLabel('I understand').check();
	await dialog.getByLabel('Type “Bookkeeper” to confirm').fill('Bookkeeper');
	await expectAccessible(page);
	await photograph(page, 'agent-close');
	await dialog.getByRole('button', { name: 'Close for ever' }).click();
	await expect(page.getByText('This identity was closed on')).toBeVisible();
	expect(await refusalOf(actAs(file, subject.api, goodWord(subject)))).toMatch(
		/EVENT_KEY_REVOKED|EVENT_AUTHOR_INACTIVE/,
	);
	await page.goto('/platform/agents');
	await settled(page);
	await expect(page.getByText('closed', { exact: true })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'agents');
});

test('authority goes from hand to hand, never grows, and ends with its beginning', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(300_000);
	expect(operator.name).toBe('Olga Operator');
	const dora = await person('Doreen');
	const emil = await person('Emil');
	const frieda = await person('Frieda');
	const giver = await seat(dora);
	await giver.goto(`/platform/delegations/new?to=${emil.did}`);
	await settled(giver);
	await giver.getByLabel('Attest: Integrity').check();
	await giver.getByLabel('Confirm receipts').check();
	await giver.getByLabel('Handing on').fill('1');
	await expectAccessible(giver);
	await photograph(giver, 'delegation-new');
	await giver.getByRole('button', { name: 'Sign the delegation' }).click();
	await expect(giver.getByTestId('delegation')).toHaveCount(1);

	const receiver = await seat(emil);
	await receiver.goto('/platform/delegations?show=received');
	await settled(receiver);
	await receiver.getByRole('link', { name: 'Hand on' }).click();
	await settled(receiver);
	await receiver.getByLabel('To whom').fill('Frieda');
	await receiver.getByRole('button', { name: /Frieda/ }).click();
	// More than was lent is refused, with what is too much.
	await receiver.getByLabel('Make proposals').check();
	await expect(receiver.getByText('you cannot hand it on: Make proposals')).toBeVisible();
	await receiver.getByRole('button', { name: 'Sign the delegation' }).click();
	await expect(receiver.getByText('This goes beyond what was lent.').first()).toBeVisible();
	await expectAccessible(receiver);
	await photograph(receiver, 'delegation-exceeds');
	await receiver.getByLabel('Make proposals').uncheck();
	await receiver.getByRole('button', { name: 'Sign the delegation' }).click();
	await expect(receiver.getByTestId('delegation')).toHaveCount(1);
	await receiver.getByText('Chain', { exact: true }).click();
	await expect(receiver.getByText('Through the whole chain: 64%')).toBeVisible();
	await expectAccessible(receiver);
	await photograph(receiver, 'delegation-chain');

	// Ended at its beginning, it is broken at its end.
	await giver.getByRole('button', { name: 'Revoke Emil' }).click();
	await giver.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
	await expect(giver.getByRole('heading', { name: 'You have lent nothing' })).toBeVisible();
	const last = await seat(frieda);
	await last.goto('/platform/delegations?show=received');
	await settled(last);
	await last.getByLabel('Also those that have ended').check();
	await expect(last.getByText('A link before it does not hold any more')).toBeVisible();
});

test('agents and delegations speak German and fit a phone', async ({ operator, seat }) => {
	const page = await seat(operator);
	await page.setViewportSize({ width: 390, height: 844 });
	await page.goto('/platform/settings');
	await page.getByRole('main').getByText('Deutsch').click();
	await page.goto('/platform/agents/new');
	await settled(page);
	await expect(page.getByRole('heading', { name: 'Agenten anlegen', level: 1 })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'agent-new-de');
	await page.goto('/platform/delegations');
	await settled(page);
	await expect(page.getByRole('heading', { name: 'Vollmachten', level: 1 })).toBeVisible();
	await photograph(page, 'delegations-de');
});

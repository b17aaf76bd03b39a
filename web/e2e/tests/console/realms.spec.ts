import { ProposalState } from '@erynoa/proto';
import { Isolation, ProposalKind, proposal, realmCreated, realmLeft, uidBytes, vote } from '@erynoa/protocol';
import { startInThePast } from '../../support/past';
import { createPerson, seatPerson } from '../../support/people';
import { settled } from '../../support/platform';
import { foundRealm, passTime, say } from '../../support/realms';
import { expect, expectAccessible, photograph, test } from '../../support/test';

const HOUR_S = 3_600;

test('the tree of realms is walked by keyboard and searched by name', async ({ operator, seat }) => {
	const guild = await foundRealm(operator, { name: 'Guild of clockmakers' });
	await foundRealm(operator, { name: 'Workshop Geneva', parent: guild });
	const archive = realmCreated({ creator: operator.uid, parent: guild, name: 'Archive', partition: true });
	await say(operator, archive.body, archive.realm);

	const page = await seat(operator);
	await page.goto('/console/realms');
	await settled(page);
	const tree = page.getByRole('tree', { name: 'Realms from the root down' });
	const items = tree.getByRole('treeitem');
	const root = items.first();
	await expect(root).toContainText('Test realm');
	await expect(root).toHaveAttribute('aria-expanded', 'true');
	await expect(items.filter({ hasText: 'Guild of clockmakers' })).toHaveAttribute('aria-level', '2');
	await expectAccessible(page);

	await root.focus();
	await page.keyboard.press('ArrowLeft');
	await expect(items).toHaveCount(1);
	await page.keyboard.press('ArrowRight');
	await expect(items.filter({ hasText: 'Guild of clockmakers' })).toBeVisible();
	await page.keyboard.press('End');
	for (let steps = 0; steps < 8; steps += 1) {
		if ((await page.locator(':focus').textContent())?.includes('Guild of clockmakers')) break;
		await page.keyboard.press('ArrowUp');
	}
	await expect(page.locator(':focus')).toContainText('Guild of clockmakers');
	await page.keyboard.press('ArrowRight');
	await expect(items.filter({ hasText: 'Workshop Geneva' })).toHaveAttribute('aria-level', '3');
	await expect(items.filter({ hasText: 'Archive' })).toContainText('Partition');
	await page.keyboard.press('ArrowRight');
	await expect(page.locator(':focus')).toHaveAttribute('aria-level', '3');
	await page.keyboard.press('ArrowLeft');
	await expect(page.locator(':focus')).toContainText('Guild of clockmakers');
	await photograph(page, 'realms');
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(new RegExp(`/console/realms/${guild}$`));
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Guild of clockmakers');

	// A click beside the name folds, one on the name opens.
	await page.goto('/console/realms');
	await settled(page);
	await items.filter({ hasText: 'Guild of clockmakers' }).locator('[data-fold]').click();
	await expect(items.filter({ hasText: 'Workshop Geneva' })).toBeVisible();

	await page.getByRole('searchbox', { name: 'Search realms' }).fill('geneva');
	await expect(page.getByRole('row')).toHaveCount(2);
	await expect(page.getByRole('row').nth(1)).toContainText('Guild of clockmakers');
	await page.getByRole('searchbox', { name: 'Search realms' }).fill('there is no such realm');
	await expect(page.getByRole('heading', { name: /No realm is called/ })).toBeVisible();
	await page.getByRole('searchbox', { name: 'Search realms' }).fill('geneva');
	await page.getByRole('link', { name: 'Workshop Geneva' }).click();
	await expect(page.getByRole('navigation', { name: 'Place of the realm' })).toContainText(
		'Guild of clockmakers',
	);

	// The palette knows realms by name.
	await page.keyboard.press('Control+k');
	await page.getByRole('dialog').getByRole('combobox').fill('clockmakers');
	await page.getByRole('dialog').getByText('Guild of clockmakers').click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Guild of clockmakers');
});

test('the page of a realm shows quota, members and the origin of each rule', async ({
	operator,
	person,
	seat,
}) => {
	const [rosa, ruben] = [await person('Rosa Regula'), await person('Ruben Rueck')];
	const nextYear = (BigInt(Date.now()) + 365n * 86_400_000n) * 1_000n;
	const parent = await foundRealm(operator, {
		name: 'Marketplace',
		rules: [
			{ id: 'least', parameters: { case: 'minTrust', value: { normPpm: 400_000 } } },
			{ id: 'judges', parameters: { case: 'judges', value: { identities: [uidBytes(rosa.uid)] } } },
			{
				id: 'policy',
				parameters: {
					case: 'expression',
					value: {
						cedar:
							'permit(principal,action,resource) when{principal.standing>=100000&&principal.fidelity>=50000};',
					},
				},
			},
			{
				id: 'quota',
				parameters: { case: 'quota', value: { events: 500, bytes: 0n, gas: 0n, crossings: 20 } },
			},
		],
	});
	const { realm: child, body } = realmCreated({
		creator: operator.uid,
		name: 'Rare books',
		description: 'First editions only.',
		parent,
		founders: [rosa.uid, ruben.uid],
		rules: [
			{ id: 'stricter', parameters: { case: 'minTrust', value: { normPpm: 600_000 } } },
			{
				id: 'later',
				effectiveFromUs: nextYear,
				parameters: { case: 'isolation', value: { level: Isolation.STRICT } },
			},
		],
	});
	await say(operator, body, child);
	await say(ruben, realmLeft('moved away'), child);

	const page = await seat(operator);
	await page.goto(`/console/realms/${child}`);
	await settled(page);
	await expect(page.getByRole('meter', { name: 'Events' })).toBeVisible();
	await expect(page.getByTestId('breaker')).toContainText('Nothing unusual has been reported.');
	await expect(page.getByText('First editions only.')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'realm');

	await page.getByRole('tab', { name: 'Rules' }).click();
	await expect(page).toHaveURL(/tab=rules/);
	const rule = (id: string) => page.locator(`[data-rule="${id}"]`);
	await expect(rule('least')).toContainText('Overruled');
	await expect(rule('least')).toContainText('The stricter rule “stricter” takes its place');
	await expect(rule('stricter')).toContainText('In force');
	await expect(rule('later')).toContainText('Not in force yet');
	await expect(rule('quota')).toContainText(
		'In one epoch at most 500 events, 9.5 MiB, 1,000,000 gas and 20 joinings.',
	);
	await expect(rule('judges')).toContainText('In force, inherited');
	await expect(rule('judges')).toContainText('Rosa Regula');
	await expect(rule('policy').getByRole('region', { name: 'Expression' })).toContainText(
		'  principal.standing >= 100000',
	);
	await expect(page.getByRole('region', { name: 'Inherited from Marketplace' })).toContainText('least');
	await expectAccessible(page);
	await photograph(page, 'realm-rules');

	await page.getByRole('tab', { name: 'Members' }).click();
	const rows = page.getByRole('table', { name: 'Members' }).getByRole('row');
	await expect(rows).toHaveCount(3);
	await page.getByLabel('Also former ones').check();
	await expect(rows).toHaveCount(4);
	await expect(rows.filter({ hasText: 'Ruben Rueck' })).toContainText('Left');
	await expectAccessible(page);
	await photograph(page, 'realm-members');
	await page.getByRole('searchbox', { name: 'Search members' }).fill('rosa');
	await expect(rows).toHaveCount(2);
	await page.getByRole('searchbox', { name: 'Search members' }).fill('nobody');
	await expect(page.getByRole('heading', { name: 'Nobody matches' })).toBeVisible();

	await page.getByRole('tab', { name: 'Governance' }).click();
	await expect(page.getByRole('heading', { name: 'Nothing is being decided' })).toBeVisible();
	await expectAccessible(page);

	await page.goto('/console/realms/half-an-id');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('This is no realm');
	await page.goto(`/console/realms/00030001${'00'.repeat(28)}`);
	await expect(page.getByRole('alert')).toContainText('The log has nothing of that name.');
});

test('a proposal is followed from discussion to its end, with tally and closing event', async ({
	browser,
}) => {
	const gateway = await startInThePast();
	const context = await browser.newContext({ baseURL: gateway.url, locale: 'en-GB' });
	try {
		const operator = await createPerson(gateway.url, 'Olga Operator');
		await operator.claim(gateway.claimToken);
		const realm = await foundRealm(operator, {
			name: 'Quick deciders',
			rules: [
				{
					id: 'times',
					parameters: {
						case: 'governanceTimes',
						value: { discussionS: HOUR_S, votingS: HOUR_S, timelockS: 13 * HOUR_S },
					},
				},
			],
		});
		const { id } = await say(
			operator,
			proposal({
				kind: ProposalKind.PARAMETER,
				title: 'Ask for more trust',
				text: 'Too many strangers join.',
				set: [{ id: 'least', parameters: { case: 'minTrust', value: { normPpm: 500_000 } } }],
			}),
			realm,
		);
		const stateIs = (state: ProposalState) =>
			expect
				.poll(async () => (await operator.api.governance.getProposal({ id })).proposal?.state, {
					timeout: 20_000,
				})
				.toBe(state);
		await stateIs(ProposalState.DISCUSSION);

		await seatPerson(context, gateway.url, operator);
		const page = await context.newPage();
		await page.goto(`/console/realms/${realm}?tab=governance`);
		await settled(page);
		const card = page.getByRole('region', { name: 'Ask for more trust' });
		await expect(card).toContainText('Discussion');
		await expect(card).toContainText('Voting: ');

		await passTime(operator, 2);
		await stateIs(ProposalState.VOTING);
		await say(operator, vote(id, 5), realm);
		await expect(card.getByTestId('tally').getByRole('meter', { name: 'For' })).toBeVisible();
		await expect(card).toContainText('1 of 1 verified members have voted');
		await card.getByText('What it says, and its course').click();
		await expect(card).toContainText('Whoever joins brings a trust of at least 50%.');
		await expectAccessible(page);
		await photograph(page, 'realm-governance');

		await passTime(operator, 2);
		await stateIs(ProposalState.TIMELOCK);
		await expect(card).toContainText('Takes effect: ');
		await passTime(operator, 14);
		await stateIs(ProposalState.EXECUTED);

		await page.getByText('Closed', { exact: true }).click();
		await expect(card).toContainText('In force');
		// The card may still be the one that was opened while the proposal was open.
		const course = card.locator('details');
		if ((await course.getAttribute('open')) === null) await course.locator('summary').click();
		await expect(card.getByText('Closing event')).toBeVisible();
		await expect(card.getByRole('link', { name: 'Open in the platform' })).toHaveAttribute(
			'href',
			`/platform/realms/${realm}/proposals/${id}`,
		);
		await page.getByRole('tab', { name: 'Rules' }).click();
		await expect(page.locator('[data-rule="least"]')).toContainText('at least 50%');
		await expectAccessible(page);
	} finally {
		await context.close();
		await gateway.remove();
	}
});

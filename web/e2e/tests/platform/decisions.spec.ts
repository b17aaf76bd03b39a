import { create } from '@bufbuild/protobuf';
import { ProposalState, RuleSchema } from '@erynoa/proto';
import { JoinPolicy, ProposalKind, type Uid, vote } from '@erynoa/protocol';
import type { Page } from '@playwright/test';
import { startInThePast } from '../../support/past';
import type { Person } from '../../support/people';
import { settled } from '../../support/platform';
import { foundRealm, passUntil, propose, say } from '../../support/realms';
import { test as base, expect, expectAccessible, photograph } from '../../support/test';

// The log's clock follows its events, so that days of discussion pass in a moment.
const test = base.extend<object, { gateway: Awaited<ReturnType<typeof startInThePast>> }>({
	gateway: [
		// biome-ignore lint/correctness/noEmptyPattern: Playwright reads the wanted fixtures from the pattern
		async ({}, use) => {
			const gateway = await startInThePast(90);
			await use(gateway);
			await gateway.remove();
		},
		{ scope: 'worker', timeout: 40_000 },
	],
});

const rule = (
	id: string,
	parameters: NonNullable<Parameters<typeof create<typeof RuleSchema>>[1]>['parameters'],
) => create(RuleSchema, parameters ? { id, parameters } : { id });
const shortTimes = rule('times', {
	case: 'governanceTimes',
	value: { discussionS: 3_600, votingS: 7_200, timelockS: 3_600 },
});
const leastTrust = (normPpm: number) => rule('least-trust', { case: 'minTrust', value: { normPpm } });
const joining = (policy: JoinPolicy) => rule('joining', { case: 'join', value: { policy } });

/** Signs what has been filled in; the id of the proposal. */
async function sign(page: Page, title: string): Promise<Uid> {
	await expect(page.getByText('In order: it can be proposed.')).toBeVisible();
	await page.getByRole('button', { name: 'Propose', exact: true }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Sign and propose' }).click();
	await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
	return page.url().match(/proposals\/([0-9a-f]{64})/)?.[1] as Uid;
}

/** Proposes in the browser that somebody is admitted or excluded; the id of the proposal. */
async function proposeMember(page: Page, realm: Uid, who: Person, effect: 'Admit' | 'Exclude'): Promise<Uid> {
	const title = `${effect} ${who.name}`;
	await page.goto(`/platform/realms/${realm}/proposals/new?kind=4`);
	await settled(page);
	await page.getByLabel('Title').fill(title);
	await page.getByText(effect, { exact: true }).click();
	await page.getByLabel('Add a person').fill(who.name.slice(0, 4));
	await page.getByRole('list', { name: 'People found' }).getByRole('button').first().click();
	await expect(page.getByRole('list', { name: 'Whom is it about?' })).toContainText(who.name);
	await expectAccessible(page);
	await photograph(page, `proposal-${effect.toLowerCase()}`);
	return sign(page, title);
}

/** Votes of the founder bring a proposal to its end. */
async function carry(founder: Person, realm: Uid, id: Uid, end: ProposalState): Promise<void> {
	await passUntil(founder, id, ProposalState.VOTING);
	await say(founder, vote(id, 3), realm);
	await passUntil(founder, id, end);
}

test('what has passed is stopped by a veto in time, and stays stopped', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	const vera = await person('Vera');
	const realm = await foundRealm(operator, {
		name: 'Orchestra',
		founders: [operator, vera],
		rules: [leastTrust(0), joining(JoinPolicy.OPEN), shortTimes],
	});
	const id = await propose(operator, realm, {
		kind: ProposalKind.PARAMETER,
		title: 'Only those who know us well',
		set: [leastTrust(900_000)],
	});
	await carry(operator, realm, id, ProposalState.TIMELOCK);

	const page = await seat(vera);
	await page.goto(`/platform/realms/${realm}/proposals/${id}`);
	await settled(page);
	await expect(page.getByTestId('proposal-state')).toHaveText('Passed, waiting');
	await expect(page.getByText('it takes a third of the weight')).toBeVisible();
	await page.getByLabel('Why').fill('This would leave us alone.');
	await page.getByRole('button', { name: 'Sign the veto' }).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog.getByText('cannot be taken back')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'proposal-veto');
	await dialog.getByRole('button', { name: 'Sign the veto' }).click();
	await expect(page.getByText('Your veto is in the log')).toBeVisible();
	await expect(page.getByTestId('proposal-state')).toHaveText('Stopped by veto');
	await expect(page.getByTestId('vote').filter({ hasText: 'Vera' })).toContainText('Veto');
	await expect(page.getByText('This would leave us alone.')).toBeVisible();
	await expect(page.getByRole('button', { name: 'Sign the veto' })).toHaveCount(0);
	await expectAccessible(page);
	await photograph(page, 'proposal-vetoed');

	await page.goto(`/platform/realms/${realm}/proposals/${id}/minutes`);
	await settled(page);
	await expect(page.getByTestId('minutes')).toContainText('Outcome: Stopped by veto');
	// The rule is as it was.
	await page.goto(`/platform/realms/${realm}?tab=rules`);
	await settled(page);
	await expect(page.getByTestId('effective-rule').filter({ hasText: 'least-trust' }).first()).toContainText(
		'Nobody has to bring trust along',
	);
});

test('somebody is admitted by vote, joins, and is excluded by vote', async ({ operator, person, seat }) => {
	test.setTimeout(600_000);
	const cleo = await person('Cleopatra');
	const realm = await foundRealm(operator, {
		name: 'Lodge',
		rules: [leastTrust(0), joining(JoinPolicy.VOTE), shortTimes],
	});
	const guest = await seat(cleo);
	await guest.goto(`/platform/realms/${realm}/join`);
	await settled(guest);
	await expect(guest.getByTestId('checklist').getByText('VOTE_NEEDED')).toBeVisible();

	const page = await seat(operator);
	const admitting = await proposeMember(page, realm, cleo, 'Admit');
	await expect(page.getByText('Admits')).toBeVisible();
	await carry(operator, realm, admitting, ProposalState.EXECUTED);
	await expect(page.getByTestId('proposal-state')).toHaveText('In force');

	await guest.reload();
	await settled(guest);
	await expect(guest.getByTestId('checklist').getByText('VOTE_NEEDED')).toHaveCount(0);
	await guest.getByRole('button', { name: 'Sign and join' }).click();
	await expect(guest.getByText('Welcome to Lodge')).toBeVisible();

	const excluding = await proposeMember(page, realm, cleo, 'Exclude');
	await expect(page.getByText('Excludes')).toBeVisible();
	await carry(operator, realm, excluding, ProposalState.EXECUTED);
	await expect(page.getByTestId('proposal-state')).toHaveText('In force');
	await guest.goto(`/platform/realms/${realm}/join`);
	await settled(guest);
	await expect(guest.getByText('MEMBER_BANNED')).toBeVisible();
	await expect(guest.getByRole('button', { name: 'Sign and join' })).toBeDisabled();
	await expectAccessible(guest);
	await photograph(guest, 'realm-join-banned');
	await page.goto(`/platform/realms/${realm}?tab=members`);
	await settled(page);
	await expect(page.getByTestId('member')).toHaveCount(1);
	await page.getByLabel('Also former ones').check();
	await expect(page.getByTestId('member').filter({ hasText: 'Cleopatra' })).toContainText('Excluded');
});

test('a decision in words is made, and its minutes hold it', async ({ operator, seat }) => {
	test.setTimeout(600_000);
	const realm = await foundRealm(operator, { name: 'Allotments', rules: [shortTimes] });
	const page = await seat(operator);
	await page.goto(`/platform/realms/${realm}/proposals/new?kind=2`);
	await settled(page);
	// Without reasons nobody knows what is decided.
	await page.getByLabel('Title').fill('A new well');
	await page.getByRole('button', { name: 'Propose', exact: true }).click();
	await expect(page.getByText('Say what is to be decided.')).toBeVisible();
	await page.getByLabel('Reasons').fill('We dig a well by the gate, for 400 at the most.');
	await expectAccessible(page);
	await photograph(page, 'proposal-words');
	const id = await sign(page, 'A new well');
	await expect(page.getByText('We dig a well by the gate')).toBeVisible();

	await passUntil(operator, id, ProposalState.VOTING);
	await expect(page.getByTestId('proposal-state')).toHaveText('Voting');
	await page.getByRole('slider').fill('2');
	await page.getByRole('button', { name: 'Vote: 2 for' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Sign and vote' }).click();
	await expect(page.getByTestId('my-vote')).toContainText('You voted: 2 for.');
	await passUntil(operator, id, ProposalState.EXECUTED);
	await expect(page.getByTestId('proposal-state')).toHaveText('In force');
	await page.goto(`/platform/realms/${realm}/proposals/${id}/minutes`);
	await settled(page);
	for (const text of ['A decision in words', 'for 400 at the most', 'Outcome: In force', '2 for', id]) {
		await expect(page.getByTestId('minutes')).toContainText(text);
	}
	await expectAccessible(page);
	await photograph(page, 'minutes-words');
	// In German a proposal is an “Antrag”, everywhere.
	await page.evaluate(() => localStorage.setItem('erynoa.locale', 'de'));
	await page.goto(`/platform/realms/${realm}/proposals/new?kind=2`);
	await settled(page);
	await expect(page.getByRole('heading', { level: 1, name: 'Antrag an Allotments' })).toBeVisible();
	await expect(page.getByRole('main')).not.toContainText(/[Vv]orschl|schlagen/);
	await photograph(page, 'proposal-words-german');
});

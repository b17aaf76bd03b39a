import { create } from '@bufbuild/protobuf';
import { ApiError } from '@erynoa/client';
import { ProposalState, RuleSchema } from '@erynoa/proto';
import {
	Dimension,
	Isolation,
	JoinPolicy,
	ProposalKind,
	realmJoined,
	type Uid,
	vote,
} from '@erynoa/protocol';
import type { Page } from '@playwright/test';
import { startInThePast } from '../../support/past';
import { createPerson, seatPerson } from '../../support/people';
import { settled } from '../../support/platform';
import { foundRealm, passTime, passUntil, propose, say, verifyPerson } from '../../support/realms';
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

const shortTimes = create(RuleSchema, {
	id: 'times',
	parameters: { case: 'governanceTimes', value: { discussionS: 3_600, votingS: 7_200, timelockS: 3_600 } },
});
const openDoor = [
	create(RuleSchema, { id: 'least-trust', parameters: { case: 'minTrust', value: { normPpm: 0 } } }),
	create(RuleSchema, { id: 'joining', parameters: { case: 'join', value: { policy: JoinPolicy.OPEN } } }),
];
const leastTrust = (normPpm: number) =>
	create(RuleSchema, { id: 'least-trust', parameters: { case: 'minTrust', value: { normPpm } } });

/** Presses Tab until something has the focus. */
async function tabTo(page: Page, name: RegExp | string, role: 'button' | 'slider' | 'link' | 'radio') {
	const wanted = page.getByRole(role, { name }).first();
	for (let tabs = 0; tabs < 80; tabs += 1) {
		if (await wanted.evaluate((element) => element === document.activeElement)) return;
		await page.keyboard.press('Tab');
	}
	await expect(wanted).toBeFocused();
}

/** A member's endorsement by way of the link that somebody has sent. */
async function endorseBy(page: Page, link: string): Promise<string> {
	await page.goto(link);
	await settled(page);
	await page.getByRole('button', { name: /^Endorse Berta/ }).click();
	return (await page.getByTestId('endorsement-code').textContent()) ?? '';
}

async function refused(call: Promise<unknown>): Promise<ApiError> {
	try {
		await call;
	} catch (error) {
		if (error instanceof ApiError) return error;
		throw error;
	}
	throw new Error('it was not refused');
}

test('a realm is founded, joined by invitation, and changes its own rule by vote', async ({
	operator,
	person,
	seat,
}) => {
	// A whole course with pictures and axe of every page.
	test.setTimeout(600_000);
	const vera = await person('Vera');
	const berta = await person('Berta');
	const page = await seat(operator);

	// Found it from a template.
	await page.goto('/platform/realms');
	await settled(page);
	await expect(page.getByTestId('realm-row')).toHaveCount(1);
	await expectAccessible(page);
	await photograph(page, 'realms');
	await page.getByRole('link', { name: 'Create a realm' }).click();
	await settled(page);
	await page.getByText('Members’ club', { exact: true }).click();
	await expect(page.getByText('Rules that it brings')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'realm-new-template');
	await page.getByRole('button', { name: 'Go on' }).click();
	await page.getByRole('button', { name: 'Go on' }).click();
	await expect(page.getByText('A realm needs a name.')).toBeVisible();
	await page.getByLabel('Name', { exact: true }).fill('Choir');
	await page.getByLabel('Description').fill('We sing on Thursdays.');
	await page.getByLabel('Add a person by name').fill('Vera');
	await page.getByRole('button', { name: /Vera/ }).click();
	await expectAccessible(page);
	await photograph(page, 'realm-new-basics');
	await page.getByRole('button', { name: 'Go on' }).click();
	await expect(page.getByTestId('rule')).toHaveCount(3);
	await page.getByRole('button', { name: 'Add a rule' }).click();
	await page.getByRole('menuitem', { name: 'Times of decisions' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByLabel('Discussion').fill('0.5');
	await dialog.getByRole('button', { name: 'Add a rule' }).click();
	await expect(dialog.getByText('At least 1 hour')).toBeVisible();
	await dialog.getByLabel('Discussion').fill('1');
	await dialog.getByLabel('Voting').fill('2');
	await dialog.getByLabel('Wait').fill('1');
	await expectAccessible(page);
	await photograph(page, 'realm-new-rule');
	await dialog.getByRole('button', { name: 'Add a rule' }).click();
	await expect(page.getByTestId('rule')).toHaveCount(4);

	// What is wrong with an expression the server says, at the field.
	await page.getByRole('button', { name: 'Add a rule' }).click();
	await page.getByRole('menuitem', { name: 'Expression' }).click();
	await dialog.getByRole('textbox', { name: 'Expression' }).fill('permit(principal, action resource);');
	await dialog.getByRole('button', { name: 'Add a rule' }).click();
	await expect(dialog.locator('[aria-invalid=true]')).toBeVisible();
	await photograph(page, 'realm-new-expression');
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await photograph(page, 'realm-new-rules');
	await page.getByRole('button', { name: 'Go on' }).click();
	await expect(page.getByRole('heading', { name: 'Inherited rules' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'realm-new-review');
	await page.getByRole('button', { name: 'Sign and found the realm' }).click();
	await expect(page.getByRole('heading', { level: 1, name: 'Choir' })).toBeVisible();
	await settled(page);
	const choir = page.url().match(/realms\/([0-9a-f]{64})/)?.[1] as Uid;
	await expect(page.getByText('Founder', { exact: true }).first()).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'realm-overview');

	// The second person sees what is missing.
	const second = await seat(berta);
	await second.goto('/platform/realms');
	await settled(second);
	await second.getByLabel('Search realms').fill('choi');
	await expect(second.getByTestId('realm-row')).toHaveCount(1);
	await second.getByRole('link', { name: 'Choir' }).click();
	await second.getByRole('link', { name: 'Join' }).click();
	await settled(second);
	const checklist = second.getByTestId('checklist');
	await expect(checklist.getByText('Endorsements are missing')).toBeVisible();
	const join = second.getByRole('button', { name: 'Sign and join' });
	await expect(join).toBeDisabled();
	await expectAccessible(second);
	await photograph(second, 'realm-join-missing');
	const link = (await second.getByTestId('endorsement-link').textContent()) ?? '';

	// Two members endorse; one sends the code, the other a link.
	const one = await endorseBy(page, link);
	await expectAccessible(page);
	await photograph(page, 'realm-endorse');
	await second.getByLabel('Code of the endorsement').fill('nonsense');
	await second.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(second.getByText('This is no code of an endorsement')).toBeVisible();
	await second.getByLabel('Code of the endorsement').fill(one);
	await second.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(second.getByText('Endorsement added')).toBeVisible();
	await expect(join).toBeDisabled();
	const third = await seat(vera);
	const two = await endorseBy(third, link);
	await second.goto(`/platform/realms/${choir}/join#${two}`);
	await expect(
		second.getByRole('list', { name: 'Endorsements that you have' }).getByRole('listitem'),
	).toHaveCount(2);
	await expect(join).toBeEnabled();
	await expectAccessible(second);
	await photograph(second, 'realm-join-ready');
	await join.click();
	await expect(second.getByText('Welcome to Choir')).toBeVisible();
	await expect(second.getByRole('main').getByText('Member', { exact: true })).toBeVisible();
	// The founder's page hears of it.
	await page.goto(`/platform/realms/${choir}?tab=members`);
	await settled(page);
	await expect(page.getByTestId('member')).toHaveCount(3);
	await verifyPerson(operator, berta, choir);
	await expect(page.getByTestId('member').filter({ hasText: 'Berta' }).getByText('Verified')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'realm-members');

	// Propose another least trust, by way of a draft.
	await page.goto(`/platform/realms/${choir}/proposals/new?kind=1`);
	await settled(page);
	await page.getByLabel('Title').fill('Know each other a little');
	await page.getByLabel('Reasons').fill('Whoever joins should bring some trust along.');
	await page.getByTestId('own-rule').getByRole('button', { name: 'Change', exact: true }).click();
	await dialog.getByRole('textbox', { name: 'Least trust' }).fill('15');
	await dialog.getByRole('button', { name: 'Take over' }).click();
	await expect(page.getByText('In order: it can be proposed.')).toBeVisible();
	await page.getByRole('button', { name: 'Keep as a draft' }).click();
	await page.reload();
	await settled(page);
	await page.getByTestId('draft').getByRole('button', { name: 'Open' }).click();
	await expect(page.getByLabel('Title')).toHaveValue('Know each other a little');
	await expect(page.getByText('In order: it can be proposed.')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'proposal-new');
	await page.getByRole('button', { name: 'Propose', exact: true }).click();
	await dialog.getByRole('button', { name: 'Sign and propose' }).click();
	await expect(page.getByRole('heading', { level: 1, name: 'Know each other a little' })).toBeVisible();
	const id = page.url().match(/proposals\/([0-9a-f]{64})/)?.[1] as Uid;
	await expect(page.getByTestId('proposal-state')).toHaveText('Discussion');

	// Discuss; the other side hears it.
	await second.goto(`/platform/realms/${choir}/proposals/${id}`);
	await settled(second);
	await second.getByLabel('Your contribution').fill('I would make it even more.');
	await second.getByRole('button', { name: 'Sign and publish' }).click();
	await expect(page.getByTestId('comment')).toContainText('I would make it even more.');
	await expectAccessible(page);
	await photograph(page, 'proposal-discussion');

	// Vote: one by keyboard alone, one with the pointer.
	await passUntil(operator, id, ProposalState.VOTING);
	await expect(second.getByTestId('proposal-state')).toHaveText('Voting');
	await second.reload();
	await settled(second);
	await tabTo(second, 'Votes for or against', 'slider');
	for (let votes = 0; votes < 3; votes += 1) await second.keyboard.press('ArrowRight');
	await expect(second.getByRole('slider')).toHaveAttribute('aria-valuetext', '3 for');
	await expect(second.getByTestId('vote-cost')).toContainText('9');
	await expect(second.getByTestId('tally').first()).toBeVisible();
	await expectAccessible(second);
	await photograph(second, 'proposal-vote');
	await tabTo(second, 'Vote: 3 for', 'button');
	await second.keyboard.press('Enter');
	await tabTo(second, 'Sign and vote', 'button');
	await second.keyboard.press('Enter');
	await expect(second.getByTestId('my-vote')).toContainText('You voted: 3 for.');
	await page.getByRole('slider').fill('1');
	await page.getByRole('button', { name: 'Vote: 1 for' }).click();
	await dialog.getByRole('button', { name: 'Sign and vote' }).click();
	await say(vera, vote(id, -1, 'Trust grows by singing.'), choir);
	await expect(page.getByTestId('vote')).toHaveCount(3);
	await expect(page.getByTestId('vote').filter({ hasText: 'Vera' })).toContainText('1 against');

	// More than half of the weight is for it.
	await passUntil(operator, id, ProposalState.TIMELOCK);
	await expect(page.getByTestId('proposal-state')).toHaveText('Passed, waiting');
	await expect(page.getByRole('button', { name: 'Sign the veto' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'proposal-timelock');
	await passUntil(operator, id, ProposalState.EXECUTED);
	await expect(page.getByTestId('proposal-state')).toHaveText('In force');
	await expect(page.getByTestId('rule-changes')).toContainText('Nobody has to bring trust along');
	await expect(page.getByTestId('rule-changes')).toContainText('at least 15%');
	await expectAccessible(page);
	await photograph(page, 'proposal-executed');

	// The rule has changed, and says where it comes from.
	await page.goto(`/platform/realms/${choir}?tab=rules`);
	await settled(page);
	const rule = page.getByTestId('effective-rule').filter({ hasText: 'least-trust' });
	await expect(rule).toContainText('a trust of at least 15%');
	await expect(rule).toContainText('Set in this realm');
	await expectAccessible(page);
	await photograph(page, 'realm-rules');
	await rule.getByRole('link', { name: 'the event that set it' }).click();
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
	const tenors = await foundRealm(operator, { name: 'Tenors', parent: choir });
	await page.goto(`/platform/realms/${tenors}?tab=rules`);
	await settled(page);
	const inherited = page.getByTestId('effective-rule').filter({ hasText: 'least-trust' });
	await expect(inherited.getByRole('link', { name: 'Choir' })).toBeVisible();
	await photograph(page, 'realm-rules-inherited');

	// The minutes hold everything.
	await page.goto(`/platform/realms/${choir}/proposals/${id}/minutes`);
	await settled(page);
	const minutes = page.getByTestId('minutes');
	for (const text of [
		'Outcome: In force',
		'proposed by Olga Operator',
		'I would make it even more.',
		'3 for',
		id,
	]) {
		await expect(minutes).toContainText(text);
	}
	await expectAccessible(page);
	await photograph(page, 'minutes');

	// Leaving takes a word of confirmation.
	await second.goto(`/platform/realms/${choir}`);
	await settled(second);
	await second.getByRole('button', { name: 'More actions' }).click();
	await second.getByRole('menuitem', { name: 'Leave' }).click();
	await second.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
	await expect(second.getByText('You have left Choir')).toBeVisible();
	await expect(second.getByText('Left', { exact: true })).toBeVisible();
});

test('whoever may not join sees all reasons at once, and nothing is stored', async ({
	operator,
	person,
	seat,
}) => {
	test.slow();
	const cleo = await person('Cleo');
	const strict = await foundRealm(operator, {
		name: 'Surgeons',
		rules: [
			{ id: 'joining', parameters: { case: 'join', value: { policy: JoinPolicy.VOTE } } },
			{ id: 'least', parameters: { case: 'minTrust', value: { normPpm: 800_000 } } },
			{
				id: 'honest',
				parameters: {
					case: 'dimensionMinimum',
					value: { dimension: Dimension.INTEGRITY, trustPpm: 700_000 },
				},
			},
			{ id: 'diploma', parameters: { case: 'credentialRequired', value: { type: 'surgeon' } } },
			{ id: 'walls', parameters: { case: 'isolation', value: { level: Isolation.STRICT } } },
		],
	});
	const page = await seat(cleo);
	await page.goto(`/platform/realms/${strict}/join`);
	await settled(page);
	const checklist = page.getByTestId('checklist');
	for (const code of ['TRUST_TOO_LOW', 'DIMENSION_TOO_LOW', 'CREDENTIAL_MISSING', 'VOTE_NEEDED']) {
		await expect(checklist.getByText(code)).toBeVisible();
	}
	await expect(page.getByRole('button', { name: 'Sign and join' })).toBeDisabled();
	await expectAccessible(page);
	await photograph(page, 'realm-join-refused');

	const error = await refused(say(cleo, realmJoined(), strict));
	expect(error.code).toBe('REALM_RULES_VIOLATED');
	expect(new Set(error.violations.map(({ code }) => code))).toEqual(
		new Set(['TRUST_TOO_LOW', 'DIMENSION_TOO_LOW', 'CREDENTIAL_MISSING', 'VOTE_NEEDED']),
	);
	const { members } = await cleo.api.realms.listMembers({ realm: strict });
	expect(members.map(({ identity }) => identity)).toEqual([operator.did]);

	// In German, and what is no realm says so.
	await page.goto('/platform/settings');
	await page.getByRole('main').getByText('Deutsch', { exact: true }).click();
	await page.goto(`/platform/realms/${strict}/join`);
	await expect(page.getByRole('heading', { level: 1, name: 'Surgeons beitreten' })).toBeVisible();
	await expect(checklist.getByText('Ein Nachweis fehlt')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'realm-join-german');
	await page.goto('/platform/realms/nonsense');
	await expect(page.getByRole('heading', { level: 1, name: 'Das ist kein Realm' })).toBeVisible();
	await page.goto(`/platform/realms/${strict}/proposals/${strict}`);
	await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
	await expectAccessible(page);
});

test('a proposal that cannot be says every reason while it is written', async ({ operator, seat }) => {
	test.slow();
	const above = await foundRealm(operator, { name: 'Above', rules: [leastTrust(400_000)] });
	const below = await foundRealm(operator, {
		name: 'Below',
		parent: above,
		rules: [{ id: 'own', parameters: { case: 'minTrust', value: { normPpm: 500_000 } } }],
	});
	const page = await seat(operator);
	await page.goto(`/platform/realms/${below}/proposals/new?kind=1`);
	await settled(page);
	await page.getByLabel('Title').fill('Let everybody in');
	await page.getByTestId('own-rule').getByRole('button', { name: 'Change', exact: true }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByRole('textbox', { name: 'Least trust' }).fill('30');
	await dialog.getByRole('button', { name: 'Take over' }).click();
	await expect(page.getByTestId('proposal-check').getByText('RULE_LOOSENS')).toBeVisible();
	await expect(page.getByRole('button', { name: 'Propose', exact: true })).toBeDisabled();
	await expectAccessible(page);
	await photograph(page, 'proposal-refused');

	// The overruled rule is struck through where it is inherited.
	await page.goto(`/platform/realms/${below}?tab=rules`);
	await settled(page);
	const overruled = page.getByTestId('effective-rule').filter({ hasText: 'least-trust' });
	await expect(overruled.getByRole('deletion')).toContainText('40%');
	await expect(overruled).toContainText('The stricter rule “own” takes its place');
});

test('nobody votes beyond their credits', async ({ browser, contextOptions }) => {
	test.slow();
	const gateway = await startInThePast(30, { APP_LOG__EPOCH_MAX_SECONDS: '10' });
	let ticking: Promise<void> | undefined;
	let voted = false;
	try {
		const founder = await createPerson(gateway.url, 'Fred Founder');
		const clockmaker = await createPerson(gateway.url, 'Clockmaker');
		await founder.claim(gateway.claimToken);
		const realm = await foundRealm(founder, { name: 'Chess', rules: [...openDoor, shortTimes] });
		const ids: Uid[] = [];
		for (const [index, title] of ['First', 'Second'].entries()) {
			ids.push(
				await propose(founder, realm, {
					kind: ProposalKind.PARAMETER,
					title,
					set: [leastTrust(100_000 * (index + 1))],
				}),
			);
		}
		const [first = '' as Uid, secondId = '' as Uid] = ids;
		await passTime(founder, 24);
		await passTime(founder, 24);
		await expect(async () => {
			const { proposal } = await founder.api.governance.getProposal({ id: secondId });
			expect(proposal?.state).toBe(ProposalState.VOTING);
		}).toPass();

		// An epoch stays open while events come in: all votes fall into one.
		ticking = (async () => {
			while (!voted) {
				await passTime(clockmaker, 0);
				await new Promise((next) => setTimeout(next, 2_000));
			}
		})();
		await say(founder, vote(first, 8), realm);
		const context = await browser.newContext({ ...contextOptions, baseURL: gateway.url, locale: 'en-GB' });
		await seatPerson(context, gateway.url, founder);
		const page = await context.newPage();
		await page.goto(`/platform/realms/${realm}/proposals/${secondId}`);
		await settled(page);
		await expect(page.getByTestId('vote-cost')).toContainText('36');
		await page.getByRole('slider').fill('7');
		await expect(page.getByTestId('over-credits')).toContainText('costs 49 credits and you have 36 left');
		await expect(page.getByTestId('over-credits')).toContainText('At most 6 votes');
		await expect(page.getByRole('button', { name: 'Vote: 7 for' })).toBeDisabled();
		await expectAccessible(page);
		await photograph(page, 'proposal-over-credits');

		const error = await refused(say(founder, vote(secondId, 7), realm));
		expect(error.code).toBe('VOTE_CREDITS_EXCEEDED');
		const { total } = await founder.api.governance.listVotes({ proposal: secondId });
		expect(total).toBe(0n);

		await page.getByRole('slider').fill('6');
		await page.getByRole('button', { name: 'Vote: 6 for' }).click();
		await page.getByRole('dialog').getByRole('button', { name: 'Sign and vote' }).click();
		await expect(page.getByTestId('my-vote')).toContainText('6 for');
		const { votes } = await founder.api.governance.listVotes({ proposal: secondId });
		expect(votes.map((cast) => cast.votes)).toEqual([6]);
		await context.close();
	} finally {
		voted = true;
		await ticking;
		await gateway.remove();
	}
});

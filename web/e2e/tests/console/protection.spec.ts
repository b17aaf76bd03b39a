import {
	AnomalyClass,
	anomalyReported,
	attestation,
	Dimension,
	Finding,
	Isolation,
	judgement,
	Polarity,
	parseUid,
	Severity,
	type Uid,
} from '@erynoa/protocol';
import { settled } from '../../support/platform';
import { foundRealm, say } from '../../support/realms';
import { expect, expectAccessible, type Person, photograph, test, testAlone } from '../../support/test';

async function rootOf(person: Person): Promise<Uid> {
	const { log } = await person.api.info.getInfo({});
	return parseUid(log?.rootRealm ?? '');
}

async function report(by: Person, about: Person, severity: Severity, comment: string, realm?: Uid) {
	const body = anomalyReported({ subjects: [about.uid], class: AnomalyClass.OTHER, severity, comment });
	return say(by, body, realm ?? (await rootOf(by)));
}

test('a judge confirms one report and finds another false', async ({ operator, person, seat }) => {
	const [anna, bob] = [await person('Anna Alert'), await person('Bob Busy')];
	await report(anna, bob, Severity.MEDIUM, 'sells one watch twice');
	await report(anna, bob, Severity.LOW, 'smells of fish');

	const page = await seat(operator);
	await page.goto('/console/protection');
	await settled(page);
	const cards = page.getByRole('region', { name: 'Something else' });
	const watch = cards.filter({ hasText: 'sells one watch twice' });
	const fish = cards.filter({ hasText: 'smells of fish' });
	await expect(watch).toContainText('Severity: Medium');
	await expect(watch.getByRole('link', { name: /Bob Busy/ })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'protection');

	await watch.getByRole('button', { name: 'Confirm' }).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog).toContainText('Anna Alert gains vigilance with a weight of 2.');
	await dialog.getByText('High', { exact: true }).click();
	await expect(dialog).toContainText('Anna Alert gains vigilance with a weight of 5.');
	await dialog.getByLabel('Reason').fill('Two buyers paid for it.');
	await expectAccessible(page);
	await photograph(page, 'protection-judge');
	await dialog.getByRole('button', { name: 'Sign the decision' }).click();
	await expect(watch).toHaveCount(0);

	await fish.getByRole('button', { name: 'Find false' }).click();
	await expect(dialog).toContainText('Anna Alert loses vigilance with a weight of 0.5.');
	await dialog.getByRole('button', { name: 'Sign the decision' }).click();
	await expect(fish).toHaveCount(0);

	await page.getByText('All', { exact: true }).click();
	await expect(page).toHaveURL(/reports=all/);
	await expect(watch).toContainText('Confirmed');
	await expect(watch).toContainText('Severity found: High');
	await expect(watch).toContainText('Two buyers paid for it.');
	await expect(fish).toContainText('Found false');
	await expect(watch.getByRole('button', { name: 'Confirm' })).toHaveCount(0);

	// What was decided counts for the reporter when the epoch closes.
	await expect
		.poll(async () => (await anna.trust()).values[4]?.positive, { timeout: 15_000 })
		.toBe(5_000_000n);
});

test('whoever may not judge hears every reason at once, and nothing is stored', async ({
	operator,
	person,
	seat,
}) => {
	const [carla, dieter] = [await person('Carla Closed'), await person('Dieter Dubious')];
	const realm = await foundRealm(carla, { name: 'Closed shop', founders: [dieter] });
	await report(dieter, operator, Severity.LOW, 'asks too many questions', realm);

	const page = await seat(operator);
	await page.goto(`/console/protection?realm=${realm}`);
	await settled(page);
	const card = page.getByRole('region', { name: 'Something else' });
	await card.getByRole('button', { name: 'Find false' }).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog).toContainText('You are not among the judges of this realm');
	await dialog.getByRole('button', { name: 'Sign the decision' }).click();
	const violations = dialog.getByTestId('violations');
	await expect(violations).toContainText('JUDGE_REQUIRED');
	await expect(violations).toContainText('JUDGE_PARTIAL');
	await expectAccessible(page);
	await photograph(page, 'protection-refused');
	const { reports } = await operator.api.protection.listReports({ realm, openOnly: true });
	expect(reports).toHaveLength(1);
});

test('a finding of the detector becomes a report with its evidence', async ({ operator, person, seat }) => {
	const [emil, frida] = [await person('Emil Echo'), await person('Frida Flatter')];
	const there = await emil.attest(frida);
	await frida.attest(emil);

	const page = await seat(operator);
	await page.goto('/console/protection?view=findings');
	await settled(page);
	const card = page.getByRole('region', { name: 'A circle of good words' }).filter({ hasText: 'Emil Echo' });
	await expect(card).toContainText('A circle of 2 steps within an hour.');
	await expect(card.locator(`a[href$="/console/events/${there.id}"]`)).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'protection-findings');

	await card.getByRole('button', { name: 'Make a report' }).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog.getByLabel('What is odd?')).toHaveValue(String(AnomalyClass.CYCLE));
	await expect(dialog.getByLabel('What have you seen?')).toHaveValue('A circle of 2 steps within an hour.');
	await expectAccessible(page);
	await photograph(page, 'protection-report');
	await dialog.getByRole('button', { name: 'Sign the report' }).click();
	await expect(card).toContainText('Reported');
	await expect(card.getByRole('button', { name: 'Make a report' })).toHaveCount(0);

	await page.getByRole('tab', { name: 'Reports' }).click();
	const filed = page.getByRole('region', { name: 'A circle of good words' }).filter({ hasText: 'Emil Echo' });
	await expect(filed).toContainText('Olga Operator');

	// The event behind it is decoded like any other.
	await filed.locator('a[href*="/console/events/"]').last().click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Anomaly reported');
	await expect(page.getByTestId('fields')).toContainText('anomaly_reported.subjects[1]');
	await expect(
		page.getByText('Everything holds').or(page.getByText('Waiting for a checkpoint')),
	).toBeVisible();
});

test('judgements about claims are listed with target and reason', async ({ operator, person, seat }) => {
	const [gabi, hans] = [await person('Gabi Glib'), await person('Hans Honest')];
	const claim = await gabi.attest(hans, { comment: 'never late' });
	await say(
		operator,
		judgement({
			subject: gabi.uid,
			finding: Finding.CLAIM_FALSE_MINOR,
			target: claim.id,
			reason: 'He was late once.',
		}),
		await rootOf(operator),
	);
	const page = await seat(operator);
	await page.goto('/console/protection?view=judgements');
	await settled(page);
	const row = page
		.getByRole('table', { name: 'Judgements' })
		.getByRole('row')
		.filter({ hasText: 'Gabi Glib' });
	await expect(row).toContainText('The claim is false, in a small matter');
	await expect(row).toContainText('He was late once.');
	await expectAccessible(page);
	await photograph(page, 'protection-judgements');
});

testAlone(
	'ten critical reports within a minute slow a realm down, and every room says so',
	async ({ operator, person, seat }) => {
		const target = await person('Igor Impostor');
		const realm = await foundRealm(operator, {
			name: 'Alarmed realm',
			rules: [{ id: 'open', parameters: { case: 'isolation', value: { level: Isolation.PUBLIC } } }],
		});
		// Only people with a voice are heard: a founder gives it to them.
		const crowd = await Promise.all(Array.from({ length: 10 }, (_, index) => person(`Witness ${index}`)));
		for (const { uid } of crowd) {
			const good = { subject: uid, dimension: Dimension.RELIABILITY, polarity: Polarity.POSITIVE };
			await say(operator, attestation(good), realm);
		}
		const voices = async () => {
			const answers = await Promise.all(
				crowd.map(({ did }) => operator.api.trust.getTrust({ subject: did, realm })),
			);
			return answers.filter(({ trust }) => trust?.hasVoice).length;
		};
		await expect.poll(voices, { timeout: 15_000 }).toBe(crowd.length);
		for (const each of crowd)
			await report(each, target, Severity.CRITICAL, 'pretends to be the operator', realm);

		const page = await seat(operator);
		await page.goto(`/console/protection?view=breakers&realm=${realm}`);
		await settled(page);
		const breaker = page.getByTestId('breaker');
		await expect(breaker).toContainText('Alarmed realm');
		await expect(breaker).toContainText('Many people reported something critical within a minute');
		await expect(breaker.getByRole('meter', { name: 'Critical reports in the last minute' })).toBeVisible();
		// Four minutes and some seconds are left, and they run down.
		await expect(breaker.getByRole('timer')).toHaveText(/^\s*in \d+m \d+s\s*$/);
		const left = await breaker.getByRole('timer').textContent();
		await expect.poll(() => breaker.getByRole('timer').textContent()).not.toBe(left);
		await expectAccessible(page);
		await photograph(page, 'protection-breakers');

		await page.goto('/console');
		await settled(page);
		await expect(page.getByTestId('alarms')).toContainText('The realm “Alarmed realm” is slowed down');
		const order = page.getByTestId('order');
		await expect(order).toContainText('Slowed down');
		await expect(order).toContainText('Open reports');
		await expectAccessible(page);
		await photograph(page, 'overview-order');
		await order.getByRole('link', { name: 'Reports' }).click();
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Protection');
	},
);

import { GetOverviewResponseSchema } from '@erynoa/proto';
import { Dimension, Polarity } from '@erynoa/protocol';
import { settled } from '../../support/platform';
import { tamper } from '../../support/tamper';
import { expect, expectAccessible, photograph, test, testAlone } from '../../support/test';

test('the overview shows parts, traffic and growth, and refreshes itself', async ({
	operator,
	person,
	seat,
}) => {
	const ada = await person('Ada');
	await operator.attest(ada);
	const page = await seat(operator);
	await page.goto('/console');
	await settled(page);
	await expect(page.getByTestId('alarms')).toContainText('All is well.');
	const parts = page.getByRole('region', { name: 'Parts' });
	const log = parts.getByTestId('part').filter({ has: page.getByText('log', { exact: true }) });
	await expect(log).toContainText('Works');
	// A line needs two answers.
	await expect(log.getByRole('img', { name: /^Latency of “Log”, now/ })).toBeVisible({ timeout: 15_000 });
	await expect(page.getByRole('row', { name: /EventService\/Submit/ })).toBeVisible();
	await expect(page.getByRole('region', { name: 'Last epochs' }).getByRole('row').nth(1)).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'overview');

	const size = async () => (await operator.api.operations.getOverview({})).log?.size ?? 0n;
	const tile = page
		.locator('div')
		.filter({ hasText: /^Entries in the log/ })
		.last();
	const before = await size();
	await person('Somebody new');
	await expect.poll(size).toBeGreaterThan(before);
	// An epoch may close at any moment and make it one more.
	const shown = async () =>
		BigInt(((await tile.locator('p').nth(1).textContent()) ?? '').replaceAll(',', ''));
	await expect.poll(shown, { timeout: 15_000 }).toBeGreaterThan(before);

	// Standing still is a choice.
	await page.getByRole('button', { name: 'Pause' }).click();
	const asked: string[] = [];
	page.on('request', (request) => asked.push(request.url()));
	await page.waitForTimeout(6_000);
	expect(asked.filter((url) => url.includes('GetOverview'))).toEqual([]);
});

test('a part that is down is an alarm in plain words', async ({ operator, seat }) => {
	const page = await seat(operator);
	await tamper(page, 'OperationsService/GetOverview', GetOverviewResponseSchema, (answer) => {
		const [part] = answer.parts;
		if (!part) throw new Error('the overview has no parts');
		part.healthy = false;
		part.message = 'disk is full';
		const minute = answer.traffic.at(-1);
		if (minute) {
			minute.requests = 1_000n;
			minute.errors = 400n;
		}
	});
	await page.goto('/console');
	await settled(page);
	const alarms = page.getByTestId('alarms');
	await expect(alarms.getByRole('listitem').first()).toContainText('does not work');
	await expect(alarms.getByRole('listitem').first()).toContainText('disk is full');
	await expect(page.getByTestId('part').first()).toContainText('Look at the disk and the database');
	await expect(alarms).toContainText('of all requests fail');
	await expectAccessible(page);
	await photograph(page, 'overview-alarms');
});

test('an overview that cannot be loaded says what to do', async ({ operator, seat }) => {
	const page = await seat(operator);
	await page.route('**/erynoa.api.v1.OperationsService/*', (route) => route.abort());
	await page.goto('/console');
	await expect(page.getByRole('alert')).toContainText('The server cannot be reached');
	await page.unroute('**/erynoa.api.v1.OperationsService/*');
	await page.getByRole('button', { name: 'Try again' }).click();
	await expect(page.getByTestId('alarms')).toBeVisible();
});

test('the configuration names the source of every value', async ({ operator, seat }) => {
	const page = await seat(operator);
	await page.goto('/console/configuration');
	await settled(page);
	const port = page.getByRole('row', { name: /application\.port/ });
	await expect(port).toContainText('APP_APPLICATION__PORT');
	await expect(page.getByRole('row', { name: /log\.epoch_max_events/ })).toContainText('Default');
	await expectAccessible(page);
	await photograph(page, 'configuration');

	await page.getByRole('searchbox').fill('epoch_max');
	await expect(page.getByRole('row', { name: /epoch_max/ })).toHaveCount(2);
	await page.getByText('Only changed').click();
	await expect(page.getByRole('row', { name: /epoch_max/ })).toHaveCount(1);
	await page.getByRole('searchbox').fill('there is no such key');
	await expect(page.getByRole('heading', { name: 'No value matches' })).toBeVisible();
});

testAlone(
	'trust is shown as it is spread, with the ends of the ranking',
	async ({ operator, person, seat }) => {
		const [good, bad] = [await person('Gerda Good'), await person('Bert Bad')];
		await operator.attest(good, { dimension: Dimension.RELIABILITY });
		await operator.attest(bad, { dimension: Dimension.RELIABILITY, polarity: Polarity.NEGATIVE });
		await expect
			.poll(async () => (await bad.trust()).values[0]?.trustPpm, { timeout: 15_000 })
			.toBeLessThan(100_000);

		const page = await seat(operator);
		await page.goto('/console/trust');
		await settled(page);
		await expect(page.getByRole('list', { name: 'Distribution: Norm' }).getByRole('listitem')).toHaveCount(
			20,
		);
		await page.getByLabel('Order by').selectOption('1');
		await expect(page).toHaveURL(/by=1/);
		const most = page.getByRole('region', { name: 'Most trusted' });
		const least = page.getByRole('region', { name: 'Least trusted' });
		await expect(least.getByRole('row').nth(1)).toContainText('Bert Bad');
		await expect(most.getByRole('row').filter({ hasText: 'Gerda Good' })).toContainText('35.7%');
		await expect(least.getByRole('link', { name: /Bert Bad/ }).first()).toHaveAttribute(
			'href',
			`/platform/people/${bad.did}`,
		);
		await page.getByLabel('Context of the norm').selectOption('finance');
		await expect(page).toHaveURL(/context=finance/);
		await settled(page);
		await expectAccessible(page);
		await photograph(page, 'trust');

		await least.getByRole('link', { name: 'Events of Bert Bad' }).click();
		await expect(page).toHaveURL(/participant=did/);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText('Events');
	},
);

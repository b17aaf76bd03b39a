import { Dimension } from '@erynoa/protocol';
import { settled } from '../../support/platform';
import { foundRealm } from '../../support/realms';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('figures over epochs are drawn and can be read as tables', async ({ operator, person, seat }) => {
	const [jana, karl] = [await person('Jana Just'), await person('Karl Keen')];
	await operator.attest(jana, { dimension: Dimension.RELIABILITY });
	await operator.attest(karl, { dimension: Dimension.INTEGRITY });
	await expect
		.poll(async () => (await operator.api.trust.getTrustMetrics({})).points.length, { timeout: 15_000 })
		.toBeGreaterThan(0);

	const page = await seat(operator);
	await page.goto('/console/trust?view=time');
	await settled(page);
	const gini = page.getByRole('region', { name: 'Inequality (Gini)' });
	await expect(gini.getByRole('application')).toBeVisible();
	await expect(page.getByText(/Of the power of the roots: [\d.]+%/)).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'trust-time');
	// The picture is walked by arrow keys.
	await gini.getByRole('application').focus();
	await page.keyboard.press('End');
	await expect(gini.getByRole('status')).toContainText('Epoch');
	await gini.getByRole('button', { name: 'Show as a table' }).click();
	await expect(gini.getByRole('columnheader', { name: 'Mean of the norm' })).toBeVisible();
	await expect(gini.getByRole('row').nth(1)).toContainText(/Epoch \d+/);
	await expectAccessible(page);
});

test('the world formula is opened factor by factor', async ({ operator, person, seat }) => {
	const lena = await person('Lena Laurel');
	await operator.attest(lena);
	// Who says nothing, or the same again and again, contributes nothing.
	await lena.revoke(await lena.attest(operator));
	const entry = async () =>
		(await operator.api.trust.listRanking({ subject: lena.did })).entries.find(({ term }) => term > 0);
	await expect.poll(async () => (await entry())?.subject, { timeout: 15_000 }).toBe(lena.did);

	const page = await seat(operator);
	await page.goto('/console/trust?view=world');
	await settled(page);
	const table = page.getByRole('table', { name: 'Ranking of the world formula' });
	await expect(table.getByRole('row').filter({ hasText: 'Lena Laurel' })).toBeVisible();
	await table.getByRole('button', { name: 'Norm' }).click();
	await expect(table.getByRole('columnheader', { name: 'Norm' })).toHaveAttribute('aria-sort', 'descending');
	await expectAccessible(page);
	await photograph(page, 'trust-world');

	await page.getByRole('button', { name: 'Explain the rank of Lena Laurel' }).click();
	const term = page.getByTestId('term');
	const shown = await entry();
	if (!shown) throw new Error('she has lost her rank');
	const digits = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
	await expect(term.getByRole('listitem').last()).toContainText(digits.format(shown.term));
	await expect(term.getByRole('listitem').first()).toContainText('÷');
	await expectAccessible(page);
	await photograph(page, 'trust-term');
	await page.keyboard.press('Escape');

	await page.getByLabel('Find one identity').fill('half a DID');
	await page.getByRole('button', { name: 'Find', exact: true }).click();
	await expect(page.getByText('Enter a whole DID')).toBeVisible();
	await page.getByLabel('Find one identity').fill(lena.did);
	await page.getByRole('button', { name: 'Find', exact: true }).click();
	await expect(page).toHaveURL(/subject=did/);
	await expect(table.getByRole('row')).toHaveCount(2);
	await page.getByRole('button', { name: 'Show everybody' }).click();
	await expect(page).not.toHaveURL(/subject=/);
});

test('one identity is weighed in every context, in the realm of one’s choice', async ({
	operator,
	person,
	seat,
}) => {
	const mila = await person('Mila Manifold');
	await operator.attest(mila, { dimension: Dimension.COMPETENCE });
	await expect
		.poll(async () => (await mila.trust()).values[2]?.trustPpm, { timeout: 15_000 })
		.toBeGreaterThan(300_000);
	const realm = await foundRealm(mila, { name: 'Mila’s den' });

	const page = await seat(operator);
	await page.goto('/console/trust?view=norms');
	await expect(page.getByRole('heading', { name: 'Choose an identity' })).toBeVisible();
	await expectAccessible(page);
	await page.getByLabel('Whose norms').fill(mila.did);
	await page.getByRole('button', { name: 'Show', exact: true }).click();
	const table = page.getByRole('table', { name: 'Norm in every context' });
	await expect(table.getByRole('row')).toHaveCount(8);
	await expect(table.getByRole('row').filter({ hasText: 'Technical' })).toContainText('35');
	await expect(table.getByRole('row').nth(1)).toContainText('Open');
	await expectAccessible(page);
	await photograph(page, 'trust-norms');

	// She is a founder there, and begins at 90 %.
	await page.getByLabel('Realm').selectOption(realm);
	await expect(page).toHaveURL(new RegExp(`realm=${realm}`));
	await expect(table.getByRole('row').nth(1)).toContainText('90%');
	await page.getByRole('tab', { name: 'Distribution' }).click();
	await expect(page).toHaveURL(new RegExp(`realm=${realm}`));
});

import { settled } from '../../support/platform';
import { foundRealm } from '../../support/realms';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('filters stand in the address and narrow the table', async ({ operator, person, seat }) => {
	const [vera, viktor] = [await person('Vera'), await person('Viktor')];
	await operator.attest(vera, { comment: 'first' });
	await operator.attest(viktor);

	const page = await seat(operator);
	await page.goto('/console/events');
	await settled(page);
	await expectAccessible(page);
	await photograph(page, 'events');
	await page.getByRole('button', { name: 'Filters' }).click();
	await page.getByText('Attestation', { exact: true }).first().click();
	await page.getByLabel('Subject', { exact: true }).fill('half a DID');
	await page.getByRole('button', { name: 'Apply' }).click();
	await expect(page.getByText('Enter a whole DID')).toBeVisible();
	await page.getByLabel('Subject', { exact: true }).fill(vera.did);
	await page.getByRole('button', { name: 'Apply' }).click();
	await expect(page).toHaveURL(/kinds=attestation/);
	await expect(page).toHaveURL(/subject=did/);
	const rows = page.getByRole('table', { name: 'Events' }).getByRole('row');
	await expect(rows).toHaveCount(2);
	await expect(rows.nth(1)).toContainText('Vera');
	await expectAccessible(page);
	await photograph(page, 'events-filtered');

	// The address alone brings the same view.
	await page.reload();
	await settled(page);
	await expect(rows).toHaveCount(2);
	await page.getByRole('button', { name: /^Subject:/ }).click();
	await expect(page).not.toHaveURL(/subject=/);
	await expect(rows.filter({ hasText: 'Viktor' })).toHaveCount(1);
	await page.goto('/console/events?kinds=custom');
	await expect(page.getByRole('heading', { name: 'No event matches' })).toBeVisible();
	await page.getByRole('button', { name: 'Clear all filters' }).click();
	await expect(rows.nth(3)).toBeVisible();
});

test('a name leads to the identity that bears it', async ({ operator, person, seat }) => {
	const nadia = await person('Nadia Namesake');
	const page = await seat(operator);
	await page.goto('/console/events');
	await settled(page);
	await page.getByRole('button', { name: 'Filters' }).click();
	await page.getByLabel('Author', { exact: true }).pressSequentially('nadia');
	await expect(page.locator(`datalist option[value="${nadia.did}"]`)).toHaveCount(1);
	await page.getByLabel('Author', { exact: true }).fill('');
	await page.keyboard.press('Control+k');
	await page.getByRole('dialog').getByRole('combobox').fill('nadia');
	await page.getByRole('dialog').getByText('Events of Nadia Namesake').click();
	await expect(page).toHaveURL(/participant=did/);
	await expect(page.getByRole('table', { name: 'Events' }).getByRole('row')).toHaveCount(2);
});

test('the live end brings new events in by itself', async ({ operator, person, seat }) => {
	const page = await seat(operator);
	await page.goto('/console/events?kinds=identity_created');
	await settled(page);
	await page.getByRole('button', { name: 'Live' }).click();
	await expect(page.getByTestId('live')).toContainText('Live.');
	await person('Lena Late');
	const rows = page.getByRole('table', { name: 'Events' }).getByRole('row');
	await expect(rows.nth(1)).toContainText('Lena Late');
	await expect(page.getByTestId('live')).toContainText('Live. New since then: 1');
	await page.getByRole('button', { name: 'Live' }).click();
	await person('Never seen');
	await page.waitForTimeout(1_500);
	await expect(rows.nth(1)).toContainText('Lena Late');
});

test('the graph is walked by keyboard, followed by pointer, and can be read as text', async ({
	operator,
	person,
	seat,
}) => {
	const [gina, gustav] = [await person('Gina'), await person('Gustav')];
	await operator.attest(gina);
	const attested = await operator.attest(gustav);
	await operator.revoke(attested, 'a mistake');

	const page = await seat(operator);
	await page.goto(`/console/events?view=graph&participant=${operator.did}`);
	await settled(page);
	const picture = page.getByRole('application');
	const panel = page.getByTestId('selected');
	await expectAccessible(page);
	await picture.focus();
	await expect(panel).toContainText('Attestation taken back');
	await expect(panel.getByText('Named as cause')).toBeVisible();
	// Its cause and the event before it of the same key are one and the same here.
	await page.keyboard.press('c');
	await expect(panel).toContainText('Gustav');
	await page.keyboard.press('e');
	await expect(panel).toContainText('Attestation taken back');
	await page.keyboard.press('ArrowUp');
	await expect(panel).toContainText('Gustav');
	await page.keyboard.press('ArrowUp');
	await expect(panel).toContainText('Gina');
	await page.keyboard.press('ArrowDown');
	await expect(panel).toContainText('Gustav');
	await page.keyboard.press('Home');
	await page.keyboard.press('ArrowLeft');
	await expect(panel).toContainText('There is no event in that direction.');
	await page.keyboard.press('End');
	await photograph(page, 'graph');
	await expectAccessible(page);

	// Zoom and drag move the picture.
	const drawing = picture.locator('svg > g');
	const placed = () => drawing.getAttribute('transform');
	const first = await placed();
	await page.keyboard.press('+');
	await expect.poll(placed).not.toBe(first);
	const zoomed = await placed();
	const box = await picture.boundingBox();
	if (!box) throw new Error('the picture is not on the screen');
	await page.mouse.move(box.x + 20, box.y + 20);
	await page.mouse.down();
	await page.mouse.move(box.x + 120, box.y + 60);
	await page.mouse.up();
	await expect.poll(placed).not.toBe(zoomed);
	await page.getByRole('button', { name: 'Show all' }).click();
	await picture.locator(`[data-event="${attested.id}"]`).click();
	await expect(panel).toContainText('Gustav');

	await page.getByText('The same as a list').click();
	await expect(
		page.getByRole('link', { name: /Attestation taken back #\d+ .*after #\d+ · because of #\d+/ }),
	).toBeVisible();

	// An event outside of the filter comes in when its link is followed.
	await page.goto(`/console/events?view=graph&kinds=attestation_revoked&author=${operator.did}`);
	await settled(page);
	await expect(picture.locator('[data-event]')).toHaveCount(1);
	await picture.focus();
	await page.keyboard.press('c');
	await expect(picture.locator('[data-event]')).toHaveCount(2);
	await expect(panel).toContainText('Gustav');
	await page.keyboard.press('Enter');
	await expect(page).toHaveURL(new RegExp(`/console/events/${attested.id}$`));
});

test('events of realms are filtered by kind and by the name of the realm, and open down to the last field', async ({
	operator,
	seat,
}) => {
	const realm = await foundRealm(operator, {
		name: 'Explorers club',
		rules: [{ id: 'least', parameters: { case: 'minTrust', value: { normPpm: 450_000 } } }],
	});
	const page = await seat(operator);
	await page.goto('/console/events');
	await settled(page);
	await page.getByRole('button', { name: 'Filters' }).click();
	const kinds = page.getByRole('group', { name: 'Realms' });
	await kinds.getByText('Realm created', { exact: true }).click();
	await kinds.getByText('Rules changed', { exact: true }).click();
	await page.getByLabel('Realm', { exact: true }).pressSequentially('explorers');
	await expect(page.locator(`datalist option[value="${realm}"]`)).toHaveCount(1);
	await page.getByLabel('Realm', { exact: true }).fill(realm);
	await expectAccessible(page);
	await photograph(page, 'events-kinds');
	await page.getByRole('button', { name: 'Apply' }).click();
	await expect(page).toHaveURL(/kinds=realm_created%2Crealm_rules_changed/);
	await expect(page.getByRole('button', { name: /^Realm: Explorers club/ })).toBeVisible();
	const rows = page.getByRole('table', { name: 'Events' }).getByRole('row');
	await expect(rows).toHaveCount(2);
	await rows.nth(1).getByRole('link', { name: 'Realm created' }).click();
	const fields = page.getByTestId('fields');
	await expect(fields).toContainText('realm_created.rules[0].min_trust.norm_ppm');
	await expect(fields).toContainText('450000');
	await fields.locator(`a[href$="/console/realms/${realm}"]`).first().click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Explorers club');
});

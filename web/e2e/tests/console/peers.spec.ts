import { settled } from '../../support/platform';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('a node that stands alone says how to join a network', async ({ operator, seat }) => {
	const page = await seat(operator);
	await page.goto('/console');
	await settled(page);
	await page.getByRole('navigation').getByRole('link', { name: 'Peers' }).first().click();
	await expect(page.getByRole('heading', { name: 'This node stands alone' })).toBeVisible();
	await expect(page.getByRole('link', { name: 'How to run a witness' })).toHaveAttribute(
		'href',
		'/docs/guides/witness',
	);
	const witnesses = page.getByRole('region', { name: 'Witnesses' });
	await expect(witnesses.getByRole('table')).toBeVisible();
	await expect(witnesses.getByTestId('quorum')).toHaveAttribute('data-agreed', 'true');
	await expectAccessible(page);
	await photograph(page, 'peers-off');
});

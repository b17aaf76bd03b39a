import { Dimension } from '@erynoa/protocol';
import { settled } from '../../support/platform';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('the bell counts, the list tells, and both know what was read', async ({ operator, person, seat }) => {
	test.slow();
	const bella = await person('Bella Bell');
	const page = await seat(bella);
	await page.goto('/platform/notifications');
	await settled(page);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Notifications');
	await expect(page.getByRole('heading', { name: 'Nothing new' })).toBeVisible();
	await expect(page.getByTestId('unread')).toHaveCount(0);
	await expectAccessible(page);
	await photograph(page, 'notifications-none');

	// The open page hears of it by itself.
	await operator.attest(bella, { comment: 'Kept every promise.' });
	await operator.attest(bella, { dimension: Dimension.INTEGRITY });
	await expect(page.getByTestId('notification')).toHaveCount(2);
	const bell = page.getByRole('link', { name: 'Notifications, 2 unread' }).filter({ visible: true });
	await expect(bell).toBeVisible();
	await expect(page.getByTestId('notification').last()).toContainText(
		'Olga Operator speaks for your Reliability in Test realm',
	);
	await expectAccessible(page);
	await photograph(page, 'notifications');

	// By keyboard: mark one, then all.
	const first = page.getByTestId('notification').first();
	await first.getByRole('button', { name: /^Mark as read/ }).focus();
	await page.keyboard.press('Enter');
	await expect(
		page.getByRole('link', { name: 'Notifications, 1 unread' }).filter({ visible: true }),
	).toBeVisible();
	await expect(first.getByRole('button')).toHaveCount(0);
	await page.getByRole('tab', { name: /Unread/ }).click();
	await expect(page.getByTestId('notification')).toHaveCount(1);
	await page.getByRole('button', { name: 'Mark all as read' }).click();
	await expect(page.getByRole('heading', { name: 'You have seen everything' })).toBeVisible();
	await expect(page.getByTestId('unread')).toHaveCount(0);
	await page.reload();
	await settled(page);
	await expect(page.getByTestId('unread')).toHaveCount(0);
	await page.getByRole('tab', { name: 'All' }).click();
	await page.getByTestId('notification').first().getByRole('link').click();
	await expect(page).toHaveURL(/\/platform\/events\/[0-9a-f]{64}$/);
});

test('how one hears of a kind is chosen, kept, and obeyed', async ({ operator, person, seat }) => {
	const carla = await person('Carla Choice');
	const page = await seat(carla);
	await page.goto('/platform/notifications');
	await settled(page);
	const setting = page.getByTestId('setting').filter({ hasText: 'Attestations about me' });
	await expect(page.getByTestId('setting').filter({ hasText: 'New devices' })).toContainText(
		'Cannot be switched off',
	);
	await setting.getByLabel('By mail').selectOption({ label: 'Never' });
	await expect(page.getByText('Saved.').first()).toBeVisible();
	await setting.getByLabel('In the app').uncheck();
	await expect
		.poll(async () => {
			const { settings } = await carla.api.notifications.getNotificationSettings({});
			return settings.filter(({ shown }) => !shown).length;
		})
		.toBe(1);
	await page.reload();
	await settled(page);
	await expect(setting.getByLabel('In the app')).not.toBeChecked();
	await expect(setting.getByLabel('By mail')).toHaveValue('3');
	await operator.attest(carla);
	const told = await person('Tom Told');
	await told.signIn();
	await operator.attest(told);
	await expect.poll(async () => (await told.api.notifications.countUnreadNotifications({})).unread).toBe(1);
	expect((await carla.api.notifications.countUnreadNotifications({})).unread).toBe(0);
});

test('notifications speak German and fit a narrow screen', async ({ operator, person, seat }) => {
	const uta = await person('Uta Übermut');
	await uta.signIn();
	await operator.attest(uta);
	await expect.poll(async () => (await uta.api.notifications.countUnreadNotifications({})).unread).toBe(1);
	const page = await seat(uta);
	await page.setViewportSize({ width: 390, height: 844 });
	await page.goto('/platform/settings');
	await settled(page);
	await page.getByRole('main').getByText('Deutsch', { exact: true }).click();
	await page.goto('/platform/notifications');
	await settled(page);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Mitteilungen');
	await expect(page.getByTestId('notification')).toContainText(
		'Olga Operator spricht in Test realm für dich',
	);
	await expect(
		page.getByRole('link', { name: 'Mitteilungen, 1 ungelesen' }).filter({ visible: true }),
	).toBeVisible();
	const overflow = await page.evaluate(
		() => document.documentElement.scrollWidth - document.documentElement.clientWidth,
	);
	expect(overflow).toBe(0);
	await expectAccessible(page);
});

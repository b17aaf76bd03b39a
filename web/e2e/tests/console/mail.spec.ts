import { createServer, type Server } from 'node:net';
import { startGateway } from '../../support/gateway';
import { settled } from '../../support/platform';
import { expect, expectAccessible, photograph, test } from '../../support/test';

/** A mail server that knows nobody. */
async function unfriendly(): Promise<{ port: number; server: Server }> {
	const server = createServer((socket) => {
		socket.on('error', () => undefined);
		socket.write('220 nobody.example\r\n');
		socket.on('data', (chunk) => {
			for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
				if (/^RCPT/i.test(line)) socket.write('550 5.1.1 nobody of this name lives here\r\n');
				else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
				else socket.write('250 nobody.example\r\n');
			}
		});
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	return { port: address.port, server };
}

const testRefused = test.extend<object, { mailPort: number }>({
	mailPort: [
		// biome-ignore lint/correctness/noEmptyPattern: Playwright reads the wanted fixtures from the pattern
		async ({}, use) => {
			const { port, server } = await unfriendly();
			await use(port);
			server.close();
		},
		{ scope: 'worker' },
	],
	gateway: [
		async ({ mailPort }, use) => {
			const gateway = await startGateway({
				APP_MAIL__BACKEND: 'smtp',
				APP_MAIL__URL: `smtp://127.0.0.1:${mailPort}`,
			});
			await use(gateway);
			await gateway.remove();
		},
		{ scope: 'worker', timeout: 40_000 },
	],
});

test('mail without a server is kept and shown, and every template can be looked at', async ({
	operator,
	seat,
}) => {
	test.slow();
	const page = await seat(operator);
	await page.goto('/console/mail');
	await settled(page);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Mail');
	await expect(page.getByText('There is no mail server')).toBeVisible();
	await operator.api.users.inviteUser({ email: 'yves@erynoa.example', name: 'Yves', language: 'en' });
	const row = page.getByRole('row', { name: /yves@erynoa\.example/ });
	await expect(row).toContainText('Olga Operator invites you to Erynoa');
	await expect(row).toContainText('Kept as a file');
	await expectAccessible(page);
	await photograph(page, 'mail-outbox');

	await page.getByRole('tab', { name: 'Templates' }).click();
	await expect(page).toHaveURL(/show=templates/);
	await expect(page.getByTestId('subject')).toHaveText('Mia Müller invites you to Erynoa');
	const { templates } = await operator.api.mail.listMailTemplates({});
	expect(templates).toHaveLength(10);
	for (const { kind } of templates) {
		await page.getByLabel('Kind of mail').selectOption(kind);
		for (const [language, hello] of [
			['English', 'Hello,'],
			['Deutsch', 'Hallo,'],
		] as const) {
			await page.getByRole('main').getByText(language, { exact: true }).click();
			await expect(page.getByTestId('text')).toContainText(hello);
			await expect(page.frameLocator('iframe').getByText(hello)).toBeVisible();
		}
	}
	// Nothing in a mail may run or lead out of its frame.
	await expect(page.locator('iframe')).toHaveAttribute('sandbox', '');
	await page.getByText('320 px', { exact: true }).click();
	const wide = await page
		.frameLocator('iframe')
		.locator('html')
		.evaluate((html) => html.scrollWidth - html.clientWidth);
	expect(wide).toBe(0);
	await expectAccessible(page);
	await photograph(page, 'mail-template');
	// The mail itself, as a mail program shows it.
	const mail = (await page.locator('iframe').getAttribute('srcdoc')) ?? '';
	expect(mail).toContain('<html');
	await page.goto('about:blank');
	await page.setContent(mail);
	await expectAccessible(page);
});

testRefused('what is refused says why and can be tried again', async ({ operator, person, seat }) => {
	const mia = await person('Mia Member');
	await mia.signIn();
	const { user } = await mia.api.users.getCurrentUser({});
	if (!user) throw new Error('the account is gone');
	await mia.api.users.updateUser({ id: user.id, version: user.version, email: 'mia@erynoa.example' });
	const page = await seat(operator);
	await page.goto('/console/mail');
	await settled(page);
	const row = page.getByRole('row', { name: /mia@erynoa\.example/ });
	await expect(row).toContainText('Refused');
	await expect(row).toContainText('nobody of this name lives here');
	await page.getByLabel('State').selectOption({ label: 'Sent' });
	await expect(page.getByRole('heading', { name: 'No mail here' })).toBeVisible();
	await page.getByLabel('State').selectOption({ label: 'Refused' });
	await expectAccessible(page);
	await photograph(page, 'mail-refused');
	await row.getByRole('button', { name: /^Try again: Welcome/ }).click();
	await expect(page.getByText('It is tried again now.')).toBeVisible();
	await expect(row).toContainText('nobody of this name lives here');

	// The person whose mail it was is told as well.
	const seatOfMia = await seat(mia);
	await seatOfMia.goto('/platform/account');
	await settled(seatOfMia);
	await expect(seatOfMia.getByTestId('mail-refused')).toContainText('mia@erynoa.example');
	await expectAccessible(seatOfMia);
	await photograph(seatOfMia, 'account-mail-refused');
});

import { readFile } from 'node:fs/promises';
import { create, toBinary } from '@bufbuild/protobuf';
import { RequestDocumentResponseSchema } from '@erynoa/proto';
import { startGateway } from '../../support/gateway';
import { settled } from '../../support/platform';
import { tamper } from '../../support/tamper';
import { test as base, expect, expectAccessible, photograph, test } from '../../support/test';
import { changedAt, link, verdict, verifyFile } from '../../support/verify';

test('a certificate is asked for, looked at, saved and shared, and checks out in the browser', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	const vera = await person('Vera Vorweis');
	const word = await operator.attest(vera, { comment: 'Kept every promise.' });
	await expect(async () => {
		const { values } = await vera.trust();
		expect(values[0]?.trustPpm).toBeGreaterThan(100_000);
	}).toPass({ timeout: 15_000 });

	const page = await seat(vera);
	await page.goto('/platform/certificates');
	await settled(page);
	await expect(page.getByRole('heading', { name: 'No certificates yet' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'certificates-none');
	await page.getByRole('button', { name: 'New certificate' }).first().click();
	await expect(page.getByRole('dialog').getByText('Vera Vorweis')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'certificate-new');
	await page.getByRole('button', { name: 'Issue' }).click();

	// The document is shown as it is.
	const preview = page.getByRole('dialog', { name: 'Certificate of Vera Vorweis' });
	await expect(preview.locator('canvas[data-drawn=true]').first()).toBeVisible({ timeout: 60_000 });
	await photograph(page, 'certificate-preview');
	await preview.getByRole('button', { name: 'Close' }).last().click();
	await expect(page.getByTestId('certificate')).toHaveCount(1);
	await expectAccessible(page);
	await photograph(page, 'certificates');

	const save = async (what: string) => {
		const saving = page.waitForEvent('download');
		await page.getByTestId('certificate').getByRole('button', { name: what }).click();
		return readFile(await (await saving).path());
	};
	const pdf = await save('PDF');
	const json = await save('JSON');
	await page.getByTestId('certificate').getByRole('button', { name: 'Share' }).click();
	await page.getByRole('button', { name: 'Create a link' }).click();
	await expect(page.getByTestId('link')).toHaveText(/\/platform\/f/);
	await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();

	// Anybody can check it; nobody needs to be signed in.
	const anybody = await seat(await person('Any Body'), { signedIn: false });
	await anybody.goto('/platform/verify');
	await settled(anybody);
	await expectAccessible(anybody);
	await photograph(anybody, 'verify');
	await verifyFile(anybody, 'certificate.pdf', pdf);
	await expect(verdict(anybody)).toHaveAttribute('data-verdict', 'genuine');
	for (const step of ['seal', 'signature', 'issuer', 'events', 'inclusion', 'fold', 'log', 'current']) {
		await expect(link(anybody, step)).toHaveAttribute('data-outcome', 'passed');
	}
	await expect(link(anybody, 'cosignatures')).toHaveAttribute('data-outcome', 'not_possible');
	await expectAccessible(anybody);
	await photograph(anybody, 'verify-genuine');

	// Pasted as text.
	await anybody.getByRole('button', { name: 'Check another one' }).click();
	await anybody.getByLabel('Text of the document').fill(json.toString('utf8'));
	await anybody.getByRole('button', { name: 'Check', exact: true }).click();
	await expect(verdict(anybody)).toHaveAttribute('data-verdict', 'genuine');

	// Without the log: what is proved stays proved.
	await anybody.route('**/erynoa.api.v1.LogService/*', (route) => route.abort());
	await verifyFile(anybody, 'certificate.pdf', pdf);
	await expect(verdict(anybody)).toHaveAttribute('data-verdict', 'genuine');
	await expect(link(anybody, 'log')).toHaveAttribute('data-outcome', 'not_possible');
	await anybody.unrouteAll({ behavior: 'ignoreErrors' });

	// Tampered with: the broken link has a name.
	await verifyFile(anybody, 'certificate.pdf', changedAt(pdf, 30));
	await expect(verdict(anybody)).toHaveAttribute('data-verdict', 'refused');
	await expect(link(anybody, 'seal')).toContainText('CERTIFICATE_PDF_CHANGED');
	await expect(link(anybody, 'signature')).toHaveAttribute('data-outcome', 'passed');
	await expectAccessible(anybody);
	await photograph(anybody, 'verify-refused');
	await verifyFile(anybody, 'certificate.json', Buffer.from(json.toString('utf8').replace('Vera', 'Nora')));
	await expect(link(anybody, 'signature')).toContainText('CERTIFICATE_SIGNATURE_INVALID');
	await verifyFile(anybody, 'letter.json', Buffer.from('{}'));
	await expect(link(anybody, 'document')).toContainText('CERTIFICATE_MALFORMED');

	// Taken back: genuine, and out of date.
	await operator.revoke(word);
	await expect(async () => {
		await verifyFile(anybody, 'certificate.pdf', pdf);
		await expect(verdict(anybody)).toHaveAttribute('data-verdict', 'outdated', { timeout: 3_000 });
	}).toPass({ timeout: 30_000 });
	await photograph(anybody, 'verify-outdated');
});

test('a certificate that takes longer is watched step by step, and opens when it is there', async ({
	operator,
	person,
	seat,
}) => {
	test.slow();
	const wilma = await person('Wilma Wait');
	await operator.attest(wilma);
	await expect(async () => expect((await wilma.trust()).epoch).toBeGreaterThan(0n)).toPass();
	const page = await seat(wilma);
	// As if it had not been there after two seconds; the run is the real one.
	await tamper(page, 'DocumentService/RequestDocument', RequestDocumentResponseSchema, (answer) => {
		answer.document = undefined;
	});
	// The present step is held, so that somebody can look at it.
	let go = () => {};
	const held = new Promise<void>((resolve) => {
		go = resolve;
	});
	await page.route('**/erynoa.api.v1.DocumentService/GetDocument', async (route) => {
		await held;
		await route.continue();
	});
	await page.goto('/platform/certificates');
	await settled(page);
	await page.getByRole('button', { name: 'New certificate' }).first().click();
	await page.getByRole('button', { name: 'Issue' }).click();
	const progress = page.getByTestId('progress');
	await expect(progress).toContainText('It takes a moment longer');
	await expect(progress.locator('[data-step=store]')).toHaveAttribute('data-state', 'done');
	await expect(progress).toContainText('Gather evidence and proofs');
	await expectAccessible(page);
	await photograph(page, 'certificate-progress');
	go();
	await expect(page.getByRole('dialog', { name: 'Certificate of Wilma Wait' })).toBeVisible();
	await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();

	// Whoever closes the dialog goes on, and is told.
	let late = () => {};
	const later = new Promise<void>((resolve) => {
		late = resolve;
	});
	await page.unroute('**/erynoa.api.v1.DocumentService/GetDocument');
	await page.route('**/erynoa.api.v1.DocumentService/GetDocument', async (route) => {
		await later;
		await route.continue();
	});
	await page.getByRole('button', { name: 'New certificate' }).first().click();
	await page.getByRole('button', { name: 'Issue' }).click();
	await expect(progress).toBeVisible();
	await page.keyboard.press('Escape');
	late();
	await expect(page.getByText('The certificate of Wilma Wait is ready.').last()).toBeVisible();
	await expect(page.getByTestId('certificate')).toHaveCount(2);
	await expect(page.getByRole('dialog')).toHaveCount(0);

	// Deleted with a way back.
	await page.getByTestId('certificate').first().getByRole('button', { name: 'Delete' }).click();
	await expect(page.getByTestId('certificate')).toHaveCount(1);
	await page.getByRole('button', { name: 'Undo' }).last().click();
	await expect(page.getByTestId('certificate')).toHaveCount(2);
});

const testFull = base.extend<object, { gateway: Awaited<ReturnType<typeof startGateway>> }>({
	gateway: [
		// biome-ignore lint/correctness/noEmptyPattern: Playwright reads the wanted fixtures from the pattern
		async ({}, use) => {
			// No room for any file.
			const gateway = await startGateway({ APP_STORAGE__QUOTA_BYTES: '1000' });
			await use(gateway);
			await gateway.remove();
		},
		{ scope: 'worker', timeout: 40_000 },
	],
});

testFull(
	'a certificate that cannot be made says why, and is asked for anew',
	async ({ operator, person, seat }) => {
		testFull.slow();
		const fritz = await person('Fritz Full');
		await operator.attest(fritz);
		await expect(async () => expect((await fritz.trust()).epoch).toBeGreaterThan(0n)).toPass();
		const page = await seat(fritz);
		await page.goto('/platform/certificates');
		await settled(page);
		await page.getByRole('button', { name: 'New certificate' }).first().click();
		const dialog = page.getByRole('dialog');
		await dialog.getByRole('button', { name: 'Issue' }).click();
		await expect(dialog.getByRole('alert')).toContainText('The certificate was not made:');
		await expect(dialog.getByRole('alert')).toContainText('DOCUMENT_NOT_MADE');
		await expectAccessible(page);
		await photograph(page, 'certificate-refused');

		// The same after two seconds: the run is watched, and has failed.
		await page.route('**/erynoa.api.v1.DocumentService/RequestDocument', async (route) => {
			await route.fetch();
			const { workflows } = await fritz.api.workflows.listWorkflows({ workflow: 'certificate', pageSize: 1 });
			const message = toBinary(
				RequestDocumentResponseSchema,
				create(RequestDocumentResponseSchema, { key: workflows[0]?.key ?? '' }),
			);
			const trailer = Buffer.from('grpc-status: 0\r\n');
			const head = (flags: number, length: number) => {
				const bytes = Buffer.alloc(5);
				bytes[0] = flags;
				bytes.writeUInt32BE(length, 1);
				return bytes;
			};
			await route.fulfill({
				contentType: 'application/grpc-web+proto',
				body: Buffer.concat([head(0, message.length), message, head(0x80, trailer.length), trailer]),
			});
		});
		await dialog.getByRole('button', { name: 'Issue' }).click();
		const progress = page.getByTestId('progress');
		await expect(progress).toHaveAttribute('data-status', 'FAILED');
		await expect(progress.getByRole('alert')).toContainText('The certificate was not made');
		await expect(progress.getByRole('alert')).not.toContainText('QUOTA_EXCEEDED');
		await expectAccessible(page);
		await photograph(page, 'certificate-failed');
		const before = await fritz.api.workflows.listWorkflows({ workflow: 'certificate' });
		await progress.getByRole('button', { name: 'Ask anew' }).click();
		await expect
			.poll(
				async () => (await fritz.api.workflows.listWorkflows({ workflow: 'certificate' })).workflows.length,
			)
			.toBe(before.workflows.length + 1);
	},
);

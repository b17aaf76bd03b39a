import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { bulk, drop, letter, note, picture, tone, upload } from '../../support/files';
import { createPerson, seatPerson } from '../../support/people';
import { settled } from '../../support/platform';
import { expect, expectAccessible, photograph, startGateway, test } from '../../support/test';

const mib = 1 << 20;
/** Addresses of parts end with their number. */
const firstPart = /\/0*1(\?|$)/;

const file = (page: Page, name: string) => page.getByTestId('file').filter({ hasText: name });

async function openFiles(page: Page, search = ''): Promise<void> {
	await page.goto(`/platform/files${search}`);
	await settled(page);
}

async function choose(page: Page, name: string, action: string): Promise<void> {
	await page.getByRole('button', { name: `What to do with ${name}` }).click();
	await page.getByRole('menuitem', { name: action }).click();
}

test('20 MiB are sent in parts, paused, and go on after a reload with what is missing', async ({
	operator,
	person,
	seat,
}) => {
	expect(operator.did).toContain('did:erynoa');
	const page = await seat(await person('Una Upload'));
	await openFiles(page);
	await expect(page.getByText('No files yet')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'files-empty');

	// The first part goes through, the others wait at the door.
	let held = true;
	await page.route(
		() => true,
		async (route) => {
			const request = route.request();
			if (request.method() !== 'PUT') return route.fallback();
			while (held && !firstPart.test(request.url())) await new Promise((next) => setTimeout(next, 50));
			await route.continue().catch(() => undefined);
		},
	);
	const film = bulk('film.bin', 20 * mib);
	const arrived = page.waitForResponse((response) => response.request().method() === 'PUT' && response.ok());
	await page.getByTestId('choose-files').setInputFiles([film]);
	const tray = page.getByTestId('upload');
	await arrived;
	await expect(tray).toHaveAttribute('data-state', 'sending');
	await photograph(page, 'files-uploading');
	await page.getByRole('button', { name: 'Pause film.bin' }).click();
	await expect(tray.getByText(/^Paused at 8 MiB of 20 MiB/)).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'files-paused');

	held = false;
	await page.unrouteAll({ behavior: 'ignoreErrors' });
	await page.reload();
	await expect(tray).toHaveAttribute('data-state', 'interrupted');
	await expect(tray.getByText(/^Interrupted at 8 MiB of 20 MiB/)).toBeVisible();
	const give = async (payload: typeof film) => {
		const opening = page.waitForEvent('filechooser');
		await page.getByRole('button', { name: 'Give file: film.bin' }).click();
		await (await opening).setFiles([payload]);
	};
	await give(bulk('film.bin', 20 * mib, 2));
	await expect(tray.getByText('This is another file than the one that was begun.')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'files-interrupted');
	const sent: string[] = [];
	page.on('request', (request) => {
		if (request.method() === 'PUT') sent.push(request.url());
	});
	await give(film);
	await expect(tray).toHaveAttribute('data-state', 'done');
	expect(sent, 'parts that were sent after the reload').toHaveLength(2);
	await expect(file(page, 'film.bin')).toBeVisible();
	await page.getByRole('button', { name: 'Clear' }).click();

	// What arrived is what was sent.
	await choose(page, 'film.bin', 'Details');
	await expect(page.getByRole('dialog').getByText('20 MiB (20,971,520 bytes)')).toBeVisible();
	await page.getByRole('button', { name: 'Close' }).click();
	const saving = page.waitForEvent('download');
	await choose(page, 'film.bin', 'Download');
	const saved = await (await saving).createReadStream();
	const chunks: Buffer[] = [];
	for await (const piece of saved) chunks.push(piece as Buffer);
	expect(Buffer.concat(chunks).equals(film.buffer)).toBe(true);
});

test('a folder arrives with its folders; files are looked at, renamed, moved, copied and found', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	expect(operator.did).toContain('did:erynoa');
	const page = await seat(await person('Fiona Folder'));
	await openFiles(page);
	const root = await mkdtemp(join(tmpdir(), 'erynoa-folder-'));
	try {
		await mkdir(join(root, 'Holiday', 'Day one'), { recursive: true });
		const pictures = [picture('beach.png', 1), picture('hills.png', 4), picture('evening.png', 7)];
		for (const { name, buffer } of pictures) await writeFile(join(root, 'Holiday', name), buffer);
		await writeFile(
			join(root, 'Holiday', 'Day one', 'diary.txt'),
			'We arrived at noon.\nThe sea was calm.\n',
		);
		await page.getByTestId('choose-folder').setInputFiles(join(root, 'Holiday'));
		await expect(page.getByRole('heading', { name: '4 files uploaded' })).toBeVisible();
	} finally {
		await rm(root, { recursive: true });
	}
	await page.getByRole('button', { name: 'Clear' }).click();
	await upload(page, [
		letter('letter.pdf', 'Dear members'),
		tone('bell.wav'),
		note('page.html', '<h1>Hello</h1>', 'text/html'),
		note('plan.md', '# Plan\n\nFirst things first.\n', 'text/markdown'),
	]);
	await drop(page, 'main', note('dropped.txt', 'From the desktop'));
	await expect(file(page, 'dropped.txt')).toBeVisible();
	await page.getByRole('button', { name: 'Clear' }).click();
	await expectAccessible(page);
	await photograph(page, 'files-list');

	// Previews: what is safe is shown, what could run is not.
	const preview = page.getByRole('dialog');
	await page.getByRole('button', { name: /^letter\.pdf/ }).click();
	await expect(preview.locator('canvas[data-drawn=true]').first()).toBeVisible();
	await expect(preview.getByRole('img', { name: 'letter.pdf, page 1 of 2' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'file-pdf');
	await page.keyboard.press('ArrowRight');
	await expect(preview.getByText('No preview')).toBeVisible();
	await expect(preview.getByRole('heading', { name: 'page.html' })).toBeVisible();
	await page.keyboard.press('ArrowRight');
	await expect(preview.getByText('First things first.')).toBeVisible();
	await photograph(page, 'file-text');
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: /^bell\.wav/ }).click();
	await expect
		.poll(() => preview.locator('audio').evaluate((audio: HTMLAudioElement) => audio.duration))
		.toBeCloseTo(0.5, 1);
	await page.keyboard.press('Escape');

	// Into the folder, by keyboard.
	await page.getByRole('row').first().focus();
	await page.keyboard.press('Enter');
	await expect(file(page, 'beach.png')).toBeVisible();
	await expect(page.getByRole('navigation', { name: 'Folders above' }).getByText('Holiday')).toBeVisible();
	await page.getByRole('button', { name: 'As tiles' }).click();
	await expect(file(page, 'hills.png').locator('img')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'files-tiles');
	await page.getByRole('row').nth(1).focus();
	await page.keyboard.press('Space');
	await expect(preview.getByRole('img', { name: 'beach.png' })).toBeVisible();
	await photograph(page, 'file-picture');
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'As a list' }).click();

	await page.getByRole('row', { name: /beach\.png/ }).focus();
	await page.keyboard.press('F2');
	await expect(preview.getByRole('textbox', { name: 'Name' })).toBeFocused();
	await page.keyboard.type('shore');
	await page.keyboard.press('Enter');
	await expect(file(page, 'shore.png')).toBeVisible();
	await expect(file(page, 'beach.png')).toHaveCount(0);

	await choose(page, 'shore.png', 'Move');
	await preview.getByRole('button', { name: 'Day one' }).click();
	await preview.getByLabel('New folder in it').fill('Best');
	await expect(preview.getByText('Goes to /Holiday/Day one/Best')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'file-move');
	await preview.getByRole('button', { name: 'Move here' }).click();
	await expect(page.getByText('Moved to /Holiday/Day one/Best')).toBeVisible();
	await expect(file(page, 'shore.png')).toHaveCount(0);
	await choose(page, 'hills.png', 'Copy');
	await preview.getByRole('button', { name: 'Copy here' }).click();
	await expect(page.getByTestId('file').filter({ hasText: /hills.+\.png/ })).toHaveCount(1);

	await page.getByLabel('Search by name').fill('shore');
	await expect(file(page, 'shore.png')).toBeVisible();
	await expect(page.getByTestId('file')).toHaveCount(1);
	await page.getByLabel('Search by name').fill('');
	await openFiles(page);
	await page.getByLabel('Kind').selectOption({ label: 'Sound' });
	await expect(page.getByTestId('file')).toHaveCount(1);
	await openFiles(page, '?sort=largest');
	await expect(page.getByTestId('file').nth(1)).toContainText('letter.pdf');

	await choose(page, 'letter.pdf', 'Details');
	await expect(preview.getByText('BLAKE3 fingerprint')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'file-details');
	await preview.getByRole('button', { name: 'Access' }).click();
	await expect(preview.getByText('Only you can open it.')).toBeVisible();
	await preview.getByText('Members', { exact: true }).click();
	await expect(preview.getByText('Choose the realm whose members may open it.')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'file-access');
	await preview.getByText('Public', { exact: true }).click();
	await preview.getByRole('button', { name: 'Save' }).click();
	await expect(file(page, 'letter.pdf').getByText('Public')).toBeVisible();
});

test('a link opens the file for a stranger until it is revoked or over', async ({
	operator,
	person,
	seat,
	browser,
	gateway,
}) => {
	expect(operator.did).toContain('did:erynoa');
	const page = await seat(await person('Sofia Share'));
	await openFiles(page);
	await upload(page, [picture('invitation.png', 3), letter('agenda.pdf', 'Agenda')]);
	await choose(page, 'invitation.png', 'Share by link');
	const dialog = page.getByRole('dialog');
	await expect(dialog.getByText('There are no links to this file.')).toBeVisible();
	await dialog.getByRole('button', { name: 'Create a link' }).click();
	const address = (await dialog.getByTestId('link').textContent()) ?? '';
	expect(address).toMatch(/\/platform\/f\/[0-9a-f]{64}$/);
	await expectAccessible(page);
	await photograph(page, 'file-share');

	const stranger = await (await browser.newContext({ locale: 'en-GB' })).newPage();
	await stranger.goto(address);
	await expect(stranger.getByRole('heading', { level: 1 })).toHaveText('invitation.png');
	await expect(stranger.getByRole('img', { name: 'invitation.png' })).toBeVisible();
	await expect
		.poll(() =>
			stranger
				.getByRole('img', { name: 'invitation.png' })
				.evaluate((image: HTMLImageElement) => image.naturalWidth),
		)
		.toBe(480);
	await expectAccessible(stranger);
	await photograph(stranger, 'shared');
	const saving = stranger.waitForEvent('download');
	await stranger.getByRole('button', { name: 'Download' }).click();
	expect((await saving).suggestedFilename()).toBe('invitation.png');
	await stranger.goto(`${gateway.url}/platform/f/${'0'.repeat(64)}`);
	await expect(stranger.getByRole('heading', { name: 'This link leads nowhere' })).toBeVisible();
	await expectAccessible(stranger);
	await photograph(stranger, 'shared-gone');

	await dialog.getByRole('button', { name: 'Close' }).last().click();
	await choose(page, 'invitation.png', 'Share by link');
	await expect(dialog.getByTestId('file-link').getByText('opened once')).toBeVisible();
	await dialog.getByRole('button', { name: 'Revoke' }).click();
	await expect(dialog.getByText('There are no links to this file.')).toBeVisible();
	await stranger.goto(address);
	await expect(stranger.getByRole('heading', { name: 'This link leads nowhere' })).toBeVisible();
	await stranger.context().close();
});

test('an expired link says that it has expired', async ({ operator, person, browser, gateway }) => {
	expect(operator.did).toContain('did:erynoa');
	const owner = await person('Xenia Expired');
	await owner.signIn();
	const { file: stored } = await owner.api.storage.uploadFile({
		name: 'old.txt',
		folder: '/',
		data: Buffer.from('old news'),
	});
	const { link } = await owner.api.storage.createFileLink({ fileId: stored?.id ?? '', expiresS: 1 });
	await new Promise((next) => setTimeout(next, 1_500));
	const context = await browser.newContext({ locale: 'en-GB', baseURL: gateway.url });
	const page = await context.newPage();
	await page.goto(link?.url ?? '');
	await expect(page.getByRole('heading', { name: 'This link has expired' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'shared-expired');
	await context.close();
});

test('the bin keeps what is deleted until it is emptied, and gives it back', async ({
	operator,
	person,
	seat,
}) => {
	expect(operator.did).toContain('did:erynoa');
	const page = await seat(await person('Bela Bin'));
	await openFiles(page);
	await upload(page, [note('one.txt', 'one'), note('two.txt', 'two'), note('three.txt', 'three')]);
	// With a way back at once.
	await page.getByRole('row', { name: /one\.txt/ }).focus();
	await page.keyboard.press('Delete');
	await expect(file(page, 'one.txt')).toHaveCount(0);
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(file(page, 'one.txt')).toBeVisible();

	await page.getByRole('row', { name: /one\.txt/ }).focus();
	await page.keyboard.press('Control+a');
	await expect(page.getByText('3 selected')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'files-selected');
	await page
		.getByRole('region', { name: 'What is selected' })
		.getByRole('button', { name: 'To the bin' })
		.click();
	await expect(page.getByText('No files yet')).toBeVisible();

	await openFiles(page, '?in=bin');
	await expect(page.getByTestId('file')).toHaveCount(3);
	await choose(page, 'two.txt', 'Restore');
	await expect(page.getByTestId('file')).toHaveCount(2);
	await choose(page, 'one.txt', 'Delete for good');
	await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
	await expect(page.getByTestId('file')).toHaveCount(1);
	await expectAccessible(page);
	await photograph(page, 'files-bin');
	await page.getByRole('button', { name: 'Empty the bin' }).click();
	await expectAccessible(page);
	await photograph(page, 'files-bin-empty');
	await page.getByRole('dialog').getByRole('button', { name: 'Empty the bin' }).click();
	await expect(page.getByText('The bin is empty')).toBeVisible();
	await openFiles(page);
	await expect(page.getByTestId('file')).toHaveCount(1);
	await expect(file(page, 'two.txt')).toBeVisible();
});

test('files speak German and fit a phone', async ({ operator, person, seat }) => {
	expect(operator.did).toContain('did:erynoa');
	const page = await seat(await person('Greta German'));
	await page.setViewportSize({ width: 390, height: 844 });
	await openFiles(page);
	await upload(page, [
		picture('ein sehr langer Name eines Bildes vom letzten Sommer am Meer.png', 5),
		note('notizen.txt', 'Notizen'),
	]);
	await page.goto('/platform/settings');
	await page.getByRole('main').getByText('Deutsch').click();
	await openFiles(page);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dateien');
	await expect(page.getByTestId('file')).toHaveCount(2);
	await expectAccessible(page);
	await photograph(page, 'files-de');
	await page
		.getByRole('button', { name: /notizen\.txt$/ })
		.first()
		.click();
	await page.getByRole('menuitem', { name: 'Zugriff' }).click();
	await expectAccessible(page);
	await photograph(page, 'file-access-de');
	await page.keyboard.press('Escape');
	await page.goto('/platform/files?in=bin');
	await expect(page.getByText('Der Papierkorb ist leer')).toBeVisible();
	await photograph(page, 'files-bin-de');
});

test('a full quota is said in plain words, and space that is freed can be used', async ({ browser }) => {
	const gateway = await startGateway({ APP_STORAGE__QUOTA_BYTES: String(2 * mib) });
	const context = await browser.newContext({ baseURL: gateway.url, locale: 'en-GB' });
	try {
		const owner = await createPerson(gateway.url, 'Quentin Quota');
		await owner.claim(gateway.claimToken);
		await seatPerson(context, gateway.url, owner);
		const page = await context.newPage();
		await openFiles(page);
		await upload(page, [bulk('first.bin', 1.5 * mib)]);
		await expect(page.getByTestId('usage').getByText('1.5 MiB of 2 MiB').first()).toBeVisible();
		await page.getByTestId('choose-files').setInputFiles([bulk('second.bin', mib)]);
		const tray = page.getByTestId('upload');
		await expect(tray).toHaveAttribute('data-state', 'failed');
		await expect(tray.getByText('There is not enough space left for it.')).toBeVisible();
		await expectAccessible(page);
		await photograph(page, 'files-quota');
		await choose(page, 'first.bin', 'To the bin');
		await openFiles(page, '?in=bin');
		await page.getByRole('button', { name: 'Empty the bin' }).click();
		await page.getByRole('dialog').getByRole('button', { name: 'Empty the bin' }).click();
		await openFiles(page);
		await upload(page, [bulk('second.bin', mib)]);
		await expect(file(page, 'second.bin')).toBeVisible();
	} finally {
		await context.close();
		await gateway.remove();
	}
});

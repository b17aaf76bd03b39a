import { readFile } from 'node:fs/promises';
import { GetConsistencyProofResponseSchema, ListWitnessesResponseSchema } from '@erynoa/proto';
import { parseCheckpoint } from '@erynoa/protocol';
import type { Page } from '@playwright/test';
import type { Person } from '../../support/people';
import { settled } from '../../support/platform';
import { tamper } from '../../support/tamper';
import { expect, expectAccessible, photograph, test } from '../../support/test';

/** Waits until a signed checkpoint covers the event; gives its size. */
async function covered(person: Person, sequence: bigint): Promise<bigint> {
	let size = 0n;
	await expect
		.poll(
			async () => {
				const answer = await person.api.log.getCheckpoint({}).catch(() => undefined);
				size = answer?.checkpoint?.size ?? 0n;
				return size;
			},
			{ timeout: 15_000 },
		)
		.toBeGreaterThan(sequence);
	return size;
}

async function sequenceOf(person: Person, id: string): Promise<bigint> {
	const { event } = await person.api.events.get({ id });
	if (!event) throw new Error('no event');
	return event.sequence;
}

const step = (page: Page, name: string) => page.locator(`[data-step=${name}]`);

test('a seal in a list opens to the proof: witnessed by the log alone', async ({
	operator,
	person,
	seat,
}) => {
	const selma = await person('Selma');
	const attested = await operator.attest(selma, { comment: 'Seals well' });
	await covered(operator, await sequenceOf(operator, attested.id));
	const page = await seat(operator);
	await page.goto(`/platform/people/${selma.did}`);
	await settled(page);

	// By the keyboard alone; the focus comes back to where it was.
	const seal = page.getByTestId('statement').filter({ hasText: 'Seals well' }).locator('button[data-seal]');
	await expect(seal).toHaveAttribute('data-seal', 'unchecked');
	await seal.focus();
	await page.keyboard.press('Enter');
	const dialog = page.getByRole('dialog', { name: 'Proof' });
	await expect(dialog.getByTestId('seal-verdict')).toHaveAttribute('data-seal', 'witnessed');
	for (const name of ['event', 'leaf', 'inclusion', 'checkpoint', 'cosignatures', 'quorum']) {
		await expect(step(page, name)).toHaveAttribute('data-outcome', 'holds');
	}
	await expect(step(page, 'consistency')).toHaveAttribute('data-outcome', 'open');
	await expect(step(page, 'consistency')).toContainText('LOG_FIRST_SEEN');
	await expect(dialog.getByText('This browser sees the log for the first time')).toBeVisible();
	await expect(dialog.getByTestId('quorum')).toHaveAttribute('data-agreed', 'true');
	await expect(dialog.locator('[data-witness=holds]')).toHaveCount(1);
	await expect(dialog.locator('[data-witness=holds]')).toContainText(
		'The log’s own signature stands for it.',
	);
	for (const summary of await dialog.locator('summary').all()) await summary.click();
	await expect(dialog.getByTestId('note')).toContainText('—');
	await expect(dialog.getByText(`log prove ${attested.id}`)).toBeVisible();
	await expect(dialog.getByText('erynoa log verify')).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'seal');
	await page.keyboard.press('Escape');
	await expect(dialog).toBeHidden();
	await expect(seal).toBeFocused();
	await expect(seal).toContainText('Witnessed: 1 of 1');
});

test('the log is held to what this browser has seen of it', async ({ operator, person, seat }) => {
	const first = await operator.attest(await person('Samira'));
	const size = await covered(operator, await sequenceOf(operator, first.id));
	const page = await seat(operator);
	await page.goto(`/platform/events/${first.id}`);
	await settled(page);
	await expect(page.locator('details[data-seal]')).toHaveAttribute('data-seal', 'witnessed');

	// The log grows, and goes on from there.
	const second = await operator.attest(await person('Sven'));
	await covered(operator, size);
	await page.goto(`/platform/events/${second.id}`);
	await settled(page);
	await expect(page.locator('details[data-seal]')).toHaveAttribute('data-seal', 'witnessed');
	await page.getByTestId('seal').click();
	await expect(step(page, 'consistency')).toHaveAttribute('data-outcome', 'holds');
	await expect(page.getByText('This browser has held the log to its word since')).toBeVisible();

	// Until it cannot show that it does.
	await tamper(page, 'LogService/GetConsistencyProof', GetConsistencyProofResponseSchema, (answer) => {
		answer.path = answer.path.map((node) => node.map((byte) => byte ^ 255));
	});
	const third = await operator.attest(await person('Susi'));
	await covered(operator, await sequenceOf(operator, third.id));
	for (const visit of [1, 2]) {
		await page.goto(`/platform/events/${third.id}`);
		await settled(page);
		await expect(page.locator('details[data-seal]'), `visit ${visit}`).toHaveAttribute('data-seal', 'forked');
	}
	await page.getByTestId('seal').click();
	const alarm = page.getByTestId('forked');
	await expect(alarm).toContainText('The log has forked');
	await expect(step(page, 'consistency')).toContainText('PROOF_CONSISTENCY_WRONG');
	await expectAccessible(page);
	await photograph(page, 'seal-forked');

	// Both notes are there to be sent to others, each signed.
	const sizes: bigint[] = [];
	for (const button of [/seen before/, /shown now/]) {
		const saved = page.waitForEvent('download');
		await alarm.getByRole('button', { name: button }).click();
		sizes.push(parseCheckpoint(await readFile(await (await saved).path(), 'utf8')).size);
	}
	expect(sizes[0]).toBeLessThan(sizes[1] ?? 0n);

	await page.unrouteAll();
	await page.reload();
	await settled(page);
	await expect(page.locator('details[data-seal]')).toHaveAttribute('data-seal', 'witnessed');
});

test('witnesses that change are shown until somebody has looked', async ({ operator, person, seat }) => {
	const attested = await operator.attest(await person('Wanja'));
	await covered(operator, await sequenceOf(operator, attested.id));
	const page = await seat(operator);
	const open = async () => {
		await page.goto(`/platform/events/${attested.id}`);
		await settled(page);
		await page.getByTestId('seal').click();
	};
	await open();
	await expect(page.getByTestId('witness-changes')).toBeHidden();

	await tamper(page, 'PeerService/ListWitnesses', ListWitnessesResponseSchema, (answer) => {
		const [witness] = answer.witnesses;
		if (!witness) throw new Error('the home names itself');
		answer.witnesses.push({
			...witness,
			did: `did:erynoa:craft:00010001${'ab'.repeat(28)}`,
			name: 'Mallory',
			publicKeys: [new Uint8Array(32).fill(9)],
			weight: 5n,
		});
	});
	await open();
	await expect(page.getByTestId('witness-changes')).toContainText('Mallory has been added');
	await expect(page.getByTestId('quorum')).toHaveAttribute('data-agreed', 'false');
	await expect(page.getByTestId('seal-count')).toHaveText('Proven · witnesses: 1 of 2');
	await expectAccessible(page);
	await page.getByRole('button', { name: 'I have seen it' }).click();
	await expect(page.getByTestId('witness-changes')).toBeHidden();
});

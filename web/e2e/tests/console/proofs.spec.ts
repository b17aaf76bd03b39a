import {
	EventKind,
	GetCheckpointResponseSchema,
	GetConsistencyProofResponseSchema,
	GetInclusionProofResponseSchema,
	GetResponseSchema,
} from '@erynoa/proto';
import type { Person } from '../../support/people';
import { settled } from '../../support/platform';
import { tamper } from '../../support/tamper';
import { expect, expectAccessible, photograph, test } from '../../support/test';

/** Waits until a signed checkpoint covers the event. */
async function covered(person: Person, sequence: bigint) {
	await expect
		.poll(
			async () => {
				try {
					return (await person.api.log.getCheckpoint({})).checkpoint?.size ?? 0n;
				} catch {
					return 0n;
				}
			},
			{ timeout: 15_000 },
		)
		.toBeGreaterThan(sequence);
}

test('an event is opened to the last byte and proved in the browser', async ({ operator, person, seat }) => {
	const paula = await person('Paula');
	const attested = await operator.attest(paula, { comment: 'Proof of the pudding' });
	const { event } = await operator.api.events.get({ id: attested.id });
	if (!event) throw new Error('no event');
	await covered(operator, event.sequence);

	const page = await seat(operator);
	await page.goto(`/console/events/${attested.id}`);
	await settled(page);
	await expect(page.getByTestId('verdict')).toHaveAttribute('data-verdict', 'holds');
	// All but the comparison with what was seen before: there is nothing yet.
	await expect(page.locator('[data-check="holds"]')).toHaveCount(6);
	await expect(page.locator('[data-check="waits"]')).toContainText('LOG_FIRST_SEEN');
	const fields = page.getByTestId('fields');
	await expect(fields).toContainText('Proof of the pudding');

	// A field and its bytes stand out together.
	await fields.getByRole('button', { name: /attestation\.comment/ }).click();
	const hex = Buffer.from('Proof of the pudding').toString('hex');
	const lit = page.getByTestId('hex').locator('[data-lit]');
	const shown = (await lit.allTextContents()).join('').replaceAll(/\s/g, '');
	expect(shown.endsWith(hex)).toBe(true);

	for (const summary of await page.locator('[data-check] summary').all()) await summary.click();
	await expect(page.getByText(`Entry ${event.sequence.toLocaleString('en')} of`)).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'event');
	await page.getByRole('link', { name: 'Show in the graph' }).click();
	await expect(page.getByTestId('selected')).toContainText('Paula');
});

test('an unknown event says so', async ({ operator, seat }) => {
	const page = await seat(operator);
	await page.goto(`/console/events/00020001${'0'.repeat(56)}`);
	await expect(page.getByRole('alert')).toContainText('The log has nothing of that name');
	await page.goto('/console/events/at/99999999');
	await expect(page.getByRole('heading', { name: 'There is no event at this position' })).toBeVisible({
		timeout: 20_000,
	});
});

test('a tampered proof is shown as failed', async ({ operator, person, seat }) => {
	const attested = await operator.attest(await person('Tamara'));
	const { event } = await operator.api.events.get({ id: attested.id });
	await covered(operator, event?.sequence ?? 0n);
	const page = await seat(operator);
	await tamper(page, 'LogService/GetInclusionProof', GetInclusionProofResponseSchema, (answer) => {
		const [sibling] = answer.path;
		if (!sibling) throw new Error('the proof has no path');
		sibling[0] = (sibling[0] ?? 0) ^ 1;
	});
	await page.goto(`/console/events/${attested.id}`);
	await settled(page);
	await expect(page.getByTestId('verdict')).toHaveAttribute('data-verdict', 'broken');
	await expect(page.locator('[data-check="broken"]')).toHaveCount(1);
	await expect(page.locator('[data-check="broken"]')).toContainText('PROOF_PATH_WRONG');
	await expectAccessible(page);
	await photograph(page, 'event-broken');
});

test('a forged event and a forged checkpoint are shown as failed', async ({ operator, person, seat }) => {
	const attested = await operator.attest(await person('Franz'));
	const { event } = await operator.api.events.get({ id: attested.id });
	await covered(operator, event?.sequence ?? 0n);
	const page = await seat(operator);
	await tamper(page, 'EventService/Get', GetResponseSchema, ({ event: forged }) => {
		const signature = forged?.signed?.signature;
		if (signature) signature[3] = (signature[3] ?? 0) ^ 1;
	});
	await tamper(page, 'LogService/GetInclusionProof', GetInclusionProofResponseSchema, ({ checkpoint }) => {
		if (checkpoint)
			checkpoint.note = checkpoint.note.replace(/\n(\d+)\n/, (_, size) => `\n${Number(size) + 1}\n`);
	});
	await page.goto(`/console/events/${attested.id}`);
	await settled(page);
	await expect(page.getByTestId('verdict')).toHaveAttribute('data-verdict', 'broken');
	await expect(page.getByText('EVENT_SIGNATURE_INVALID')).toBeVisible();
	await expect(page.getByText('CHECKPOINT_SIGNATURE_INVALID')).toBeVisible();
});

test('the log is held to what this browser has seen of it', async ({ operator, person, seat }) => {
	await operator.attest(await person('Lotte'));
	await covered(operator, 0n);
	const page = await seat(operator);
	await page.goto('/console/log');
	await settled(page);
	await expect(page.getByRole('heading', { name: /First visit/ })).toBeVisible();
	await expect(page.getByTestId('note')).toContainText('—');

	const { checkpoint } = await operator.api.log.getCheckpoint({});
	await operator.attest(await person('Ludwig'));
	await covered(operator, checkpoint?.size ?? 0n);
	await page.reload();
	await settled(page);
	await expect(page.getByRole('heading', { name: /The log only grew/ })).toBeVisible();
	await page
		.getByRole('region', { name: 'Compare remembered checkpoints' })
		.getByRole('button', { name: 'Check' })
		.click();
	await expect(page.getByRole('heading', { name: /The log only grew/ })).toHaveCount(2);
	await expectAccessible(page);
	await photograph(page, 'log');

	// An epoch leads to the event that closed it.
	await page.getByRole('table', { name: 'Epochs' }).getByRole('link').first().click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Epoch closed');
	const { events } = await operator.api.events.list({
		filter: { kinds: [EventKind.EPOCH_CLOSED] },
		pageSize: 20,
	});
	expect(events.map(({ id }) => id)).toContain(page.url().split('/').at(-1));
});

test('a log that breaks its promise is caught, and stays caught', async ({ operator, person, seat }) => {
	await operator.attest(await person('Bruno'));
	await covered(operator, 0n);
	const page = await seat(operator);
	await page.goto('/console/log');
	await settled(page);
	await expect(page.getByRole('heading', { name: /First visit/ })).toBeVisible();
	const { checkpoint } = await operator.api.log.getCheckpoint({});
	await operator.attest(await person('Britta'));
	await covered(operator, checkpoint?.size ?? 0n);

	await tamper(page, 'LogService/GetConsistencyProof', GetConsistencyProofResponseSchema, (answer) => {
		answer.path = answer.path.map((node) => node.map((byte) => byte ^ 255));
	});
	for (const visit of [1, 2]) {
		await page.goto('/console/log');
		await settled(page);
		await expect(
			page.getByRole('heading', { name: /The log cannot show that it only grew/ }),
			`visit ${visit}`,
		).toBeVisible();
	}
	await photograph(page, 'log-broken');
	await page.unrouteAll();

	// An older checkpoint than the one that is remembered.
	await page.goto('/console/log');
	await settled(page);
	await expect(page.getByRole('heading', { name: /The log only grew/ })).toBeVisible();
	await tamper(page, 'LogService/GetCheckpoint', GetCheckpointResponseSchema, (answer) => {
		if (checkpoint && answer.checkpoint) answer.checkpoint.note = checkpoint.note;
	});
	await page.goto('/console/log');
	await settled(page);
	await expect(page.getByRole('heading', { name: /The log got shorter/ })).toBeVisible();
	await page.unrouteAll();

	await tamper(page, 'LogService/GetCheckpoint', GetCheckpointResponseSchema, (answer) => {
		if (answer.checkpoint) answer.checkpoint.note = answer.checkpoint.note.replace(/\n\d+\n/, '\n1\n');
	});
	await page.goto('/console/log');
	await settled(page);
	await expect(page.getByText('CHECKPOINT_SIGNATURE_INVALID')).toBeVisible();
});

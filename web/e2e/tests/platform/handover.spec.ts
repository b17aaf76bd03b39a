import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { createApi, createAuthor } from '@erynoa/client';
import {
	AnomalyClass,
	anomalyReported,
	consentAsController,
	identityCreated,
	identityUid,
	Namespace,
	Severity,
	seedSigner,
} from '@erynoa/protocol';
import { rootRealm } from '../../support/agents';
import { settled } from '../../support/platform';
import { say } from '../../support/realms';
import { expect, expectAccessible, photograph, test } from '../../support/test';

/** An agent of somebody, made over the API; its DID. */
async function agentOf(url: string, owner: Parameters<typeof say>[0], name: string): Promise<string> {
	const signer = seedSigner(crypto.getRandomValues(new Uint8Array(32)));
	const uid = identityUid(Namespace.SPIRIT, signer.publicKey);
	const controller = await consentAsController(uid, owner.uid, seedSigner(owner.seed));
	const api = createApi(createGrpcWebTransport({ baseUrl: url }));
	await createAuthor(api, uid, signer).publish(
		identityCreated({ namespace: Namespace.SPIRIT, displayName: name, keyLabel: 'test', controller }),
	);
	const { identity } = await api.identities.getIdentity({ identity: uid });
	return identity?.did ?? '';
}

test('an agent is handed over with two signatures, and to nobody without theirs', async ({
	gateway,
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	const heir = await person('Henriette');
	const agent = await agentOf(gateway.url, operator, 'Gardener');
	const other = await agentOf(gateway.url, operator, 'Porter');
	const page = await seat(operator);
	await page.goto(`/platform/agents/${agent}`);
	await settled(page);
	await page.getByRole('link', { name: 'Hand over' }).click();
	await settled(page);
	await expect(page.getByRole('heading', { level: 1, name: 'Hand over Gardener' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'handover');
	const link = (await page.getByTestId('consent-link').textContent()) ?? '';

	// Nonsense, and a consent to something else, are no consent.
	await page.getByLabel('Code of the consent').fill('nonsense');
	await page.getByRole('button', { name: 'Check', exact: true }).click();
	await expect(page.getByText('This is no signed consent to take over Gardener.')).toBeVisible();
	const second = await seat(heir);
	await second.goto(`/platform/agents/${other}/consent`);
	await settled(second);
	await second.getByRole('button', { name: 'Sign: I take over Porter' }).click();
	const foreign = (await second.getByTestId('consent-code').textContent()) ?? '';
	await page.getByLabel('Code of the consent').fill(foreign);
	await page.getByRole('button', { name: 'Check', exact: true }).click();
	await expect(page.getByText('This is no signed consent to take over Gardener.')).toBeVisible();

	// The next one consents; by keyboard.
	await second.goto(link);
	await settled(second);
	await expect(second.getByText('Controlled by')).toBeVisible();
	await expectAccessible(second);
	await photograph(second, 'consent');
	await second.getByRole('button', { name: 'Sign: I take over Gardener' }).focus();
	await second.keyboard.press('Enter');
	const code = (await second.getByTestId('consent-code').textContent()) ?? '';
	expect(code).toMatch(/^erynoa-consent:[\w-]{171}$/);
	await expectAccessible(second);
	await photograph(second, 'consent-signed');

	// The present one sees who it is, and signs.
	await page.goto(`/platform/agents/${agent}/handover#${code}`);
	await settled(page);
	await expect(page.getByRole('link', { name: 'Henriette' })).toBeVisible();
	const submit = page.getByRole('button', { name: 'Sign and hand over' });
	await expect(submit).toBeDisabled();
	await page.getByLabel('I understand').check();
	await expectAccessible(page);
	await photograph(page, 'handover-consented');
	await submit.click();
	await expect(page.getByRole('heading', { name: 'Henriette answers for Gardener now' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'handed-over');

	// The log says so, and only the new one acts for it.
	const { identity } = await heir.api.identities.getIdentity({ identity: agent });
	expect(identity?.controller).toBe(heir.did);
	await second.goto(`/platform/agents/${agent}`);
	await settled(second);
	await expect(second.getByText('You answer for it.')).toBeVisible();
	await page.goto(`/platform/agents/${agent}/handover`);
	await settled(page);
	await expect(page.getByRole('heading', { name: 'Somebody else answers for Gardener' })).toBeVisible();
	await second.goto(link);
	await settled(second);
	await expect(second.getByRole('heading', { name: 'You answer for Gardener already' })).toBeVisible();
	// Nobody answers for a person.
	await second.goto(`/platform/agents/${operator.did}/consent`);
	await settled(second);
	await expect(second.getByRole('heading', { name: /Nobody answers for Olga/ })).toBeVisible();
	await expectAccessible(second);

	// In German, with the longest words.
	for (const [seated, path, title] of [
		[page, 'handover', 'Porter übergeben'],
		[second, 'consent', 'Porter übernehmen'],
	] as const) {
		await seated.evaluate(() => localStorage.setItem('erynoa.locale', 'de'));
		await seated.goto(`/platform/agents/${other}/${path}`);
		await settled(seated);
		await expect(seated.getByRole('heading', { level: 1, name: title })).toBeVisible();
		await expectAccessible(seated);
		await photograph(seated, `${path}-german`);
	}
});

test('reports about somebody stand on their profile, and the open tab can be seen on a narrow screen', async ({
	operator,
	person,
	seat,
}) => {
	test.slow();
	const odd = await person('Otto Odd');
	const root = await rootRealm(operator.api);
	const body = anomalyReported({
		subjects: [odd.uid],
		class: AnomalyClass.OTHER,
		severity: Severity.MEDIUM,
		evidence: [],
		comment: 'Says the same to everybody.',
	});
	const page = await seat(operator);
	await page.setViewportSize({ width: 390, height: 844 });
	await page.goto(`/platform/people/${odd.did}`);
	await settled(page);
	await page.getByRole('tab', { name: 'Reports' }).click();
	await expect(page.getByRole('heading', { name: 'Nobody has reported Otto Odd' })).toBeVisible();
	await say(operator, body, root);
	await page.reload();
	await settled(page);
	const last = page.getByRole('tab', { name: 'Keys' });
	await expect(last).not.toBeInViewport({ ratio: 0.9 });
	// From the first tab the arrow key goes round to the last one.
	await page.getByRole('tab').first().focus();
	await page.keyboard.press('ArrowLeft');
	await expect(last).toHaveAttribute('aria-selected', 'true');
	await expect(last).toBeInViewport({ ratio: 0.9 });
	await page.keyboard.press('ArrowLeft');
	const report = page.getByTestId('report');
	await expect(report).toContainText('Something else');
	await expect(report).toContainText('Not decided yet');
	await expect(report).toContainText('Says the same to everybody.');
	await expectAccessible(page);
	await photograph(page, 'profile-reports');
	await page.evaluate(() => localStorage.setItem('erynoa.locale', 'de'));
	await page.reload();
	await settled(page);
	await page.getByRole('tab', { name: 'Meldungen' }).click();
	await expect(report).toContainText('Noch nicht entschieden');
	await photograph(page, 'profile-reports-german');
	await page.goto('/platform/create');
	await expect(page.getByLabel('Frist einer Wiederherstellung')).toHaveValue('259200');
	await photograph(page, 'create-german');
	await page.evaluate(() => localStorage.setItem('erynoa.locale', 'en'));
	// A tab that the address opens is in sight, too.
	await page.goto(`/platform/realms/${root}?tab=activity`);
	await settled(page);
	const activity = page.getByRole('tab', { name: 'Activity' });
	await expect(activity).toBeInViewport({ ratio: 0.9 });
	// And stays so when the window becomes narrower.
	await page.setViewportSize({ width: 1440, height: 900 });
	await page.setViewportSize({ width: 390, height: 844 });
	await expect(activity).toBeInViewport({ ratio: 0.9 });
	// Nobody else's profile has it.
	await page.goto(`/platform/people/${operator.did}`);
	await settled(page);
	await page.getByRole('tab', { name: 'Reports' }).click();
	await expect(page.getByRole('heading', { name: /^Nobody has reported/ })).toBeVisible();
});

import { AnomalyClass, anomalyReported, Severity } from '@erynoa/protocol';
import { settled } from '../../support/platform';
import { foundRealm, say } from '../../support/realms';
import { expect, expectAccessible, photograph, test } from '../../support/test';

test('the rooms of realms, trust and protection speak German and fit the screen in it', async ({
	operator,
	person,
	seat,
}) => {
	const [udo, uta] = [await person('Udo Umlaut'), await person('Uta Übermut')];
	const realm = await foundRealm(operator, {
		name: 'Buchhandel',
		rules: [
			{ id: 'least', parameters: { case: 'minTrust', value: { normPpm: 400_000 } } },
			{ id: 'times', parameters: { case: 'governanceTimes', value: { discussionS: 7_200 } } },
		],
	});
	await operator.attest(udo);
	await udo.attest(uta);
	await uta.attest(udo);
	const odd = { subjects: [uta.uid], class: AnomalyClass.COLLUSION, severity: Severity.HIGH };
	await say(operator, anomalyReported({ ...odd, comment: 'Die beiden kennen nur einander.' }), realm);

	const page = await seat(operator);
	await page.goto('/console/realms');
	await settled(page);
	await page.getByText('DE', { exact: true }).filter({ visible: true }).click();
	await expect(page.locator('html')).toHaveAttribute('lang', 'de');

	const rooms = [
		['realms', '/console/realms', 'Realms'],
		['realm', `/console/realms/${realm}`, 'Buchhandel'],
		['realm-rules', `/console/realms/${realm}?tab=rules`, 'Buchhandel'],
		['trust-time', '/console/trust?view=time', 'Vertrauen'],
		['trust-world', '/console/trust?view=world', 'Vertrauen'],
		['trust-norms', `/console/trust?view=norms&subject=${udo.did}`, 'Vertrauen'],
		['protection', '/console/protection', 'Schutz'],
		['protection-findings', '/console/protection?view=findings', 'Schutz'],
		['protection-breakers', '/console/protection?view=breakers', 'Schutz'],
	] as const;
	for (const [name, path, title] of rooms) {
		await page.goto(path);
		await settled(page);
		await expect(page.getByRole('heading', { level: 1 })).toHaveText(title);
		await photograph(page, `${name}-german`);
	}
	await expectAccessible(page);
});

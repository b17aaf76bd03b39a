import { DocumentFormat } from '@erynoa/proto';
import { ProposalKind } from '@erynoa/protocol';
import { settled } from '../../support/platform';
import { foundRealm, propose } from '../../support/realms';
import { expect, expectAccessible, photograph, testAlone as test } from '../../support/test';
import { changedAt } from '../../support/verify';

test('documents that were issued and checked are listed for operators', async ({
	operator,
	person,
	seat,
}) => {
	test.setTimeout(600_000);
	const page = await seat(operator);
	await page.goto('/console');
	await settled(page);
	await page.getByRole('link', { name: 'Documents' }).filter({ visible: true }).first().click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Documents');
	await expect(page.getByRole('heading', { name: 'Nothing issued yet' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'documents-none');
	await page.getByRole('tab', { name: 'Checked' }).click();
	await expect(page.getByRole('heading', { name: 'Nothing checked yet' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'documents-unchecked');

	const dora = await person('Dora Dokument');
	const word = await operator.attest(dora);
	await dora.signIn();
	await expect(async () => {
		const { values } = await dora.trust();
		expect(values[0]?.trustPpm).toBeGreaterThan(100_000);
	}).toPass();
	const { document } = await dora.api.documents.requestDocument({ subject: dora.did });
	const id = document?.id ?? '';
	const { data } = await dora.api.documents.downloadDocument({ id, format: DocumentFormat.PDF });
	const realm = await foundRealm(operator, { name: 'Allotments' });
	const proposal = await propose(operator, realm, {
		kind: ProposalKind.TREASURY,
		title: 'A new well',
		text: 'We dig a well by the gate.',
	});
	await operator.api.documents.requestReport({ of: { case: 'realm', value: realm } });
	await operator.api.documents.requestReport({ of: { case: 'proposal', value: proposal } });
	await operator.api.documents.requestAuditReport({});

	await page.getByRole('tab', { name: 'Issued' }).click();
	const row = (kind: string) => page.getByRole('row').filter({ hasText: kind });
	await expect(row('Certificate')).toContainText('Dora Dokument');
	await expect(row('Certificate')).toContainText('Test realm');
	await expect(row('Realm report')).toContainText('Allotments');
	await expect(row('Minutes').getByRole('link', { name: /^A proposal/ })).toHaveAttribute(
		'href',
		new RegExp(proposal),
	);
	await expect(row('Audit report')).toContainText('Everything until');
	await expect(row('Audit report')).toContainText('Olga Operator');
	await expect(row('Certificate').getByRole('button', { name: 'Copy: Verification hash' })).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'documents');

	// Genuine, changed, and out of date.
	const pdf = Buffer.from(data);
	await dora.api.documents.verifyDocument({ document: pdf });
	await dora.api.documents.verifyDocument({ document: changedAt(pdf, 30) });
	await dora.api.documents.verifyDocument({ document: new TextEncoder().encode('{}') });
	await operator.revoke(word);
	await expect(async () => {
		const { gone } = await dora.api.documents.verifyDocument({ document: pdf });
		expect(gone).not.toEqual([]);
	}).toPass();
	await page.getByRole('tab', { name: 'Checked' }).click();
	await expect(page).toHaveURL(/show=checked/);
	await expect(row('Out of date')).toHaveCount(1);
	await expect(row('Refused').filter({ hasText: 'byte for byte' })).toHaveCount(1);
	await expect(row('Refused').filter({ hasText: 'not readable' })).toHaveCount(1);
	await expect(row('Genuine').first()).toContainText('Certificate');
	await expectAccessible(page);
	await photograph(page, 'documents-checked');

	// Away and back.
	await page.route('**/erynoa.api.v1.DocumentService/ListVerifications', (route) => route.abort());
	await page.goto('/console/documents?show=checked');
	await settled(page);
	await expect(page.getByRole('alert').first()).toBeVisible();
	await expectAccessible(page);
	await photograph(page, 'documents-away');
	await page.unroute('**/erynoa.api.v1.DocumentService/ListVerifications');

	await page.evaluate(() => localStorage.setItem('erynoa.locale', 'de'));
	await page.goto('/console/documents');
	await settled(page);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dokumente');
	await expect(row('Protokoll')).toContainText('Ein Antrag');
	await photograph(page, 'documents-german');
	// The audit log says it in words, too.
	await page.goto('/console/audit?action=document.issue');
	await settled(page);
	await expect(page.getByRole('button', { name: 'Dokument ausgestellt' })).toHaveCount(4);
});

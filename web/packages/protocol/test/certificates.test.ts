import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex, utf8 } from '../src';
import { canonicalJson, fromMultibase, keyOfDidKey, readCredential, shownComment } from '../src/certificate';
import { isPdf, isSealedPdf, pdfAttachment } from '../src/certificate-pdf';
import { type CertificatePresent, verifyCertificate } from '../src/verify-certificate';

interface Case {
	name: string;
	document: string;
	present: boolean;
	found: { verdict: string; steps: [string, string, string][]; hash: string };
}
interface Vectors {
	log: { origin: string; public_key: string };
	present: { checkpoint: string; consistency: string[]; gone: string[] };
	cases: Case[];
}

const testdata = new URL('../../../../proto/testdata/', import.meta.url);
const vectors = JSON.parse(readFileSync(new URL('certificates.json', testdata), 'utf8')) as Vectors;
const pdf = new Uint8Array(readFileSync(new URL('certificate.pdf', testdata)));
const trusted = { origin: vectors.log.origin, publicKey: fromHex(vectors.log.public_key) };
const present: CertificatePresent = {
	checkpoint: vectors.present.checkpoint,
	consistency: vectors.present.consistency.map(fromHex),
	gone: vectors.present.gone,
};
const genuine = vectors.cases[0] as Case;

describe('the check of a certificate', () => {
	it.each(vectors.cases.map((one) => [one.name, one] as const))(
		'answers as the server does: %s',
		async (_, one) => {
			const check = await verifyCertificate(
				utf8(one.document),
				one.present ? { trusted, present } : { trusted },
			);
			expect(check.steps.map(({ step, outcome, code }) => [step, outcome, code])).toEqual(one.found.steps);
			expect(check.verdict).toBe(one.found.verdict);
			expect(check.hash).toBe(one.found.hash);
		},
	);

	it('notices every changed character', async () => {
		const { document } = genuine;
		for (let at = 0; at < document.length; at += 97) {
			const other = document[at] === 'x' ? 'y' : 'x';
			const changed = `${document.slice(0, at)}${other}${document.slice(at + 1)}`;
			const { verdict } = await verifyCertificate(utf8(changed), { trusted, present });
			expect(verdict, `character ${at}`).toBe('refused');
		}
	});

	it('names evidence that was taken back as outdated and not as forged', async () => {
		const { credential } = readCredential(utf8(genuine.document));
		const gone = [credential.credentialSubject.topEvidence[0]?.event ?? ''];
		const check = await verifyCertificate(utf8(genuine.document), { trusted, present: { ...present, gone } });
		expect(check.verdict).toBe('outdated');
		expect(check.steps.at(-1)).toMatchObject({ step: 'current', code: 'CERTIFICATE_OUTDATED' });
	});

	it('says what is missing offline', async () => {
		const { steps, verdict } = await verifyCertificate(utf8(genuine.document));
		expect(verdict).toBe('unattributed');
		const open = steps.filter(({ outcome }) => outcome === 'not_possible').map(({ step }) => step);
		expect(open).toEqual(['issuer', 'cosignatures', 'log', 'current']);
	});
});

describe('a PDF', () => {
	it('carries its certificate and is under its seal', async () => {
		expect(isPdf(pdf)).toBe(true);
		const check = await verifyCertificate(pdf, { trusted, present });
		expect(check.steps.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
		expect(check.steps[1]).toMatchObject({ step: 'seal', outcome: 'passed' });
		expect(check.verdict).toBe('genuine');
	});

	it('is refused with any other byte', () => {
		const key = trusted.publicKey;
		for (let at = 0; at < pdf.length; at += 1 + Math.floor(pdf.length / 40)) {
			const changed = pdf.slice();
			changed[at] = (changed[at] as number) ^ 1;
			expect(isSealedPdf(changed, key), `byte ${at}`).toBe(false);
		}
		expect(isSealedPdf(pdf, key)).toBe(true);
	});

	it('without an attachment is no certificate', async () => {
		expect(await pdfAttachment(utf8('%PDF-1.7\nnothing'))).toBeUndefined();
		const check = await verifyCertificate(utf8('%PDF-1.7\nnothing'));
		expect(check.steps).toMatchObject([{ step: 'document', code: 'CERTIFICATE_MALFORMED' }]);
	});
});

describe('the forms', () => {
	it('writes JSON as RFC 8785 does', () => {
		const value = {
			'€': '\u20ac',
			'\r': 'a\u000f\n',
			'1': [1e30, 4.5, 0.002, 1e-27, 333333333.3333333],
			b: null,
		};
		expect(canonicalJson(value)).toBe(
			'{"\\r":"a\\u000f\\n","1":[1e+30,4.5,0.002,1e-27,333333333.3333333],"b":null,"€":"€"}',
		);
	});

	it('reads the keys of the W3C examples', () => {
		const key = keyOfDidKey('did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2');
		expect(key?.length).toBe(32);
		expect(keyOfDidKey('did:web:example.org')).toBeUndefined();
		expect(toHex(fromMultibase('z11') ?? new Uint8Array())).toBe('0000');
		expect(fromMultibase('z0OIl')).toBeUndefined();
	});

	it('bounds comments as documents do', () => {
		expect(shownComment(`A\u0000\n\tB\u202eC`)).toBe('A BC');
		expect([...shownComment('ä'.repeat(5000))].length).toBe(240);
	});
});

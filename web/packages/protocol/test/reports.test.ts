// The check of a report: of one that a server has issued (proto/testdata/report.pdf, `erynoa document realm`),
// and of others that are signed here.
import { readFileSync } from 'node:fs';
import { sha256 } from '@noble/hashes/sha2.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { concat, fromHex, seedSigner, utf8 } from '../src';
import { canonicalJson, reportKinds } from '../src/certificate';
import { pdfAttachment } from '../src/certificate-pdf';
import { verifyCertificate } from '../src/verify-certificate';

const pdf = new Uint8Array(readFileSync(new URL('../../../../proto/testdata/report.pdf', import.meta.url)));
const issued = {
	origin: 'erynoa.example/log',
	publicKey: fromHex('f429efb137572459b5f29a0e3536341b2e7ad5ce05ed27dcadeb16335ade2591'),
};

const signer = seedSigner(new Uint8Array(32).fill(7));
const trusted = { origin: 'log.example', publicKey: signer.publicKey };
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

function multibase(bytes: Uint8Array): string {
	let number = bytes.reduce((sum, byte) => (sum << 8n) + BigInt(byte), 0n);
	let text = '';
	for (; number > 0n; number /= 58n) text = `${BASE58[Number(number % 58n)]}${text}`;
	return `z${text}`;
}

/** A report that the log of these tests has signed. */
async function report(subject: Record<string, string>, frame: Record<string, unknown> = {}): Promise<string> {
	const key = multibase(concat(Uint8Array.of(0xed, 0x01), signer.publicKey));
	const did = `did:key:${key}`;
	const context = [
		'https://www.w3.org/ns/credentials/v2',
		'https://www.w3.org/ns/credentials/undefined-terms/v2',
	];
	const document = {
		'@context': context,
		type: ['VerifiableCredential', 'ErynoaReport'],
		issuer: { id: did, name: trusted.origin },
		validFrom: '2026-11-23T12:00:00Z',
		credentialSubject: subject,
		...frame,
	};
	const options = {
		'@context': context,
		type: 'DataIntegrityProof',
		cryptosuite: 'eddsa-jcs-2022',
		created: document.validFrom,
		verificationMethod: `${did}#${key}`,
		proofPurpose: 'assertionMethod',
	};
	type Json = Parameters<typeof canonicalJson>[0];
	const hash = (value: unknown) => sha256(utf8(canonicalJson(value as Json)));
	const signature = await signer.sign(concat(hash(options), hash(document)));
	return canonicalJson({ ...document, proof: { ...options, proofValue: multibase(signature) } } as Json);
}

const outcomes = (steps: { step: string; outcome: string; code: string }[]) =>
	steps.map(({ step, outcome, code }) => [step, outcome, code].filter(Boolean).join(' '));

describe('a report that a server has issued', () => {
	it('holds, and proves nothing beyond its signature', async () => {
		const check = await verifyCertificate(pdf, { trusted: issued });
		expect(outcomes(check.steps)).toEqual([
			'document passed',
			'seal passed',
			'signature passed',
			'issuer passed',
		]);
		expect(check.verdict).toBe('genuine');
		expect(check.report).toMatchObject({ kind: 'realm', name: 'Town' });
		expect(check.certificate).toBeUndefined();
		expect(check.hash).toMatch(/^[0-9a-f]{64}$/);
		expect(check.issuer?.name).toBe(issued.origin);
	});

	it('is refused with any other byte', async () => {
		for (let at = 0; at < pdf.length; at += 1 + Math.floor(pdf.length / 40)) {
			const changed = pdf.slice();
			changed[at] = (changed[at] as number) ^ 1;
			expect((await verifyCertificate(changed, { trusted: issued })).verdict, `byte ${at}`).toBe('refused');
		}
	});

	it('is refused with any other character in its JSON', async () => {
		const text = new TextDecoder().decode(await pdfAttachment(pdf));
		expect((await verifyCertificate(utf8(text), { trusted: issued })).verdict).toBe('genuine');
		for (let at = 0; at < text.length; at += 31) {
			const other = text[at] === 'x' ? 'y' : 'x';
			const changed = utf8(`${text.slice(0, at)}${other}${text.slice(at + 1)}`);
			const { verdict } = await verifyCertificate(changed, { trusted: issued });
			expect(verdict, `character ${at}`).toBe('refused');
		}
	});

	it('of another log is refused here, and unattributed where no log is known', async () => {
		const foreign = await verifyCertificate(pdf, { trusted });
		expect(foreign.verdict).toBe('refused');
		expect(foreign.steps.at(-1)).toMatchObject({ step: 'issuer', code: 'CERTIFICATE_ISSUER_FOREIGN' });
		const alone = await verifyCertificate(pdf);
		expect(alone.verdict).toBe('unattributed');
		expect(alone.steps.at(-1)).toMatchObject({ step: 'issuer', outcome: 'not_possible' });
	});
});

describe('a report as JSON', () => {
	let genuine = '';
	beforeAll(async () => {
		genuine = await report({ kind: 'minutes', title: 'A new well' });
	});

	it('has no seal, and holds in every kind', async () => {
		for (const kind of reportKinds) {
			const check = await verifyCertificate(utf8(await report({ kind, name: 'Town' })), { trusted });
			expect(outcomes(check.steps)).toEqual(['document passed', 'signature passed', 'issuer passed']);
			expect(check.report?.kind).toBe(kind);
		}
	});

	it('is refused once a word of it is another', async () => {
		const check = await verifyCertificate(utf8(genuine.replace('new well', 'new wall')), { trusted });
		expect(check.verdict).toBe('refused');
		expect(check.steps[1]).toMatchObject({ step: 'signature', code: 'CERTIFICATE_SIGNATURE_INVALID' });
	});

	it('of a name that is not the log’s own is foreign', async () => {
		const check = await verifyCertificate(utf8(genuine), {
			trusted: { ...trusted, origin: 'other.example' },
		});
		expect(check.steps.at(-1)).toMatchObject({ step: 'issuer', code: 'CERTIFICATE_ISSUER_FOREIGN' });
	});

	it.each([
		['of a kind that nobody knows', () => report({ kind: 'letter' })],
		['without a subject', () => report({ kind: 'realm' }, { credentialSubject: 'realm' })],
		['with a field of its own beside the frame', () => report({ kind: 'realm' }, { evidence: [] })],
		['of other contexts', () => report({ kind: 'realm' }, { '@context': ['https://example.org'] })],
		[
			'of an issuer without a key',
			() => report({ kind: 'realm' }, { issuer: { id: 'did:web:a.example', name: 'a' } }),
		],
	])('%s is none', async (_, make) => {
		const check = await verifyCertificate(utf8(await make()), { trusted });
		expect(check.verdict).toBe('refused');
		expect(check.steps).toMatchObject([{ step: 'document', code: 'CERTIFICATE_MALFORMED' }]);
	});
});

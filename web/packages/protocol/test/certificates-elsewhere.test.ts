// The proof of a certificate by the library of others: Digital Bazaar's Data Integrity suite.
import { readFileSync } from 'node:fs';
import { DataIntegrityProof } from '@digitalbazaar/data-integrity';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import { createVerifyCryptosuite } from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import jsigs from 'jsonld-signatures';
import { describe, expect, it } from 'vitest';

const vectors = JSON.parse(
	readFileSync(new URL('../../../../proto/testdata/certificates.json', import.meta.url), 'utf8'),
) as { cases: { document: string }[] };

type Document = { issuer: { id: string }; credentialSubject: { name: string } };

/** Resolves nothing but the issuer's did:key; whatever else is asked for is an error. */
async function documentLoader(url: string) {
	const [did, fragment] = url.split('#');
	if (!did?.startsWith('did:key:')) throw new Error(`nothing is fetched: ${url}`);
	const publicKeyMultibase = did.slice('did:key:'.length);
	const method = {
		id: `${did}#${publicKeyMultibase}`,
		type: 'Multikey',
		controller: did,
		publicKeyMultibase,
	};
	const key = await (await Ed25519Multikey.from(method)).export({ publicKey: true, includeContext: true });
	const document = fragment
		? key
		: { '@context': 'https://www.w3.org/ns/did/v1', id: did, assertionMethod: [method] };
	return { contextUrl: null, documentUrl: url, document };
}

async function verified(document: Document): Promise<boolean> {
	const suite = new DataIntegrityProof({ cryptosuite: createVerifyCryptosuite() });
	const did = document.issuer.id;
	const controller = {
		'@context': 'https://www.w3.org/ns/did/v1',
		id: did,
		assertionMethod: [`${did}#${did.slice('did:key:'.length)}`],
	};
	const purpose = new jsigs.purposes.AssertionProofPurpose({ controller });
	const { verified } = await jsigs.verify(document, { suite, purpose, documentLoader });
	return verified;
}

describe('the proof of a certificate', () => {
	const genuine = () => JSON.parse(vectors.cases[0]?.document ?? '') as Document;

	it('holds for a library that knows nothing of us', async () => {
		expect(await verified(genuine())).toBe(true);
	});

	it('does not hold for another name', async () => {
		const changed = genuine();
		changed.credentialSubject.name = 'Somebody Else';
		expect(await verified(changed)).toBe(false);
	});
});

// The libraries of others in certificates-elsewhere.test.ts come without types; this much is used of them.
declare module '@digitalbazaar/data-integrity' {
	export class DataIntegrityProof {
		constructor(options: { cryptosuite: unknown });
	}
}
declare module '@digitalbazaar/eddsa-jcs-2022-cryptosuite' {
	export function createVerifyCryptosuite(): unknown;
}
declare module '@digitalbazaar/ed25519-multikey' {
	export function from(method: object): Promise<{ export(options: object): Promise<object> }>;
}
declare module 'jsonld-signatures' {
	const signatures: {
		purposes: { AssertionProofPurpose: new (options: object) => unknown };
		verify(document: object, options: object): Promise<{ verified: boolean; error?: unknown }>;
	};
	export default signatures;
}

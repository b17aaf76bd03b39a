// A trust certificate as a W3C Verifiable Credential with an `eddsa-jcs-2022` proof. What it says is
// written down in crates/documents/src/certificate.rs.
import { blake3 } from '@noble/hashes/blake3.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, toHex, utf8 } from './bytes';
import { verifySignature } from './ed25519';
import { ProtocolError } from './problem';

/** One dimension of the trust vector; evidence in micro-units. */
export interface CertifiedValue {
	name: string;
	trustPpm: number;
	confidencePpm: number;
	positive: number;
	negative: number;
	unvoiced: number;
}

/** One event behind the numbers. */
export interface CertifiedEvidence {
	event: string;
	sequence: number;
	kind: string;
	source: string;
	sourceName: string;
	dimensions: string[];
	domain: string;
	positive: boolean;
	comment: string;
	wallUs: number;
	epoch: number;
	effectPpm: number;
	finality: string;
}

/** What a certificate says. Times in microseconds, ratios in ppm. */
export interface Certificate {
	id: string;
	name: string;
	realm: string;
	realmName: string;
	context: string;
	normPpm: number;
	class: string;
	standingPpm: number;
	hasVoice: boolean;
	founder: boolean;
	dimensions: CertifiedValue[];
	counts: { events: number; evidence: number; against: number; sources: number };
	history: { epoch: number; closedAtUs: number; valuesPpm: number[]; normPpm: number }[];
	topEvidence: CertifiedEvidence[];
	epoch: number;
	closedAtUs: number;
	stateRoot: string;
	checkpointSize: number;
	checkpointRoot: string;
	finality: string;
}

/** The proof bundle; bytes in base 64. */
export interface LogProof {
	type: string;
	checkpoint: string;
	trustRecord: string;
	entries: { role: string; sequence: number; entry: string; path: string[] }[];
}

/** The credential without its proof. */
export interface Credential {
	'@context': string[];
	type: string[];
	issuer: { id: string; name: string };
	validFrom: string;
	credentialSubject: Certificate;
	evidence: LogProof[];
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

/** A credential that was read. */
export interface ReadCredential extends SignedDocument {
	credential: Credential;
	/** Key of the issuer, 32 bytes. */
	key: Uint8Array;
}

interface SignedDocument {
	/** JCS text, proof included. */
	canonical: string;
	document: JsonObject;
	proof: JsonObject;
}

/** Types of a report. */
export const REPORT_TYPES = ['VerifiableCredential', 'ErynoaReport'];
export const reportKinds = ['realm', 'minutes', 'audit'] as const;

/** What is looked at of a report; the rest of its subject is signed and shown on its pages. */
export interface ReadReport extends SignedDocument {
	credential: {
		'@context': string[];
		type: string[];
		issuer: { id: string; name: string };
		validFrom: string;
		credentialSubject: { kind: (typeof reportKinds)[number]; name?: string; title?: string };
	};
	key: Uint8Array;
}

/** Most bytes of a certificate as JSON. */
export const CERTIFICATE_MOST_BYTES = 512 << 10;
/** Most bytes of a document, its certificate and its seal included. */
export const DOCUMENT_MOST_BYTES = 1 << 20;
const EVIDENCE_MOST = 12;
const HISTORY_MOST = 60;
const PATH_MOST = 64;

const CONTEXTS = [
	'https://www.w3.org/ns/credentials/v2',
	'https://www.w3.org/ns/credentials/undefined-terms/v2',
];
const TYPES = ['VerifiableCredential', 'ErynoaTrustCertificate'];
const LOG_PROOF = 'ErynoaLogProof';

// The shape of every object: exactly these fields, each as its sample; a list as its only item.
const count = 0;
const text = '';
const flag = false;
const REPORT_FRAME: Json = {
	'@context': [text],
	type: [text],
	issuer: { id: text, name: text },
	validFrom: text,
};
const SHAPE: Json = {
	'@context': [text],
	type: [text],
	issuer: { id: text, name: text },
	validFrom: text,
	credentialSubject: {
		id: text,
		name: text,
		realm: text,
		realmName: text,
		context: text,
		normPpm: count,
		class: text,
		standingPpm: count,
		hasVoice: flag,
		founder: flag,
		dimensions: [
			{
				name: text,
				trustPpm: count,
				confidencePpm: count,
				positive: count,
				negative: count,
				unvoiced: count,
			},
		],
		counts: { events: count, evidence: count, against: count, sources: count },
		history: [{ epoch: count, closedAtUs: count, valuesPpm: [count], normPpm: count }],
		topEvidence: [
			{
				event: text,
				sequence: count,
				kind: text,
				source: text,
				sourceName: text,
				dimensions: [text],
				domain: text,
				positive: flag,
				comment: text,
				wallUs: count,
				epoch: count,
				effectPpm: -1,
				finality: text,
			},
		],
		epoch: count,
		closedAtUs: count,
		stateRoot: text,
		checkpointSize: count,
		checkpointRoot: text,
		finality: text,
	},
	evidence: [
		{
			type: text,
			checkpoint: text,
			trustRecord: text,
			entries: [{ role: text, sequence: count, entry: text, path: [text] }],
		},
	],
};

function isObject(value: Json | undefined): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function demandShape(value: Json | undefined, shape: Json, path: string): void {
	const wrong = (right: string) => new ProtocolError('CERTIFICATE_MALFORMED', `${path} ${right}`, path);
	if (Array.isArray(shape)) {
		if (!Array.isArray(value)) throw wrong('is a list');
		for (const [index, item] of value.entries()) demandShape(item, shape[0] as Json, `${path}[${index}]`);
	} else if (isObject(shape)) {
		if (!isObject(value)) throw wrong('is an object');
		for (const field of Object.keys(shape)) {
			demandShape(value[field], shape[field] as Json, path === '' ? field : `${path}.${field}`);
		}
		const extra = Object.keys(value).find((field) => !Object.hasOwn(shape, field));
		if (extra !== undefined) throw wrong(`has no field ${extra}`);
	} else if (typeof shape === 'number') {
		const whole = typeof value === 'number' && Number.isSafeInteger(value);
		if (!whole || (shape === 0 && (value as number) < 0)) throw wrong('is a whole number');
	} else if (typeof value !== typeof shape) {
		throw wrong(`is a ${typeof shape}`);
	}
}

/** JCS (RFC 8785): the one text of a JSON value. */
export function canonicalJson(value: Json): string {
	if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
	if (isObject(value)) {
		// The order of JavaScript's strings, by UTF-16 code units, is the one that JCS asks for.
		const fields = Object.keys(value).sort();
		return `{${fields.map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key] as Json)}`).join(',')}}`;
	}
	return JSON.stringify(value);
}

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** Bytes of multibase base58btc; undefined for any other text. */
export function fromMultibase(encoded: string): Uint8Array | undefined {
	if (!encoded.startsWith('z') || encoded.length > 200) return undefined;
	let number = 0n;
	let zeros = 0;
	for (const character of encoded.slice(1)) {
		const digit = BASE58.indexOf(character);
		if (digit < 0) return undefined;
		number = number * 58n + BigInt(digit);
		if (number === 0n) zeros += 1;
	}
	const bytes: number[] = [];
	for (; number > 0n; number >>= 8n) bytes.unshift(Number(number & 255n));
	return Uint8Array.from([...new Array<number>(zeros).fill(0), ...bytes]);
}

/** The Ed25519 key of a `did:key`; undefined for any other text. */
export function keyOfDidKey(did: string): Uint8Array | undefined {
	if (!did.startsWith('did:key:')) return undefined;
	const bytes = fromMultibase(did.slice('did:key:'.length));
	const isEd25519 = bytes?.length === 34 && bytes[0] === 0xed && bytes[1] === 0x01;
	return isEd25519 ? bytes.slice(2) : undefined;
}

function malformed(message: string): ProtocolError {
	return new ProtocolError('CERTIFICATE_MALFORMED', message);
}

function same(value: Json | undefined, expected: Json): boolean {
	return value !== undefined && canonicalJson(value) === canonicalJson(expected);
}

/** A signed document and its proof, apart. */
function split(bytes: Uint8Array): SignedDocument {
	if (bytes.length > CERTIFICATE_MOST_BYTES)
		throw malformed(`a certificate has at most ${CERTIFICATE_MOST_BYTES} bytes`);
	let whole: Json;
	try {
		whole = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) as Json;
	} catch {
		throw malformed('the file is neither a certificate in JSON nor a PDF that carries one');
	}
	if (!isObject(whole) || !isObject(whole.proof))
		throw malformed('a certificate is a JSON object with a proof');
	const { proof, ...document } = whole;
	return { canonical: canonicalJson(whole), document, proof: proof as JsonObject };
}

/** Reads a signed report; undefined when it is none. Signatures are not looked at. */
export function readReport(bytes: Uint8Array): ReadReport | undefined {
	const { canonical, document, proof } = split(bytes);
	if (!same(document.type, REPORT_TYPES)) return undefined;
	const { credentialSubject, ...frame } = document;
	demandShape(frame, REPORT_FRAME, '');
	if (!isObject(credentialSubject)) throw malformed('a report has a subject');
	if (!same(document['@context'], CONTEXTS)) throw malformed('a report has the contexts of a credential');
	const credential = document as unknown as ReadReport['credential'];
	const kind = reportKinds.find((known) => known === credential.credentialSubject.kind);
	if (kind === undefined) throw malformed(`a report is one of ${reportKinds.join(', ')}`);
	const key = keyOfDidKey(credential.issuer.id);
	if (key === undefined) throw malformed('the issuer is the did:key of an Ed25519 key');
	return { credential, key, canonical, document, proof };
}

/** Reads a signed credential of our shape; throws CERTIFICATE_MALFORMED. Signatures are not looked at. */
export function readCredential(bytes: Uint8Array): ReadCredential {
	const { canonical, document, proof } = split(bytes);
	demandShape(document, SHAPE, '');
	const credential = document as unknown as Credential;
	if (!same(document['@context'], CONTEXTS) || !same(document.type, TYPES)) {
		throw malformed(`a certificate has the types ${TYPES.join(' and ')}`);
	}
	if (credential.evidence.length !== 1 || credential.evidence[0]?.type !== LOG_PROOF) {
		throw malformed(`a certificate has one proof of the log, an ${LOG_PROOF}`);
	}
	const subject = credential.credentialSubject;
	if (subject.dimensions.length !== 6) throw malformed('a trust vector has six dimensions');
	if (subject.history.some((point) => point.valuesPpm.length !== 6))
		throw malformed('a point has six values');
	const { entries } = credential.evidence[0];
	if (
		subject.topEvidence.length > EVIDENCE_MOST ||
		entries.length > EVIDENCE_MOST + 2 ||
		subject.history.length > HISTORY_MOST ||
		entries.some(({ path }) => path.length > PATH_MOST)
	) {
		throw malformed(
			`a certificate has at most ${EVIDENCE_MOST} pieces of evidence, ${HISTORY_MOST} points of history and ${PATH_MOST} hashes in a proof`,
		);
	}
	const roles = ['subject', 'evidence', 'epoch'];
	if (entries.some(({ role }) => !roles.includes(role))) {
		throw malformed(`an entry is one of ${roles.join(', ')}`);
	}
	const key = keyOfDidKey(credential.issuer.id);
	if (key === undefined) throw malformed('the issuer is the did:key of an Ed25519 key');
	return { credential, key, canonical, document, proof };
}

/** The hash that is printed on the certificate: BLAKE3-256 of its canonical text. */
export function verificationHash(canonical: string): string {
	return toHex(blake3(utf8(canonical)));
}

/** Whether the proof is one of the issuer's key over everything else. */
export function isSignedCredential(read: ReadCredential | ReadReport): boolean {
	const { proofValue, ...options } = read.proof;
	const { credential } = read;
	const did = credential.issuer.id;
	const expected: JsonObject = {
		'@context': credential['@context'],
		type: 'DataIntegrityProof',
		cryptosuite: 'eddsa-jcs-2022',
		created: credential.validFrom,
		verificationMethod: `${did}#${did.slice('did:key:'.length)}`,
		proofPurpose: 'assertionMethod',
	};
	if (typeof proofValue !== 'string' || !same(options, expected)) return false;
	const signature = fromMultibase(proofValue);
	const hashes = concat(sha256(utf8(canonicalJson(options))), sha256(utf8(canonicalJson(read.document))));
	return signature !== undefined && verifySignature(read.key, hashes, signature);
}

const COMMENT_MOST = 240;
const GAP = /[\p{White_Space}\p{Cc}]/u;
const LEFT_OUT = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/u;

/** A comment as documents show it: one line, no control characters, bounded. */
export function shownComment(comment: string): string {
	const shown: string[] = [];
	let gap = false;
	for (const character of comment) {
		if (GAP.test(character)) {
			gap = shown.length > 0;
		} else if (!LEFT_OUT.test(character)) {
			if (shown.length + (gap ? 2 : 1) > COMMENT_MOST) {
				return `${shown.slice(0, COMMENT_MOST - 1).join('')}…`;
			}
			if (gap) shown.push(' ');
			gap = false;
			shown.push(character);
		}
	}
	return shown.join('');
}

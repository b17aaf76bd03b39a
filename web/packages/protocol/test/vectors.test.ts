import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
	buildEvent,
	chainTrust,
	decayFactor,
	decodeEvent,
	didOf,
	encodeEntry,
	eventId,
	evidenceTrust,
	findCosignature,
	fromHex,
	isUsableKey,
	leafHash,
	type Namespace,
	NoteKeyType,
	norm,
	type ProtocolError,
	parseCheckpoint,
	parseDid,
	parseUid,
	parseVerifierKey,
	printVerifierKey,
	seedSigner,
	signEvent,
	signInBytes,
	signSignIn,
	TrustContext,
	toHex,
	treeRoot,
	uidFromBytes,
	uidOf,
	utf8,
	verifyCheckpoint,
	verifyConsistency,
	verifyEvent,
	verifyInclusion,
} from '../src';

/** Known answers that every implementation of the protocol reads; big integers are decimal strings. */
interface Vectors {
	uid: { tag: number; version: number; content_utf8: string; uid: string }[];
	did: { namespace: number; public_key: string; did: string }[];
	events: {
		name: string;
		secret_key: string;
		public_key: string;
		event: string;
		id: string;
		signed_event: string;
	}[];
	refused: { name: string; signed_event: string; code: string }[];
	tree: { leaves: string[]; root: string }[];
	inclusion: { leaf_hash: string; sequence: number; size: number; path: string[]; root: string }[];
	consistency: { old_size: number; new_size: number; old_root: string; new_root: string; path: string[] }[];
	checkpoint: { note: string; public_key: string; origin: string; size: number; root: string }[];
	/** `time_s` is null where nothing holds. */
	cosignatures: {
		case: string;
		name: string;
		note: string;
		public_key: string;
		time_s: number | null;
		verifier_key: string;
	}[];
	/** Keys under which anybody can sign, in every encoding that ZIP 215 accepts. */
	small_order: string[];
	sign_in: {
		challenge: string;
		identity: string;
		origin: string;
		message: string;
		secret_key: string;
		signature: string;
	}[];
	trust: {
		positive: string;
		negative: string;
		unvoiced: string;
		alpha: string;
		beta: string;
		lambda: number;
		trust_ppm: number;
	}[];
	norm: { values_ppm: number[]; context: string; norm_ppm: number }[];
	decay: { days: number; positive_factor: string; negative_factor: string }[];
	chain: { values_ppm: number[]; trust_ppm: number }[];
}

const OF_TRUST: ReadonlySet<string> = new Set(['trust', 'norm', 'decay', 'chain']);

/**
 * All answers of one part. A missing file or an empty part is a failure, not a skip: without them nothing
 * holds the implementations together.
 */
function part<K extends keyof Vectors>(name: K): Vectors[K] {
	const file = OF_TRUST.has(name) ? 'trust_vectors.json' : 'vectors.json';
	const url = new URL(`../../../../proto/testdata/${file}`, import.meta.url);
	const vectors = JSON.parse(readFileSync(url, 'utf8')) as Vectors;
	expect(vectors[name]?.length, `answers of ${name} in ${file}`).toBeGreaterThan(0);
	return vectors[name];
}

describe('known answers', () => {
	it('uid', () => {
		for (const v of part('uid')) expect(uidOf(v.tag, v.version, utf8(v.content_utf8))).toBe(v.uid);
	});

	it('did', () => {
		for (const v of part('did')) {
			expect(didOf(v.namespace as Namespace, fromHex(v.public_key))).toBe(v.did);
			expect(parseDid(v.did).namespace).toBe(v.namespace);
		}
	});

	it('events: the same bytes, id and signature', async () => {
		for (const v of part('events')) {
			const signer = seedSigner(fromHex(v.secret_key));
			expect(toHex(signer.publicKey), v.name).toBe(v.public_key);
			const event = decodeEvent(fromHex(v.event));
			const rebuilt = buildEvent({
				author: uidFromBytes(event.author),
				realm: uidFromBytes(event.realm),
				coordinate: event.coordinate as NonNullable<typeof event.coordinate>,
				parents: event.parents.map(uidFromBytes),
				body: event.body as Parameters<typeof buildEvent>[0]['body'],
				...(event.prev.length > 0 ? { prev: uidFromBytes(event.prev) } : {}),
			});
			expect(toHex(rebuilt), v.name).toBe(v.event);
			expect(eventId(rebuilt), v.name).toBe(v.id);
			expect(toHex(encodeEntry(await signEvent(rebuilt, signer))), v.name).toBe(v.signed_event);
			expect(verifyEvent(fromHex(v.signed_event)).id, v.name).toBe(v.id);
		}
	});

	it('refused: the same code', () => {
		for (const v of part('refused')) {
			let code = 'accepted';
			try {
				verifyEvent(fromHex(v.signed_event));
			} catch (error) {
				code = (error as ProtocolError).code;
			}
			expect(code, v.name).toBe(v.code);
		}
	});

	it('tree', () => {
		for (const v of part('tree')) {
			expect(toHex(treeRoot(v.leaves.map((leaf) => leafHash(fromHex(leaf)))))).toBe(v.root);
		}
	});

	it('inclusion', () => {
		for (const v of part('inclusion')) {
			const proof = {
				leafHash: fromHex(v.leaf_hash),
				sequence: BigInt(v.sequence),
				size: BigInt(v.size),
				path: v.path.map(fromHex),
				root: fromHex(v.root),
			};
			expect(verifyInclusion(proof), `${v.sequence} of ${v.size}`).toBe(true);
		}
	});

	it('cosignatures', () => {
		for (const v of part('cosignatures')) {
			const key = parseVerifierKey(v.verifier_key);
			expect(key).toEqual({
				name: v.name,
				type: NoteKeyType.cosignature,
				publicKey: fromHex(v.public_key),
			});
			expect(printVerifierKey(key)).toBe(v.verifier_key);
			const found = findCosignature(parseCheckpoint(v.note), key.name, key.publicKey);
			expect(found.timeS, v.case).toBe(v.time_s === null ? undefined : BigInt(v.time_s));
		}
	});

	it('checkpoint', () => {
		for (const v of part('checkpoint')) {
			const log = { origin: v.origin, publicKey: fromHex(v.public_key) };
			const checkpoint = verifyCheckpoint(v.note, log);
			expect(checkpoint.size).toBe(BigInt(v.size));
			expect(toHex(checkpoint.root)).toBe(v.root);
		}
	});

	it('consistency', () => {
		for (const v of part('consistency')) {
			const proof = {
				fromSize: BigInt(v.old_size),
				toSize: BigInt(v.new_size),
				fromRoot: fromHex(v.old_root),
				toRoot: fromHex(v.new_root),
				path: v.path.map(fromHex),
			};
			expect(verifyConsistency(proof), `${v.old_size} to ${v.new_size}`).toBe(true);
		}
	});

	it('keys of small order', () => {
		for (const key of part('small_order')) expect(isUsableKey(fromHex(key)), key).toBe(false);
	});

	it('sign-in', async () => {
		for (const v of part('sign_in')) {
			const challenge = { challenge: fromHex(v.challenge), origin: v.origin };
			const identity = parseUid(v.identity);
			const signer = seedSigner(fromHex(v.secret_key));
			expect(toHex(signInBytes(challenge, identity))).toBe(v.message);
			expect(toHex(await signSignIn(challenge, identity, signer, v.origin))).toBe(v.signature);
		}
	});

	it('trust', () => {
		for (const v of part('trust')) {
			const evidence = {
				positive: BigInt(v.positive),
				negative: BigInt(v.negative),
				unvoiced: BigInt(v.unvoiced),
			};
			const prior = { alpha: BigInt(v.alpha), beta: BigInt(v.beta) };
			expect(evidenceTrust(evidence, prior, BigInt(v.lambda))).toBe(v.trust_ppm);
		}
	});

	it('norm', () => {
		for (const v of part('norm')) {
			const context = TrustContext[v.context.toUpperCase() as keyof typeof TrustContext];
			expect(norm(v.values_ppm, context), v.context).toBe(v.norm_ppm);
		}
	});

	it('decay', () => {
		for (const v of part('decay')) {
			expect(decayFactor('positive', BigInt(v.days)).toString()).toBe(v.positive_factor);
			expect(decayFactor('negative', BigInt(v.days)).toString()).toBe(v.negative_factor);
		}
	});

	it('chain', () => {
		for (const v of part('chain')) expect(chainTrust(v.values_ppm)).toBe(v.trust_ppm);
	});
});

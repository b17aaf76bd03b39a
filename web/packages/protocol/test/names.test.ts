import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	compareCoordinates,
	didOf,
	fromBase64,
	fromHex,
	identityRef,
	identityUid,
	isUid,
	Namespace,
	nextCoordinate,
	parseDid,
	parseUid,
	printDid,
	rootRealmUid,
	shortDid,
	Tag,
	toBase64,
	uidBytes,
	uidFromBytes,
	uidOf,
	uidTag,
	utf8,
} from '../src';

const RUNS = { numRuns: 1000 };
const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const namespace = fc.integer({ min: 1, max: 10 }) as fc.Arbitrary<Namespace>;
const coordinate = fc.record({
	wallUs: fc.bigInt({ min: 0n, max: 100n }),
	counter: fc.integer({ min: 0, max: 4 }),
});

describe('universal ids (§1)', () => {
	it('names "test content" as in the worked example', () => {
		expect(uidOf(Tag.event, 1, utf8('test '), utf8('content'))).toBe(
			'00020001ead3df8af4aece7792496936f83b6b6d191a7f256585ce6b6028db16',
		);
	});

	it('parse after print is the id', () => {
		fc.assert(
			fc.property(key32, (bytes) => {
				const uid = uidFromBytes(bytes);
				expect(parseUid(uid)).toBe(uid);
				expect(uidBytes(uid)).toEqual(bytes);
				expect(uidTag(uid)).toBe((bytes[0] as number) * 256 + (bytes[1] as number));
			}),
			RUNS,
		);
	});

	it('only 64 lower-case hexadecimal digits are an id', () => {
		const digits = (n: number) => 'a'.repeat(n);
		for (const text of [
			'',
			digits(63),
			digits(65),
			'A'.repeat(64),
			`${digits(63)}g`,
			` ${digits(63)}`,
			`${digits(64)}\n`,
		]) {
			expect(isUid(text)).toBe(false);
			expect(() => parseUid(text)).toThrow('64 lower-case');
		}
		expect(() => uidFromBytes(new Uint8Array(31))).toThrow('32 bytes');
	});
});

describe('DIDs (§1)', () => {
	const KEY = Uint8Array.from({ length: 32 }, (_, i) => i);

	it('names key 00..1f as self as in the worked example', () => {
		const uid = '00010001f91250bd4fc7fee41dc22fc0aaea86a8c56eef8febc057dd89966c9c';
		expect(identityUid(Namespace.SELF, KEY)).toBe(uid);
		expect(didOf(Namespace.SELF, KEY)).toBe(`did:erynoa:self:${uid}`);
		expect(shortDid(didOf(Namespace.SELF, KEY))).toBe('self:f91250bd…6c9c');
	});

	it('parse after print is the DID', () => {
		fc.assert(
			fc.property(namespace, key32, (kind, key) => {
				const did = { namespace: kind, uid: identityUid(kind, key) };
				expect(parseDid(printDid(did))).toEqual(did);
				expect(identityRef(printDid(did))).toBe(did.uid);
				expect(identityRef(did.uid)).toBe(did.uid);
			}),
			RUNS,
		);
	});

	it('is deterministic and injective in namespace and key', () => {
		fc.assert(
			fc.property(namespace, key32, namespace, key32, (kindA, keyA, kindB, keyB) => {
				const same = kindA === kindB && keyA.every((byte, i) => byte === keyB[i]);
				expect(didOf(kindA, keyA) === didOf(kindB, keyB)).toBe(same);
				expect(didOf(kindA, keyA)).toBe(didOf(kindA, keyA));
			}),
			RUNS,
		);
	});

	it('only the exact text form parses', () => {
		const good = didOf(Namespace.SELF, KEY);
		const event = uidOf(Tag.event, 1, utf8('x'));
		const wrong = [
			'',
			good.toUpperCase(),
			`${good} `,
			`${good}:`,
			good.replace('erynoa', 'example'),
			good.replace('self', 'person'),
			good.replace('self', ''),
			good.slice(0, -1),
			good.replace('did:', ''),
			`did:erynoa:self:${event}`,
		];
		for (const text of wrong) expect(() => parseDid(text), text).toThrow('a DID is');
	});

	it('gives each log a root realm of its own', () => {
		const realm = rootRealmUid(KEY);
		expect(uidTag(realm)).toBe(Tag.realm);
		expect(realm).not.toBe(rootRealmUid(new Uint8Array(32)));
	});
});

describe('coordinates (§1)', () => {
	it('goes from own (1000,5), seen (2000,3), now 1500 to (2000,4)', () => {
		const known = [
			{ wallUs: 1000n, counter: 5 },
			{ wallUs: 2000n, counter: 3 },
		];
		expect(nextCoordinate(1500n, known)).toEqual({ wallUs: 2000n, counter: 4 });
		expect(nextCoordinate(3000n, known)).toEqual({ wallUs: 3000n, counter: 0 });
	});

	it('moves the wall on when the counter is full', () => {
		expect(nextCoordinate(1n, [{ wallUs: 7n, counter: 0xffff_ffff }])).toEqual({ wallUs: 8n, counter: 0 });
	});

	it('child coordinate is greater than every parent, in any order of the parents', () => {
		fc.assert(
			fc.property(
				fc.bigInt({ min: 0n, max: 100n }),
				fc.array(coordinate, { maxLength: 10 }),
				(now, known) => {
					const next = nextCoordinate(now, known);
					for (const parent of known) expect(compareCoordinates(next, parent)).toBe(1);
					expect(next.wallUs >= now).toBe(true);
					expect(nextCoordinate(now, [...known].reverse())).toEqual(next);
				},
			),
			RUNS,
		);
	});
});

describe('text of bytes', () => {
	it('base 64 has one form only', () => {
		fc.assert(
			fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
				expect(fromBase64(toBase64(bytes))).toEqual(bytes);
			}),
			RUNS,
		);
		for (const text of ['A', 'AA', 'AA=', 'AB==', ' AA==', 'A-==', '===='])
			expect(fromBase64(text), text).toBeUndefined();
	});

	it('refuses hexadecimal text that is none', () => {
		expect(() => fromHex('0g')).toThrow();
		expect(() => fromHex('0')).toThrow();
	});
});

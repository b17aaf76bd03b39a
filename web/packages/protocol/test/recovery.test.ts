import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	createRecoveryKey,
	isUsableKey,
	keyFingerprint,
	ProtocolError,
	parseRecoveryCode,
	printRecoveryCode,
	seedSigner,
} from '../src';

const seed = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe('recovery code', () => {
	it('parse after print is the seed, however it is typed', () => {
		fc.assert(
			fc.property(seed, (bytes) => {
				const code = printRecoveryCode(bytes);
				expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){13}[0-9A-HJKMNP-TV-Z]{4}$/);
				expect(parseRecoveryCode(code)).toEqual(bytes);
				const sloppy = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
				expect(parseRecoveryCode(sloppy)).toEqual(bytes);
			}),
			{ numRuns: 1000 },
		);
	});

	it('one wrong or missing character is noticed', () => {
		fc.assert(
			fc.property(
				seed,
				fc.nat({ max: 55 }),
				fc.constantFrom(...'0123456789ABCDEFGHJKMNPQRSTVWXYZ'),
				(bytes, at, other) => {
					const code = printRecoveryCode(bytes).replaceAll('-', '');
					fc.pre(code[at] !== other);
					const wrong = code.slice(0, at) + other + code.slice(at + 1);
					expect(() => parseRecoveryCode(wrong)).toThrow(ProtocolError);
					expect(() => parseRecoveryCode(code.slice(0, at) + code.slice(at + 1))).toThrow(ProtocolError);
				},
			),
			{ numRuns: 1000 },
		);
		for (const text of ['', 'U'.repeat(56), '0'.repeat(56)])
			expect(() => parseRecoveryCode(text)).toThrow('recovery code');
	});

	it('a new key is usable, its own, and comes back from its code', () => {
		const key = createRecoveryKey();
		expect(isUsableKey(key.publicKey)).toBe(true);
		expect(seedSigner(parseRecoveryCode(key.code)).publicKey).toEqual(key.publicKey);
		expect(createRecoveryKey().code).not.toBe(key.code);
	});
});

describe('fingerprint', () => {
	it('is four groups of four that follow the key', () => {
		fc.assert(
			fc.property(seed, seed, (a, b) => {
				expect(keyFingerprint(a)).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
				const same = a.every((byte, i) => byte === b[i]);
				expect(keyFingerprint(a) === keyFingerprint(b)).toBe(same);
			}),
			{ numRuns: 500 },
		);
	});
});

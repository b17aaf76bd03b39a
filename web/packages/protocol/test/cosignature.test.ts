import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	concat,
	cosignatureBytes,
	findCosignature,
	fromBase64,
	fromHex,
	isQuorum,
	NoteKeyType,
	noteKeyId,
	type ParsedCheckpoint,
	type ProtocolError,
	parseCheckpoint,
	parseVerifierKey,
	printCosignature,
	printVerifierKey,
	toBase64,
	toHex,
	utf8,
} from '../src';

/** A witness whose signatures come from another library than the one that checks them. */
function witness(): { publicKey: Uint8Array; secret: KeyObject } {
	const { publicKey, privateKey } = generateKeyPairSync('ed25519');
	const { x } = publicKey.export({ format: 'jwk' });
	return { publicKey: new Uint8Array(Buffer.from(x ?? '', 'base64url')), secret: privateKey };
}

const NAME = 'witness.example/w1';
const TEXT = `log.example/one\n42\n${toBase64(new Uint8Array(32).fill(7))}\n`;
/** A line that the format allows and nobody here knows. */
const LOG_LINE = `— log.example/one ${toBase64(new Uint8Array(68))}`;

/** Signature line by the words of the specification. */
function line(name: string, key: ReturnType<typeof witness>, timeS: bigint, text = TEXT): string {
	const time = Buffer.alloc(8);
	time.writeBigUInt64BE(timeS);
	const id = createHash('sha256')
		.update(name)
		.update('\n')
		.update(Uint8Array.of(4))
		.update(key.publicKey)
		.digest();
	const signature = sign(null, Buffer.from(`cosignature/v1\ntime ${timeS}\n${text}`), key.secret);
	return `— ${name} ${Buffer.concat([id.subarray(0, 4), time, signature]).toString('base64')}`;
}
const find = (checkpoint: ParsedCheckpoint, publicKey: Uint8Array) =>
	findCosignature(checkpoint, NAME, publicKey);
const note = (...lines: string[]) => parseCheckpoint(`${TEXT}\n${[LOG_LINE, ...lines].join('\n')}\n`);

describe('cosignatures', () => {
	const ada = witness();

	it('a cosignature by another library holds and tells its time', () => {
		expect(find(note(line(NAME, ada, 1_679_315_147n)), ada.publicKey)).toEqual({
			outcome: 'holds',
			timeS: 1_679_315_147n,
		});
	});

	it('what is signed are header, time and text, as the specification prints them', () => {
		const printed = new TextDecoder().decode(
			cosignatureBytes('example.com/behind-the-sofa\n', 1_679_315_147n),
		);
		expect(printed).toBe('cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n');
	});

	it('the example of the specification has the key id and the time that it says', () => {
		const blob = fromBase64(
			'jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==',
		);
		expect(toHex(blob?.subarray(0, 4) ?? new Uint8Array())).toBe('8d66cf3f');
		expect(BigInt(`0x${toHex(blob?.subarray(4, 12) ?? new Uint8Array())}`)).toBe(1_679_315_147n);
		expect(blob).toHaveLength(4 + 8 + 64);
	});

	it('without a line of the key there is none', () => {
		expect(find(note(), ada.publicKey).outcome).toBe('absent');
		expect(find(note(line(NAME, witness(), 5n)), ada.publicKey).outcome).toBe('absent');
	});

	it('of several lines the newest that holds counts, and a broken one harms none', () => {
		const broken = printCosignature(NAME, ada.publicKey, new Uint8Array(72).fill(255));
		const short = printCosignature(NAME, ada.publicKey, new Uint8Array(71));
		const found = find(
			note(line(NAME, ada, 7n), broken, short, line(NAME, ada, 9n), line('other.name', ada, 8n)),
			ada.publicKey,
		);
		expect(found).toEqual({ outcome: 'holds', timeS: 9n });
		expect(find(note(broken, short), ada.publicKey).outcome).toBe('invalid');
	});

	it('every flipped bit of a cosignature is refused', () => {
		const whole = line(NAME, ada, 1_700_000_000n);
		const blob = fromBase64(whole.split(' ')[2] ?? '') as Uint8Array;
		fc.assert(
			fc.property(fc.integer({ min: 0, max: blob.length * 8 - 1 }), (bit) => {
				const changed = blob.slice();
				changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
				const found = find(note(`— ${NAME} ${toBase64(changed)}`), ada.publicKey);
				expect(found.outcome).toBe(bit < 32 ? 'absent' : 'invalid');
			}),
			{ numRuns: 1_000 },
		);
	});

	it('a changed text, name or key is refused', () => {
		const genuine = line(NAME, ada, 5n);
		const other = parseCheckpoint(`${TEXT.replace('\n42\n', '\n43\n')}\n${genuine}\n`);
		expect(find(other, ada.publicKey).outcome).toBe('invalid');
		const renamed = note(genuine.replace(NAME, 'witness.example/w2'));
		expect(find(renamed, ada.publicKey).outcome).toBe('absent');
		expect(find(note(genuine), witness().publicKey).outcome).toBe('absent');
		expect(findCosignature(note(line('w2', ada, 5n)), 'w2', ada.publicKey).outcome).toBe('holds');
		expect(find(note(line('w2', ada, 5n)), ada.publicKey).outcome).toBe('absent');
	});

	it('a signature of the log’s kind is no cosignature', () => {
		const plain = sign(null, Buffer.from(TEXT), ada.secret);
		const asLog = `— ${NAME} ${toBase64(concat(noteKeyId(NAME, ada.publicKey), plain))}`;
		expect(find(note(asLog), ada.publicKey).outcome).toBe('absent');
		const disguised = printCosignature(NAME, ada.publicKey, concat(new Uint8Array(8), plain));
		expect(find(note(disguised), ada.publicKey).outcome).toBe('invalid');
	});

	it('a time beyond 63 bits and a key of small order are refused', () => {
		expect(find(note(line(NAME, ada, (1n << 63n) - 1n)), ada.publicKey).outcome).toBe('holds');
		expect(find(note(line(NAME, ada, 1n << 63n)), ada.publicKey).outcome).toBe('invalid');
		const anybody = concat(Uint8Array.of(1), new Uint8Array(31));
		const forged = printCosignature(NAME, anybody, concat(new Uint8Array(8), anybody, new Uint8Array(32)));
		expect(find(note(forged), anybody).outcome).toBe('invalid');
	});
});

describe('verifier keys', () => {
	const key = fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
	const codeOf = (text: string) => {
		try {
			parseVerifierKey(text);
			return 'accepted';
		} catch (error) {
			return (error as ProtocolError).code;
		}
	};

	it('what is printed is read again, whatever the name', () => {
		fc.assert(
			fc.property(
				fc.stringMatching(/^[\p{L}\p{N}./:_-]{1,40}$/u),
				fc.uint8Array({ minLength: 32, maxLength: 32 }),
				fc.constantFrom(NoteKeyType.log, NoteKeyType.cosignature),
				(name, publicKey, type) => {
					expect(parseVerifierKey(printVerifierKey({ name, type, publicKey }))).toEqual({
						name,
						type,
						publicKey,
					});
				},
			),
			{ numRuns: 500 },
		);
	});

	it('the key of the Go checksum database is read', () => {
		// Published by the Go project; a log's key of type 1.
		const read = parseVerifierKey('sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8');
		expect(read.name).toBe('sum.golang.org');
		expect(read.type).toBe(NoteKeyType.log);
	});

	it('a key that differs anywhere is refused', () => {
		const text = printVerifierKey({ name: NAME, type: NoteKeyType.cosignature, publicKey: key });
		expect(codeOf(text)).toBe('accepted');
		const encoded = (bytes: Uint8Array) => `${text.split('+').slice(0, 2).join('+')}+${toBase64(bytes)}`;
		for (const wrong of [
			'',
			text.slice(0, -1),
			text.replace(NAME, 'witness.example/w2'),
			text.replace(NAME, 'witness example'),
			text.replace(NAME, 'a+b'),
			text.toUpperCase(),
			` ${text}`,
			encoded(concat(Uint8Array.of(1), key)),
			encoded(concat(Uint8Array.of(2), key)),
			encoded(concat(Uint8Array.of(4), key, Uint8Array.of(0))),
			encoded(utf8('short')),
		]) {
			expect(codeOf(wrong), wrong).toBe('VERIFIER_KEY_INVALID');
		}
	});
});

describe('quorum (§3)', () => {
	it('is strictly more than two thirds', () => {
		for (const [signed, all, agreed] of [
			[0n, 0n, false],
			[1n, 1n, true],
			[2n, 3n, false],
			[3n, 4n, true],
			[67n, 100n, true],
			[66n, 99n, false],
			[(1n << 64n) - 1n, (1n << 64n) - 1n, true],
		] as const) {
			expect(isQuorum(signed, all), `${signed} of ${all}`).toBe(agreed);
		}
	});
});

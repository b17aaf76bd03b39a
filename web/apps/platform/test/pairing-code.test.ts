import { expect, it } from 'vitest';
import { readPairingCode, showPairingCode } from '../src/lib/data/pairing-code';

it('a shown pairing code is read back', () => {
	for (const code of ['7KQ2M9FX', '00000000', 'ZZZZZZZZ', 'ABCDEFGH']) {
		expect(showPairingCode(code)).toMatch(/^.{4}-.{4}$/);
		expect(readPairingCode(showPairingCode(code))).toBe(code);
	}
});

it('a code is understood in lower case, with spaces, and with letters that look like digits', () => {
	expect(readPairingCode(' 7kq2 m9fx ')).toBe('7KQ2M9FX');
	expect(readPairingCode('oIl2-abcd')).toBe('0112ABCD');
});

it('what is no code is refused', () => {
	for (const typed of ['', '7KQ2', '7KQ2-M9FX1', '7KQ2-M9FU', '7KQ2-M9F!']) {
		expect(readPairingCode(typed), typed).toBeUndefined();
	}
});

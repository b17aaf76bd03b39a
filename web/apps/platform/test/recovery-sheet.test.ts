import { createRecoveryKey, didOf, Namespace, printRecoveryCode } from '@erynoa/protocol';
import { describe, expect, it } from 'vitest';
import { codeGroups, isLastGroup, readSheetPayload, sheetPayload } from '../src/lib/data/recovery-sheet';

const did = didOf(
	Namespace.SELF,
	Uint8Array.from({ length: 32 }, (_, index) => index),
);
const code = printRecoveryCode(Uint8Array.from({ length: 32 }, (_, index) => index * 7));

describe('recovery sheet', () => {
	it('says in its QR code what can be read back', () => {
		for (let round = 0; round < 50; round += 1) {
			const sheet = { did, code: createRecoveryKey().code };
			expect(readSheetPayload(sheetPayload(sheet))).toEqual(sheet);
		}
	});

	it('is refused when any character of its key is wrong', () => {
		for (let at = 0; at < code.length; at += 1) {
			if (code[at] === '-') continue;
			const wrong = `${code.slice(0, at)}${code[at] === '7' ? '8' : '7'}${code.slice(at + 1)}`;
			expect(readSheetPayload(sheetPayload({ did, code: wrong })), `character ${at}`).toBeUndefined();
		}
	});

	it('is told apart from other QR codes', () => {
		expect(readSheetPayload('https://example.org/')).toBeUndefined();
		expect(readSheetPayload(`erynoa-recovery:2:${did}:${code}`)).toBeUndefined();
	});

	it('counts as kept only when its last group is typed, however it is written', () => {
		const last = codeGroups(code).at(-1) ?? '';
		expect(last).toHaveLength(4);
		expect(isLastGroup(code, last)).toBe(true);
		expect(isLastGroup(code, ` ${last.toLowerCase()} `)).toBe(true);
		expect(isLastGroup(code, last.replaceAll('0', 'O').replaceAll('1', 'l'))).toBe(true);
		expect(isLastGroup(code, codeGroups(code)[0] ?? '')).toBe(false);
		expect(isLastGroup(code, '')).toBe(false);
	});
});

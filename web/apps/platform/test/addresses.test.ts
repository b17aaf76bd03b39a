import { describe, expect, it, vi } from 'vitest';

vi.mock('$app/paths', () => ({ resolve: (path: string) => `/platform${path === '/' ? '' : path}` }));

const { safeNext } = await import('../src/lib/links');
const { readRanking, writeRanking } = await import('../src/lib/data/ranking');

describe('the address after signing in', () => {
	it('is followed only within the platform', () => {
		expect(safeNext('/platform/devices/add?code=7KQ2M9FX')).toBe('/platform/devices/add?code=7KQ2M9FX');
		for (const next of [
			null,
			'',
			'/',
			'//evil.example/',
			'https://evil.example/',
			'/platformer',
			'/console',
		]) {
			expect(safeNext(next), String(next)).toBe('/platform');
		}
	});
});

describe('a ranking', () => {
	it('is read back from its address', () => {
		for (const by of ['norm', '1', '6'] as const) {
			for (const ascending of [true, false]) {
				for (const confidence of ['0', '50'] as const) {
					const query = { by, ascending, confidence, context: 'finance' as const };
					expect(readRanking(new URLSearchParams(writeRanking(query)))).toEqual(query);
				}
			}
		}
	});

	it('takes the defaults for what it does not understand', () => {
		const query = readRanking(new URLSearchParams('by=9&confidence=1000&context=toString&order=up'));
		expect(query).toEqual({ by: 'norm', ascending: false, confidence: '0', context: 'default' });
	});
});

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const SOURCE = new URL('../src/', import.meta.url);
const PAGES = new URL('../../../../docs/errors/', import.meta.url);

describe('error codes', () => {
	it('every code that is made here has a page', () => {
		const texts = readdirSync(SOURCE).map((file) => readFileSync(new URL(file, SOURCE), 'utf8'));
		const codes = new Set(
			texts.flatMap((text) =>
				[...text.matchAll(/'([A-Z]{6,}|[A-Z]+(?:_[A-Z]+)+)'/g)].map(([, code]) => code),
			),
		);
		expect(codes.size).toBeGreaterThan(15);
		for (const code of codes)
			expect(existsSync(new URL(`${code}.md`, PAGES)), `docs/errors/${code}.md`).toBe(true);
	});
});

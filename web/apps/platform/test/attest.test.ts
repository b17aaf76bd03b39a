import { isDomainLabel } from '@erynoa/protocol';
import { describe, expect, it } from 'vitest';
import { dimensionKey, domainLabel, expiryOf } from '../src/lib/data/attest-input';

describe('domain label', () => {
	it('becomes what the protocol accepts, whatever is typed', () => {
		for (const typed of ['Rust', 'Über Wasser', '  C++ & Go ', 'a'.repeat(99), 'x_y.z', 'Élan', '3D-Druck']) {
			const label = domainLabel(typed).replace(/-$/, '');
			expect(isDomainLabel(label), `${typed} → ${label}`).toBe(true);
		}
		expect(domainLabel('Über Wasser')).toBe('uber-wasser');
	});

	it('keeps a hyphen at the end, so that it can be typed on', () => {
		expect(domainLabel('web ')).toBe('web-');
	});
});

describe('expiry', () => {
	const now = Date.UTC(2030, 0, 15);

	it('lies ahead or is never', () => {
		expect(expiryOf('never', '', now)).toBe(0n);
		expect(expiryOf('quarter', '', now)).toBe(BigInt(now + 91 * 86_400_000) * 1_000n);
		expect(expiryOf('day', '2030-02-01', now)).toBeGreaterThan(BigInt(now) * 1_000n);
	});

	it('is refused for a day that is over or none', () => {
		expect(expiryOf('day', '2029-12-31', now)).toBeUndefined();
		expect(expiryOf('day', '', now)).toBeUndefined();
	});
});

it('an address names only dimensions that people can attest', () => {
	expect(['1', '2', '3', '4'].map(dimensionKey)).toEqual(['1', '2', '3', '4']);
	expect([null, '0', '5', '6', 'x'].map(dimensionKey)).toEqual(['1', '1', '1', '1', '1']);
});

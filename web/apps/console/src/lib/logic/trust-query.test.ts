import { Dimension } from '@erynoa/protocol';
import { contextKeys } from '@erynoa/ui';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dimensionOf, readTrustQuery, shareOf, type TrustQuery, writeTrustQuery } from './trust-query';

const queries: fc.Arbitrary<TrustQuery> = fc.record({
	view: fc.constantFrom('spread', 'time', 'world', 'norms'),
	realm: fc.constantFrom('', `00030001${'ab'.repeat(28)}`),
	context: fc.constantFrom(...contextKeys),
	by: fc.constantFrom('norm', '1', '2', '3', '4', '5', '6'),
	confidence: fc.constantFrom('0', '20', '50', '80'),
	subject: fc.constantFrom('', 'did:erynoa:self:x'),
});

describe('trust in the address', () => {
	it('what_is_written_is_read_back', () => {
		fc.assert(
			fc.property(queries, (query) => {
				expect(readTrustQuery(new URLSearchParams(writeTrustQuery(query)))).toEqual(query);
			}),
		);
	});

	it('unknown_words_become_the_default', () => {
		const params = new URLSearchParams('view=nothing&realm=half&context=constructor&by=7&confidence=21');
		expect(writeTrustQuery(readTrustQuery(params))).toBe('');
	});

	it('the_norm_is_no_dimension', () => {
		expect(dimensionOf('norm')).toBe(Dimension.UNSPECIFIED);
		expect(dimensionOf('6')).toBe(Dimension.FIDELITY);
	});

	it('a_share_is_rounded_down_and_nothing_has_none', () => {
		expect(shareOf(1n, 3n)).toBe(333_333);
		expect(shareOf(0n, 0n)).toBe(0);
	});
});

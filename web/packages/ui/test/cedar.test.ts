import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cedarTokens, formatCedar } from '../src/realms/cedar';

const words = [
	'permit',
	'forbid',
	'when',
	'unless',
	'principal',
	'action',
	'resource',
	'context',
	'trust',
	'.',
	'::',
	'(',
	')',
	'{',
	'}',
	'[',
	']',
	',',
	';',
	'&&',
	'||',
	'==',
	'!=',
	'!',
	'in',
	'has',
	'300000',
	'"a text; with } signs"',
	'"\\"quoted\\""',
	'// a remark\n',
	'"left open',
	'!',
	'=',
	':',
	'Action',
];

const policies = fc
	.array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(' ', '\n', '\t  ')), { maxLength: 60 })
	.map((parts) => parts.flat().join(''));

describe('laying a policy out', () => {
	it('one_line_becomes_a_block', () => {
		expect(
			formatCedar(
				'permit(principal,action==Action::"join",resource) when{principal.norm>=300000&&principal.verified};',
			),
		).toBe(
			[
				'permit(principal, action == Action::"join", resource)',
				'when {',
				'  principal.norm >= 300000',
				'  && principal.verified',
				'};',
			].join('\n'),
		);
	});

	it('an_and_inside_brackets_stays_in_its_line', () => {
		expect(formatCedar('forbid(principal,action,resource) unless { (a && b) || c };')).toBe(
			['forbid(principal, action, resource)', 'unless {', '  (a && b)', '  || c', '};'].join('\n'),
		);
	});

	it('each_policy_and_each_remark_has_lines_of_its_own', () => {
		expect(
			formatCedar('// who may join\npermit(principal,action,resource);forbid(principal,action,resource);'),
		).toBe(
			[
				'// who may join',
				'permit(principal, action, resource);',
				'forbid(principal, action, resource);',
			].join('\n'),
		);
	});

	it('no_word_is_lost_added_or_moved', () => {
		fc.assert(
			fc.property(policies, (source) => {
				expect(cedarTokens(formatCedar(source))).toEqual(cedarTokens(source));
			}),
			{ numRuns: 1_000 },
		);
	});

	it('any_text_at_all_can_be_laid_out', () => {
		fc.assert(
			fc.property(fc.string({ unit: 'binary' }), (source) => {
				expect(formatCedar(source).replace(/\s/gu, '')).toBe(source.replace(/\s/gu, ''));
			}),
			{ numRuns: 1_000 },
		);
	});

	it('what_is_laid_out_stays_as_it_is', () => {
		fc.assert(
			fc.property(policies, (source) => {
				const once = formatCedar(source);
				expect(formatCedar(once)).toBe(once);
			}),
			{ numRuns: 1_000 },
		);
	});
});

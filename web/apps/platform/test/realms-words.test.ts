import { existsSync } from 'node:fs';
import { create } from '@bufbuild/protobuf';
import { ProposalState, ViolationSchema } from '@erynoa/proto';
import { ProposalKind } from '@erynoa/protocol';
import { locale } from '@erynoa/ui';
import { beforeEach, expect, it, vi } from 'vitest';
import '../src/lib/i18n';
import { CATEGORIES } from '../src/lib/data/realms/rules';
import { kindText, PROPOSAL_KINDS, proposalStateText, termsOf, votesText } from '../src/lib/words/governance';
import {
	categoryText,
	explainedViolations,
	templateName,
	violationHelp,
	violationTitle,
} from '../src/lib/words/realms';

function speak(language: 'en' | 'de') {
	vi.stubGlobal('document', { documentElement: {} });
	locale.set(language);
}

beforeEach(() => speak('en'));

const numbers = <E extends Record<string, string | number>>(values: E) =>
	Object.values(values).filter(
		(value): value is Exclude<E[keyof E], string> => typeof value === 'number' && value !== 0,
	);
const different = (texts: readonly string[]) => new Set(texts.filter((text) => text !== '')).size;

it('everything that a page tells apart has words of its own, in both languages', () => {
	for (const language of ['en', 'de'] as const) {
		speak(language);
		expect(different(CATEGORIES.map(categoryText))).toBe(12);
		expect(different(numbers(ProposalState).map(proposalStateText))).toBe(7);
		expect(different(PROPOSAL_KINDS.map(kindText))).toBe(5);
	}
});

it('the kinds ask for what the protocol says', () => {
	const asked = numbers(ProposalKind).map((kind) => termsOf(kind as ProposalKind));
	expect(asked.map((terms) => [terms?.thresholdPpm, (terms?.timelockS ?? 0) / 3_600])).toEqual([
		[500_000, 24],
		[600_000, 48],
		[670_000, 72],
		[750_000, 24],
		[800_000, 168],
	]);
});

it('a violation says what is missing and how to come by it', () => {
	for (const code of explainedViolations) {
		const violation = create(ViolationSchema, { code, actualPpm: 100_000, requiredPpm: 300_000 });
		expect(violationTitle(violation), code).not.toBe('');
		expect(violationHelp(violation), code).not.toBe('');
	}
	const low = create(ViolationSchema, { code: 'TRUST_TOO_LOW', actualPpm: 100_000, requiredPpm: 300_000 });
	expect(violationTitle(low)).toMatch(/30%.*10%/);
	const other = create(ViolationSchema, { code: 'SOMETHING_NEW', message: 'said by the server' });
	expect(violationTitle(other)).toBe('said by the server');
});

it('every explained violation has a page in the docs', () => {
	const pages = new URL('../../../../docs/errors/', import.meta.url);
	expect(explainedViolations.filter((code) => !existsSync(new URL(`${code}.md`, pages)))).toEqual([]);
});

it('a template that is unknown here is named by its id', () => {
	expect(templateName('constructor')).toBe('constructor');
	expect(templateName('council')).not.toBe('council');
});

it('votes are told by their side', () => {
	expect([-3, 0, 3].map(votesText)).toEqual(['3 against', 'undecided', '3 for']);
});

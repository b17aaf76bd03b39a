import { existsSync, readFileSync } from 'node:fs';
import { create } from '@bufbuild/protobuf';
import { ApiError, Code } from '@erynoa/client';
import { PartState, PreviewAttestationResponseSchema, PreviewVerdict } from '@erynoa/proto';
import { Finding } from '@erynoa/protocol';
import { locale } from '@erynoa/ui';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import '../src/lib/i18n';
import { namedParts, partKindName, partStateHelp, partStateName } from '../src/lib/words/events';
import { explainedCodes, failureText } from '../src/lib/words/failures';
import { findingEffect } from '../src/lib/words/findings';
import { exactChange, exactEvidence, exactShare } from '../src/lib/words/numbers';
import { verdictText } from '../src/lib/words/verdicts';

function speak(language: 'en' | 'de') {
	vi.stubGlobal('document', { documentElement: {} });
	locale.set(language);
}

beforeEach(() => speak('en'));

const failure = (code: string, more: Partial<ApiError> = {}) =>
	new ApiError('said by the server', { code, status: Code.Unknown, ...more });

describe('failures', () => {
	it('say what to do in both languages', () => {
		const english = failureText(failure('KEY_LAST'));
		speak('de');
		expect(failureText(failure('KEY_LAST'))).not.toBe(english);
		expect(english).toContain('Add another device');
	});

	it('name the field and the reason when the code is not a known one', () => {
		const text = failureText(
			failure('EVENT_FIELD_INVALID', { fields: [{ field: 'a.b', reason: 'too long' }] }),
		);
		expect(text).toContain('a.b: too long');
	});

	it('have a page in the docs', () => {
		const pages = new URL('../../../../docs/errors/', import.meta.url);
		expect(explainedCodes.filter((code) => !existsSync(new URL(`${code}.md`, pages)))).toEqual([]);
	});

	it('say how long to wait', () => {
		expect(failureText(failure('RATE_LIMITED', { retryAfterMs: 2_400 }))).toContain('3s');
	});
});

describe('verdicts', () => {
	it('are told apart in words', () => {
		const verdicts = [
			PreviewVerdict.COUNTS,
			PreviewVerdict.NO_VOICE,
			PreviewVerdict.SAME_ROOT,
			PreviewVerdict.CAPPED,
		];
		const texts = verdicts.map((verdict) =>
			verdictText(create(PreviewAttestationResponseSchema, { verdict })),
		);
		expect(new Set(texts).size).toBe(verdicts.length);
	});

	it('say what a voice needs', () => {
		const preview = create(PreviewAttestationResponseSchema, {
			verdict: PreviewVerdict.NO_VOICE,
			attesterStandingPpm: 100_000,
			voiceThresholdPpm: 300_000,
		});
		expect(verdictText(preview)).toMatch(/10%.*30%/);
		speak('de');
		expect(verdictText(preview)).toMatch(/10\s%.*30\s%/);
	});
});

it('every state of a piece of evidence has a name and a reason', () => {
	const states = Object.values(PartState).filter(
		(state): state is PartState => typeof state === 'number' && state !== PartState.UNSPECIFIED,
	);
	expect(states).toHaveLength(7);
	expect(new Set(states.map(partStateName)).size).toBe(7);
	expect(new Set(states.map(partStateHelp)).size).toBe(7);
});

it('shares are shown to the last ppm', () => {
	expect(exactShare(357_142)).toBe('35.7142%');
	expect(exactChange(257_142n)).toBe('+25.7142%');
	expect(exactChange(-1n)).toBe('-0.0001%');
	expect(exactEvidence(28_615_022n)).toBe('28.615022');
});

it('every kind of evidence has a name of its own and every finding an effect, in both languages', () => {
	const findings = Object.values(Finding).filter((finding) => typeof finding === 'number' && finding > 0);
	for (const language of ['en', 'de'] as const) {
		speak(language);
		expect(new Set(namedParts.map((kind) => partKindName({ kind }))).size).toBe(namedParts.length);
		expect(findings.map((finding) => findingEffect(finding as Finding, 'Ada')).every(Boolean)).toBe(true);
	}
});

it('what an explanation can be made of is named', () => {
	const source = readFileSync(new URL('../../../../crates/trust/src/statement.rs', import.meta.url), 'utf8');
	const kinds = [...source.matchAll(/^ +Self::\w+ => "([a-z_]+)",$/gm)].map(([, kind]) => kind ?? '');
	expect(kinds.length).toBeGreaterThan(10);
	expect(kinds.filter((kind) => !namedParts.includes(kind))).toEqual([]);
});

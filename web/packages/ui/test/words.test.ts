import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { BreakerState, EventKind, MemberState, ProposalState, RuleSchema, TrustContext } from '@erynoa/proto';
import {
	AnomalyClass,
	Finding,
	Isolation,
	JoinPolicy,
	LIGHT_STEPS,
	ProposalKind,
	Severity,
} from '@erynoa/protocol';
import { beforeEach, expect, it, vi } from 'vitest';
import { eventKindCount, eventKindName } from '../src/events/kinds';
import { locale } from '../src/locale.svelte';
import { contextKey, contextKeys, contextName, contextOf } from '../src/words/contexts';
import { proposalKindName, proposalStateName } from '../src/words/governance';
import { proofOutcomeName, proofStepName, proofStepText } from '../src/words/proof';
import { anomalyClasses, anomalyName, findingName, severities, severityName } from '../src/words/protection';
import {
	breakerName,
	breakerText,
	categoryName,
	isolationName,
	isolationText,
	joinPolicyName,
	joinPolicyText,
	memberStateName,
	type RuleCategory,
	ruleSentence,
} from '../src/words/realms';
import { type SealState, sealLook, sealName } from '../src/words/seal';
import { workflowName, workflowStepName } from '../src/words/workflows';

function speak(language: 'en' | 'de') {
	vi.stubGlobal('document', { documentElement: {} });
	locale.set(language);
}

beforeEach(() => speak('en'));

/** All values of an enum but the one that says nothing. */
const valuesOf = <E extends Record<string, string | number>>(values: E) =>
	Object.values(values).filter(
		(value): value is Exclude<E[keyof E], string> => typeof value === 'number' && value !== 0,
	);

const categories = RuleSchema.oneofs
	.flatMap(({ fields }) => fields)
	.map(({ localName }) => localName as RuleCategory);

it('every value that the protocol tells apart has words of its own, in both languages', () => {
	expect(categories).toHaveLength(12);
	const told = (): string[][] => [
		categories.map(categoryName),
		valuesOf(JoinPolicy).map(joinPolicyName),
		valuesOf(JoinPolicy).map(joinPolicyText),
		valuesOf(Isolation).map(isolationName),
		valuesOf(Isolation).map(isolationText),
		valuesOf(BreakerState).map(breakerName),
		valuesOf(BreakerState).map(breakerText),
		valuesOf(MemberState)
			.filter((state) => state !== MemberState.NONE)
			.map(memberStateName),
		valuesOf(ProposalState).map(proposalStateName),
		valuesOf(ProposalKind).map(proposalKindName),
		valuesOf(AnomalyClass).map(anomalyName),
		valuesOf(Severity).map(severityName),
		valuesOf(Finding).map(findingName),
		valuesOf(EventKind).map(eventKindName),
		valuesOf(TrustContext).map(contextName),
	];
	for (const language of ['en', 'de'] as const) {
		speak(language);
		for (const words of told()) {
			expect(words.filter(Boolean)).toHaveLength(words.length);
			expect(new Set(words).size).toBe(words.length);
		}
	}
	expect(eventKindCount).toBe(valuesOf(EventKind).length);
	expect(anomalyClasses).toHaveLength(valuesOf(AnomalyClass).length);
	expect(severities).toEqual(valuesOf(Severity));
});

it('every workflow of the gateway and every step of it has a name, in both languages', () => {
	const source = join(import.meta.dirname, '../../../../apps/api-gateway/src/workflows');
	const text = readdirSync(source)
		.map((name) => readFileSync(join(source, name), 'utf8'))
		.join('\n');
	const all = (pattern: RegExp) => [...new Set([...text.matchAll(pattern)].map(([, name]) => name ?? ''))];
	const workflows = all(/\bNAME: &str = "(\w+)"/g);
	// Steps stand in the definitions, an invitation's behind a word of its own.
	const steps = all(/(?:\bstep: |\bact\(|\bSTORE: &str = )"(\w+)"/g);
	expect(workflows).toHaveLength(4);
	expect(steps).toContain('store');
	for (const language of ['en', 'de'] as const) {
		speak(language);
		expect(workflows.filter((name) => workflowName(name) === name)).toEqual([]);
		expect(steps.filter((name) => workflowStepName(name) === name)).toEqual([]);
	}
});

it('a rule is one sentence with its numbers', () => {
	const quota = create(RuleSchema, { parameters: { case: 'quota', value: { events: 500 } } });
	expect(ruleSentence(quota)).toContain('500 events');
	expect(ruleSentence(quota)).toContain('1,000,000 gas');
	const least = create(RuleSchema, { parameters: { case: 'minTrust', value: { normPpm: 305_000 } } });
	expect(ruleSentence(least)).toContain('30.5%');
	speak('de');
	expect(ruleSentence(least)).toMatch(/30,5\s%/);
});

it('what a rule says itself is never taken for a place to fill in', () => {
	const odd = create(RuleSchema, { parameters: { case: 'credentialRequired', value: { type: '{value}' } } });
	expect(ruleSentence(odd)).toContain('“{value}”');
});

it('a context stands in addresses by its key, and what is no key is the default', () => {
	for (const key of contextKeys) expect(contextKey(key)).toBe(key);
	expect(new Set(contextKeys.map(contextOf)).size).toBe(7);
	expect(contextKey('constructor')).toBe('default');
	expect(contextKey(null)).toBe('default');
});

it('every_step_of_a_proof_says_what_it_is_and_why_it_is_open_or_fails_in_both_languages', () => {
	const made = readFileSync(join(import.meta.dirname, '../../protocol/src/light.ts'), 'utf8');
	const codes = [
		...made.matchAll(/'((?:LOG|COSIGNATURES?|QUORUM|WITNESSES|PROOF_CONSISTENCY)_[A-Z]+(?:_[A-Z]+)*)'/g),
	];
	const named = [...new Set(codes.map(([, code]) => code as string))];
	expect(named.length).toBeGreaterThan(8);
	const unnamed = proofStepText({ name: 'event', outcome: 'fails', code: 'EVENT_NOT_CANONICAL' });
	const texts = (language: 'en' | 'de') => {
		speak(language);
		const ofSteps = LIGHT_STEPS.flatMap((name) => [
			proofStepName(name),
			proofStepText({ name, outcome: 'holds', code: '' }),
		]);
		const ofCodes = named.map((code) => proofStepText({ name: 'quorum', outcome: 'open', code }));
		return [...ofSteps, ...ofCodes, ...(['holds', 'fails', 'open'] as const).map(proofOutcomeName)];
	};
	const [english, german] = [texts('en'), texts('de')];
	expect(english.every((text) => text !== '' && text !== unnamed)).toBe(true);
	expect(new Set(english).size).toBe(english.length);
	const same = english.filter((text, index) => text === german[index]);
	expect(same).toEqual(['Quorum']);
});

it('a_seal_tells_its_states_apart_and_counts_witnesses_only_where_it_is_proven', () => {
	const states: SealState[] = ['unchecked', 'checking', 'open', 'proven', 'witnessed', 'broken', 'forked'];
	for (const language of ['en', 'de'] as const) {
		speak(language);
		expect(new Set(states.map((state) => sealName(state, 3, 4))).size).toBe(states.length);
		expect(states.filter((state) => /3 (of|von) 4/.test(sealName(state, 3, 4)))).toEqual([
			'proven',
			'witnessed',
		]);
		expect(sealName('proven', 0, 0)).not.toMatch(/0/);
	}
	expect(sealLook('forked').colour).toBe('text-bad');
	expect(sealLook('witnessed').colour).toBe('text-good');
});

import { create } from '@bufbuild/protobuf';
import {
	EffectiveRuleSchema,
	EventRecordSchema,
	EventSchema,
	type ProposalRecord,
	ProposalRecordSchema,
	ProposalState,
	RealmCreatedSchema,
	RealmRulesChangedSchema,
	type Rule,
	RuleSchema,
	SignedEventSchema,
	ViolationSchema,
} from '@erynoa/proto';
import {
	Dimension,
	didOf,
	type EventBody,
	encodeEvent,
	endorse,
	Isolation,
	identityRef,
	JoinPolicy,
	Namespace,
	ProposalKind,
	seedSigner,
	type Uid,
	uidBytes,
} from '@erynoa/protocol';
import { beforeEach, describe, expect, it, vi } from 'vitest';

vi.mock('$lib/erynoa', () => ({ erynoa: {} }));

import { allPages } from '../src/lib/data/realms/all-pages';
import {
	endorsementCode,
	fitsEndorsement,
	readAsked,
	readEndorsement,
	withEndorsement,
} from '../src/lib/data/realms/endorsement';
import { affordableVotes, isClosed, phasesOf, timesIn, voteCost } from '../src/lib/data/realms/phases';
import { requirementsOf } from '../src/lib/data/realms/requirements';
import { rulesBefore } from '../src/lib/data/realms/rule-history';
import {
	CATEGORIES,
	categoriesOfKind,
	emptyForm,
	formOf,
	freeRuleId,
	kindOfCategory,
	ruleChanges,
	ruleOf,
} from '../src/lib/data/realms/rules';

const signer = (byte: number) => seedSigner(new Uint8Array(32).fill(byte));
const person = (byte: number) => identityRef(didOf(Namespace.SELF, signer(byte).publicKey));
const realm = (digit: string) => `00030001${digit.repeat(56)}` as Uid;
const ids = [person(1), person(2)].sort();
const none: ReadonlySet<string> = new Set();

type RuleParameters = Rule['parameters'];
const rule = (id: string, parameters: RuleParameters) => create(RuleSchema, { id, parameters });
const made = (id: string, init: RuleParameters) => create(RuleSchema, { id, parameters: init });

/** One rule of each category. */
const samples: readonly Rule[] = [
	create(RuleSchema, { id: 'a', parameters: { case: 'minTrust', value: { normPpm: 305_000 } } }),
	create(RuleSchema, {
		id: 'b',
		parameters: { case: 'dimensionMinimum', value: { dimension: Dimension.INTEGRITY, trustPpm: 500_000 } },
	}),
	create(RuleSchema, { id: 'c', parameters: { case: 'credentialRequired', value: { type: 'nurse' } } }),
	create(RuleSchema, { id: 'd', parameters: { case: 'join', value: { policy: JoinPolicy.VOTE } } }),
	create(RuleSchema, {
		id: 'e',
		parameters: { case: 'quota', value: { events: 500, bytes: 2_500_000n, gas: 0n, crossings: 20 } },
	}),
	create(RuleSchema, { id: 'f', parameters: { case: 'isolation', value: { level: Isolation.STRICT } } }),
	create(RuleSchema, { id: 'g', parameters: { case: 'judges', value: { identities: ids.map(uidBytes) } } }),
	create(RuleSchema, {
		id: 'h',
		parameters: { case: 'issuers', value: { type: 'person', identities: [uidBytes(person(1))] } },
	}),
	create(RuleSchema, {
		id: 'i',
		parameters: {
			case: 'witnesses',
			value: { members: ids.map((uid, index) => ({ identity: uidBytes(uid), weight: index + 1 })) },
		},
	}),
	create(RuleSchema, {
		id: 'j',
		parameters: { case: 'governanceTimes', value: { discussionS: 3_600, votingS: 0, timelockS: 5_400 } },
	}),
	create(RuleSchema, {
		id: 'k',
		parameters: { case: 'expression', value: { cedar: 'permit(principal, action, resource);' } },
	}),
	create(RuleSchema, {
		id: 'l',
		parameters: {
			case: 'crossings',
			value: { allowed: [uidBytes(realm('a'))], blocked: [uidBytes(realm('b'))] },
		},
	}),
];

describe('the form of a rule', () => {
	it('gives back every category of rule as it was', () => {
		expect(new Set(samples.map(({ parameters }) => parameters.case))).toEqual(new Set(CATEGORIES));
		for (const sample of samples) {
			const form = formOf(sample);
			expect(form, sample.id).toBeDefined();
			expect(form && ruleOf(form, none).rule, sample.id).toEqual(sample);
		}
	});

	it('keeps the beginning to the minute', () => {
		const { id, parameters } = samples[0] as Rule;
		const sample = create(RuleSchema, { id, parameters, effectiveFromUs: 1_800_000_000_000_000n });
		const form = formOf(sample);
		expect(form && ruleOf(form, none).rule).toEqual(sample);
	});

	it('takes a comma for a point', () => {
		const { rule: read } = ruleOf({ ...emptyForm('minTrust', none), percent: '12,5' }, none);
		expect(read?.parameters.value).toMatchObject({ normPpm: 125_000 });
	});

	it('names what cannot be taken', () => {
		const wrong: [Parameters<typeof ruleOf>[0], string][] = [
			[{ ...emptyForm('minTrust', none), percent: '101' }, 'percent'],
			[{ ...emptyForm('minTrust', none), percent: '-1' }, 'percent'],
			[{ ...emptyForm('minTrust', none), id: 'Not allowed' }, 'id'],
			[{ ...emptyForm('credentialRequired', none), type: '' }, 'type'],
			[{ ...emptyForm('quota', none), events: '1.5' }, 'events'],
			[emptyForm('judges', none), 'identities'],
			[{ ...emptyForm('witnesses', none), identities: ids, weights: { [ids[0] ?? '']: '0' } }, 'weights'],
			[{ ...emptyForm('governanceTimes', none), votingHours: '0.5' }, 'votingHours'],
			[emptyForm('expression', none), 'cedar'],
			[{ ...emptyForm('expression', none), cedar: 'x'.repeat(4_097) }, 'cedar'],
			[emptyForm('crossings', none), 'allowed'],
			[{ ...emptyForm('crossings', none), allowed: [realm('a')], blocked: [realm('a')] }, 'allowed'],
		];
		for (const [form, field] of wrong) {
			expect(Object.keys(ruleOf(form, none).problems ?? {}), `${form.category} ${field}`).toContain(field);
		}
		expect(ruleOf({ ...emptyForm('join', none), id: 'taken' }, new Set(['taken'])).problems).toEqual({
			id: 'idTaken',
		});
	});

	it('finds a name that is free', () => {
		expect(freeRuleId('judges', none)).toBe('judges');
		expect(freeRuleId('judges', new Set(['judges', 'judges-2']))).toBe('judges-3');
	});
});

it('every category of rules belongs to one kind of proposal', () => {
	const rules = [ProposalKind.PARAMETER, ProposalKind.RULE, ProposalKind.GOVERNANCE];
	expect(rules.flatMap(categoriesOfKind).sort()).toEqual([...CATEGORIES].sort());
	expect(categoriesOfKind(ProposalKind.MEMBER)).toEqual([]);
	expect(categoriesOfKind(ProposalKind.TREASURY)).toEqual([]);
	for (const category of ['minTrust', 'dimensionMinimum', 'quota'] as const) {
		expect(kindOfCategory(category)).toBe(ProposalKind.PARAMETER);
	}
});

it('a proposal is shown by what it changes', () => {
	const [before, other] = [samples[0] as Rule, samples[1] as Rule];
	const after = create(RuleSchema, {
		id: 'a',
		parameters: { case: 'minTrust', value: { normPpm: 400_000 } },
	});
	expect(ruleChanges([before, other], [after], ['b'])).toEqual([
		{ id: 'a', before, after },
		{ id: 'b', before: other, after: undefined },
	]);
	expect(ruleChanges([before], [before], [])).toEqual([]);
	expect(ruleChanges([], [after], [])).toEqual([{ id: 'a', before: undefined, after }]);
});

describe('an endorsement', () => {
	it('survives the way from hand to hand, alone and in a link', async () => {
		const given = await endorse(realm('c'), person(2), person(1), signer(1));
		const code = endorsementCode(given);
		expect(code).toMatch(/^erynoa-endorsement:[\w-]+$/);
		expect(readEndorsement(`  ${code.slice(0, 60)}\n${code.slice(60)} `)).toEqual(given);
		expect(readEndorsement(`https://erynoa.example/platform/realms/x/join#${code}`)).toEqual(given);
	});

	it('fits one realm and one person', async () => {
		const given = await endorse(realm('c'), person(2), person(1), signer(1));
		expect(fitsEndorsement(given, realm('c'), person(2))).toBe(true);
		expect(fitsEndorsement(given, realm('d'), person(2))).toBe(false);
		expect(fitsEndorsement(given, realm('c'), person(3))).toBe(false);
	});

	it('is not read from anything else', async () => {
		const code = endorsementCode(await endorse(realm('c'), person(2), person(1), signer(1)));
		for (const text of ['', 'hello', code.slice(0, -2), `${code}AA`, code.replace('erynoa-', '')]) {
			expect(readEndorsement(text), text).toBeUndefined();
		}
	});

	it('counts once for each member, the newest', async () => {
		const first = await endorse(realm('c'), person(2), person(1), signer(1));
		const second = await endorse(realm('c'), person(2), person(1), signer(3));
		expect(withEndorsement([first], second)).toEqual([second]);
	});

	it('is asked for by the id of a person', () => {
		expect(readAsked(`#${person(2)}`)).toBe(person(2));
		for (const text of ['', '#', `#${realm('c')}`, '#00010001']) expect(readAsked(text)).toBeUndefined();
	});
});

describe('what joining asks for', () => {
	const effective = (id: string, origin: string, parameters: RuleParameters, more = {}) =>
		create(EffectiveRuleSchema, { rule: rule(id, parameters), origin, ...more });
	const least = made('least', create(RuleSchema, samples[0]).parameters);
	const rules = [
		effective('least', realm('a'), least.parameters),
		effective('joining', realm('b'), made('joining', samples[3]?.parameters as RuleParameters).parameters),
		effective(
			'who-judges',
			realm('b'),
			made('who-judges', samples[6]?.parameters as RuleParameters).parameters,
		),
		effective('later', realm('b'), least.parameters, { future: true }),
		effective('weaker', realm('b'), least.parameters, { overruledByRule: 'least' }),
	];

	it('is every rule in force that has a say, what is missing first', () => {
		const violation = create(ViolationSchema, { code: 'VOTE_NEEDED' });
		const asked = requirementsOf(rules, [violation], 305_000);
		expect(asked.map(({ rule: known, missing }) => [known?.rule?.id, missing.length])).toEqual([
			['joining', 1],
			['least', 0],
		]);
	});

	it('names the least trust that the protocol asks for where no rule does', () => {
		const low = create(ViolationSchema, { code: 'TRUST_TOO_LOW' });
		expect(requirementsOf([], [low], 300_000)).toMatchObject([{ leastTrustPpm: 300_000, missing: [low] }]);
		expect(requirementsOf([], [], 300_000)).toMatchObject([{ leastTrustPpm: 300_000, missing: [] }]);
		expect(requirementsOf([], [], 0)).toEqual([]);
	});

	it('keeps what only the guard says', () => {
		const blocked = create(ViolationSchema, { code: 'CROSSING_BLOCKED' });
		const low = create(ViolationSchema, { code: 'TRUST_TOO_LOW', rule: 'least', realm: realm('a') });
		const asked = requirementsOf(rules, [low, blocked], 305_000);
		expect(asked.map(({ rule: known, missing }) => [known?.rule?.id, missing[0]?.code])).toEqual([
			[undefined, 'CROSSING_BLOCKED'],
			['least', 'TRUST_TOO_LOW'],
			['joining', undefined],
		]);
	});
});

describe('the course of a proposal', () => {
	const at = (state: ProposalState): ProposalRecord =>
		create(ProposalRecordSchema, { state, createdAtUs: 1n, discussionAtUs: 2n, votingAtUs: 3n });
	const progress = (state: ProposalState) => phasesOf(at(state)).map((phase) => phase.progress);

	it('is told by its state', () => {
		expect(progress(ProposalState.DRAFT)).toEqual(['now', 'ahead', 'ahead', 'ahead', 'ahead']);
		expect(progress(ProposalState.VOTING)).toEqual(['done', 'done', 'now', 'ahead', 'ahead']);
		expect(progress(ProposalState.EXECUTED)).toEqual(['done', 'done', 'done', 'done', 'now']);
		expect(progress(ProposalState.DEFEATED)).toEqual(['done', 'done', 'done', 'skipped', 'now']);
	});

	it('ends in three ways', () => {
		const states = Object.values(ProposalState).filter((state) => typeof state === 'number');
		expect(states.filter(isClosed)).toEqual([
			ProposalState.EXECUTED,
			ProposalState.DEFEATED,
			ProposalState.VETOED,
		]);
	});
});

describe('the times of a proposal', () => {
	const times = (discussionS: number, timelockS: number, more = {}) =>
		create(EffectiveRuleSchema, {
			rule: create(RuleSchema, {
				parameters: { case: 'governanceTimes', value: { discussionS, votingS: 0, timelockS } },
			}),
			...more,
		});

	it('are those of the protocol unless a rule in force says otherwise', () => {
		expect(timesIn([], 86_400)).toEqual({ discussionS: 172_800, votingS: 259_200, timelockS: 86_400 });
		expect(timesIn([times(3_600, 0)], 86_400)).toEqual({
			discussionS: 3_600,
			votingS: 259_200,
			timelockS: 86_400,
		});
		const others = [times(3_600, 3_600, { future: true }), times(3_600, 3_600, { overruledByRule: 'x' })];
		expect(timesIn(others, 86_400).timelockS).toBe(86_400);
	});
});

describe('rules before a decision', () => {
	const record = (body: EventBody) =>
		create(EventRecordSchema, {
			signed: create(SignedEventSchema, {
				event: encodeEvent(create(EventSchema, { version: 1, body })),
			}),
		});
	const least = (normPpm: number) =>
		create(RuleSchema, { id: 'least', parameters: { case: 'minTrust', value: { normPpm } } });
	const decided = (proposal: Uid, set: Rule[], removed: string[] = []) =>
		record({
			case: 'realmRulesChanged',
			value: create(RealmRulesChangedSchema, { proposal: uidBytes(proposal), set, removed }),
		});

	it('are what the events up to it have left', () => {
		const founded = record({
			case: 'realmCreated',
			value: create(RealmCreatedSchema, { rules: [least(1), create(RuleSchema, { id: 'other' })] }),
		});
		const events = [founded, decided(realm('1'), [least(2)]), decided(realm('2'), [least(3)], ['other'])];
		const levels = (proposal: Uid) =>
			rulesBefore(events, proposal).map(({ id, parameters }) => [
				id,
				parameters.case === 'minTrust' ? parameters.value.normPpm : undefined,
			]);
		expect(levels(realm('1'))).toEqual([
			['least', 1],
			['other', undefined],
		]);
		expect(levels(realm('2'))).toEqual([
			['least', 2],
			['other', undefined],
		]);
		expect(levels(realm('3'))).toEqual([['least', 3]]);
	});
});

it('votes cost their square, and credits pay for whole votes', () => {
	expect([-10, -3, 0, 1, 7].map(voteCost)).toEqual([100, 9, 0, 1, 49]);
	expect([0, 1, 3, 4, 99, 100, 1_000].map(affordableVotes)).toEqual([0, 1, 1, 2, 9, 10, 10]);
	for (let credits = 0; credits <= 100; credits += 1) {
		const votes = affordableVotes(credits);
		expect(voteCost(votes)).toBeLessThanOrEqual(credits);
		if (votes < 10) expect(voteCost(votes + 1)).toBeGreaterThan(credits);
	}
});

it('a list is brought to its last page', async () => {
	const pages: Record<string, { items: number[]; next: string }> = {
		'': { items: [1, 2], next: 'b' },
		b: { items: [3], next: 'c' },
		c: { items: [], next: '' },
	};
	expect(await allPages(async (token) => pages[token] ?? { items: [], next: '' })).toEqual([1, 2, 3]);
});

describe('notes on the device', () => {
	let kept: Map<string, string>;
	beforeEach(() => {
		kept = new Map();
		vi.stubGlobal('localStorage', {
			getItem: (key: string) => kept.get(key) ?? null,
			setItem: (key: string, value: string) => kept.set(key, value),
			removeItem: (key: string) => kept.delete(key),
		});
	});

	it('come back as they were, and go', async () => {
		const { readNote, writeNote } = await import('../src/lib/data/realms/device-notes');
		expect(writeNote('x', { a: [1] })).toBe(true);
		expect(readNote('x')).toEqual({ a: [1] });
		writeNote('x', undefined);
		expect(readNote('x')).toBeUndefined();
	});

	it('are nothing when the browser keeps nothing, or something else stands there', async () => {
		const { readNote, writeNote } = await import('../src/lib/data/realms/device-notes');
		kept.set('erynoa.realms.x', '{');
		expect(readNote('x')).toBeUndefined();
		vi.stubGlobal('localStorage', undefined);
		expect(readNote('x')).toBeUndefined();
		expect(writeNote('x', 1)).toBe(false);
	});
});

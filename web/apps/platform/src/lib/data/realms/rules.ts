import { create, equals, type MessageInitShape } from '@bufbuild/protobuf';
import { type Dimension, Isolation, JoinPolicy, ProposalKind, type Rule, RuleSchema } from '@erynoa/proto';
import { isUid, type Uid, uidBytes, uidFromBytes, utf8Length } from '@erynoa/protocol';
import type { RuleCategory } from '@erynoa/ui';

/** All categories, in the order in which they are offered. */
export const CATEGORIES: readonly RuleCategory[] = [
	'join',
	'minTrust',
	'dimensionMinimum',
	'credentialRequired',
	'isolation',
	'quota',
	'judges',
	'issuers',
	'witnesses',
	'governanceTimes',
	'crossings',
	'expression',
];

/** Which kind of proposal changes which rules. */
const KINDS: Readonly<Record<RuleCategory, ProposalKind>> = {
	minTrust: ProposalKind.PARAMETER,
	dimensionMinimum: ProposalKind.PARAMETER,
	quota: ProposalKind.PARAMETER,
	credentialRequired: ProposalKind.RULE,
	join: ProposalKind.RULE,
	isolation: ProposalKind.RULE,
	expression: ProposalKind.RULE,
	crossings: ProposalKind.RULE,
	judges: ProposalKind.GOVERNANCE,
	issuers: ProposalKind.GOVERNANCE,
	witnesses: ProposalKind.GOVERNANCE,
	governanceTimes: ProposalKind.GOVERNANCE,
};

/** The kind of proposal that changes rules of a category. */
export function kindOfCategory(category: RuleCategory): ProposalKind {
	return KINDS[category];
}

/** The categories that a kind of proposal may change; none for treasury and member. */
export function categoriesOfKind(kind: ProposalKind): RuleCategory[] {
	return CATEGORIES.filter((category) => KINDS[category] === kind);
}

export const MAX_RULES = 32;
export const MAX_PROPOSED_RULES = 16;
const MAX_CEDAR_BYTES = 4_096;
const MAX_IDENTITIES = 32;
const MAX_WITNESSES = 64;
const MAX_WEIGHT = 1_000;
const LEAST_GOVERNANCE_HOURS = 1;
const SECONDS_AN_HOUR = 3_600;
const LABEL = /^[a-z0-9-]{1,64}$/;

/** A rule as it is edited: everything as the controls hold it. */
export interface RuleForm {
	id: string;
	category: RuleCategory;
	/** Local date and time; empty = at once. */
	from: string;
	/** Percent, as typed. */
	percent: string;
	dimension: string;
	/** Type of credential. */
	type: string;
	policy: string;
	isolation: string;
	events: string;
	/** Megabytes, as typed. */
	megabytes: string;
	gas: string;
	crossings: string;
	/** Ids of people. */
	identities: readonly Uid[];
	/** Weights of witnesses by id, as typed. */
	weights: Readonly<Record<string, string>>;
	discussionHours: string;
	votingHours: string;
	timelockHours: string;
	cedar: string;
	/** Ids of realms. */
	allowed: readonly Uid[];
	blocked: readonly Uid[];
}

/** Why a field of the form cannot be taken. */
export type RuleProblem =
	| 'id'
	| 'idTaken'
	| 'percent'
	| 'type'
	| 'number'
	| 'identities'
	| 'weights'
	| 'hours'
	| 'cedar'
	| 'realms'
	| 'from';

/** Problems by the field of the form. */
export type RuleProblems = Partial<Record<keyof RuleForm, RuleProblem>>;

const BASE_IDS: Readonly<Record<RuleCategory, string>> = {
	join: 'joining',
	minTrust: 'min-trust',
	dimensionMinimum: 'min-dimension',
	credentialRequired: 'credential',
	isolation: 'isolation',
	quota: 'quota',
	judges: 'judges',
	issuers: 'issuers',
	witnesses: 'witnesses',
	governanceTimes: 'governance-times',
	crossings: 'crossings',
	expression: 'expression',
};

/** A free id for a new rule of a category. */
export function freeRuleId(category: RuleCategory, taken: ReadonlySet<string>): string {
	const base = BASE_IDS[category];
	if (!taken.has(base)) return base;
	for (let count = 2; ; count += 1) {
		if (!taken.has(`${base}-${count}`)) return `${base}-${count}`;
	}
}

/** An empty form with what is sensible to begin with. */
export function emptyForm(category: RuleCategory, taken: ReadonlySet<string>): RuleForm {
	return {
		id: freeRuleId(category, taken),
		category,
		from: '',
		percent: '30',
		dimension: '1',
		type: '',
		policy: String(JoinPolicy.OPEN),
		isolation: String(Isolation.MEMBERS),
		events: '',
		megabytes: '',
		gas: '',
		crossings: '',
		identities: [],
		weights: {},
		discussionHours: '',
		votingHours: '',
		timelockHours: '',
		cedar: '',
		allowed: [],
		blocked: [],
	};
}

const blankForZero = (value: number | bigint) => (BigInt(value) === 0n ? '' : String(value));
const hours = (seconds: number) => (seconds === 0 ? '' : String(seconds / SECONDS_AN_HOUR));
const percent = (ppm: number) => String(ppm / 10_000);

function localTime(us: bigint): string {
	if (us === 0n) return '';
	const at = new Date(Number(us / 1_000n));
	const two = (part: number) => String(part).padStart(2, '0');
	return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The form that shows a rule. */
export function formOf(rule: Rule): RuleForm | undefined {
	const { parameters } = rule;
	if (parameters.case === undefined) return undefined;
	const form: RuleForm = {
		...emptyForm(parameters.case, new Set()),
		id: rule.id,
		from: localTime(rule.effectiveFromUs),
	};
	switch (parameters.case) {
		case 'minTrust':
			return { ...form, percent: percent(parameters.value.normPpm) };
		case 'dimensionMinimum': {
			const { dimension, trustPpm } = parameters.value;
			return { ...form, dimension: String(dimension), percent: percent(trustPpm) };
		}
		case 'credentialRequired':
			return { ...form, type: parameters.value.type };
		case 'join':
			return { ...form, policy: String(parameters.value.policy) };
		case 'quota': {
			const { events, bytes, gas, crossings } = parameters.value;
			return {
				...form,
				events: blankForZero(events),
				megabytes: bytes === 0n ? '' : String(Number(bytes) / 1_000_000),
				gas: blankForZero(gas),
				crossings: blankForZero(crossings),
			};
		}
		case 'isolation':
			return { ...form, isolation: String(parameters.value.level) };
		case 'judges':
			return { ...form, identities: parameters.value.identities.map(uidFromBytes) };
		case 'issuers': {
			const { type, identities } = parameters.value;
			return { ...form, type, identities: identities.map(uidFromBytes) };
		}
		case 'witnesses': {
			const members = parameters.value.members.map(({ identity, weight }) => ({
				uid: uidFromBytes(identity),
				weight,
			}));
			return {
				...form,
				identities: members.map(({ uid }) => uid),
				weights: Object.fromEntries(members.map(({ uid, weight }) => [uid, String(weight)])),
			};
		}
		case 'governanceTimes': {
			const { discussionS, votingS, timelockS } = parameters.value;
			return {
				...form,
				discussionHours: hours(discussionS),
				votingHours: hours(votingS),
				timelockHours: hours(timelockS),
			};
		}
		case 'expression':
			return { ...form, cedar: parameters.value.cedar };
		case 'crossings': {
			const { allowed, blocked } = parameters.value;
			return { ...form, allowed: allowed.map(uidFromBytes), blocked: blocked.map(uidFromBytes) };
		}
	}
}

/** A number as people type it, with point or comma; undefined for anything else. */
function numberIn(text: string): number | undefined {
	const clean = text.trim().replace(',', '.');
	return /^\d+(\.\d+)?$/.test(clean) ? Number(clean) : undefined;
}

function ppmIn(text: string): number | undefined {
	const value = numberIn(text);
	return value !== undefined && value <= 100 ? Math.round(value * 10_000) : undefined;
}

/** Whole number, 0 when left empty; undefined when it is none or too great. */
function countIn(text: string, most: number): number | undefined {
	if (text.trim() === '') return 0;
	const value = numberIn(text);
	return value !== undefined && Number.isInteger(value) && value >= 1 && value <= most ? value : undefined;
}

function secondsIn(text: string): number | undefined {
	if (text.trim() === '') return 0;
	const value = numberIn(text);
	if (value === undefined || value < LEAST_GOVERNANCE_HOURS || value > 24 * 365) return undefined;
	return Math.round(value * SECONDS_AN_HOUR);
}

/** Ids as the wire wants them: each once, ascending. */
function ascending(uids: readonly Uid[]): Uid[] {
	return [...new Set(uids)].filter(isUid).sort();
}

const U32_MAX = 4_294_967_295;

/** The rule that a form describes, or what is wrong with it. */
export function ruleOf(
	form: RuleForm,
	taken: ReadonlySet<string>,
): { rule: Rule; problems?: undefined } | { rule?: undefined; problems: RuleProblems } {
	const problems: RuleProblems = {};
	if (!LABEL.test(form.id)) problems.id = 'id';
	else if (taken.has(form.id)) problems.id = 'idTaken';
	let effectiveFromUs = 0n;
	if (form.from !== '') {
		const at = new Date(form.from).getTime();
		if (Number.isFinite(at) && at > 0) effectiveFromUs = BigInt(at) * 1_000n;
		else problems.from = 'from';
	}
	const parameters = parametersOf(form, problems);
	if (Object.keys(problems).length > 0) return { problems };
	return { rule: create(RuleSchema, { id: form.id, effectiveFromUs, parameters }) };
}

type Parameters = NonNullable<MessageInitShape<typeof RuleSchema>['parameters']>;

function parametersOf(form: RuleForm, problems: RuleProblems): Parameters {
	const identities = ascending(form.identities);
	const demandIdentities = (most: number) => {
		if (identities.length < 1 || identities.length > most) problems.identities = 'identities';
	};
	const demandType = () => {
		if (!LABEL.test(form.type)) problems.type = 'type';
	};
	const share = () => {
		const ppm = ppmIn(form.percent);
		if (ppm === undefined) problems.percent = 'percent';
		return ppm ?? 0;
	};
	switch (form.category) {
		case 'minTrust':
			return { case: 'minTrust', value: { normPpm: share() } };
		case 'dimensionMinimum':
			return {
				case: 'dimensionMinimum',
				value: { dimension: Number(form.dimension) as Dimension, trustPpm: share() },
			};
		case 'credentialRequired':
			demandType();
			return { case: 'credentialRequired', value: { type: form.type } };
		case 'join':
			return { case: 'join', value: { policy: Number(form.policy) as JoinPolicy } };
		case 'isolation':
			return { case: 'isolation', value: { level: Number(form.isolation) as Isolation } };
		case 'quota':
			return { case: 'quota', value: quotaOf(form, problems) };
		case 'judges':
			demandIdentities(MAX_IDENTITIES);
			return { case: 'judges', value: { identities: identities.map(uidBytes) } };
		case 'issuers':
			demandType();
			demandIdentities(MAX_IDENTITIES);
			return { case: 'issuers', value: { type: form.type, identities: identities.map(uidBytes) } };
		case 'witnesses': {
			demandIdentities(MAX_WITNESSES);
			const members = identities.map((uid) => {
				const weight = countIn(form.weights[uid] ?? '1', MAX_WEIGHT);
				if (!weight) problems.weights = 'weights';
				return { identity: uidBytes(uid), weight: weight ?? 0 };
			});
			return { case: 'witnesses', value: { members } };
		}
		case 'governanceTimes':
			return { case: 'governanceTimes', value: timesOf(form, problems) };
		case 'expression': {
			const cedar = form.cedar.trim();
			const bytes = utf8Length(cedar);
			if (bytes < 1 || bytes > MAX_CEDAR_BYTES) problems.cedar = 'cedar';
			return { case: 'expression', value: { cedar } };
		}
		case 'crossings': {
			const allowed = ascending(form.allowed);
			const blocked = ascending(form.blocked);
			const both = allowed.some((uid) => blocked.includes(uid));
			const most = Math.max(allowed.length, blocked.length);
			if (both || most > MAX_IDENTITIES || allowed.length + blocked.length === 0) problems.allowed = 'realms';
			return {
				case: 'crossings',
				value: { allowed: allowed.map(uidBytes), blocked: blocked.map(uidBytes) },
			};
		}
	}
}

function quotaOf(form: RuleForm, problems: RuleProblems) {
	const read = (field: 'events' | 'gas' | 'crossings') => {
		const value = countIn(form[field], U32_MAX);
		if (value === undefined) problems[field] = 'number';
		return value ?? 0;
	};
	const megabytes = form.megabytes.trim() === '' ? 0 : numberIn(form.megabytes);
	if (megabytes === undefined || megabytes > U32_MAX) problems.megabytes = 'number';
	return {
		events: read('events'),
		bytes: BigInt(Math.round((megabytes ?? 0) * 1_000_000)),
		gas: BigInt(read('gas')),
		crossings: read('crossings'),
	};
}

function timesOf(form: RuleForm, problems: RuleProblems) {
	const read = (field: 'discussionHours' | 'votingHours' | 'timelockHours') => {
		const value = secondsIn(form[field]);
		if (value === undefined) problems[field] = 'hours';
		return value ?? 0;
	};
	return {
		discussionS: read('discussionHours'),
		votingS: read('votingHours'),
		timelockS: read('timelockHours'),
	};
}

/** What happens to one rule. */
export interface RuleChange {
	id: string;
	before: Rule | undefined;
	after: Rule | undefined;
}

/** What a proposal changes, rule by rule. Rules that stay as they are are left out. */
export function ruleChanges(
	present: readonly Rule[],
	set: readonly Rule[],
	removed: readonly string[],
): RuleChange[] {
	const before = new Map(present.map((rule) => [rule.id, rule]));
	const after = new Map(set.map((rule) => [rule.id, rule]));
	const ids = [...new Set([...after.keys(), ...removed])].sort();
	return ids
		.map((id) => ({ id, before: before.get(id), after: removed.includes(id) ? undefined : after.get(id) }))
		.filter(
			({ before: old, after: fresh }) =>
				(old !== undefined || fresh !== undefined) &&
				!(old !== undefined && fresh !== undefined && equals(RuleSchema, old, fresh)),
		);
}

import type { Violation } from '@erynoa/proto';
import { formatTrust, type RuleCategory } from '@erynoa/ui';
import type { EndorsementProblem } from '$lib/data/realms/joining.svelte';
import type { RuleProblem } from '$lib/data/realms/rules';
import * as m from '$lib/paraglide/messages';
import { dimensionWord } from './capabilities';

/** What a category of rules is for. */
export function categoryText(category: RuleCategory): string {
	const texts: Readonly<Record<RuleCategory, () => string>> = {
		join: m.realm_cat_join_text,
		minTrust: m.realm_cat_min_trust_text,
		dimensionMinimum: m.realm_cat_dimension_text,
		credentialRequired: m.realm_cat_credential_text,
		isolation: m.realm_cat_isolation_text,
		quota: m.realm_cat_quota_text,
		judges: m.realm_cat_judges_text,
		issuers: m.realm_cat_issuers_text,
		witnesses: m.realm_cat_witnesses_text,
		governanceTimes: m.realm_cat_times_text,
		crossings: m.realm_cat_crossings_text,
		expression: m.realm_cat_expression_text,
	};
	return texts[category]();
}

/** Why a field of a rule's form cannot be taken. */
export function ruleProblemText(problem: RuleProblem): string {
	const texts: Readonly<Record<RuleProblem, () => string>> = {
		id: m.realm_bad_id,
		idTaken: m.realm_bad_id_taken,
		percent: m.realm_bad_percent,
		type: m.realm_bad_type,
		number: m.realm_bad_number,
		identities: m.realm_bad_identities,
		weights: m.realm_bad_weights,
		hours: m.realm_bad_hours,
		cedar: m.realm_bad_cedar,
		realms: m.realm_bad_realms,
		from: m.realm_bad_from,
	};
	return texts[problem]();
}

/** Why an endorsement was not taken. */
export function endorsementProblemText(problem: EndorsementProblem): string {
	switch (problem) {
		case 'unreadable':
			return m.realm_endorsement_unreadable();
		case 'other':
			return m.realm_endorsement_other();
		case 'own':
			return m.realm_endorsement_own();
		case 'full':
			return m.realm_endorsement_full();
	}
}

const TEMPLATES: ReadonlyMap<string, readonly [() => string, () => string]> = new Map([
	['open-community', [m.realm_tpl_open, m.realm_tpl_open_text]],
	['members-club', [m.realm_tpl_club, m.realm_tpl_club_text]],
	['professional-guild', [m.realm_tpl_guild, m.realm_tpl_guild_text]],
	['marketplace', [m.realm_tpl_market, m.realm_tpl_market_text]],
	['council', [m.realm_tpl_council, m.realm_tpl_council_text]],
	['agents-workshop', [m.realm_tpl_agents, m.realm_tpl_agents_text]],
]);

/** Templates that have words of their own here. */
export const explainedTemplates: readonly string[] = [...TEMPLATES.keys()];

/** Name of a template; one that is unknown here is named by its id. */
export function templateName(id: string): string {
	return TEMPLATES.get(id)?.[0]() ?? id;
}

export function templateText(id: string): string {
	return TEMPLATES.get(id)?.[1]() ?? '';
}

interface ViolationWords {
	/** What is missing. */
	title: (violation: Violation) => string;
	/** How to come by it. */
	help: (violation: Violation) => string;
}

const value = (violation: Violation) => ({
	actual: formatTrust(violation.actualPpm),
	required: formatTrust(violation.requiredPpm),
});

const VIOLATIONS: Readonly<Partial<Record<string, ViolationWords>>> = {
	MEMBER_REQUIRED: { title: m.realm_v_member, help: m.realm_v_member_help },
	MEMBER_BANNED: { title: m.realm_v_banned, help: m.realm_v_banned_help },
	ALREADY_MEMBER: { title: m.realm_v_already, help: m.realm_v_already_help },
	TRUST_TOO_LOW: { title: (v) => m.realm_v_trust(value(v)), help: m.realm_v_trust_help },
	DIMENSION_TOO_LOW: {
		title: (v) => m.realm_v_dimension({ ...value(v), dimension: dimensionWord(v.field) }),
		help: m.realm_v_dimension_help,
	},
	FIDELITY_TOO_LOW: { title: (v) => m.realm_v_fidelity(value(v)), help: m.realm_v_fidelity_help },
	CREDENTIAL_MISSING: { title: m.realm_v_credential, help: m.realm_v_credential_help },
	ENDORSEMENTS_MISSING: { title: m.realm_v_endorsements, help: m.realm_v_endorsements_help },
	ENDORSEMENT_INVALID: { title: m.realm_v_endorsement, help: m.realm_v_endorsement_help },
	VOTE_NEEDED: { title: m.realm_v_vote, help: m.realm_v_vote_help },
	CROSSING_BLOCKED: { title: m.realm_v_blocked, help: m.realm_v_blocked_help },
	RULE_DENIES: { title: m.realm_v_denies, help: m.realm_v_denies_help },
	RULE_LOOSENS: { title: m.realm_v_loosens, help: m.realm_v_loosens_help },
	RULE_ID_TAKEN: { title: m.realm_v_id_taken, help: m.realm_v_id_taken_help },
	RULE_INVALID: { title: m.realm_v_invalid, help: m.realm_v_invalid_help },
	REALM_TOO_DEEP: { title: m.realm_v_deep, help: m.realm_v_deep_help },
	REALM_QUOTA_EXCEEDED: { title: m.realm_v_quota, help: m.realm_v_quota_help },
	REALM_THROTTLED: { title: m.realm_v_throttled, help: m.realm_v_throttled_help },
	REALM_PARTITION: { title: m.realm_v_partition, help: m.realm_v_partition_help },
	RULE_UNKNOWN: { title: m.realm_v_rule_unknown, help: m.realm_v_rule_unknown_help },
	PROPOSAL_LIMIT: { title: m.gov_v_limit, help: m.gov_v_limit_help },
	PROPOSAL_KIND_MISMATCH: { title: m.gov_v_kind, help: m.gov_v_kind_help },
	PROPOSAL_PHASE: { title: m.gov_v_phase, help: m.gov_v_phase_help },
	VOTER_UNVERIFIED: { title: m.gov_v_unverified, help: m.gov_v_unverified_help },
	VOTE_DUPLICATE: { title: m.gov_v_duplicate, help: m.gov_v_duplicate_help },
	VOTE_CREDITS_EXCEEDED: { title: m.gov_v_credits, help: m.gov_v_credits_help },
};

/** Codes of violations that have words of their own here. */
export const explainedViolations: readonly string[] = Object.keys(VIOLATIONS);

/** Codes whose message names what the words here cannot: a rule, a line, a type, a person. */
const DETAILED: ReadonlySet<string> = new Set([
	'CREDENTIAL_MISSING',
	'ENDORSEMENT_INVALID',
	'RULE_DENIES',
	'RULE_LOOSENS',
	'RULE_ID_TAKEN',
	'RULE_INVALID',
	'RULE_UNKNOWN',
	'PROPOSAL_KIND_MISMATCH',
	'PROPOSAL_PHASE',
]);

/** What the server adds; empty when the title and the help say it all. */
export function violationDetail(violation: Violation): string {
	return DETAILED.has(violation.code) ? violation.message : '';
}

/** What is wrong, in one line. */
export function violationTitle(violation: Violation): string {
	return VIOLATIONS[violation.code]?.title(violation) ?? violation.message;
}

/** How to put it right; empty when only the title is known. */
export function violationHelp(violation: Violation): string {
	return VIOLATIONS[violation.code]?.help(violation) ?? '';
}

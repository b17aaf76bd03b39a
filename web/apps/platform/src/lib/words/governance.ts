import { ProposalState } from '@erynoa/proto';
import { ProposalKind } from '@erynoa/protocol';
import { proposalStateName } from '@erynoa/ui';
import { KIND_TERMS, type PhaseKey } from '$lib/data/realms/phases';
import * as m from '$lib/paraglide/messages';

/** The five kinds, in the order in which they are offered. */
export const PROPOSAL_KINDS = [
	ProposalKind.PARAMETER,
	ProposalKind.RULE,
	ProposalKind.MEMBER,
	ProposalKind.TREASURY,
	ProposalKind.GOVERNANCE,
] as const;

/** What a kind of proposal is for. */
export function kindText(kind: ProposalKind): string {
	switch (kind) {
		case ProposalKind.PARAMETER:
			return m.gov_kind_parameter_text();
		case ProposalKind.TREASURY:
			return m.gov_kind_treasury_text();
		case ProposalKind.RULE:
			return m.gov_kind_rule_text();
		case ProposalKind.MEMBER:
			return m.gov_kind_member_text();
		default:
			return m.gov_kind_governance_text();
	}
}

/** Threshold and timelock of a kind; undefined for none. */
export function termsOf(kind: ProposalKind) {
	return kind === ProposalKind.UNSPECIFIED ? undefined : KIND_TERMS[kind];
}

/** What a state means for whoever reads it. */
export function proposalStateText(state: ProposalState): string {
	switch (state) {
		case ProposalState.DISCUSSION:
			return m.gov_state_discussion_text();
		case ProposalState.VOTING:
			return m.gov_state_voting_text();
		case ProposalState.TIMELOCK:
			return m.gov_state_timelock_text();
		case ProposalState.EXECUTED:
			return m.gov_state_executed_text();
		case ProposalState.DEFEATED:
			return m.gov_state_defeated_text();
		case ProposalState.VETOED:
			return m.gov_state_vetoed_text();
		default:
			return m.gov_state_draft_text();
	}
}

const PHASE_STATES: Readonly<Record<Exclude<PhaseKey, 'end'>, ProposalState>> = {
	draft: ProposalState.DRAFT,
	discussion: ProposalState.DISCUSSION,
	voting: ProposalState.VOTING,
	timelock: ProposalState.TIMELOCK,
};

/** Name of a phase; the last one by how it ended. */
export function phaseName(key: PhaseKey, state: ProposalState): string {
	if (key !== 'end') return proposalStateName(PHASE_STATES[key]);
	const stopped = state === ProposalState.DEFEATED || state === ProposalState.VETOED;
	return proposalStateName(stopped ? state : ProposalState.EXECUTED);
}

/** A number of votes as words: "3 votes for". */
export function votesText(votes: number): string {
	const count = String(Math.abs(votes));
	if (votes === 0) return m.gov_votes_none();
	return votes > 0 ? m.gov_votes_for({ count }) : m.gov_votes_against({ count });
}

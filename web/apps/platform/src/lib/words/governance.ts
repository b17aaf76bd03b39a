import { ProposalState } from '@erynoa/proto';
import { ProposalKind } from '@erynoa/protocol';
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

export function kindName(kind: ProposalKind): string {
	switch (kind) {
		case ProposalKind.PARAMETER:
			return m.gov_kind_parameter();
		case ProposalKind.TREASURY:
			return m.gov_kind_treasury();
		case ProposalKind.RULE:
			return m.gov_kind_rule();
		case ProposalKind.MEMBER:
			return m.gov_kind_member();
		default:
			return m.gov_kind_governance();
	}
}

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

export function proposalStateName(state: ProposalState): string {
	switch (state) {
		case ProposalState.DISCUSSION:
			return m.gov_state_discussion();
		case ProposalState.VOTING:
			return m.gov_state_voting();
		case ProposalState.TIMELOCK:
			return m.gov_state_timelock();
		case ProposalState.EXECUTED:
			return m.gov_state_executed();
		case ProposalState.DEFEATED:
			return m.gov_state_defeated();
		case ProposalState.VETOED:
			return m.gov_state_vetoed();
		default:
			return m.gov_state_draft();
	}
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

export function proposalStateTone(
	state: ProposalState,
): 'neutral' | 'info' | 'primary' | 'accent' | 'good' | 'bad' {
	switch (state) {
		case ProposalState.DISCUSSION:
			return 'info';
		case ProposalState.VOTING:
			return 'primary';
		case ProposalState.TIMELOCK:
			return 'accent';
		case ProposalState.EXECUTED:
			return 'good';
		case ProposalState.DEFEATED:
		case ProposalState.VETOED:
			return 'bad';
		default:
			return 'neutral';
	}
}

/** Name of a phase; the last one by how it ended. */
export function phaseName(key: PhaseKey, state: ProposalState): string {
	switch (key) {
		case 'draft':
			return m.gov_state_draft();
		case 'discussion':
			return m.gov_state_discussion();
		case 'voting':
			return m.gov_state_voting();
		case 'timelock':
			return m.gov_state_timelock();
		case 'end':
			return state === ProposalState.DEFEATED || state === ProposalState.VETOED
				? proposalStateName(state)
				: m.gov_state_executed();
	}
}

/** A number of votes as words: "3 votes for". */
export function votesText(votes: number): string {
	const count = String(Math.abs(votes));
	if (votes === 0) return m.gov_votes_none();
	return votes > 0 ? m.gov_votes_for({ count }) : m.gov_votes_against({ count });
}

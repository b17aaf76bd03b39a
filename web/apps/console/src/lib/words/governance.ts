import { ProposalState } from '@erynoa/proto';
import { ProposalKind } from '@erynoa/protocol';
import { m } from '$lib/i18n';

export function proposalKindName(kind: ProposalKind): string {
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

/** States in which a proposal can still change something. */
export const openStates: readonly ProposalState[] = [
	ProposalState.DRAFT,
	ProposalState.DISCUSSION,
	ProposalState.VOTING,
	ProposalState.TIMELOCK,
];

/** States from which nothing leads on. */
export const closedStates: readonly ProposalState[] = [
	ProposalState.EXECUTED,
	ProposalState.DEFEATED,
	ProposalState.VETOED,
];

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

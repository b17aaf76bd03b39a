import { ProposalState } from '@erynoa/proto';

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

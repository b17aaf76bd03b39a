// Words of proposals.

import { ProposalState } from '@erynoa/proto';
import { ProposalKind } from '@erynoa/protocol';
import { type Phrase, say } from './phrase';

const kinds: Readonly<Record<number, Phrase>> = {
	[ProposalKind.PARAMETER]: { en: 'A number', de: 'Eine Zahl' },
	[ProposalKind.TREASURY]: { en: 'A decision in words', de: 'Ein Beschluss in Worten' },
	[ProposalKind.RULE]: { en: 'A rule', de: 'Eine Regel' },
	[ProposalKind.MEMBER]: { en: 'A member', de: 'Ein Mitglied' },
	[ProposalKind.GOVERNANCE]: { en: 'Offices and times', de: 'Ämter und Fristen' },
};

/** What a kind of proposal decides about. */
export function proposalKindName(kind: ProposalKind): string {
	return say(kinds[kind]);
}

type Tone = 'neutral' | 'info' | 'primary' | 'accent' | 'good' | 'bad';

const states: Readonly<Record<number, { name: Phrase; tone: Tone }>> = {
	[ProposalState.DRAFT]: { name: { en: 'Draft', de: 'Entwurf' }, tone: 'neutral' },
	[ProposalState.DISCUSSION]: { name: { en: 'Discussion', de: 'Aussprache' }, tone: 'info' },
	[ProposalState.VOTING]: { name: { en: 'Voting', de: 'Abstimmung' }, tone: 'primary' },
	[ProposalState.TIMELOCK]: { name: { en: 'Passed, waiting', de: 'Angenommen, wartet' }, tone: 'accent' },
	[ProposalState.EXECUTED]: { name: { en: 'In force', de: 'In Kraft' }, tone: 'good' },
	[ProposalState.DEFEATED]: { name: { en: 'Defeated', de: 'Abgelehnt' }, tone: 'bad' },
	[ProposalState.VETOED]: { name: { en: 'Stopped by veto', de: 'Durch Einspruch gestoppt' }, tone: 'bad' },
};

/** Where a proposal stands; a new one is a draft. */
export function proposalStateName(state: ProposalState): string {
	return say((states[state] ?? states[ProposalState.DRAFT])?.name);
}

export function proposalStateTone(state: ProposalState): Tone {
	return states[state]?.tone ?? 'neutral';
}

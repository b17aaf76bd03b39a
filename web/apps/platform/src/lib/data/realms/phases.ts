import { type EffectiveRule, type ProposalRecord, ProposalState } from '@erynoa/proto';
import { MAX_VOTES } from '@erynoa/protocol';

export type PhaseKey = 'draft' | 'discussion' | 'voting' | 'timelock' | 'end';

/** One phase of a proposal's way. */
export interface Phase {
	key: PhaseKey;
	/** done: over; now: it is in it; ahead: it may come; skipped: it never comes. */
	progress: 'done' | 'now' | 'ahead' | 'skipped';
	/** When it began, or will begin at the earliest; 0 = not known. */
	atUs: bigint;
}

const ORDER: Readonly<Record<ProposalState, number>> = {
	[ProposalState.UNSPECIFIED]: 0,
	[ProposalState.DRAFT]: 0,
	[ProposalState.DISCUSSION]: 1,
	[ProposalState.VOTING]: 2,
	[ProposalState.TIMELOCK]: 3,
	[ProposalState.EXECUTED]: 4,
	[ProposalState.DEFEATED]: 4,
	[ProposalState.VETOED]: 4,
};

/** Whether a proposal has come to its end. */
export function isClosed(state: ProposalState): boolean {
	return ORDER[state] === 4;
}

/** The way of a proposal from draft to its end. */
export function phasesOf(record: ProposalRecord): Phase[] {
	const reached = ORDER[record.state];
	const defeated = record.state === ProposalState.DEFEATED;
	const times: [PhaseKey, bigint][] = [
		['draft', record.createdAtUs],
		['discussion', record.discussionAtUs],
		['voting', record.votingAtUs],
		['timelock', record.timelockAtUs],
		['end', isClosed(record.state) ? record.closedAtUs : record.executesAtUs],
	];
	return times.map(([key, atUs], index) => ({
		key,
		atUs,
		progress:
			key === 'timelock' && defeated
				? 'skipped'
				: index < reached
					? 'done'
					: index === reached
						? 'now'
						: 'ahead',
	}));
}

/** What a number of votes costs: its square. */
export function voteCost(votes: number): number {
	return votes * votes;
}

/** The greatest number of votes that so many credits pay for. */
export function affordableVotes(credits: number): number {
	return Math.min(MAX_VOTES, Math.floor(Math.sqrt(Math.max(0, credits))));
}

/** What a kind asks for: threshold in ppm (to be exceeded) and timelock in seconds. */
export interface KindTerms {
	thresholdPpm: number;
	timelockS: number;
}

const HOUR_S = 3_600;

/** Threshold and timelock of the five kinds (protocol §7), by the number of the kind. */
export const KIND_TERMS: Readonly<Record<1 | 2 | 3 | 4 | 5, KindTerms>> = {
	1: { thresholdPpm: 500_000, timelockS: 24 * HOUR_S },
	2: { thresholdPpm: 600_000, timelockS: 48 * HOUR_S },
	3: { thresholdPpm: 670_000, timelockS: 72 * HOUR_S },
	4: { thresholdPpm: 750_000, timelockS: 24 * HOUR_S },
	5: { thresholdPpm: 800_000, timelockS: 168 * HOUR_S },
};

/** How long the phases of a proposal last at least, seconds. */
export interface Times {
	discussionS: number;
	votingS: number;
	timelockS: number;
}

const DISCUSSION_S = 48 * HOUR_S;
const VOTING_S = 72 * HOUR_S;

/** The times that hold in a realm with these rules, for a kind with this timelock. */
export function timesIn(rules: readonly EffectiveRule[], kindTimelockS: number): Times {
	const inForce = rules.flatMap(({ rule, future, overruledByRule }) =>
		rule?.parameters.case === 'governanceTimes' && !future && overruledByRule === ''
			? [rule.parameters.value]
			: [],
	);
	const longest = (part: keyof Times, otherwise: number) => {
		const named = inForce.map((times) => times[part]).filter((seconds) => seconds > 0);
		return named.length > 0 ? Math.max(...named) : otherwise;
	};
	return {
		discussionS: longest('discussionS', DISCUSSION_S),
		votingS: longest('votingS', VOTING_S),
		timelockS: longest('timelockS', kindTimelockS),
	};
}

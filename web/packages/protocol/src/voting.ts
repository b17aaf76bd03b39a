// Counting votes (protocol §7).
import { ProposalKind } from '@erynoa/proto';
import { VOTE_CREDITS } from './realm';

const MILLION = 1_000_000n;
/** Share of the eligible voters that must vote, ppm. */
export const QUORUM_PPM = 100_000;

/** Share of for / (for + against) that a kind must exceed, ppm. */
export const VOTE_THRESHOLDS_PPM: Readonly<Record<Exclude<ProposalKind, ProposalKind.UNSPECIFIED>, number>> =
	{
		[ProposalKind.PARAMETER]: 500_000,
		[ProposalKind.TREASURY]: 600_000,
		[ProposalKind.RULE]: 670_000,
		[ProposalKind.MEMBER]: 750_000,
		[ProposalKind.GOVERNANCE]: 800_000,
	};

/** What n votes cost: n². */
export function voteCost(votes: number): number {
	return votes * votes;
}

/** Credits left in an epoch when `votes` follow what was spent; undefined when they do not fit. */
export function creditsAfter(spent: number, votes: number): number | undefined {
	const left = VOTE_CREDITS - spent - voteCost(votes);
	return left < 0 ? undefined : left;
}

/** One person's vote. */
export interface Ballot {
	/** −10 to 10. */
	votes: number;
	/** g: the voter's governance norm, ppm. */
	normPpm: number;
}

/** How a vote stands; sums of votes times norm in ppm. */
export interface Tally {
	for: bigint;
	against: bigint;
	voters: number;
}

/** Σ n·g on each side. The order of the votes does not matter. */
export function tally(ballots: readonly Ballot[]): Tally {
	const side = (sign: number) =>
		ballots
			.filter(({ votes }) => Math.sign(votes) === sign)
			.reduce((sum, { votes, normPpm }) => sum + BigInt(Math.abs(votes)) * BigInt(normPpm), 0n);
	return { for: side(1), against: side(-1), voters: ballots.length };
}

/** for / (for + against), ppm, floored; 0 without votes. */
export function shareFor(counted: Tally): number {
	const all = counted.for + counted.against;
	return all === 0n ? 0 : Number((counted.for * MILLION) / all);
}

/** Whether it passes: strictly more than the threshold, and a tenth of the eligible have voted. */
export function passes(
	counted: Tally,
	kind: Exclude<ProposalKind, ProposalKind.UNSPECIFIED>,
	eligible: number,
): boolean {
	const all = counted.for + counted.against;
	const enough = counted.for * MILLION > all * BigInt(VOTE_THRESHOLDS_PPM[kind]);
	return enough && counted.voters * 1_000_000 >= eligible * QUORUM_PPM;
}

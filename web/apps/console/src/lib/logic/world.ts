import type { RankingEntry } from '@erynoa/proto';

/** Witnessed events at which activity is one half (protocol §9). */
const HALF_ACTIVE = 10;
/** Divisor of the exponent (protocol §9). */
const SURPRISE_SCALE = 15;
/** What a day of silence leaves of the weight (protocol §9). */
const RECENCY_A_DAY = 0.99;

/** A term of the world formula computed again from what it stands on. */
export interface WorldTerm {
	activity: number;
	x: number;
	sigma: number;
	/** Days since the last witnessed event, as the weight tells. */
	days: number;
	/** activity · sigma · human factor · recency. */
	term: number;
}

/** Opens a ranking entry into the steps of the formula. */
export function explainTerm(
	entry: Pick<
		RankingEntry,
		'witnessed' | 'normPpm' | 'ownEvents' | 'surprisalBits' | 'humanFactor' | 'recency'
	>,
): WorldTerm {
	const witnessed = Number(entry.witnessed);
	const norm = entry.normPpm / 1_000_000;
	const activity = witnessed / (witnessed + HALF_ACTIVE);
	const x = (norm * Math.log(Number(entry.ownEvents) + 1) * norm ** 2 * entry.surprisalBits) / SURPRISE_SCALE;
	const sigma = Math.tanh(x / 2);
	const days =
		entry.recency > 0 ? Math.log(entry.recency) / Math.log(RECENCY_A_DAY) : Number.POSITIVE_INFINITY;
	return {
		activity,
		x,
		sigma,
		// A weight of one is no silence at all, not minus zero days of it.
		days: Math.max(0, days),
		term: activity * sigma * entry.humanFactor * entry.recency,
	};
}

/** The figures that a ranking can be sorted by. */
export const rankingOrders = [
	'rank',
	'term',
	'activity',
	'sigma',
	'x',
	'human',
	'recency',
	'norm',
	'diversity',
] as const;
export type RankingOrder = (typeof rankingOrders)[number];

function figureOf(entry: RankingEntry, by: RankingOrder): number {
	switch (by) {
		case 'rank':
			return Number(entry.rank);
		case 'term':
			return entry.term;
		case 'activity':
			return entry.activity;
		case 'sigma':
			return entry.sigma;
		case 'x':
			return entry.x;
		case 'human':
			return entry.humanFactor;
		case 'recency':
			return entry.recency;
		case 'norm':
			return entry.normPpm;
		case 'diversity':
			return entry.diversityBits;
	}
}

/** Entries by one of their figures; equal ones stay in the order of their rank. */
export function sortRanking(
	entries: readonly RankingEntry[],
	by: RankingOrder,
	descending: boolean,
): RankingEntry[] {
	const sign = descending ? -1 : 1;
	return [...entries].sort(
		(a, b) => sign * (figureOf(a, by) - figureOf(b, by)) || Number(a.rank) - Number(b.rank),
	);
}

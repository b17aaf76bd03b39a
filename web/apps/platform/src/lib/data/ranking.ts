import { Dimension } from '@erynoa/protocol';
import { type ContextKey, contextKey } from '@erynoa/ui';

/** What a ranking is ordered by: the norm or one dimension. */
export type RankBy = 'norm' | '1' | '2' | '3' | '4' | '5' | '6';
export type LeastConfidence = '0' | '20' | '50' | '80';

/** What the ranking shows; stands in the address, so that it can be shared. */
export interface RankingQuery {
	by: RankBy;
	ascending: boolean;
	/** Percent. */
	confidence: LeastConfidence;
	context: ContextKey;
}

const orders: readonly string[] = ['norm', '1', '2', '3', '4', '5', '6'] satisfies RankBy[];
const confidences: readonly string[] = ['0', '20', '50', '80'] satisfies LeastConfidence[];

/** Reads an address; anything unknown becomes the default. */
export function readRanking(params: URLSearchParams): RankingQuery {
	const by = params.get('by') ?? '';
	const confidence = params.get('confidence') ?? '';
	return {
		by: orders.includes(by) ? (by as RankBy) : 'norm',
		ascending: params.get('order') === 'ascending',
		confidence: confidences.includes(confidence) ? (confidence as LeastConfidence) : '0',
		context: contextKey(params.get('context')),
	};
}

/** Address of a ranking; defaults are left out. */
export function writeRanking(query: RankingQuery): string {
	const params = new URLSearchParams({ tab: 'ranking' });
	if (query.by !== 'norm') params.set('by', query.by);
	if (query.ascending) params.set('order', 'ascending');
	if (query.confidence !== '0') params.set('confidence', query.confidence);
	if (query.context !== 'default') params.set('context', query.context);
	return `?${params}`;
}

/** The dimension to order by; UNSPECIFIED for the norm. */
export function rankDimension(by: RankBy): Dimension {
	return by === 'norm' ? Dimension.UNSPECIFIED : (Number(by) as Dimension);
}

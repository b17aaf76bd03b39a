import { Dimension, isUid } from '@erynoa/protocol';
import { type ContextKey, contextKey } from '@erynoa/ui';

/** The norm or one dimension, 1 to 6. */
export type TrustBy = 'norm' | '1' | '2' | '3' | '4' | '5' | '6';

/** spread: distribution and ends; time: figures over epochs; world: ranking of the world formula; norms: of one subject. */
export type TrustView = 'spread' | 'time' | 'world' | 'norms';

/** What the trust room shows; stands in the address. */
export interface TrustQuery {
	view: TrustView;
	/** 64 hex digits; empty = the root realm. */
	realm: string;
	context: ContextKey;
	by: TrustBy;
	/** Least confidence of ranked people, percent. */
	confidence: '0' | '20' | '50' | '80';
	/** DID or id whose norms or rank are shown, as it was typed. */
	subject: string;
}

const views: readonly string[] = ['spread', 'time', 'world', 'norms'] satisfies TrustView[];
const orders: readonly string[] = ['norm', '1', '2', '3', '4', '5', '6'] satisfies TrustBy[];
const confidences: readonly string[] = ['0', '20', '50', '80'] satisfies TrustQuery['confidence'][];

/** Reads an address; anything unknown becomes the default. */
export function readTrustQuery(params: URLSearchParams): TrustQuery {
	const view = params.get('view') ?? '';
	const realm = params.get('realm') ?? '';
	const by = params.get('by') ?? '';
	const confidence = params.get('confidence') ?? '';
	return {
		view: views.includes(view) ? (view as TrustView) : 'spread',
		realm: isUid(realm) ? realm : '',
		context: contextKey(params.get('context')),
		by: orders.includes(by) ? (by as TrustBy) : 'norm',
		confidence: confidences.includes(confidence) ? (confidence as TrustQuery['confidence']) : '0',
		subject: (params.get('subject') ?? '').trim(),
	};
}

/** Writes an address; defaults are left out. */
export function writeTrustQuery({ view, realm, context, by, confidence, subject }: TrustQuery): string {
	const params = new URLSearchParams();
	if (view !== 'spread') params.set('view', view);
	if (realm !== '') params.set('realm', realm);
	if (context !== 'default') params.set('context', context);
	if (by !== 'norm') params.set('by', by);
	if (confidence !== '0') params.set('confidence', confidence);
	if (subject.trim() !== '') params.set('subject', subject.trim());
	return params.toString();
}

/** The dimension to ask for; UNSPECIFIED is the norm. */
export function dimensionOf(by: TrustBy): Dimension {
	return by === 'norm' ? Dimension.UNSPECIFIED : (Number(by) as Dimension);
}

/** Share of a whole in ppm, rounded down; 0 of nothing. */
export function shareOf(part: bigint, whole: bigint): number {
	return whole === 0n ? 0 : Number((part * 1_000_000n) / whole);
}

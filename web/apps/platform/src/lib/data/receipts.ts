import type { EventRecord, Receipt, TrustPart } from '@erynoa/proto';
import { ExplainOrder } from '@erynoa/proto';
import {
	Dimension,
	ProtocolError,
	parseReceiptOffer,
	ReceiptOutcome,
	type Uid,
	uidFromBytes,
} from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import { installation } from './installation.svelte';
import { bodyOf } from './statements';

/** The terms of a receipt, ready to be shown. */
export interface Terms {
	realm: Uid;
	performer: Uid;
	client: Uid;
	outcome: ReceiptOutcome;
	description: string;
}

export const OUTCOMES = [
	ReceiptOutcome.KEPT,
	ReceiptOutcome.BROKEN,
	ReceiptOutcome.ABORTED_BY_PERFORMER,
	ReceiptOutcome.ABORTED_BY_CLIENT,
] as const;

function termsIn(receipt: Receipt): Terms | undefined {
	const { terms } = receipt;
	if (!terms) return undefined;
	return {
		realm: uidFromBytes(terms.realm),
		performer: uidFromBytes(terms.performer),
		client: uidFromBytes(terms.client),
		outcome: terms.outcome,
		description: terms.description,
	};
}

/** The terms in a record; undefined when it is another kind of event. */
export function termsOf(record: EventRecord): Terms | undefined {
	const body = bodyOf(record);
	return body?.case === 'receipt' ? termsIn(body.value) : undefined;
}

/** An offer that somebody handed over. */
export interface Offer {
	receipt: Receipt;
	terms: Terms;
}

/** Opens a code or a whole link; throws RECEIPT_OFFER_INVALID. */
export function openOffer(text: string): Offer {
	const code = text.trim().slice(text.trim().lastIndexOf('#') + 1);
	const receipt = parseReceiptOffer(code);
	const terms = termsIn(receipt);
	if (!terms) throw new ProtocolError('RECEIPT_OFFER_INVALID', 'the code has no terms');
	return { receipt, terms };
}

/** Who signed an offer, as the log knows the key; undefined when it is not a live key of one of the two sides. */
export async function signerOfOffer({ receipt, terms }: Offer): Promise<Uid | undefined> {
	const known = await erynoa.api.identities.getKey({ publicKey: receipt.countersignerKey });
	const side = [terms.performer, terms.client].find((uid) => uid === known.identity?.uid);
	return known.live ? side : undefined;
}

/** What receipts do to the reliability of their performer, by event id. */
export async function effectsOf(performers: readonly string[]): Promise<ReadonlyMap<string, TrustPart>> {
	const realm = installation.rootRealm ?? '';
	const answers = await Promise.all(
		[...new Set(performers)].map((subject) =>
			erynoa.api.trust.explainTrust({
				subject,
				realm,
				dimension: Dimension.RELIABILITY,
				order: ExplainOrder.NEWEST,
				pageSize: 100,
			}),
		),
	);
	return new Map(answers.flatMap(({ parts }) => parts.map((part) => [part.event, part] as const)));
}

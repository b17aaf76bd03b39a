// What one side of a receipt hands to the other: the terms with its own signature, as text for a link or a
// QR code. It is the body of the receipt to come, which the other side completes by signing the event.
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type Receipt, ReceiptOutcome, ReceiptSchema } from '@erynoa/proto';
import { equalBytes, fromBase64, toBase64, utf8Length } from './bytes';
import { within } from './demand';
import { verifySignature } from './ed25519';
import { ProtocolError } from './problem';
import { receiptBytes } from './proof';

const MAX_DESCRIPTION_BYTES = 4096;

/** Text of an offer: base64url without padding. */
export function printReceiptOffer(offer: Receipt): string {
	const text = toBase64(toBinary(ReceiptSchema, offer, { writeUnknownFields: false }));
	return text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
}

function open(code: string): Receipt | undefined {
	const standard = code.trim().replaceAll('-', '+').replaceAll('_', '/');
	const bytes = fromBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, '='));
	if (bytes === undefined) return undefined;
	try {
		const offer = fromBinary(ReceiptSchema, bytes);
		return equalBytes(toBinary(ReceiptSchema, offer, { writeUnknownFields: false }), bytes)
			? offer
			: undefined;
	} catch {
		return undefined;
	}
}

/**
 * The offer in a text. Throws RECEIPT_OFFER_INVALID when a part is missing, out of its range, or the
 * signature does not hold. Whose key it is only the log knows.
 */
export function parseReceiptOffer(code: string): Receipt {
	const offer = open(code);
	const terms = offer?.terms;
	const sound =
		offer !== undefined &&
		terms !== undefined &&
		[terms.realm, terms.performer, terms.client].every((id) => id.length === 32) &&
		!equalBytes(terms.performer, terms.client) &&
		within(terms.outcome, ReceiptOutcome.KEPT, ReceiptOutcome.ABORTED_BY_CLIENT) &&
		terms.nonce.length === 16 &&
		utf8Length(terms.description) <= MAX_DESCRIPTION_BYTES &&
		verifySignature(offer.countersignerKey, receiptBytes(terms), offer.countersignature);
	if (!sound) {
		throw new ProtocolError(
			'RECEIPT_OFFER_INVALID',
			'the code is not complete, or its signature does not hold',
		);
	}
	return offer;
}

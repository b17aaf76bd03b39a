import { create } from '@bufbuild/protobuf';
import { EventSchema, SignedEventSchema } from '@erynoa/proto';
import { checkCountersignatures, checkFields, checkKeys } from './check';
import type { Coordinate } from './coordinate';
import { verifySignature } from './ed25519';
import { ProtocolError } from './problem';
import { eventSigningBytes } from './proof';
import type { Signer } from './signer';
import { NULL_UID, type Uid, uidBytes } from './uid';
import {
	decodeEntry,
	decodeEvent,
	type Event,
	type EventBody,
	encodeEntry,
	encodeEvent,
	eventId,
	type SignedEvent,
} from './wire';

/** An event before it is encoded. */
export interface EventDraft {
	author: Uid;
	/** Absent or NULL_UID for identity events and epoch_closed, a realm of the log for all others. */
	realm?: Uid;
	/** Greater than that of prev and of every parent; see `nextCoordinate`. */
	coordinate: Coordinate;
	/** The latest event of the signing key; absent in the first event of a key. */
	prev?: Uid;
	/** Further causes, at most 9; put in order here. */
	parents?: readonly Uid[];
	body: EventBody;
}

/** An event whose bytes, limits and signatures all hold. Whether it fits the log only the log knows. */
export interface VerifiedEvent {
	id: Uid;
	event: Event;
	signed: SignedEvent;
	/** Canonical bytes of the SignedEvent: the log entry. */
	entry: Uint8Array;
}

/** Canonical bytes of an event, checked against every rule. Throws the code that the log would give. */
export function buildEvent(draft: EventDraft): Uint8Array {
	const event = create(EventSchema, {
		version: 1,
		author: uidBytes(draft.author),
		realm: uidBytes(draft.realm ?? NULL_UID),
		coordinate: draft.coordinate,
		prev: draft.prev === undefined ? new Uint8Array() : uidBytes(draft.prev),
		// Equal length and lower case: the order of the texts is the order of the bytes.
		parents: [...new Set(draft.parents)].sort().map(uidBytes),
		body: draft.body,
	});
	const bytes = encodeEvent(event);
	// What is checked is what was encoded, so that a field out of its range cannot hide.
	const encoded = decodeEvent(bytes);
	checkFields(encoded);
	checkKeys(encoded);
	checkCountersignatures(encoded);
	return bytes;
}

/** Signs the bytes of an event. */
export async function signEvent(eventBytes: Uint8Array, signer: Signer): Promise<SignedEvent> {
	const signature = await signer.sign(eventSigningBytes(eventBytes));
	return create(SignedEventSchema, { event: eventBytes, publicKey: signer.publicKey, signature });
}

/**
 * Checks everything about a signed event that needs no log: size, canonical bytes, the rules of its
 * fields, the signature and every countersignature inside. Takes a SignedEvent or a log entry; throws a
 * ProtocolError with the code that the log would give, in the same order of checks.
 */
export function verifyEvent(from: SignedEvent | Uint8Array): VerifiedEvent {
	const entry = from instanceof Uint8Array ? from : encodeEntry(from);
	const signed = decodeEntry(entry);
	const event = decodeEvent(signed.event);
	checkFields(event);
	checkKeys(event, signed.publicKey);
	if (!verifySignature(signed.publicKey, eventSigningBytes(signed.event), signed.signature)) {
		throw new ProtocolError('EVENT_SIGNATURE_INVALID', 'the signature does not hold', 'signature');
	}
	checkCountersignatures(event);
	return { id: eventId(signed.event), event, signed, entry };
}

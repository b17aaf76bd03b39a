import type { Message } from '@bufbuild/protobuf';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { type Event, EventSchema, type SignedEvent, SignedEventSchema } from '@erynoa/proto';
import { equalBytes } from './bytes';
import { checkEvent } from './check';
import type { Coordinate } from './coordinate';
import { ProtocolError } from './problem';
import { eventSigningBytes } from './proof';
import { type Signer, verifySignature } from './signer';
import { NULL_UID, Tag, type Uid, uidBytes, uidOf } from './uid';

export type { Event, SignedEvent };

/** What an event says; build one with the functions of `bodies`. */
export type EventBody = Exclude<Event['body'], { case: undefined }>;

/** Most bytes of a log entry. */
export const MAX_ENTRY_BYTES = 65_535;

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

function encode<T extends Message>(schema: GenMessage<T>, message: T): Uint8Array {
	return toBinary(schema, message, { writeUnknownFields: false });
}

function decodeCanonical<T extends Message>(schema: GenMessage<T>, bytes: Uint8Array): T {
	let message: T;
	try {
		message = fromBinary(schema, bytes);
	} catch {
		throw new ProtocolError('EVENT_NOT_CANONICAL', `the bytes are no ${schema.name}`);
	}
	if (!equalBytes(encode(schema, message), bytes)) {
		throw new ProtocolError(
			'EVENT_NOT_CANONICAL',
			`the bytes are not the canonical form of the ${schema.name}`,
		);
	}
	return message;
}

/** Canonical bytes of an event, checked against every limit. Throws the code that the log would give. */
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
	checkEvent(event);
	const bytes = encode(EventSchema, event);
	decodeCanonical(EventSchema, bytes);
	return bytes;
}

/** Id of the event with these bytes: UID(2, 1, bytes). */
export function eventId(eventBytes: Uint8Array): Uid {
	return uidOf(Tag.event, 1, eventBytes);
}

/** Signs the bytes of an event. */
export async function signEvent(eventBytes: Uint8Array, signer: Signer): Promise<SignedEvent> {
	const signature = await signer.sign(eventSigningBytes(eventBytes));
	return create(SignedEventSchema, { event: eventBytes, publicKey: signer.publicKey, signature });
}

/** The event in canonical bytes; throws EVENT_NOT_CANONICAL. Limits and signature are not checked. */
export function decodeEvent(eventBytes: Uint8Array): Event {
	return decodeCanonical(EventSchema, eventBytes);
}

/** The log entry of a signed event. */
export function encodeEntry(signed: SignedEvent): Uint8Array {
	return encode(SignedEventSchema, signed);
}

/** The signed event in a log entry; throws EVENT_NOT_CANONICAL. Nothing else is checked. */
export function decodeEntry(entry: Uint8Array): SignedEvent {
	return decodeCanonical(SignedEventSchema, entry);
}

/**
 * Checks everything about a signed event that needs no log: size, canonical bytes, limits, the
 * signature and every countersignature inside. Takes a SignedEvent or a log entry; throws a
 * ProtocolError with the code that the log would give.
 */
export function verifyEvent(from: SignedEvent | Uint8Array): VerifiedEvent {
	const entry = from instanceof Uint8Array ? from : encodeEntry(from);
	if (entry.length > MAX_ENTRY_BYTES) {
		throw new ProtocolError('EVENT_TOO_LARGE', `a log entry has at most ${MAX_ENTRY_BYTES} bytes`);
	}
	const signed = decodeEntry(entry);
	const event = decodeEvent(signed.event);
	checkEvent(event, signed.publicKey, verifyEvent);
	if (!verifySignature(signed.publicKey, eventSigningBytes(signed.event), signed.signature)) {
		throw new ProtocolError('EVENT_SIGNATURE_INVALID', 'the signature does not hold', 'signature');
	}
	return { id: eventId(signed.event), event, signed, entry };
}

import { fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { type Event, EventSchema, type SignedEvent, SignedEventSchema } from '@erynoa/proto';
import { equalBytes } from './bytes';
import { ProtocolError } from './problem';
import { Tag, type Uid, uidOf } from './uid';

export type { Event, SignedEvent };

/** What an event says; build one with the functions of `bodies`. */
export type EventBody = Exclude<Event['body'], { case: undefined }>;

/** Most bytes of a log entry. */
export const MAX_ENTRY_BYTES = 65_535;

const FIRST_BODY = 16;
const LAST_BODY = 127;
const BODIES: ReadonlySet<number> = new Set(EventSchema.oneofs[0]?.fields.map((field) => field.number));

function encode<T extends Message>(schema: GenMessage<T>, message: T): Uint8Array {
	return toBinary(schema, message, { writeUnknownFields: false });
}

function decodeCanonical<T extends Message>(schema: GenMessage<T>, bytes: Uint8Array, field: string): T {
	let message: T;
	try {
		message = fromBinary(schema, bytes);
	} catch {
		throw new ProtocolError('EVENT_NOT_CANONICAL', `the bytes are no ${schema.name}`, field);
	}
	if (!equalBytes(encode(schema, message), bytes)) {
		throw new ProtocolError(
			'EVENT_NOT_CANONICAL',
			`the bytes are not the canonical form of the ${schema.name}`,
			field,
		);
	}
	return message;
}

function demandSize(bytes: Uint8Array): void {
	if (bytes.length > MAX_ENTRY_BYTES) {
		throw new ProtocolError('EVENT_TOO_LARGE', `a log entry has at most ${MAX_ENTRY_BYTES} bytes`, 'event');
	}
}

/** Whether there is a body with a number that the protocol keeps for later. */
function hasReservedBody(eventBytes: Uint8Array): boolean {
	const reader = new BinaryReader(eventBytes);
	let reserved = false;
	try {
		while (reader.pos < reader.len) {
			const [number, wireType] = reader.tag();
			reader.skip(wireType, number);
			reserved ||= number >= FIRST_BODY && number <= LAST_BODY && !BODIES.has(number);
		}
	} catch {
		return false;
	}
	return reserved;
}

/** Canonical bytes of an event. */
export function encodeEvent(event: Event): Uint8Array {
	return encode(EventSchema, event);
}

/**
 * The event in canonical bytes; throws EVENT_TOO_LARGE, EVENT_NOT_CANONICAL or EVENT_KIND_RESERVED.
 * The rules of its fields are not checked.
 */
export function decodeEvent(eventBytes: Uint8Array): Event {
	demandSize(eventBytes);
	try {
		return decodeCanonical(EventSchema, eventBytes, 'event');
	} catch (error) {
		if (!hasReservedBody(eventBytes)) throw error;
		throw new ProtocolError(
			'EVENT_KIND_RESERVED',
			'this kind of event is kept for a later version',
			'event.body',
		);
	}
}

/** The log entry of a signed event. */
export function encodeEntry(signed: SignedEvent): Uint8Array {
	return encode(SignedEventSchema, signed);
}

/**
 * The signed event in a log entry; throws EVENT_TOO_LARGE, EVENT_NOT_CANONICAL or, for a key or
 * signature of another length, EVENT_FIELD_INVALID. The event inside is not opened.
 */
export function decodeEntry(entry: Uint8Array): SignedEvent {
	demandSize(entry);
	const signed = decodeCanonical(SignedEventSchema, entry, 'signed_event');
	if (signed.publicKey.length !== 32)
		throw new ProtocolError('EVENT_FIELD_INVALID', '32 bytes', 'public_key');
	if (signed.signature.length !== 64) throw new ProtocolError('EVENT_FIELD_INVALID', '64 bytes', 'signature');
	return signed;
}

/** Id of the event with these bytes: UID(2, 1, bytes). */
export function eventId(eventBytes: Uint8Array): Uid {
	return uidOf(Tag.event, 1, eventBytes);
}

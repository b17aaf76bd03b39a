import type { DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { EventSchema, type SignedEvent } from '@erynoa/proto';

/** Where one field of an event stands in the bytes of its log entry. */
export interface WireRange {
	/** As in `describeEvent`, such as `attestation.subject` or `parents[2]`; `public_key` and `signature` of the signed event. */
	path: string;
	/** First byte: of the field's tag, or of the element within a packed list. */
	start: number;
	/** First byte after it. */
	end: number;
	/** First byte of the value itself. */
	value: number;
}

/** Opens one message; `base` is its position within the entry. */
function mapMessage(bytes: Uint8Array, desc: DescMessage, prefix: string, base: number): WireRange[] {
	const ranges: WireRange[] = [];
	const counts = new Map<number, number>();
	const reader = new BinaryReader(bytes);
	while (reader.pos < reader.len) {
		const start = reader.pos;
		const [number, wire] = reader.tag();
		const field = desc.fields.find((candidate) => candidate.number === number);
		if (!field) throw new RangeError(`${desc.typeName} has no field ${number}`);
		const path = prefix + field.name;
		const inner =
			field.fieldKind === 'message' || (field.fieldKind === 'list' && field.listKind === 'message')
				? field.message
				: undefined;
		if (wire === WireType.LengthDelimited && inner) {
			const content = reader.bytes();
			const value = reader.pos - content.length;
			const index = counts.get(number) ?? 0;
			counts.set(number, index + 1);
			const at = field.fieldKind === 'list' ? `${path}[${index}]` : path;
			ranges.push({ path: at, start: base + start, end: base + value, value: base + value });
			ranges.push(...mapMessage(content, inner, `${at}.`, base + value));
			continue;
		}
		const isBytes =
			field.fieldKind === 'scalar'
				? field.scalar === ScalarType.BYTES || field.scalar === ScalarType.STRING
				: field.fieldKind === 'list' &&
					field.listKind === 'scalar' &&
					(field.scalar === ScalarType.BYTES || field.scalar === ScalarType.STRING);
		if (field.fieldKind === 'list' && wire === WireType.LengthDelimited && !isBytes) {
			// A packed list: the length belongs to the list, every number is an element of its own.
			const content = reader.bytes();
			const value = reader.pos - content.length;
			ranges.push({ path, start: base + start, end: base + value, value: base + value });
			const numbers = new BinaryReader(content);
			for (let index = 0; numbers.pos < numbers.len; index += 1) {
				const at = numbers.pos;
				numbers.uint64();
				const from = base + value + at;
				ranges.push({ path: `${path}[${index}]`, start: from, end: base + value + numbers.pos, value: from });
			}
			continue;
		}
		const value =
			wire === WireType.LengthDelimited ? reader.pos + lengthBytes(bytes, reader.pos) : reader.pos;
		reader.skip(wire);
		const index = counts.get(number) ?? 0;
		counts.set(number, index + 1);
		ranges.push({
			path: field.fieldKind === 'list' ? `${path}[${index}]` : path,
			start: base + start,
			end: base + reader.pos,
			value: base + value,
		});
	}
	return ranges;
}

/** How many bytes the length before a value takes. */
function lengthBytes(bytes: Uint8Array, at: number): number {
	let end = at;
	while ((bytes[end] ?? 0) >= 0x80) end += 1;
	return end + 1 - at;
}

/**
 * Every byte of a log entry by the field that it belongs to, in order and without gaps. Tag and length of
 * a message stand under the message's own path. Throws when the bytes are not an event.
 */
export function mapEntry(signed: SignedEvent, entry: Uint8Array): WireRange[] {
	const reader = new BinaryReader(entry);
	const ranges: WireRange[] = [];
	while (reader.pos < reader.len) {
		const start = reader.pos;
		const [number] = reader.tag();
		const content = reader.bytes();
		const value = reader.pos - content.length;
		if (number === 1) {
			ranges.push({ path: 'event', start, end: value, value });
			ranges.push(...mapMessage(signed.event, EventSchema, '', value));
		} else {
			ranges.push({ path: number === 2 ? 'public_key' : 'signature', start, end: reader.pos, value });
		}
	}
	return ranges;
}

/** The ranges of a field: its own, and those of everything in it. */
export function rangesOf(ranges: readonly WireRange[], path: string): WireRange[] {
	return ranges.filter(
		(range) => range.path === path || range.path.startsWith(`${path}.`) || range.path.startsWith(`${path}[`),
	);
}

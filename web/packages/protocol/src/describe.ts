import type { DescField } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { type Event, EventSchema } from '@erynoa/proto';
import { toHex } from './bytes';

/** How a field wants to be shown. */
export type FieldFormat = 'id' | 'key' | 'signature' | 'bytes' | 'text' | 'time' | 'number' | 'name';

/** One field of an event, in wire order. */
export interface DescribedField {
	/** Such as `attestation.subject` or `parents[2]`. */
	path: string;
	/** Field number on the wire, of the innermost message. */
	number: number;
	format: FieldFormat;
	/** Hexadecimal for ids, keys, signatures and bytes; decimal for numbers; microseconds for times; lower-case word for names. */
	value: string;
}

const IDS: ReadonlySet<string> = new Set([
	'author',
	'realm',
	'prev',
	'parents',
	'identity',
	'subject',
	'attestation',
	'performer',
	'client',
	'founders',
	'delegate',
	'delegation',
	'via',
	'member',
	'members',
	'vouch',
	'credential',
	'target',
	'subjects',
	'evidence',
	'report',
	'reporter',
	'proposal',
	'proposer',
	'parent',
	'from',
	'identities',
	'allowed',
	'blocked',
]);

function formatOf(field: DescField): FieldFormat {
	if (field.enum) return 'name';
	if (field.name.endsWith('_us')) return 'time';
	if (field.name.endsWith('key')) return 'key';
	if (field.name.endsWith('signature')) return 'signature';
	if (IDS.has(field.name)) return 'id';
	return 'number';
}

function enumName(field: DescField, value: unknown): string {
	const found = field.enum?.values.find((v) => v.number === value);
	// RELIABILITY rather than DIMENSION_RELIABILITY: the local name is without the prefix.
	return found ? found.localName.toLowerCase() : String(value);
}

function describeValue(field: DescField, path: string, value: unknown): DescribedField {
	const format = formatOf(field);
	if (value instanceof Uint8Array) {
		return {
			path,
			number: field.number,
			format: format === 'number' ? 'bytes' : format,
			value: toHex(value),
		};
	}
	if (typeof value === 'string') return { path, number: field.number, format: 'text', value };
	const text = format === 'name' ? enumName(field, value) : String(value);
	return { path, number: field.number, format, value: text };
}

function describeMessage(message: ReflectMessage, prefix: string): DescribedField[] {
	return message.sortedFields.flatMap((field) => {
		if (!message.isSet(field)) return [];
		const path = prefix + field.name;
		if (field.fieldKind === 'message') return describeMessage(message.get(field), `${path}.`);
		if (field.fieldKind === 'list') {
			if (field.listKind === 'message') {
				const items = [...message.get(field)] as ReflectMessage[];
				return items.flatMap((item, i) => describeMessage(item, `${path}[${i}].`));
			}
			return [...message.get(field)].map((item, i) => describeValue(field, `${path}[${i}]`, item));
		}
		return [describeValue(field, path, message.get(field))];
	});
}

/** Every field of an event, opened down to the last one; absent fields are left out. */
export function describeEvent(event: Event): DescribedField[] {
	return describeMessage(reflect(EventSchema, event), '');
}

/** Kind of an event as the protocol writes it, such as `attestation_revoked`; empty when unknown. */
export function eventKindName(event: Event): string {
	return EventSchema.fields.find((field) => field.localName === event.body.case)?.name ?? '';
}

// What the REST reference and the configuration page share: JSON Schema in words.

/** As much of JSON Schema as the gateway's generators write. */
export interface Schema {
	$ref?: string;
	type?: string | string[];
	format?: string;
	description?: string;
	default?: unknown;
	enum?: unknown[];
	const?: unknown;
	items?: Schema;
	properties?: Record<string, Schema>;
	required?: string[];
	minimum?: number;
	maximum?: number;
	minLength?: number;
	maxLength?: number;
	oneOf?: Schema[];
	anyOf?: Schema[];
	allOf?: Schema[];
	additionalProperties?: boolean | Schema;
}

/** Follows `#/a/b` inside a document. */
export function resolveRef(document: unknown, schema: Schema): Schema {
	if (!schema.$ref)
		return schema.allOf?.length === 1
			? { ...resolveRef(document, schema.allOf[0] as Schema), ...rest(schema) }
			: schema;
	const target = schema.$ref
		.replace(/^#\//, '')
		.split('/')
		.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
	if (!target) throw new Error(`no such schema: ${schema.$ref}`);
	return { ...resolveRef(document, target as Schema), ...rest(schema) };
}

/** What stands beside a reference overrules what it refers to. */
function rest({ $ref: _, allOf: __, ...others }: Schema): Schema {
	return others;
}

function nameOfRef(ref: string): string {
	return ref.slice(ref.lastIndexOf('/') + 1);
}

/** A type as one would say it: `integer`, `string (date-time)`, `array of Part`, `a | b`. */
export function typeName(schema: Schema): string {
	if (schema.$ref) return nameOfRef(schema.$ref);
	if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
	if (schema.const !== undefined) return JSON.stringify(schema.const);
	const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
	if (choices)
		return choices
			.filter(({ type }) => type !== 'null')
			.map(typeName)
			.join(' | ');
	const types = [schema.type ?? 'any'].flat().filter((type) => type !== 'null');
	return types
		.map((type) => {
			if (type === 'array') return `array of ${schema.items ? typeName(schema.items) : 'any'}`;
			if (type === 'string' && schema.format) return `string (${schema.format})`;
			return type + range(schema);
		})
		.join(' | ');
}

function range({ minimum, maximum }: Schema): string {
	if (minimum === undefined && maximum === undefined) return '';
	if (maximum === undefined) return minimum === 0 ? '' : ` ≥ ${minimum}`;
	return minimum === undefined ? ` ≤ ${maximum}` : ` ${minimum} to ${maximum}`;
}

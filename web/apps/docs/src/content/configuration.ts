// The configuration page, from the JSON Schema that the gateway generates.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConfigurationKey, ConfigurationSection } from '../lib/content.ts';
import { docsFolder } from './library.ts';
import { resolveRef, type Schema, typeName } from './schema.ts';

/** Written by `erynoa-gateway config schema`; undefined when it is not there. */
export function readConfigurationSchema(folder: string = docsFolder): Schema | undefined {
	const file = join(folder, 'config.schema.json');
	return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Schema) : undefined;
}

function asToml(value: unknown): string {
	return value === undefined || value === null ? '' : JSON.stringify(value);
}

function keyOf(root: Schema, path: string[], value: Schema, fallback: unknown): ConfigurationKey {
	const resolved = resolveRef(root, value);
	return {
		key: path.join('.'),
		variable: `APP_${path.join('__')}`.toUpperCase(),
		type: typeName(resolved.oneOf || resolved.anyOf ? flatten(root, resolved) : resolved),
		fallback: asToml(resolved.default ?? fallback),
		description: value.description ?? resolved.description ?? '',
	};
}

/** The sections of the configuration with their keys, in the order of the schema. */
export function configurationSections(schema: Schema): ConfigurationSection[] {
	return Object.entries(schema.properties ?? {}).map(([name, part]) => {
		const section = resolveRef(schema, part);
		const defaults = (section.default ?? {}) as Record<string, unknown>;
		const keys = Object.entries(section.properties ?? {});
		// A key outside of every section, such as `environment`, stands for itself.
		if (keys.length === 0) return { name, description: '', keys: [keyOf(schema, [name], part, undefined)] };
		return {
			name: `[${name}]`,
			description: section.description ?? '',
			keys: keys.map(([key, value]) => keyOf(schema, [name, key], value, defaults[key])),
		};
	});
}

/** Choices by reference are shown by what they refer to. */
function flatten(root: Schema, schema: Schema): Schema {
	const choices = (schema.oneOf ?? schema.anyOf ?? []).map((choice) => resolveRef(root, choice));
	return { ...schema, oneOf: choices, anyOf: undefined };
}

// The REST reference, from the OpenAPI document that the gateway generates.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RestOperation, RestReference, RestValue } from '../lib/content.ts';
import { docsFolder } from './library.ts';
import { resolveRef, type Schema, typeName } from './schema.ts';

interface Content {
	content?: Record<string, { schema?: Schema }>;
	description?: string;
}

interface Operation {
	operationId?: string;
	summary?: string;
	description?: string;
	parameters?: { name: string; in: string; required?: boolean; description?: string; schema?: Schema }[];
	requestBody?: Content;
	responses?: Record<string, Content>;
}

export interface OpenApi {
	paths: Record<string, Record<string, Operation>>;
	components?: { schemas?: Record<string, Schema> };
}

const methods = ['get', 'post', 'put', 'patch', 'delete', 'head'];

/** Written by `erynoa-gateway openapi`; undefined when it is not there. */
export function readOpenApi(folder: string = docsFolder): OpenApi | undefined {
	const file = join(folder, 'openapi.json');
	return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as OpenApi) : undefined;
}

function valuesOf(document: OpenApi, schema: Schema | undefined): RestValue[] {
	if (!schema) return [];
	const { properties = {}, required = [] } = resolveRef(document, schema);
	return Object.entries(properties).map(([name, value]) => ({
		name,
		place: '',
		type: typeName(value),
		required: required.includes(name),
		description: value.description ?? '',
	}));
}

function firstSchema(content: Content | undefined): { media: string; schema: Schema | undefined } {
	const [media = '', body] = Object.entries(content?.content ?? {})[0] ?? [];
	return { media, schema: body?.schema };
}

/** One entry for each path and method, in the order of the document. */
export function restReference(document: OpenApi): RestReference {
	const operations = Object.entries(document.paths).flatMap(([path, item]) =>
		methods.flatMap((method): RestOperation[] => {
			const operation = item[method];
			if (!operation) return [];
			const body = firstSchema(operation.requestBody);
			return [
				{
					id: operation.operationId ?? `${method}${path.replace(/\W+/g, '-')}`,
					method: method.toUpperCase(),
					path,
					summary: operation.summary ?? '',
					description: operation.description ?? '',
					values: (operation.parameters ?? []).map((value) => ({
						name: value.name,
						place: value.in,
						type: value.schema ? typeName(value.schema) : '',
						required: value.required ?? false,
						description: value.description ?? '',
					})),
					...(operation.requestBody && {
						body: {
							type: body.schema ? typeName(body.schema) : body.media,
							values: valuesOf(document, body.schema),
						},
					}),
					answers: Object.entries(operation.responses ?? {}).map(([status, answer]) => {
						const { media, schema } = firstSchema(answer);
						return { status, description: answer.description ?? '', type: schema ? typeName(schema) : media };
					}),
				},
			];
		}),
	);
	const schemas = Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => ({
		name,
		description: schema.description ?? (schema.enum ? typeName(schema) : ''),
		values: valuesOf(document, schema),
	}));
	return { operations, schemas };
}

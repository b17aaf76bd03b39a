import { describe, expect, it } from 'vitest';
import { configurationSections, readConfigurationSchema } from './configuration.ts';
import { readOpenApi, restReference } from './rest.ts';
import { type Schema, typeName } from './schema.ts';

describe('types in words', () => {
	it.each<[Schema, string]>([
		[{ type: 'integer', minimum: 0 }, 'integer'],
		[{ type: 'integer', minimum: 1, maximum: 100 }, 'integer 1 to 100'],
		[{ type: ['string', 'null'] }, 'string'],
		[{ type: 'array', items: { $ref: '#/components/schemas/Part' } }, 'array of Part'],
		[{ enum: ['text', 'json'] }, '"text" | "json"'],
		[{ oneOf: [{ type: 'null' }, { $ref: '#/x/Y' }] }, 'Y'],
	])('%j is %s', (schema, words) => {
		expect(typeName(schema)).toBe(words);
	});
});

describe('the configuration page', () => {
	it('names key, variable, type and default, through references', () => {
		const schema: Schema & { $defs: object } = {
			properties: { log: { $ref: '#/$defs/Log', default: { clock: 'system' } } },
			$defs: {
				Log: {
					type: 'object',
					description: 'The log.',
					properties: { clock: { $ref: '#/$defs/Clock', description: 'Whose time.' } },
				},
				Clock: { enum: ['system', 'events'] },
			},
		};
		expect(configurationSections(schema)).toEqual([
			{
				name: '[log]',
				description: 'The log.',
				keys: [
					{
						key: 'log.clock',
						variable: 'APP_LOG__CLOCK',
						type: '"system" | "events"',
						fallback: '"system"',
						description: 'Whose time.',
					},
				],
			},
		]);
	});

	it('a key outside of every section stands for itself, with its choices', () => {
		const schema: Schema & { $defs: object } = {
			properties: { environment: { $ref: '#/$defs/Environment', description: 'Which.', default: 'local' } },
			$defs: {
				Environment: { description: 'Other words.', oneOf: [{ const: 'local' }, { const: 'production' }] },
			},
		};
		expect(configurationSections(schema)[0]).toEqual({
			name: 'environment',
			description: '',
			keys: [
				{
					key: 'environment',
					variable: 'APP_ENVIRONMENT',
					type: '"local" | "production"',
					fallback: '"local"',
					description: 'Which.',
				},
			],
		});
	});

	it('a reference to nothing is refused', () => {
		expect(() => configurationSections({ properties: { a: { $ref: '#/$defs/Nothing' } } })).toThrow(
			'Nothing',
		);
	});

	it('every key of the committed schema has a type', () => {
		const schema = readConfigurationSchema();
		const keys = configurationSections(schema ?? { properties: {} }).flatMap((section) => section.keys);
		expect(keys.length).toBeGreaterThan(10);
		for (const { key, type } of keys) expect(type, key).not.toBe('');
	});
});

describe('the REST reference', () => {
	it('lists parameters, body and answers of an operation', () => {
		const { operations } = restReference({
			paths: {
				'/api/v1/x/{id}': {
					post: {
						operationId: 'x',
						parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
						requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/X' } } } },
						responses: {
							200: { description: 'ok', content: { 'application/json': { schema: { type: 'string' } } } },
						},
					},
				},
			},
			components: {
				schemas: { X: { required: ['a'], properties: { a: { type: 'integer', description: 'A.' } } } },
			},
		});
		expect(operations[0]).toMatchObject({
			id: 'x',
			method: 'POST',
			values: [{ name: 'id', place: 'path', required: true, type: 'string' }],
			body: { type: 'X', values: [{ name: 'a', required: true, description: 'A.' }] },
			answers: [{ status: '200', description: 'ok', type: 'string' }],
		});
	});

	it('the committed document has the paths that the guides show', () => {
		const document = readOpenApi();
		const paths = restReference(document ?? { paths: {} }).operations.map(({ path }) => path);
		expect(paths).toEqual(expect.arrayContaining(['/api/v1/health', '/api/v1/ready', '/api/v1/info']));
	});
});

// The API reference, from the compiled .proto files and the comments in them.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import {
	createFileRegistry,
	type DescEnum,
	type DescField,
	type DescFile,
	type DescMessage,
	type DescMethod,
	type DescService,
	fromBinary,
	ScalarType,
} from '@bufbuild/protobuf';
import {
	type FileDescriptorProto,
	type FileDescriptorSet,
	FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import type { ApiField, ApiMethod, ApiPage, ApiType, Comment, TypeRef } from '../lib/content.ts';
import { repository } from './library.ts';

/** Compiles proto/ with buf; comments included. */
export function readDescriptors(): FileDescriptorSet {
	const buf = join(repository, 'web/node_modules/.bin/buf');
	const image = execFileSync(buf, ['build', '--as-file-descriptor-set', '-o', '-#format=binpb'], {
		cwd: repository,
		maxBuffer: 64 * 1024 * 1024,
	});
	return fromBinary(FileDescriptorSetSchema, image);
}

function escapeHtml(text: string): string {
	return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Paragraphs of a comment, as HTML; error codes link to their pages. */
export function toComment(text: string, errorCodes: ReadonlySet<string>): Comment {
	return text
		.split(/\n\s*\n/)
		.map((paragraph) => paragraph.replace(/\s*\n\s*/g, ' ').trim())
		.filter(Boolean)
		.map((paragraph) =>
			escapeHtml(paragraph)
				.replace(/"([^"]*)"/g, '“$1”')
				.replace(/\b[A-Z]+(?:_[A-Z]+)+\b/g, (word) =>
					errorCodes.has(word) ? `<a href="/docs/errors/${word}">${word}</a>` : word,
				),
		);
}

/** Comments of one file by the path of what they stand at. */
function commentsOf(file: FileDescriptorProto): Map<string, string> {
	const comments = new Map<string, string>();
	for (const { path, leadingComments, trailingComments } of file.sourceCodeInfo?.location ?? []) {
		const text = leadingComments || trailingComments;
		if (text) comments.set(path.join('.'), text.replace(/^ /gm, ''));
	}
	return comments;
}

// Numbers of the fields of FileDescriptorProto and its parts: source locations are paths of them.
const MESSAGE = 4;
const ENUM = 5;
const SERVICE = 6;
const MEMBER = 2;

/** Which page of the reference documents the types of a file. */
function slugOf(file: DescFile, services: ReadonlyMap<string, string>): string {
	return file.proto.package.startsWith('erynoa.protocol')
		? 'api/protocol'
		: (services.get(file.name) ?? 'api/messages');
}

/** All pages of the reference: one for each service, one for shared messages, one for the protocol. */
export function apiPages(descriptors: FileDescriptorSet, errorCodes: ReadonlySet<string>): ApiPage[] {
	const files = [...createFileRegistry(descriptors).files];
	const services = new Map(
		files.flatMap((file) =>
			file.services.map((service): [string, string] => [file.name, `api/${service.name}`]),
		),
	);
	const comment = (text: string | undefined) => toComment(text ?? '', errorCodes);
	const isOurs = (file: DescFile) => file.proto.package.startsWith('erynoa.');

	const reference = (type: DescMessage | DescEnum): TypeRef =>
		isOurs(type.file)
			? { name: type.name, href: `/docs/${slugOf(type.file, services)}#${type.name}` }
			: { name: type.typeName };

	const fieldType = (field: DescField): TypeRef => {
		if (field.message) return reference(field.message);
		if (field.enum) return reference(field.enum);
		const scalar = field.fieldKind === 'list' && field.listKind === 'scalar' ? field.scalar : field.scalar;
		return { name: scalar === undefined ? '' : (ScalarType[scalar] ?? '').toLowerCase() };
	};

	const fieldLabel = (field: DescField): string => {
		if (field.fieldKind === 'list') return 'repeated';
		if (field.oneof) return field.oneof.name;
		return field.proto.proto3Optional ? 'optional' : '';
	};

	const typesOf = (file: DescFile): ApiType[] => {
		const comments = commentsOf(file.proto);
		const enums = file.enums.map(
			(type, i): ApiType => ({
				name: type.name,
				fullName: type.typeName,
				kind: 'enum',
				comment: comment(comments.get(`${ENUM}.${i}`)),
				fields: [],
				values: type.values.map(({ name, number }, j) => ({
					name,
					number,
					comment: comment(comments.get(`${ENUM}.${i}.${MEMBER}.${j}`)),
				})),
			}),
		);
		const messages = file.messages.map(
			(type, i): ApiType => ({
				name: type.name,
				fullName: type.typeName,
				kind: 'message',
				comment: comment(comments.get(`${MESSAGE}.${i}`)),
				fields: type.fields.map(
					(field, j): ApiField => ({
						name: field.name,
						number: field.number,
						type: fieldType(field),
						label: fieldLabel(field),
						comment: comment(comments.get(`${MESSAGE}.${i}.${MEMBER}.${j}`)),
					}),
				),
				values: [],
			}),
		);
		return [...messages, ...enums];
	};

	const method = (call: DescMethod, service: DescService, text: string | undefined): ApiMethod => ({
		name: call.name,
		path: `/${service.typeName}/${call.name}`,
		comment: comment(text),
		request: reference(call.input),
		response: reference(call.output),
		streams: call.methodKind === 'server_streaming',
	});

	const ours = files.filter(isOurs).sort((a, b) => a.name.localeCompare(b.name, 'en'));
	const servicePages = ours.flatMap((file) =>
		file.services.map((service, i): ApiPage => {
			const comments = commentsOf(file.proto);
			return {
				slug: `api/${service.name}`,
				title: service.name,
				fullName: service.typeName,
				comment: comment(comments.get(`${SERVICE}.${i}`)),
				methods: service.methods.map((call, j) =>
					method(call, service, comments.get(`${SERVICE}.${i}.${MEMBER}.${j}`)),
				),
				types: typesOf(file),
			};
		}),
	);
	const shared = (slug: string, title: string, fullName: string, text: string): ApiPage => ({
		slug,
		title,
		fullName,
		comment: comment(text),
		methods: [],
		types: ours.filter((file) => slugOf(file, services) === slug).flatMap(typesOf),
	});
	return [
		...servicePages,
		shared('api/messages', 'Shared messages', 'erynoa.api.v1', 'Messages that several services answer with.'),
		shared(
			'api/protocol',
			'Protocol messages',
			'erynoa.protocol.v1',
			'What is signed, hashed and replicated. Canonical protobuf: ascending field numbers, defaults omitted, minimal varints, no unknown fields.',
		),
	];
}

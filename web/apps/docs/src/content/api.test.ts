import { describe, expect, it } from 'vitest';
import { apiPages, readDescriptors, toComment } from './api.ts';

const pages = apiPages(readDescriptors(), new Set(['CHECKPOINT_UNKNOWN']));
const page = (slug: string) => pages.find((candidate) => candidate.slug === slug);

describe('the API reference', () => {
	it('has a page for every service, with every method documented by its comment', () => {
		const services = pages.filter(({ methods }) => methods.length > 0);
		expect(services.map(({ title }) => title)).toContain('TrustService');
		expect(services.length).toBeGreaterThanOrEqual(9);
		for (const { comment, title } of services) expect(comment.length, title).toBeGreaterThan(0);
	});

	it('names path, request and response of a call', () => {
		const call = page('api/TrustService')?.methods.find(({ name }) => name === 'GetTrust');
		expect(call).toMatchObject({
			path: '/erynoa.api.v1.TrustService/GetTrust',
			request: { name: 'GetTrustRequest', href: '/docs/api/TrustService#GetTrustRequest' },
			response: { name: 'GetTrustResponse' },
			streams: false,
		});
		expect(page('api/EventService')?.methods.find(({ name }) => name === 'Watch')?.streams).toBe(true);
	});

	it('every type that a field or a call refers to is documented where the link leads', () => {
		const anchors = new Set(
			pages.flatMap(({ slug, types }) => types.map(({ name }) => `/docs/${slug}#${name}`)),
		);
		const references = pages.flatMap(({ types, methods }) => [
			...types.flatMap(({ fields }) => fields.map(({ type }) => type)),
			...methods.flatMap(({ request, response }) => [request, response]),
		]);
		for (const { name, href } of references) {
			expect(name).not.toBe('');
			if (href) expect([...anchors]).toContain(href);
		}
	});

	it('keeps the comments of fields and the labels of oneofs', () => {
		const event = page('api/protocol')?.types.find(({ name }) => name === 'Event');
		expect(event?.fields.find(({ name }) => name === 'parents')).toMatchObject({
			label: 'repeated',
			number: 6,
		});
		expect(event?.fields.find(({ name }) => name === 'attestation')?.label).toBe('body');
		expect(event?.fields.find(({ name }) => name === 'author')?.comment).toEqual([
			"UniversalId of the author's identity, 32 bytes.",
		]);
	});

	it('comments are escaped, and codes with a page link to it', () => {
		expect(toComment('a <b>\nc\n\nNOT_FOUND / CHECKPOINT_UNKNOWN', new Set(['CHECKPOINT_UNKNOWN']))).toEqual([
			'a &lt;b&gt; c',
			'NOT_FOUND / <a href="/docs/errors/CHECKPOINT_UNKNOWN">CHECKPOINT_UNKNOWN</a>',
		]);
	});
});

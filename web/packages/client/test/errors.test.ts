import { Code, ConnectError, createRouterTransport } from '@connectrpc/connect';
import { EventService, ViolationSchema } from '@erynoa/proto';
import { ErrorInfoSchema } from '@erynoa/proto/rpc';
import { describe, expect, it } from 'vitest';
import { ApiError, CANCELED, createApi, NETWORK_UNREACHABLE, toApiError } from '../src';
import { refusal } from './server';

describe('errors of a call', () => {
	it('carry code, fields, facts, delay and request id of the server', async () => {
		const transport = createRouterTransport(({ service }) => {
			service(EventService, {
				submit() {
					throw refusal('EVENT_PREV_STALE', Code.Aborted, {
						field: 'event.prev',
						retryMs: 1_500,
						facts: { head: 'ab' },
						requestId: 'r-1',
					});
				},
			});
		});
		const error = await createApi(transport)
			.events.submit({})
			.catch((reason: unknown) => reason);
		expect(error).toBeInstanceOf(ApiError);
		expect(error).toMatchObject({
			code: 'EVENT_PREV_STALE',
			status: Code.Aborted,
			fields: [{ field: 'event.prev', reason: 'wrong' }],
			facts: { head: 'ab' },
			retryAfterMs: 1_500,
			requestId: 'r-1',
			message: 'refused: EVENT_PREV_STALE',
			isTransient: false,
		});
		expect((error as ApiError).fieldReason('event.prev')).toBe('wrong');
		expect((error as ApiError).fieldReason('event.realm')).toBeUndefined();
	});

	it('name every rule that does not hold', async () => {
		const refused = new ConnectError('refused', Code.FailedPrecondition, undefined, [
			{ desc: ErrorInfoSchema, value: { reason: 'REALM_RULES_VIOLATED', domain: 'erynoa' } },
			{ desc: ViolationSchema, value: { code: 'TRUST_TOO_LOW', actualPpm: 100_000, requiredPpm: 300_000 } },
			{ desc: ViolationSchema, value: { code: 'CREDENTIAL_MISSING', rule: 'license' } },
		]);
		// As it comes over the wire: the details are bytes there.
		const transport = createRouterTransport(({ service }) => {
			service(EventService, {
				submit() {
					throw refused;
				},
			});
		});
		const error = (await createApi(transport)
			.events.submit({})
			.catch((reason: unknown) => reason)) as ApiError;
		expect(error.code).toBe('REALM_RULES_VIOLATED');
		expect(error.violations.map(({ code }) => code)).toEqual(['TRUST_TOO_LOW', 'CREDENTIAL_MISSING']);
		expect(error.violations[0]?.requiredPpm).toBe(300_000);
	});

	it('of a stream are typed, too', async () => {
		const transport = createRouterTransport(({ service }) => {
			service(EventService, {
				// biome-ignore lint/correctness/useYield: the stream fails before its first item
				async *watch() {
					throw refusal('VALIDATION_ERROR', Code.InvalidArgument);
				},
			});
		});
		const read = async () => {
			for await (const _ of createApi(transport).events.watch({})) expect.unreachable();
		};
		await expect(read()).rejects.toMatchObject({ name: 'ApiError', code: 'VALIDATION_ERROR' });
	});

	it('without details have the generic code of their status', () => {
		const codes = (
			[
				[Code.Unauthenticated, 'UNAUTHORIZED'],
				[Code.PermissionDenied, 'FORBIDDEN'],
				[Code.NotFound, 'NOT_FOUND'],
				[Code.ResourceExhausted, 'RATE_LIMITED'],
				[Code.Unavailable, 'SERVICE_UNAVAILABLE'],
				[Code.Internal, 'INTERNAL_ERROR'],
				[Code.Unknown, 'INTERNAL_ERROR'],
				[Code.Canceled, CANCELED],
			] as const
		).map(([status, code]) => [toApiError(new ConnectError('x', status)).code, code]);
		for (const [found, wanted] of codes) expect(found).toBe(wanted);
	});

	it('of a server that cannot be reached can pass by themselves', () => {
		const error = toApiError(ConnectError.from(new TypeError('Failed to fetch')));
		expect(error).toMatchObject({ code: NETWORK_UNREACHABLE, isTransient: true, requestId: '' });
		expect(toApiError(error)).toBe(error);
		expect(toApiError(ConnectError.from(error))).toBe(error);
		expect(toApiError(refusal('RATE_LIMITED', Code.ResourceExhausted)).isTransient).toBe(true);
		expect(toApiError(refusal('FORBIDDEN', Code.PermissionDenied)).isTransient).toBe(false);
	});
});

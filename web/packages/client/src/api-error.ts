import { Code, ConnectError } from '@connectrpc/connect';
import { type Violation, ViolationSchema } from '@erynoa/proto';
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from '@erynoa/proto/rpc';

/** One field of a request that is wrong. */
export interface FieldViolation {
	/** Path of the field, such as `attestation.domain`. */
	field: string;
	/** What is wrong and what would be right. */
	reason: string;
}

/** Code of a request that did not reach the server. */
export const NETWORK_UNREACHABLE = 'NETWORK_UNREACHABLE';
/** Code of a request that the caller itself took back. */
export const CANCELED = 'CANCELED';

const GENERIC_CODES: Partial<Record<Code, string>> = {
	[Code.Canceled]: CANCELED,
	[Code.InvalidArgument]: 'VALIDATION_ERROR',
	[Code.OutOfRange]: 'VALIDATION_ERROR',
	[Code.DeadlineExceeded]: 'DEADLINE_EXCEEDED',
	[Code.Unavailable]: 'SERVICE_UNAVAILABLE',
	[Code.Unimplemented]: 'METHOD_UNKNOWN',
	[Code.NotFound]: 'NOT_FOUND',
	[Code.AlreadyExists]: 'CONFLICT',
	[Code.Aborted]: 'CONFLICT',
	[Code.FailedPrecondition]: 'CONFLICT',
	[Code.PermissionDenied]: 'FORBIDDEN',
	[Code.Unauthenticated]: 'UNAUTHORIZED',
	[Code.ResourceExhausted]: 'RATE_LIMITED',
};

/** Why a call failed, as the server says it. */
export class ApiError extends Error {
	override readonly name = 'ApiError';
	/** Stable code with a page at /docs/errors/CODE, such as EVENT_PREV_STALE. */
	readonly code: string;
	readonly status: Code;
	readonly fields: readonly FieldViolation[];
	/** Every rule that does not hold, where more than one kind of reason applies; may be empty. */
	readonly violations: readonly Violation[];
	/** Further facts by name, as far as the code's page describes them. */
	readonly facts: Readonly<Record<string, string>>;
	/** Earliest time for another try; absent when the server names none. */
	readonly retryAfterMs: number | undefined;
	/** Names the call in the server's log; empty when the server was not reached. */
	readonly requestId: string;

	constructor(
		message: string,
		known: { code: string; status: Code } & Partial<
			Pick<ApiError, 'fields' | 'violations' | 'facts' | 'retryAfterMs' | 'requestId'>
		>,
		options?: ErrorOptions,
	) {
		super(message, options);
		this.code = known.code;
		this.status = known.status;
		this.fields = known.fields ?? [];
		this.violations = known.violations ?? [];
		this.facts = known.facts ?? {};
		this.retryAfterMs = known.retryAfterMs;
		this.requestId = known.requestId ?? '';
	}

	/** Whether the same call can succeed later without anything being changed. */
	get isTransient(): boolean {
		return (
			this.code === NETWORK_UNREACHABLE ||
			this.status === Code.Unavailable ||
			this.status === Code.DeadlineExceeded ||
			this.status === Code.ResourceExhausted
		);
	}

	/** Whether the call may have taken effect although it failed: the answer got lost, or the server broke down. */
	get isUncertain(): boolean {
		return (
			this.isTransient ||
			this.status === Code.Internal ||
			this.status === Code.Unknown ||
			this.status === Code.Canceled
		);
	}

	/** Reason given for a field; undefined when the field is not the problem. */
	fieldReason(field: string): string | undefined {
		return this.fields.find((violation) => violation.field === field)?.reason;
	}
}

/** Whether the request failed before any answer of the server: fetch rejects with a TypeError then. */
export function isNetworkFailure(error: unknown): boolean {
	if (error instanceof ApiError) return error.code === NETWORK_UNREACHABLE;
	return error instanceof ConnectError && error.cause instanceof TypeError;
}

/** Any failure of a call as an ApiError; an ApiError comes back as it is. */
export function toApiError(reason: unknown): ApiError {
	if (reason instanceof ApiError) return reason;
	const error = ConnectError.from(reason);
	if (error.cause instanceof ApiError) return error.cause;
	if (isNetworkFailure(error)) {
		return new ApiError(
			'the server cannot be reached',
			{ code: NETWORK_UNREACHABLE, status: Code.Unavailable },
			{ cause: error },
		);
	}
	const info = error.findDetails(ErrorInfoSchema)[0];
	const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
	return new ApiError(
		error.rawMessage,
		{
			code: info?.reason || (GENERIC_CODES[error.code] ?? 'INTERNAL_ERROR'),
			status: error.code,
			fields: error
				.findDetails(BadRequestSchema)
				.flatMap((detail) => detail.fieldViolations)
				.map((violation) => ({ field: violation.field, reason: violation.description })),
			violations: error.findDetails(ViolationSchema),
			facts: info?.metadata ?? {},
			retryAfterMs: delay && Number(delay.seconds) * 1000 + Math.ceil(delay.nanos / 1_000_000),
			requestId: error.metadata.get('x-request-id') ?? '',
		},
		{ cause: error },
	);
}

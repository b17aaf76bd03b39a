import { Code } from '@connectrpc/connect';
import { ApiError, NETWORK_UNREACHABLE } from './api-error';
import type { Progress } from './files-hash';

/** Sends bytes to a presigned URL; ends with an ApiError, or with the signal's reason. */
export type Put = (url: string, bytes: Blob, onProgress: Progress, signal: AbortSignal) => Promise<void>;

/** A network that says nothing for so long is gone. */
const silenceMs = 60_000;

function refused(request: XMLHttpRequest): ApiError {
	const { status } = request;
	const wait = Number(request.getResponseHeader('retry-after'));
	const known = (code: string, kind: Code) =>
		new ApiError(`the store answered ${status}`, {
			code,
			status: kind,
			...(wait > 0 ? { retryAfterMs: wait * 1000 } : {}),
			requestId: request.getResponseHeader('x-request-id') ?? '',
		});
	// Stores refuse an address whose time is over with 403 and one that was changed, too.
	if (status === 401 || status === 403) return known('URL_EXPIRED', Code.PermissionDenied);
	if (status === 429) return known('RATE_LIMITED', Code.ResourceExhausted);
	if (status === 413) return known('PAYLOAD_TOO_LARGE', Code.InvalidArgument);
	if (status === 408 || status >= 500) return known('SERVICE_UNAVAILABLE', Code.Unavailable);
	return known('PART_INVALID', Code.InvalidArgument);
}

/** By XMLHttpRequest, for fetch does not tell how far it is. */
export const putByRequest: Put = (url, bytes, onProgress, signal) =>
	new Promise((resolve, reject) => {
		signal.throwIfAborted();
		const request = new XMLHttpRequest();
		let silence: ReturnType<typeof setTimeout>;
		const listen = () => {
			clearTimeout(silence);
			silence = setTimeout(() => request.abort(), silenceMs);
		};
		const stop = () => request.abort();
		const lost = () =>
			reject(
				signal.aborted
					? signal.reason
					: new ApiError('the connection was lost', { code: NETWORK_UNREACHABLE, status: Code.Unavailable }),
			);
		request.upload.onprogress = ({ loaded }) => {
			listen();
			onProgress(loaded);
		};
		request.onload = () =>
			request.status >= 200 && request.status < 300 ? resolve() : reject(refused(request));
		request.onerror = lost;
		request.onabort = lost;
		request.onloadend = () => {
			clearTimeout(silence);
			signal.removeEventListener('abort', stop);
		};
		signal.addEventListener('abort', stop);
		request.open('PUT', url);
		listen();
		request.send(bytes);
	});

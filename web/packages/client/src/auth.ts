import { Code, ConnectError, type Interceptor } from '@connectrpc/connect';

/** Where access tokens come from. */
export interface TokenSource {
	/** A token that is still good; undefined when nobody is signed in. */
	accessToken(): Promise<string | undefined>;
	/** A newer token than the one that was refused; undefined when the session has ended. */
	renew(refused: string): Promise<string | undefined>;
}

/**
 * Sends the access token along. A unary call that is refused as unauthenticated is tried once more with
 * a renewed token; a stream is not, its caller reconnects.
 */
export function authInterceptor(tokens: TokenSource): Interceptor {
	return (next) => async (request) => {
		const token = await tokens.accessToken();
		if (token === undefined) return next(request);
		request.header.set('authorization', `Bearer ${token}`);
		try {
			return await next(request);
		} catch (error) {
			if (request.stream || ConnectError.from(error).code !== Code.Unauthenticated) throw error;
			const renewed = await tokens.renew(token);
			if (renewed === undefined) throw error;
			request.header.set('authorization', `Bearer ${renewed}`);
			return next(request);
		}
	};
}

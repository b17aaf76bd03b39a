import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Api } from '../src/api';
import { finishProviderSignIn, openProviderSignIn } from '../src/oidc';

const ISSUER = 'https://id.example';

/** sessionStorage of one tab. */
function tab() {
	const values = new Map<string, string>();
	return {
		getItem: (key: string) => values.get(key) ?? null,
		setItem: (key: string, value: string) => void values.set(key, value),
		removeItem: (key: string) => void values.delete(key),
	};
}

const api = {
	info: { getInfo: async () => ({ auth: { mode: 'oidc', issuer: ISSUER, providerName: 'Example' } }) },
	sessions: {
		createOidcSignIn: async () => ({
			nonce: 'n-1',
			expiresAtUs: 0n,
			authorizationEndpoint: `${ISSUER}/authorize?tenant=1`,
			tokenEndpoint: `${ISSUER}/token`,
			endSessionEndpoint: `${ISSUER}/end`,
			clientId: 'platform',
			redirectUri: 'https://erynoa.example/platform/callback',
			scopes: ['openid', 'email'],
		}),
	},
} as unknown as Pick<Api, 'info' | 'sessions'>;

function part(value: object): string {
	return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** An ID token; nobody checks its signature here, the server does. */
function idToken(claims: object = {}): string {
	const now = Math.floor(Date.now() / 1000);
	const payload = {
		iss: ISSUER,
		sub: '1',
		aud: 'platform',
		nonce: 'n-1',
		iat: now,
		exp: now + 600,
		...claims,
	};
	return `${part({ alg: 'RS256' })}.${part(payload)}.AAAA`;
}

function answerTokens(token: string) {
	const asked = vi.fn(async (_: string | URL | Request, init?: RequestInit) => {
		void init;
		return Response.json({ access_token: 'a', token_type: 'bearer', id_token: token });
	});
	vi.stubGlobal('fetch', asked);
	return asked;
}

function callback(opened: string, more: Record<string, string> = {}): URL {
	const state = new URL(opened).searchParams.get('state') ?? '';
	const query = new URLSearchParams({ code: 'c-1', state, ...more });
	return new URL(`https://erynoa.example/platform/callback?${query}`);
}

afterEach(() => vi.unstubAllGlobals());

describe('sign-in by an identity provider', () => {
	it('asks with a code challenge, a state of its own and the nonce of the server', async () => {
		const address = new URL(await openProviderSignIn(api, 'platform', '/platform/devices', tab()));
		expect(address.origin + address.pathname).toBe(`${ISSUER}/authorize`);
		expect(Object.fromEntries(address.searchParams)).toMatchObject({
			tenant: '1',
			client_id: 'platform',
			redirect_uri: 'https://erynoa.example/platform/callback',
			response_type: 'code',
			scope: 'openid email',
			nonce: 'n-1',
			code_challenge_method: 'S256',
		});
		expect(address.searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/);
		expect(address.searchParams.get('state')).toMatch(/^[\w-]{43}$/);
	});

	it('trades the code with the verifier and remembers where the person was going', async () => {
		const storage = tab();
		const opened = await openProviderSignIn(api, 'platform', '/platform/devices', storage);
		const token = idToken();
		const asked = answerTokens(token);
		const proof = await finishProviderSignIn(callback(opened), storage);
		expect(proof).toMatchObject({ app: 'platform', next: '/platform/devices', idToken: token });
		const signOut = new URL(proof.signOutUrl);
		expect(signOut.searchParams.get('post_logout_redirect_uri')).toBe('https://erynoa.example/platform');
		expect(signOut.searchParams.get('id_token_hint')).toBe(token);
		const body = new URLSearchParams(String(asked.mock.calls[0]?.[1]?.body));
		expect(body.get('grant_type')).toBe('authorization_code');
		expect(body.get('code_verifier')).toMatch(/^[\w-]{43}$/);
		const digest = await crypto.subtle.digest('SHA-256', Buffer.from(body.get('code_verifier') ?? ''));
		expect(Buffer.from(digest).toString('base64url')).toBe(
			new URL(opened).searchParams.get('code_challenge'),
		);
	});

	it('works once', async () => {
		const storage = tab();
		const opened = await openProviderSignIn(api, 'platform', '/', storage);
		answerTokens(idToken());
		await finishProviderSignIn(callback(opened), storage);
		await expect(finishProviderSignIn(callback(opened), storage)).rejects.toMatchObject({
			code: 'SIGN_IN_STATE_UNKNOWN',
		});
	});

	it('refuses the answer to another sign-in, and trades nothing', async () => {
		const storage = tab();
		const opened = await openProviderSignIn(api, 'platform', '/', storage);
		const asked = answerTokens(idToken());
		await expect(finishProviderSignIn(callback(opened, { state: 'foreign' }), storage)).rejects.toMatchObject(
			{ code: 'SIGN_IN_STATE_UNKNOWN' },
		);
		expect(asked).not.toHaveBeenCalled();
	});

	it.each([
		['another issuer', { iss: 'https://evil.example' }],
		['another app', { aud: 'console' }],
		['another nonce', { nonce: 'n-2' }],
	])('refuses an ID token of %s', async (_, claims) => {
		const storage = tab();
		const opened = await openProviderSignIn(api, 'platform', '/', storage);
		answerTokens(idToken(claims));
		await expect(finishProviderSignIn(callback(opened), storage)).rejects.toMatchObject({
			code: 'PROVIDER_REFUSED',
		});
	});

	it('tells a cancelled sign-in from a refused one and from a provider that is away', async () => {
		const cases = [
			[{ error: 'access_denied' }, 'SIGN_IN_DENIED'],
			[{ error: 'server_error' }, 'PROVIDER_REFUSED'],
			[{}, 'PROVIDER_UNAVAILABLE'],
		] as const;
		vi.stubGlobal('fetch', async () => {
			throw new TypeError('Failed to fetch');
		});
		for (const [query, code] of cases) {
			const storage = tab();
			const opened = await openProviderSignIn(api, 'platform', '/', storage);
			await expect(finishProviderSignIn(callback(opened, query), storage)).rejects.toMatchObject({ code });
		}
	});
});

import { Code } from '@connectrpc/connect';
import * as oauth from 'oauth4webapi';
import type { Api } from './api';
import { ApiError } from './api-error';
import type { ProviderProof } from './session';

/** The app that signs somebody in; each is a client of its own at the identity provider. */
export type AppName = 'platform' | 'console' | 'docs';

/** What must survive the way to the provider and back, in this tab alone. */
interface Opened {
	app: AppName;
	next: string;
	state: string;
	nonce: string;
	codeVerifier: string;
	redirectUri: string;
	clientId: string;
	issuer: string;
	tokenEndpoint: string;
	endSessionEndpoint: string;
}

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

const STORED = 'erynoa-provider-sign-in';
/** The server judges the times in an ID token; here only a device's clock would be in the way. */
const CLOCK_TOLERANCE_S = 86_400;

function refusal(code: string, message: string, status: Code, cause?: unknown): ApiError {
	return new ApiError(message, { code, status }, { cause });
}

/** Opens a sign-in (authorization code with PKCE); gives the provider's page to go to. */
export async function openProviderSignIn(
	api: Pick<Api, 'info' | 'sessions'>,
	app: AppName,
	next: string,
	storage: Storage,
): Promise<string> {
	const [info, opened] = await Promise.all([api.info.getInfo({}), api.sessions.createOidcSignIn({ app })]);
	const codeVerifier = oauth.generateRandomCodeVerifier();
	const state = oauth.generateRandomState();
	const { nonce, clientId, redirectUri, tokenEndpoint, endSessionEndpoint } = opened;
	const record: Opened = {
		app,
		next,
		state,
		nonce,
		codeVerifier,
		redirectUri,
		clientId,
		issuer: info.auth?.issuer ?? '',
		tokenEndpoint,
		endSessionEndpoint,
	};
	storage.setItem(STORED, JSON.stringify(record));
	const address = new URL(opened.authorizationEndpoint);
	const query = {
		client_id: clientId,
		redirect_uri: redirectUri,
		response_type: 'code',
		scope: opened.scopes.join(' '),
		state,
		nonce,
		code_challenge: await oauth.calculatePKCECodeChallenge(codeVerifier),
		code_challenge_method: 'S256',
	};
	for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
	return address.href;
}

function read(storage: Storage): Opened {
	const stored = storage.getItem(STORED);
	if (stored === null) {
		throw refusal(
			'SIGN_IN_STATE_UNKNOWN',
			'this tab has opened no sign-in, or it is over already',
			Code.FailedPrecondition,
		);
	}
	// Once: an answer that comes again must not sign in again.
	storage.removeItem(STORED);
	return JSON.parse(stored) as Opened;
}

function checkAnswer(
	provider: oauth.AuthorizationServer,
	client: oauth.Client,
	address: URL,
	state: string,
): URLSearchParams {
	try {
		return oauth.validateAuthResponse(provider, client, address, state);
	} catch (error) {
		if (!(error instanceof oauth.AuthorizationResponseError)) {
			// Another state or issuer than was asked for: perhaps somebody else's answer.
			throw refusal(
				'SIGN_IN_STATE_UNKNOWN',
				'the answer does not belong to the sign-in of this tab',
				Code.FailedPrecondition,
				error,
			);
		}
		if (error.error === 'access_denied') {
			throw refusal('SIGN_IN_DENIED', 'the sign-in was cancelled', Code.PermissionDenied, error);
		}
		throw refusal('PROVIDER_REFUSED', error.error_description ?? error.error, Code.FailedPrecondition, error);
	}
}

async function exchange(
	provider: oauth.AuthorizationServer,
	client: oauth.Client,
	answer: URLSearchParams,
	{ redirectUri, codeVerifier, nonce }: Opened,
): Promise<string> {
	try {
		const response = await oauth.authorizationCodeGrantRequest(
			provider,
			client,
			oauth.None(),
			answer,
			redirectUri,
			codeVerifier,
			// Whether http is good enough for the provider is the configuration's to say.
			{ [oauth.allowInsecureRequests]: true },
		);
		const tokens = await oauth.processAuthorizationCodeResponse(provider, client, response, {
			expectedNonce: nonce,
			requireIdToken: true,
		});
		return tokens.id_token ?? '';
	} catch (error) {
		// fetch says so when there was no answer at all.
		if (error instanceof TypeError && !('code' in error)) {
			throw refusal(
				'PROVIDER_UNAVAILABLE',
				'the identity provider cannot be reached',
				Code.Unavailable,
				error,
			);
		}
		const reason = error instanceof Error ? error.message : 'the identity provider refused';
		throw refusal('PROVIDER_REFUSED', reason, Code.FailedPrecondition, error);
	}
}

/** Takes the provider's answer from the address of `<app>/callback` and trades its code for an ID token. */
export async function finishProviderSignIn(
	address: URL,
	storage: Storage,
): Promise<ProviderProof & { next: string }> {
	const opened = read(storage);
	const provider: oauth.AuthorizationServer = {
		issuer: opened.issuer,
		token_endpoint: opened.tokenEndpoint,
	};
	const client: oauth.Client = {
		client_id: opened.clientId,
		[oauth.clockTolerance]: CLOCK_TOLERANCE_S,
	};
	const answer = checkAnswer(provider, client, address, opened.state);
	const idToken = await exchange(provider, client, answer, opened);
	return { app: opened.app, next: opened.next, idToken, signOutUrl: signOutUrl(opened, idToken) };
}

function signOutUrl({ endSessionEndpoint, clientId, redirectUri }: Opened, idToken: string): string {
	if (endSessionEndpoint === '') return '';
	const address = new URL(endSessionEndpoint);
	address.searchParams.set('client_id', clientId);
	address.searchParams.set('id_token_hint', idToken);
	address.searchParams.set('post_logout_redirect_uri', redirectUri.replace(/\/callback$/, ''));
	return address.href;
}

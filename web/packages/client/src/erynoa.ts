import { Code, type Interceptor, type Transport } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { type Api, createApi } from './api';
import { ApiError } from './api-error';
import { authInterceptor, type TokenSource } from './auth';
import type { Author } from './author';
import { type Connectivity, followConnectivity } from './connectivity';
import { openDatabase } from './database';
import type { NewIdentity } from './identities';
import { type KeyStore, openKeyStore, type StoredKey, signerOf } from './keys';
import type { AppName } from './oidc';
import type { PairingClaim, PairingOffer } from './pairing';
import { openSession, type SessionStore } from './session';
import { settleKeys } from './settle-keys';
import { type Watch, type WatchOptions, watchEvents } from './watch';

/** Everything that an app needs of the server, for one origin. */
export interface Erynoa {
	/** Sends the access token along when somebody is signed in. */
	readonly api: Api;
	readonly connectivity: Connectivity;
	readonly keys: KeyStore;
	readonly session: SessionStore;
	/** Takes up the stored session and settles keys that wait for the log. Call once at the start. */
	start(): Promise<void>;
	/**
	 * Opens a sign-in at the identity provider; gives the page to go to. `next` is where the person wants
	 * to be afterwards.
	 */
	openProviderSignIn(app: AppName, next: string): Promise<string>;
	/** Ends it on the page `callback`, whose address the provider has filled in. Works once. */
	finishProviderSignIn(address: URL): Promise<{ created: boolean; next: string }>;
	/** Makes an identity on this device and signs in with it. */
	createIdentity(wanted: NewIdentity): Promise<StoredKey>;
	/** Writes events of the identity that is signed in. Throws UNAUTHORIZED when nobody is. */
	author(): Promise<Author>;
	/** Follows the log. */
	watch(options: WatchOptions): Watch;
	/** On a new device: offers a key of its own to a signed-in device. */
	offerKey(label: string): Promise<PairingOffer>;
	/** On the signed-in device: takes up the code that a new device shows. */
	claimKey(code: string): Promise<PairingClaim>;
	/** Stops what runs in the background. */
	stop(): void;
}

/** Where the server is and how to reach it. */
export interface ErynoaOptions {
	/** Origin of the server; the page's own unless given. */
	baseUrl?: string;
	/** Makes the transport; gRPC-Web by fetch unless given. */
	transport?: (interceptors: Interceptor[]) => Transport;
}

const DEADLINE_MS = 30_000;

/**
 * Connects to a server; nothing is sent before it is used. What writes events is loaded when it is first
 * needed: it brings the curve's arithmetic along, which readers do without.
 */
export function createErynoa(options: ErynoaOptions = {}): Erynoa {
	const baseUrl = options.baseUrl ?? globalThis.location.origin;
	const transport =
		options.transport ??
		((interceptors: Interceptor[]) =>
			createGrpcWebTransport({ baseUrl, interceptors, defaultTimeoutMs: DEADLINE_MS }));

	const connectivity = followConnectivity(() => open.health.check({}, { timeoutMs: 5_000 }));
	// Two transports, as the calls that get a token cannot wait for one.
	const open = createApi(transport([connectivity.interceptor]));
	const tokens: TokenSource = {
		accessToken: () => session.accessToken(),
		renew: (refused) => session.renew(refused),
	};
	const api = createApi(transport([authInterceptor(tokens), connectivity.interceptor]));
	const database = openDatabase();
	const keys = openKeyStore(database);
	const session: SessionStore = openSession(open, api, database, keys, new URL(baseUrl).origin);

	let latest: { key: string; author: Author } | undefined;
	const author = async (): Promise<Author> => {
		const state = session.get();
		if (state.status !== 'signed-in') {
			throw new ApiError('sign in first', { code: 'UNAUTHORIZED', status: Code.Unauthenticated });
		}
		const { identity, uid } = state.session;
		if (uid === undefined) {
			throw new ApiError('link an identity to your account first', {
				code: 'IDENTITY_REQUIRED',
				status: Code.FailedPrecondition,
			});
		}
		const key = await keys.find(identity);
		if (!key) {
			throw new ApiError('this device has no key of that identity', {
				code: 'KEY_NOT_ON_DEVICE',
				status: Code.FailedPrecondition,
			});
		}
		const { createAuthor } = await import('./author');
		// One author a key, so that its events stand in one row: nothing may wait between here and the end.
		if (latest?.key !== key.id) {
			latest = { key: key.id, author: createAuthor(api, uid, signerOf(key)) };
		}
		return latest.author;
	};

	return {
		api,
		connectivity,
		keys,
		session,
		author,
		async start() {
			await session.restore();
			try {
				await settleKeys(api, keys);
			} catch (error) {
				// Without an answer the keys wait for the next start.
				if (!(error instanceof ApiError)) throw error;
			}
		},
		async openProviderSignIn(app, next) {
			const { openProviderSignIn } = await import('./oidc');
			return openProviderSignIn(open, app, next, globalThis.sessionStorage);
		},
		async finishProviderSignIn(address) {
			const { finishProviderSignIn } = await import('./oidc');
			const { next, ...proof } = await finishProviderSignIn(address, globalThis.sessionStorage);
			const { created } = await session.signInWithProvider(proof);
			return { created, next };
		},
		async createIdentity(wanted) {
			const { createIdentity } = await import('./identities');
			const key = await createIdentity(api, keys, wanted);
			await session.signIn(key.identity);
			return key;
		},
		watch: (watched) => watchEvents(api, watched),
		async offerKey(label) {
			const { offerKey } = await import('./pairing');
			return offerKey(api, keys, label);
		},
		async claimKey(code) {
			const { claimKey } = await import('./pairing');
			return claimKey(api, await author(), code);
		},
		stop() {
			connectivity.stop();
			session.stop();
		},
	};
}

// People who act over the API, and the way to sit one of them down at a browser.
// What a test is about it does by hand; what it only needs, it takes from here.

import { randomBytes } from 'node:crypto';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { type Api, createApi, createAuthor, type Published } from '@erynoa/client';
import type { Session, Tokens, Trust } from '@erynoa/proto';
import {
	attestation,
	attestationRevoked,
	Dimension,
	didOf,
	identityCreated,
	identityRef,
	Namespace,
	Polarity,
	parseUid,
	seedSigner,
	signSignIn,
	toHex,
	type Uid,
} from '@erynoa/protocol';
import type { BrowserContext } from '@playwright/test';

export interface Person {
	did: string;
	uid: Uid;
	name: string;
	publicKey: Uint8Array;
	/** 32 bytes; only people of tests have one that can be read. */
	seed: Uint8Array;
	/** Calls in their name; signed in since `signIn`. */
	api: Api;
	signIn(): Promise<{ tokens: Tokens; session: Session }>;
	/** Becomes the operator and founder of the root realm. */
	claim(token: string, realmName?: string): Promise<void>;
	attest(
		subject: Person,
		statement?: {
			dimension?: Dimension;
			polarity?: Polarity;
			domain?: string;
			comment?: string;
			expiresAtUs?: bigint;
		},
	): Promise<Published>;
	revoke(event: Published, reason?: string): Promise<Published>;
	/** Their trust in the root realm at the last closed epoch. */
	trust(): Promise<Trust>;
}

function apiOf(url: string, token: () => string | undefined): Api {
	return createApi(
		createGrpcWebTransport({
			baseUrl: url,
			interceptors: [
				(next) => (request) => {
					const value = token();
					if (value) request.header.set('authorization', `Bearer ${value}`);
					return next(request);
				},
			],
		}),
	);
}

/** Makes an identity and writes it to the log. */
export async function createPerson(
	url: string,
	name: string,
	namespace: Namespace = Namespace.SELF,
): Promise<Person> {
	const seed = new Uint8Array(randomBytes(32));
	const signer = seedSigner(seed);
	const did = didOf(namespace, signer.publicKey);
	const uid = identityRef(did);
	let access: string | undefined;
	const api = apiOf(url, () => access);
	const author = createAuthor(api, uid, signer);
	await author.publish(identityCreated({ namespace, displayName: name, keyLabel: 'test' }));

	const realm = async () => {
		const info = await api.info.getInfo({});
		if (!info.log?.claimed) throw new Error('claim the installation first: it has no realm yet');
		return parseUid(info.log.rootRealm);
	};

	const person: Person = {
		did,
		uid,
		name,
		publicKey: signer.publicKey,
		seed,
		api,
		async signIn() {
			const challenge = await api.sessions.createChallenge({ identity: did });
			const signature = await signSignIn(challenge, uid, signer, url);
			const answer = await api.sessions.signIn({
				identity: did,
				challenge: challenge.challenge,
				publicKey: signer.publicKey,
				signature,
			});
			if (!answer.tokens || !answer.session) throw new Error('the answer to a sign-in is incomplete');
			access = answer.tokens.accessToken;
			return { tokens: answer.tokens, session: answer.session };
		},
		async claim(claimToken, realmName = 'Test realm') {
			await person.signIn();
			const answer = await api.sessions.claimInstallation({ claimToken, realmName });
			access = answer.tokens?.accessToken;
		},
		async attest(subject, statement = {}) {
			const { dimension = Dimension.RELIABILITY, polarity = Polarity.POSITIVE, ...rest } = statement;
			return author.publish(attestation({ subject: subject.uid, dimension, polarity, ...rest }), {
				realm: await realm(),
			});
		},
		async revoke(event, reason) {
			return author.publish(attestationRevoked(event.id, reason), {
				realm: await realm(),
				parents: [event],
			});
		},
		async trust() {
			const { trust } = await api.trust.getTrust({ subject: did });
			if (!trust) throw new Error(`no trust for ${did}`);
			return trust;
		},
	};
	return person;
}

/**
 * Puts a person's key, and with `signedIn` a session of theirs, into a browser, in
 * the form that packages/client keeps them (keys.ts, session.ts). Call it before
 * the first page of an app is opened.
 */
export async function seatPerson(
	context: BrowserContext,
	url: string,
	person: Person,
	options: { signedIn?: boolean } = {},
): Promise<void> {
	const signIn = (options.signedIn ?? true) ? await person.signIn() : undefined;
	const page = await context.newPage();
	// Any page of the origin opens its storage; this one runs no script of ours.
	await page.goto(`${url}/api/v1/health`);
	await page.evaluate(
		async ({ key, session }) => {
			const bytes = (hex: string) =>
				Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
			const privateKey = await crypto.subtle.importKey(
				'pkcs8',
				bytes(key.pkcs8),
				{ name: 'Ed25519' },
				false,
				['sign'],
			);
			const database = await new Promise<IDBDatabase>((resolve, reject) => {
				const request = indexedDB.open('erynoa', 1);
				request.onupgradeneeded = () => {
					request.result.createObjectStore('keys');
					request.result.createObjectStore('session');
				};
				request.onsuccess = () => resolve(request.result);
				request.onerror = () => reject(request.error);
			});
			const transaction = database.transaction(['keys', 'session'], 'readwrite');
			const stored = {
				id: key.id,
				publicKey: bytes(key.id),
				privateKey,
				identity: key.did,
				displayName: key.name,
				label: 'test',
				state: 'live',
				createdAtMs: Date.now(),
			};
			transaction.objectStore('keys').put(stored, key.id);
			if (session) {
				const record = {
					refreshToken: session.refreshToken,
					refreshExpiresAtUs: BigInt(session.refreshExpiresAtUs),
					session: { ...session.session, publicKey: bytes(key.id) },
				};
				transaction.objectStore('session').put(record, 'current');
			}
			await new Promise<void>((resolve, reject) => {
				transaction.oncomplete = () => resolve();
				transaction.onabort = () => reject(transaction.error);
			});
			database.close();
		},
		{
			key: {
				// The fixed PKCS #8 frame of an Ed25519 seed (RFC 8410).
				pkcs8: `302e020100300506032b657004220420${toHex(person.seed)}`,
				id: toHex(person.publicKey),
				did: person.did,
				name: person.name,
			},
			session: signIn && {
				refreshToken: signIn.tokens.refreshToken,
				refreshExpiresAtUs: signIn.tokens.refreshExpiresAtUs.toString(),
				session: {
					id: signIn.session.id,
					identity: signIn.session.identity,
					uid: person.uid,
					displayName: signIn.session.displayName,
					roles: signIn.session.roles,
					isOperator: signIn.session.roles.includes('operator'),
					isAdmin: signIn.session.roles.includes('admin'),
					userId: signIn.session.userId,
				},
			},
		},
	);
	await page.close();
}

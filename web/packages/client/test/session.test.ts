import { Code } from '@connectrpc/connect';
import { Namespace } from '@erynoa/protocol';
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createErynoa, type Erynoa, type SessionState } from '../src';
import { ORIGIN, refusal, Server } from './server';

let server: Server;
const opened: Erynoa[] = [];

/** A new tab of the same browser. */
function tab(): Erynoa {
	const erynoa = createErynoa({ baseUrl: ORIGIN, transport: server.transport });
	opened.push(erynoa);
	return erynoa;
}

/** A browser without anything stored. */
function newBrowser(): void {
	vi.stubGlobal('indexedDB', new IDBFactory());
}

/** navigator.locks as a browser has it, for tabs that live in one process here. */
function stubLocks(): void {
	let row: Promise<unknown> = Promise.resolve();
	const request = (_: string, task: () => Promise<unknown>) => {
		const turn = row.then(task);
		row = turn.catch(() => undefined);
		return turn;
	};
	vi.stubGlobal('navigator', { onLine: true, locks: { request } });
}

const ADA = { displayName: 'Ada', keyLabel: 'Laptop' };
const unreachable = () => {
	throw new TypeError('Failed to fetch');
};

beforeEach(() => {
	server = new Server();
	newBrowser();
	stubLocks();
});

afterEach(() => {
	for (const erynoa of opened.splice(0)) erynoa.stop();
	vi.unstubAllGlobals();
});

describe('creating an identity', () => {
	it('stores a key that cannot be read, writes the identity to the log and signs in', async () => {
		const erynoa = tab();
		const key = await erynoa.createIdentity(ADA);
		expect(server.log.map((entry) => entry.event.body.case)).toEqual(['identityCreated']);
		expect(key).toMatchObject({ state: 'live', displayName: 'Ada', label: 'Laptop' });
		expect(key.privateKey.extractable).toBe(false);
		expect(erynoa.session.get()).toMatchObject({
			status: 'signed-in',
			session: { identity: key.identity, roles: ['member'], isOperator: false },
		});
		const kept = await tab().keys.find(key.identity);
		expect(kept?.privateKey.extractable).toBe(false);
		expect(kept?.publicKey).toEqual(key.publicKey);
	});

	it('several identities live side by side', async () => {
		const erynoa = tab();
		const ada = await erynoa.createIdentity(ADA);
		const guild = await erynoa.createIdentity({ ...ADA, displayName: 'Guild', namespace: Namespace.GUILD });
		expect(guild.identity).toMatch(/^did:erynoa:guild:/);
		expect((await erynoa.keys.list()).map((key) => key.identity).sort()).toEqual(
			[ada.identity, guild.identity].sort(),
		);
		await erynoa.session.signIn(ada.identity);
		expect(erynoa.session.get()).toMatchObject({ session: { identity: ada.identity } });
	});

	it('a refused identity leaves no key behind', async () => {
		const erynoa = tab();
		await expect(erynoa.createIdentity({ ...ADA, displayName: 'x'.repeat(200) })).rejects.toMatchObject({
			code: 'EVENT_FIELD_INVALID',
			field: 'identity_created.display_name',
		});
		expect(await erynoa.keys.list()).toEqual([]);
	});

	it('a key whose answer got lost is found in the log at the next start', async () => {
		const erynoa = tab();
		server.afterSubmit = () => {
			server.before = unreachable;
			throw refusal('SERVICE_UNAVAILABLE', Code.Unavailable);
		};
		await expect(erynoa.createIdentity(ADA)).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' });
		expect(await erynoa.keys.list()).toMatchObject([{ state: 'pending' }]);
		server.before = () => undefined;
		const later = tab();
		await later.start();
		const [key] = await later.keys.list();
		expect(key).toMatchObject({ state: 'live', displayName: 'Ada' });
		await later.session.signIn(key?.identity ?? '');
		expect(later.session.get().status).toBe('signed-in');
	}, 10_000);

	it('a key is kept when the server broke down and may have written the identity', async () => {
		const erynoa = tab();
		server.afterSubmit = () => {
			throw refusal('INTERNAL_ERROR', Code.Internal);
		};
		await expect(erynoa.createIdentity(ADA)).rejects.toMatchObject({ code: 'INTERNAL_ERROR' });
		await erynoa.start();
		expect(await erynoa.keys.list()).toMatchObject([{ state: 'live', displayName: 'Ada' }]);
	});

	it('an old key that never came into the log is forgotten', async () => {
		const erynoa = tab();
		await erynoa.keys.create({ label: 'Laptop' });
		await erynoa.start();
		expect(await erynoa.keys.list()).toHaveLength(1);
		vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 4_000_000);
		await erynoa.start();
		vi.restoreAllMocks();
		expect(await erynoa.keys.list()).toEqual([]);
	});
});

describe('session', () => {
	it('nobody is signed in on a fresh browser', async () => {
		const erynoa = tab();
		expect(erynoa.session.get()).toEqual({ status: 'restoring' });
		await erynoa.start();
		expect(erynoa.session.get()).toEqual({ status: 'signed-out', ended: false });
		await expect(erynoa.author()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
		await expect(erynoa.session.signIn(`did:erynoa:self:00010001${'0'.repeat(56)}`)).rejects.toMatchObject({
			code: 'KEY_NOT_ON_DEVICE',
		});
	});

	it('is taken up by the next start with a rotated token', async () => {
		await tab().createIdentity(ADA);
		const later = tab();
		await later.start();
		expect(later.session.get().status).toBe('signed-in');
		expect((await later.api.sessions.getSession({})).session?.displayName).toBe('Ada');
		const again = tab();
		await again.start();
		expect(again.session.get().status).toBe('signed-in');
		expect(server.sessions).toBe(1);
	});

	it('tabs that start at once share one chain of refresh tokens', async () => {
		await tab().createIdentity(ADA);
		const tabs = [tab(), tab(), tab()];
		await Promise.all(tabs.map((erynoa) => erynoa.start()));
		for (const erynoa of tabs) {
			expect(erynoa.session.get().status).toBe('signed-in');
			await erynoa.api.sessions.getSession({});
		}
	});

	it('a refused access token is renewed once, for all calls that wait', async () => {
		const erynoa = tab();
		await erynoa.createIdentity(ADA);
		server.expireAccess();
		server.calls.length = 0;
		const answers = await Promise.all([1, 2, 3].map(() => erynoa.api.sessions.getSession({})));
		expect(answers.map((answer) => answer.session?.displayName)).toEqual(['Ada', 'Ada', 'Ada']);
		expect(server.calls.filter((call) => call === 'Refresh')).toHaveLength(1);
		expect(server.calls.filter((call) => call === 'GetSession')).toHaveLength(6);
	});

	it('an access token near its end is renewed before it is used', async () => {
		server.accessTtlMs = 5_000;
		const erynoa = tab();
		await erynoa.createIdentity(ADA);
		server.calls.length = 0;
		await erynoa.api.sessions.getSession({});
		expect(server.calls).toEqual(['Refresh', 'GetSession']);
	});

	it('that the server has ended is over here, and calls say so', async () => {
		const erynoa = tab();
		await erynoa.createIdentity(ADA);
		const seen: SessionState['status'][] = [];
		erynoa.session.subscribe((state) => seen.push(state.status));
		server.endSessions();
		await expect(erynoa.api.sessions.getSession({})).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
		expect(erynoa.session.get()).toEqual({ status: 'signed-out', ended: true });
		expect(seen).toEqual(['signed-in', 'signed-out']);
		server.calls.length = 0;
		await expect(erynoa.api.sessions.getSession({})).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
		expect(server.calls).toEqual(['GetSession']);
	});

	it('without a network stays as stored and goes on later', async () => {
		await tab().createIdentity(ADA);
		server.before = unreachable;
		const later = tab();
		await later.start();
		expect(later.session.get()).toMatchObject({ status: 'signed-in', session: { displayName: 'Ada' } });
		await expect(later.api.sessions.getSession({})).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' });
		server.before = () => undefined;
		expect((await later.api.sessions.getSession({})).session?.displayName).toBe('Ada');
	});

	it('signing out ends it on the server, here and in the other tabs', async () => {
		const erynoa = tab();
		const other = tab();
		const key = await erynoa.createIdentity(ADA);
		await other.start();
		await erynoa.session.signOut();
		expect(server.sessions).toBe(0);
		expect(erynoa.session.get()).toEqual({ status: 'signed-out', ended: false });
		await vi.waitFor(() => expect(other.session.get()).toEqual({ status: 'signed-out', ended: false }));
		expect(await erynoa.keys.find(key.identity)).toBeDefined();
	});

	it('signing out works without a network', async () => {
		const erynoa = tab();
		await erynoa.createIdentity(ADA);
		server.before = unreachable;
		await erynoa.session.signOut();
		expect(erynoa.session.get().status).toBe('signed-out');
		const later = tab();
		await later.start();
		expect(later.session.get().status).toBe('signed-out');
	});

	it('all who ask get one author, so that events at once stand in a row', async () => {
		const erynoa = tab();
		await erynoa.createIdentity(ADA);
		const [one, two] = await Promise.all([erynoa.author(), erynoa.author()]);
		expect(one).toBe(two);
	});

	it('claiming the installation makes the operator', async () => {
		const erynoa = tab();
		await erynoa.createIdentity(ADA);
		await expect(erynoa.session.claimInstallation('guess', 'Home')).rejects.toMatchObject({
			code: 'CLAIM_INVALID',
		});
		const session = await erynoa.session.claimInstallation('claim', 'Home');
		expect(session.isOperator).toBe(true);
		expect(erynoa.session.get()).toMatchObject({ session: { isOperator: true } });
	});
});

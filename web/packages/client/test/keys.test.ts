import 'fake-indexeddb/auto';
import { didOf, Namespace } from '@erynoa/protocol';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Api } from '../src';
import { openDatabase } from '../src/database';
import { openKeyStore } from '../src/keys';
import { settleKeys } from '../src/settle-keys';

/** A log that knows no key. */
const emptyLog = { identities: { getKey: async () => ({ live: false }) } } as unknown as Api;
/** A log in which every key is live. */
const fullLog = {
	identities: { getKey: async () => ({ live: true, identity: { did: 'did:x', displayName: 'Ada' } }) },
} as unknown as Api;

afterEach(() => vi.useRealTimers());

describe('keys that wait for the log', () => {
	it('are forgotten after an hour, unless they wait for a recovery, which takes days', async () => {
		const keys = openKeyStore(openDatabase());
		const namesIdentity = (key: Uint8Array) => didOf(Namespace.SELF, key);
		const pending = await keys.create({ label: 'a', namesIdentity });
		const recovering = await keys.await(await keys.create({ label: 'b', namesIdentity }));
		expect(await keys.find(recovering.identity)).toBeUndefined();

		expect(await settleKeys(emptyLog, keys)).toHaveLength(2);
		vi.useFakeTimers({ now: Date.now() + 4 * 86_400_000, toFake: ['Date'] });
		const left = await settleKeys(emptyLog, keys);
		expect(left.map(({ id }) => id)).toEqual([recovering.id]);
		expect(left.map(({ id }) => id)).not.toContain(pending.id);

		await settleKeys(fullLog, keys);
		expect((await keys.find('did:x'))?.id).toBe(recovering.id);
	});
});

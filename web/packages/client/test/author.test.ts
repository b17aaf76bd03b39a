import { Code } from '@connectrpc/connect';
import {
	attestation,
	custom,
	Dimension,
	identityCreated,
	identityUid,
	Namespace,
	Polarity,
	seedSigner,
	toHex,
	verifyEvent,
} from '@erynoa/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Author, createApi, createAuthor } from '../src';
import { NOWHERE, refusal, Server } from './server';

const signer = seedSigner(new Uint8Array(32).fill(1));
const identity = identityUid(Namespace.SELF, signer.publicKey);
const note = (text: string) => custom(1, 1, new TextEncoder().encode(text));
const inRealm = { realm: NOWHERE };

let server: Server;
let author: Author;
const again = () => createAuthor(createApi(server.transport([])), identity, signer);

beforeEach(async () => {
	server = new Server();
	author = again();
	await author.publish(identityCreated({ namespace: Namespace.SELF, displayName: 'Ada' }));
});

/** The log is one chain of the key with rising coordinates. */
function expectOneChain(): void {
	for (const [i, { event }] of server.log.entries()) {
		expect(toHex(event.prev)).toBe(server.log[i - 1]?.id ?? '');
		const before = server.log[i - 1]?.event.coordinate;
		if (before && event.coordinate) {
			const later = event.coordinate.wallUs > before.wallUs || event.coordinate.counter > before.counter;
			expect(later).toBe(true);
		}
	}
}

describe('writing events', () => {
	it('chains event to event and asks for the end of the chain only once', async () => {
		server.calls.length = 0;
		const published = await author.publish(
			attestation({ subject: NOWHERE, dimension: Dimension.INTEGRITY, polarity: Polarity.NEGATIVE }),
			inRealm,
		);
		await author.publish(note('b'), { ...inRealm, parents: [published] });
		expect(server.calls).toEqual(['Submit', 'Submit']);
		expect(published.sequence).toBe(1n);
		expect(verifyEvent(published.signed).id).toBe(published.id);
		expect(server.log[2]?.event.parents.map(toHex)).toEqual([published.id]);
		expectOneChain();
	});

	it('events at once stand in a row', async () => {
		const ids = await Promise.all(['a', 'b', 'c', 'd'].map((text) => author.publish(note(text), inRealm)));
		expect(server.log.slice(1).map((entry) => entry.id)).toEqual(ids.map(({ id }) => id));
		expectOneChain();
	});

	it('goes on at the true end when another program used the key meanwhile', async () => {
		await again().publish(note('elsewhere'), inRealm);
		await author.publish(note('here'), inRealm);
		expect(server.log).toHaveLength(3);
		expectOneChain();
	});

	it('uses the time of the log, however wrong the clock of the device is', async () => {
		server.aheadUs = -86_400_000_000n;
		const late = again();
		await expect(late.publish(note('a'), inRealm)).rejects.toMatchObject({ code: 'EVENT_FROM_FUTURE' });
		server.aheadUs = 86_400_000_000n;
		const { coordinate } = await again().publish(note('b'), inRealm);
		expect(coordinate.wallUs > BigInt(Date.now()) * 1000n + 86_000_000_000n).toBe(true);
	});

	it('sends the same bytes again when the answer got lost, and the log takes them once', async () => {
		let lost = 0;
		server.afterSubmit = () => {
			if (lost++ === 0) throw refusal('SERVICE_UNAVAILABLE', Code.Unavailable);
		};
		const published = await author.publish(note('a'), inRealm);
		expect(server.log.map((entry) => entry.id).filter((id) => id === published.id)).toHaveLength(1);
		expect(published.sequence).toBe(1n);
		await author.publish(note('b'), inRealm);
		expectOneChain();
	});

	it('a refusal reaches the caller, is not repeated, and the next event goes on', async () => {
		server.calls.length = 0;
		const self = { subject: identity, dimension: Dimension.INTEGRITY, polarity: Polarity.POSITIVE };
		await expect(author.publish(attestation(self), inRealm)).rejects.toMatchObject({
			code: 'ATTESTATION_SELF',
		});
		expect(server.calls).toEqual([]);
		server.afterSubmit = () => {
			throw refusal('FORBIDDEN', Code.PermissionDenied);
		};
		await expect(author.publish(note('a'), inRealm)).rejects.toMatchObject({ code: 'FORBIDDEN' });
		expect(server.calls.filter((call) => call === 'Submit')).toHaveLength(1);
		server.afterSubmit = () => undefined;
		await author.publish(note('b'), inRealm);
		expectOneChain();
	});
});

import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createErynoa, type Erynoa } from '../src';
import { ORIGIN, Server } from './server';

let server: Server;
let laptop: Erynoa;
let phone: Erynoa;

/** A device with a store of its own. */
async function device(): Promise<Erynoa> {
	vi.stubGlobal('indexedDB', new IDBFactory());
	const erynoa = createErynoa({ baseUrl: ORIGIN, transport: server.transport });
	await erynoa.keys.list();
	return erynoa;
}

beforeEach(async () => {
	vi.stubGlobal('BroadcastChannel', undefined);
	server = new Server();
	laptop = await device();
	await laptop.createIdentity({ displayName: 'Ada', keyLabel: 'Laptop' });
	phone = await device();
});

afterEach(() => {
	laptop.stop();
	phone.stop();
	vi.unstubAllGlobals();
});

describe('pairing a new device', () => {
	it('adds the key of the new device, which then signs in by itself', async () => {
		const offer = await phone.offerKey('Phone');
		const onClaimed = vi.fn();
		const finished = offer.finish({ onClaimed });
		const claim = await laptop.claimKey(` ${offer.code.toLowerCase().slice(0, 4)}-${offer.code.slice(4)} `);
		expect(claim.fingerprint).toBe(offer.fingerprint);
		expect(claim.label).toBe('Phone');
		await claim.confirm();
		const key = await finished;
		expect(onClaimed).toHaveBeenCalledWith({ identity: key.identity, displayName: 'Ada' });
		expect(server.log.map((entry) => entry.event.body.case)).toEqual(['identityCreated', 'keyAdded']);
		const session = await phone.session.signIn(key.identity);
		expect(session.identity).toBe(key.identity);
		expect(session.publicKey).toEqual(key.publicKey);
		expect(server.sessions).toBe(2);
	});

	it('a server that slips in another key is found out', async () => {
		const offer = await phone.offerKey('Phone');
		const claim = await laptop.claimKey(offer.code);
		const finished = offer.finish();
		const impostor = await laptop.keys.create({ label: 'Impostor' });
		server.swapPairingKey(impostor.publicKey);
		await expect(claim.confirm()).rejects.toMatchObject({ code: 'PAIRING_PROOF_INVALID' });
		expect(server.log).toHaveLength(1);
		server.endPairings();
		await expect(finished).rejects.toMatchObject({ code: 'PAIRING_UNKNOWN' });
	});

	it('ends with its time and when it is taken back', async () => {
		const offer = await phone.offerKey('Phone');
		const taken = new AbortController();
		const finished = offer.finish({ signal: taken.signal });
		taken.abort();
		await expect(finished).rejects.toMatchObject({ code: 'CANCELED' });
		server.endPairings();
		await expect(offer.finish()).rejects.toMatchObject({ code: 'PAIRING_UNKNOWN' });
		await expect(laptop.claimKey(offer.code)).rejects.toMatchObject({ code: 'PAIRING_UNKNOWN' });
	});
});

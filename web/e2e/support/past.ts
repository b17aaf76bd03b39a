// A log that begins in the past and takes its time from its events: days can be made to pass in it.

import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { createApi } from '@erynoa/client';
import { buildEvent, identityCreated, identityUid, Namespace, seedSigner, signEvent } from '@erynoa/protocol';
import { type Gateway, startGateway } from './gateway';

const DAY_US = 86_400_000_000n;

/**
 * Starts a gateway whose log's first event lies at a noon so many days back, so that as many can still
 * pass; noon, so that the hours that a test lets pass stay within a day.
 */
export async function startInThePast(days = 60, environment: Record<string, string> = {}): Promise<Gateway> {
	const gateway = await startGateway({ APP_LOG__CLOCK: 'events', ...environment });
	const signer = seedSigner(crypto.getRandomValues(new Uint8Array(32)));
	const now = BigInt(Date.now()) * 1_000n;
	const bytes = buildEvent({
		author: identityUid(Namespace.SELF, signer.publicKey),
		coordinate: { wallUs: now - (now % DAY_US) - BigInt(days) * DAY_US + DAY_US / 2n, counter: 0 },
		body: identityCreated({ namespace: Namespace.SELF, displayName: 'First', keyLabel: 'test' }),
	});
	const api = createApi(createGrpcWebTransport({ baseUrl: gateway.url }));
	await api.events.submit({ event: await signEvent(bytes, signer) });
	return gateway;
}

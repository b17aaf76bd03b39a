// A log that begins in the past and takes its time from its events: days can be made to pass in it.

import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { createApi } from '@erynoa/client';
import { buildEvent, identityCreated, identityUid, Namespace, seedSigner, signEvent } from '@erynoa/protocol';
import { type Gateway, startGateway } from './gateway';

const DAY_US = 86_400_000_000n;
const DAYS = 60n;

/** Starts a gateway whose log's first event lies sixty days back, so that as many days can still pass. */
export async function startInThePast(): Promise<Gateway> {
	const gateway = await startGateway({ APP_LOG__CLOCK: 'events' });
	const signer = seedSigner(crypto.getRandomValues(new Uint8Array(32)));
	const bytes = buildEvent({
		author: identityUid(Namespace.SELF, signer.publicKey),
		coordinate: { wallUs: BigInt(Date.now()) * 1_000n - DAYS * DAY_US, counter: 0 },
		body: identityCreated({ namespace: Namespace.SELF, displayName: 'First', keyLabel: 'test' }),
	});
	const api = createApi(createGrpcWebTransport({ baseUrl: gateway.url }));
	await api.events.submit({ event: await signEvent(bytes, signer) });
	return gateway;
}

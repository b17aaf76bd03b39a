import { erynoa } from '$lib/erynoa';

/** The log's time minus this device's, µs: what a countdown to a deadline of the log has to know. */
export async function logAhead(anyKey: Uint8Array): Promise<bigint> {
	const { nowUs } = await erynoa.api.identities.getKey({ publicKey: anyKey });
	return nowUs - BigInt(Date.now()) * 1_000n;
}

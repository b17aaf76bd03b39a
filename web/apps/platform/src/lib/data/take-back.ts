import { attestationRevoked, parseUid, type Uid } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import { installation } from './installation.svelte';

/** Takes an attestation of the reader back; resolves when the log has it on disk. */
export async function takeBack(attestation: string, reason = ''): Promise<Uid> {
	const author = await erynoa.author();
	const realm = installation.rootRealm;
	const { id } = await author.publish(
		attestationRevoked(parseUid(attestation), reason),
		realm ? { realm } : {},
	);
	return id;
}

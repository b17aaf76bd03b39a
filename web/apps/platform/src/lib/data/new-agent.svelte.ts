import { type ApiError, createAuthor } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import {
	consentAsController,
	didOf,
	identityCreated,
	identityRef,
	Namespace,
	parseUid,
	printKeyFile,
	seedSigner,
} from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import { Limits } from './limits.svelte';
import { ownSigner } from './own-signer';

/** An agent whose key is about to be shown, once. */
export interface MadeAgent {
	did: string;
	name: string;
	/** Text of the key file that `erynoa` reads. */
	keyFile: string;
}

/**
 * The way to a new agent. Its key is made here and shown once; nothing keeps it but whoever copies it. The
 * identity comes first, its limits second: until those are in the log the agent may do nothing.
 */
export class NewAgent {
	readonly limits = new Limits();
	name = $state('');
	step = $state<'form' | 'key'>('form');
	busy = $state(false);
	error = $state.raw<ApiError>();
	made = $state.raw<MadeAgent>();
	/** The delegation is in the log. */
	limited = $state(false);

	/** Makes the key and the identity, then lends the authority. */
	async create(): Promise<void> {
		if (this.busy || this.made) return;
		this.busy = true;
		this.error = undefined;
		try {
			const seed = crypto.getRandomValues(new Uint8Array(32));
			const signer = seedSigner(seed);
			const did = didOf(Namespace.SPIRIT, signer.publicKey);
			const uid = identityRef(did);
			const own = await ownSigner();
			const name = this.name.trim();
			const body = identityCreated({
				namespace: Namespace.SPIRIT,
				displayName: name,
				controller: await consentAsController(uid, own.identity, own.signer),
			});
			const { signed } = await createAuthor(erynoa.api, uid, signer).publish(body);
			const keyFile = printKeyFile({ did, seed, publicKey: signer.publicKey, created: signed });
			this.made = { did, name, keyFile };
			this.step = 'key';
		} catch (reason) {
			this.error = failureOf(reason);
		} finally {
			this.busy = false;
		}
		if (this.made) await this.lend();
	}

	/** Lends the authority; can be tried again by itself. */
	async lend(): Promise<void> {
		if (!this.made || this.limited || this.busy) return;
		this.busy = true;
		this.error = undefined;
		try {
			const author = await erynoa.author();
			await author.publish(this.limits.body(this.made.did), { realm: parseUid(this.limits.realm) });
			this.limited = true;
		} catch (reason) {
			this.error = failureOf(reason);
		} finally {
			this.busy = false;
		}
	}
}

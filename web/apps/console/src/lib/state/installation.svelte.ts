import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import type { GetInfoResponse } from '@erynoa/proto';
import type { LogKey } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';

/** What the installation says about itself. */
class Installation {
	value = $state.raw<GetInfoResponse>();
	error = $state.raw<ApiError>();

	/** Whose signature the checkpoints must bear. */
	readonly logKey = $derived<LogKey | undefined>(
		this.value?.log && { origin: this.value.log.origin, publicKey: this.value.log.publicKey },
	);

	/** The identity provider that signs people in; undefined where only device keys do. */
	get provider(): string | undefined {
		const auth = this.value?.auth;
		return auth?.mode === 'oidc' ? auth.providerName || new URL(auth.issuer).host : undefined;
	}

	/** False only when it is known that nobody has claimed the installation. */
	get claimed(): boolean {
		return this.value?.log?.claimed ?? true;
	}

	async load(): Promise<void> {
		try {
			this.value = await erynoa.api.info.getInfo({});
			this.error = undefined;
		} catch (reason) {
			this.error = failureOf(reason);
		}
	}
}

export const installation = new Installation();

import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import type { GetInfoResponse, LogInfo } from '@erynoa/proto';
import { parseUid, type Uid } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';

/** What the installation says about itself; asked for once. */
class Installation {
	value = $state.raw<GetInfoResponse>();
	error = $state.raw<ApiError>();

	get log(): LogInfo | undefined {
		return this.value?.log;
	}

	/** The realm that attestations belong to; undefined before an operator has claimed the installation. */
	get rootRealm(): Uid | undefined {
		return this.log?.claimed ? parseUid(this.log.rootRealm) : undefined;
	}

	/** The identity provider that signs people in; undefined where only device keys do. */
	get provider(): string | undefined {
		const auth = this.value?.auth;
		return auth?.mode === 'oidc' ? auth.providerName || new URL(auth.issuer).host : undefined;
	}

	/** False only when it is known that nobody has claimed the installation. */
	get claimed(): boolean {
		return this.log?.claimed ?? true;
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

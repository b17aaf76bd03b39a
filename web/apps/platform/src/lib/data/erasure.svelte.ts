import { erynoa } from '$lib/erynoa';

/** An erasure that was begun in this tab. */
class Erasure {
	/** Key of its run; empty when none was begun since the page was loaded. */
	key = $state('');
	/** Where the provider's own session ends; empty when no provider had signed in. */
	providerSignOut = $state('');

	/** Begins to erase the account; everybody who was signed in to it is signed out. */
	async start(confirmation: string): Promise<void> {
		const { key } = await erynoa.api.workflows.startErasure({ confirmation });
		this.key = key;
		// The server has ended the session already; this makes the browser forget it.
		this.providerSignOut = await erynoa.session.signOut();
	}
}

export const erasure = new Erasure();

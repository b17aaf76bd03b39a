import { erynoa } from '$lib/erynoa';

/** Asks before signing out: it says what stays on the device. */
class SignOut {
	open = $state(false);
	busy = $state(false);

	ask(): void {
		this.open = true;
	}

	/** Works without a network, too. */
	async confirm(): Promise<void> {
		this.busy = true;
		try {
			const provider = await erynoa.session.signOut();
			// Its session would sign in the next person at this browser without asking.
			if (provider !== '') location.assign(provider);
		} finally {
			this.busy = false;
			this.open = false;
		}
	}
}

export const signOut = new SignOut();

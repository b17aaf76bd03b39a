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
			await erynoa.session.signOut();
		} finally {
			this.busy = false;
			this.open = false;
		}
	}
}

export const signOut = new SignOut();

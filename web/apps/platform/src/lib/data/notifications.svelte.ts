import { watchUnread } from '@erynoa/client';
import { erynoa } from '$lib/erynoa';

/** What the bell shows. */
class Unread {
	/** Unread notifications; undefined until the server has said so. */
	count = $state<number>();
	/** Grows with each change, so that an open list asks again. */
	turn = $state(0);

	/** Follows the number of whoever is signed in, until the returned function is called. */
	follow(): () => void {
		let newest: bigint | undefined;
		const watch = watchUnread(erynoa.api, (unread, newestAtUs) => {
			if (unread !== this.count || newestAtUs !== newest) this.turn += 1;
			this.count = unread;
			newest = newestAtUs;
		});
		return () => {
			watch.stop();
			this.count = undefined;
		};
	}
}

/** The one bell of the app. */
export const unread = new Unread();

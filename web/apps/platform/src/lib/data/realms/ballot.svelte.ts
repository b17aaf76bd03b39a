import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import { parseUid, type Uid, utf8Length, veto, vote } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';

const MAX_COMMENT_BYTES = 4_096;

/** One vote or veto, from the slider to the log. */
export class Ballot {
	/** −10 to 10; 0 = undecided. */
	votes = $state(0);
	comment = $state('');
	confirming = $state(false);
	busy = $state(false);
	error = $state.raw<ApiError>();

	constructor(
		readonly realm: string,
		readonly proposal: string,
	) {}

	get commentTooLong(): boolean {
		return utf8Length(this.comment.trim()) > MAX_COMMENT_BYTES;
	}

	cast(): Promise<Uid | undefined> {
		return this.#publish(vote(parseUid(this.proposal), this.votes, this.comment.trim()));
	}

	castVeto(): Promise<Uid | undefined> {
		return this.#publish(veto(parseUid(this.proposal), this.comment.trim()));
	}

	async #publish(body: ReturnType<typeof vote>): Promise<Uid | undefined> {
		if (this.busy) return undefined;
		this.busy = true;
		this.error = undefined;
		try {
			const author = await erynoa.author();
			const { id } = await author.publish(body, { realm: parseUid(this.realm) });
			return id;
		} catch (reason) {
			this.error = failureOf(reason);
			return undefined;
		} finally {
			this.busy = false;
			this.confirming = false;
		}
	}
}

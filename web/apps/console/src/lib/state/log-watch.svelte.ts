import type { ApiError } from '@erynoa/client';
import { failureOf } from '@erynoa/data';
import type { GetCheckpointResponse } from '@erynoa/proto';
import { type LogKey, type ParsedCheckpoint, ProtocolError, toHex, verifyCheckpoint } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import {
	compareNotes,
	isBroken,
	isOf,
	keyOf,
	type LogMemory,
	recall,
	remember,
	type SeenCheckpoint,
	type Verdict,
	withCheckpoint,
} from '$lib/logic/checkpoints';

/** The newest checkpoint as it came, and what this browser makes of it. */
export interface Newest {
	answer: GetCheckpointResponse;
	note: string;
	/** Absent when the note is not signed by the log, with the code in `code`. */
	checkpoint: ParsedCheckpoint | undefined;
	code: string;
}

/** Holds the log to its word: nothing that this browser has once seen may change. */
export class LogWatch {
	newest = $state.raw<Newest>();
	memory = $state.raw<LogMemory>();
	/** How the newest checkpoint goes with the last one that was remembered; undefined at the first visit. */
	verdict = $state<Verdict>();
	/** The remembered checkpoint that the verdict is about. */
	before = $state.raw<SeenCheckpoint>();
	/** The log names another key or origin than the one remembered. */
	isOther = $state(false);
	/** No epoch has been closed yet. */
	isYoung = $state(false);
	error = $state.raw<ApiError>();
	busy = $state(false);

	/** Fetches the newest checkpoint and checks it against the memory. */
	async visit(log: LogKey): Promise<void> {
		if (this.busy) return;
		this.busy = true;
		this.error = undefined;
		try {
			const newest = await this.#fetch(log);
			const known = recall(localStorage);
			this.isOther = known !== undefined && !isOf(known, log);
			const memory: LogMemory =
				known && !this.isOther ? known : { origin: log.origin, publicKey: toHex(log.publicKey), seen: [] };
			const before = memory.seen.at(-1);
			const verdict =
				newest.checkpoint && before && (await compareNotes(erynoa.api, log, before.note, newest.note));
			this.newest = newest;
			this.isYoung = false;
			this.before = before;
			this.verdict = verdict;
			// What contradicts the memory never replaces it: the contradiction is to be seen at the next visit, too.
			const trusted = newest.checkpoint && !(verdict && isBroken(verdict));
			this.memory = trusted
				? withCheckpoint(memory, {
						note: newest.note,
						size: String(newest.checkpoint?.size),
						seenAtMs: Date.now(),
					})
				: memory;
			if (!this.isOther) remember(localStorage, this.memory);
		} catch (reason) {
			const error = failureOf(reason);
			this.isYoung = error?.code === 'CHECKPOINT_UNKNOWN';
			if (!this.isYoung) this.error = error;
		} finally {
			this.busy = false;
		}
	}

	/** Gives up what is remembered of another log and begins anew with this one. */
	async accept(log: LogKey): Promise<void> {
		remember(localStorage, { origin: log.origin, publicKey: toHex(log.publicKey), seen: [] });
		await this.visit(log);
	}

	/** The log that is remembered, when it is another one. */
	get remembered(): LogKey | undefined {
		const known = this.isOther ? recall(localStorage) : undefined;
		return known && keyOf(known);
	}

	async #fetch(log: LogKey): Promise<Newest> {
		const answer = await erynoa.api.log.getCheckpoint({});
		const note = answer.checkpoint?.note ?? '';
		try {
			return { answer, note, checkpoint: verifyCheckpoint(note, log), code: '' };
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error;
			return { answer, note, checkpoint: undefined, code: error.code };
		}
	}
}

import type { Api } from '@erynoa/client';
import {
	equalBytes,
	fromHex,
	type LogKey,
	type ParsedCheckpoint,
	ProtocolError,
	toHex,
	verifyCheckpoint,
	verifyConsistency,
} from '@erynoa/protocol';

/** A checkpoint that this browser has seen and whose signature it has checked. */
export interface SeenCheckpoint {
	/** The signed note, byte for byte. */
	note: string;
	/** Decimal number of entries. */
	size: string;
	seenAtMs: number;
}

/** What this browser remembers of the log. */
export interface LogMemory {
	origin: string;
	/** Hexadecimal. */
	publicKey: string;
	/** Ascending by size, at most `MOST_REMEMBERED`. */
	seen: SeenCheckpoint[];
}

/**
 * Outcome of holding two checkpoints against each other.
 * same: one tree; consistent: the larger tree begins with the smaller one; shrunk: the later one is smaller;
 * forked: two roots of one size; unproven: the proof does not connect them; unsigned: one is not signed by the log.
 */
export type Verdict = 'same' | 'consistent' | 'shrunk' | 'forked' | 'unproven' | 'unsigned';

export const MOST_REMEMBERED = 12;
const STORAGE_KEY = 'erynoa.console.log';

/** Reads what is remembered; undefined when there is nothing or nothing readable. */
export function recall(storage: Pick<Storage, 'getItem'>): LogMemory | undefined {
	try {
		const memory: LogMemory = JSON.parse(storage.getItem(STORAGE_KEY) ?? 'null');
		const whole =
			typeof memory?.origin === 'string' &&
			typeof memory.publicKey === 'string' &&
			Array.isArray(memory.seen);
		return whole ? memory : undefined;
	} catch {
		// Not ours, or storage is blocked: the log counts as seen for the first time.
		return undefined;
	}
}

/** Remembers; without storage every visit is the first. */
export function remember(storage: Pick<Storage, 'setItem'>, memory: LogMemory): void {
	try {
		storage.setItem(STORAGE_KEY, JSON.stringify(memory));
	} catch {
		return;
	}
}

/** Whether the memory is of this log. */
export function isOf(memory: LogMemory, log: LogKey): boolean {
	return memory.origin === log.origin && memory.publicKey === toHex(log.publicKey);
}

/**
 * Adds a checkpoint. The oldest one always stays, as it proves the most; of the others the newest do.
 * A size that is known already keeps its first note.
 */
export function withCheckpoint(memory: LogMemory, added: SeenCheckpoint): LogMemory {
	if (memory.seen.some(({ size }) => size === added.size)) return memory;
	const seen = [...memory.seen, added].sort((a, b) => (BigInt(a.size) < BigInt(b.size) ? -1 : 1));
	const [oldest, ...others] = seen;
	return { ...memory, seen: oldest ? [oldest, ...others.slice(-(MOST_REMEMBERED - 1))] : [] };
}

function verified(note: string, log: LogKey): ParsedCheckpoint | undefined {
	try {
		return verifyCheckpoint(note, log);
	} catch (error) {
		if (error instanceof ProtocolError) return undefined;
		throw error;
	}
}

/**
 * Holds two signed notes against each other, `earlier` seen before `later`. Sizes and roots are taken from
 * the notes alone; the server only adds the path between them. Throws ApiError when it cannot be asked.
 */
export async function compareNotes(
	api: Pick<Api, 'log'>,
	log: LogKey,
	earlier: string,
	later: string,
): Promise<Verdict> {
	const from = verified(earlier, log);
	const to = verified(later, log);
	if (!from || !to) return 'unsigned';
	if (to.size < from.size) return 'shrunk';
	if (to.size === from.size) return equalBytes(from.root, to.root) ? 'same' : 'forked';
	// Every tree begins with the empty one.
	if (from.size === 0n) return 'consistent';
	const { path } = await api.log.getConsistencyProof({ fromSize: from.size, toSize: to.size });
	const holds = verifyConsistency({
		fromSize: from.size,
		toSize: to.size,
		fromRoot: from.root,
		toRoot: to.root,
		path,
	});
	return holds ? 'consistent' : 'unproven';
}

/** Whether the log has broken its promise. */
export function isBroken(verdict: Verdict): boolean {
	return verdict !== 'same' && verdict !== 'consistent';
}

/** The log of a memory; undefined when its key is unreadable. */
export function keyOf(memory: LogMemory): LogKey | undefined {
	const publicKey = fromHex(memory.publicKey);
	return publicKey && { origin: memory.origin, publicKey };
}

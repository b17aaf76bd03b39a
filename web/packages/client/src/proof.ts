import type { EventRecord, GetInclusionProofResponse } from '@erynoa/proto';
import {
	isQuorum,
	type LightVerdict,
	type LightWitness,
	type LogKey,
	ProtocolError,
	parseCheckpoint,
	toHex,
	verifyLight,
} from '@erynoa/protocol';
import type { Api } from './api';
import { ApiError } from './api-error';
import {
	type LogMemory,
	lightWitnesses,
	type MemoryStorage,
	recallLog,
	rememberedWitnesses,
	rememberLog,
	seenHead,
	type WitnessChange,
	witnessChanges,
} from './log-memory';

/** An event with everything that proves it, checked in this browser. */
export interface EventProof extends LightVerdict {
	/** Absent before a checkpoint covers the event. */
	inclusion: GetInclusionProofResponse | undefined;
	/** What was remembered of the log before this check. */
	memory: LogMemory | undefined;
	/** How the witnesses of today differ from the remembered ones. */
	changes: WitnessChange[];
}

type Asked = Pick<Api, 'log' | 'peers'>;

/** The answer, or undefined when the server refuses with that code; other failures go on. */
async function unless<T>(code: string, asked: Promise<T>): Promise<T | undefined> {
	try {
		return await asked;
	} catch (error) {
		if (error instanceof ApiError && error.code === code) return undefined;
		throw error;
	}
}

/** The witness set as the server tells it; undefined when it does not. */
async function askWitnesses(api: Asked): Promise<LightWitness[] | undefined> {
	try {
		const { witnesses } = await api.peers.listWitnesses({});
		return witnesses.map(({ did, name, publicKeys, weight }) => ({ did, name, publicKeys, weight }));
	} catch (error) {
		// Whoever keeps the set back must not gain by it: then the remembered one counts, or none.
		if (error instanceof ApiError) return undefined;
		throw error;
	}
}

function sizeOf(note: string): bigint | undefined {
	try {
		return parseCheckpoint(note).size;
	} catch (error) {
		if (error instanceof ProtocolError) return undefined;
		throw error;
	}
}

/** Path between the remembered head and this one; undefined when none is needed or the server has none. */
async function askConsistency(api: Asked, memory: LogMemory | undefined, note: string | undefined) {
	const before = memory && sizeOf(memory.note);
	const now = note === undefined ? undefined : sizeOf(note);
	if (before === undefined || now === undefined || before === now) return undefined;
	const [fromSize, toSize] = before < now ? [before, now] : [now, before];
	if (fromSize === 0n) return undefined;
	const asked = api.log.getConsistencyProof({ fromSize, toSize });
	return (await unless('PROOF_RANGE', asked))?.path;
}

/** What is remembered after a check. What contradicts the memory never replaces it. */
function remembered(
	memory: LogMemory | undefined,
	log: LogKey,
	note: string,
	verdict: LightVerdict,
	witnesses: readonly LightWitness[] | undefined,
	nowMs: number,
): LogMemory | undefined {
	const { head, counted } = verdict;
	const consistency = verdict.steps.find(({ name }) => name === 'consistency');
	if (!head || !consistency) return memory;
	if (memory && consistency.code === 'LOG_FORKED') {
		return { ...memory, fork: memory.fork ?? { before: memory.note, note, seenAtMs: nowMs } };
	}
	if (memory && consistency.outcome !== 'holds') {
		// A memory that cannot be read as a note of this log is as good as none.
		if (consistency.code !== 'LOG_FIRST_SEEN') return memory;
	}
	const isFirst = consistency.code === 'LOG_FIRST_SEEN';
	const before = isFirst ? undefined : memory;
	const beforeSize = before && sizeOf(before.note);
	const isGreater = beforeSize === undefined || head.size >= beforeSize;
	const agreed = counted === head && isQuorum(verdict.signedWeight, verdict.totalWeight);
	const witnessedSize = before && sizeOf(before.witnessed);
	const isMoreWitnessed = agreed && (witnessedSize === undefined || head.size >= witnessedSize);
	const known = memory?.witnesses ?? (witnesses && rememberedWitnesses(witnesses));
	return {
		origin: log.origin,
		publicKey: toHex(log.publicKey),
		note: isGreater || !before ? note : before.note,
		witnessed: isMoreWitnessed ? note : (before?.witnessed ?? ''),
		...(known ? { witnesses: known } : {}),
		firstSeenMs: before?.firstSeenMs ?? nowMs,
		lastSeenMs: nowMs,
		...(before?.fork ? { fork: before.fork } : {}),
	};
}

/**
 * Checks an event in this browser, without trusting the server, against what this browser has seen of the log
 * before, and remembers what it has seen now. The steps are those of `verifyLight`. Trust on first use: at the
 * first visit there is nothing to compare with.
 */
export async function proveEvent(
	api: Asked,
	record: EventRecord,
	log: LogKey,
	storage: MemoryStorage = globalThis.localStorage,
	nowMs: number = Date.now(),
): Promise<EventProof> {
	const [inclusion, told] = await Promise.all([
		unless('CHECKPOINT_UNKNOWN', api.log.getInclusionProof({ sequence: record.sequence })),
		askWitnesses(api),
	]);
	const note = inclusion?.checkpoint?.note;
	const memory = recallLog(storage);
	const consistency = await askConsistency(api, memory, note);
	const witnesses = told ?? (memory?.witnesses && lightWitnesses(memory.witnesses));
	const verdict = verifyLight({
		signed: record.signed,
		id: record.id,
		sequence: record.sequence,
		inclusion: note === undefined ? undefined : inclusion,
		note,
		log,
		witnesses,
		seen: memory && seenHead(memory),
		consistency,
	});
	if (memory?.fork && verdict.state !== 'broken') verdict.state = 'forked';
	// Another page may have remembered more in the meantime; only what was compared is replaced.
	if (note !== undefined && recallLog(storage)?.note === memory?.note) {
		const next = remembered(memory, log, note, verdict, told, nowMs);
		if (next) rememberLog(storage, next);
	}
	const changes =
		told && memory?.witnesses ? witnessChanges(memory.witnesses, rememberedWitnesses(told)) : [];
	return { ...verdict, inclusion, memory, changes };
}

/** Takes today's witnesses for the known ones, once somebody has looked at what has changed. */
export async function acceptWitnesses(
	api: Asked,
	storage: MemoryStorage = globalThis.localStorage,
): Promise<void> {
	const told = await askWitnesses(api);
	const memory = recallLog(storage);
	if (told && memory) rememberLog(storage, { ...memory, witnesses: rememberedWitnesses(told) });
}

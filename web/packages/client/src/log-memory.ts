// What this browser remembers of the log, so that a server cannot show one history today and another tomorrow.
import { fromHex, type LightWitness, type SeenHead, toHex } from '@erynoa/protocol';

/** A witness as it was first seen, or as its change was accepted. */
export interface RememberedWitness {
	did: string;
	name: string;
	/** Hexadecimal, ascending. */
	publicKeys: string[];
	/** Decimal. */
	weight: string;
}

/** A signed head that contradicts the remembered one. */
export interface SeenFork {
	/** The signed note that was remembered when it was found. */
	before: string;
	/** The signed note that contradicts it. */
	note: string;
	seenAtMs: number;
}

/** Everything that is remembered of the log of this server. */
export interface LogMemory {
	origin: string;
	/** Hexadecimal. */
	publicKey: string;
	/** Signed note of the greatest checkpoint that was checked here. */
	note: string;
	/** Signed note of the greatest one with a quorum; empty when there was none. */
	witnessed: string;
	/** Ascending by DID; undefined before they are known. */
	witnesses?: RememberedWitness[];
	/** When the log was first seen and when it was last checked. */
	firstSeenMs: number;
	lastSeenMs: number;
	/** Two signed heads of one size: never forgotten by itself. */
	fork?: SeenFork;
}

/** Where it is kept: `localStorage`, or nothing. */
export type MemoryStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const KEY = 'erynoa.log';

function isMemory(value: Partial<LogMemory> | null): value is LogMemory {
	return (
		typeof value?.origin === 'string' &&
		typeof value.publicKey === 'string' &&
		/^[0-9a-f]{64}$/.test(value.publicKey) &&
		typeof value.note === 'string' &&
		typeof value.witnessed === 'string' &&
		(value.witnesses === undefined || (Array.isArray(value.witnesses) && value.witnesses.every(isWitness))) &&
		typeof value.firstSeenMs === 'number' &&
		typeof value.lastSeenMs === 'number'
	);
}

function isWitness(value: Partial<RememberedWitness> | null): value is RememberedWitness {
	return (
		typeof value?.did === 'string' &&
		typeof value.name === 'string' &&
		Array.isArray(value.publicKeys) &&
		value.publicKeys.every((key) => typeof key === 'string' && /^([0-9a-f]{2})*$/.test(key)) &&
		typeof value.weight === 'string' &&
		/^[0-9]{1,20}$/.test(value.weight)
	);
}

/** What is remembered; undefined when there is nothing, or nothing readable: then this is the first visit. */
export function recallLog(storage: MemoryStorage): LogMemory | undefined {
	try {
		const value: Partial<LogMemory> | null = JSON.parse(storage.getItem(KEY) ?? 'null');
		return isMemory(value) ? value : undefined;
	} catch {
		return undefined;
	}
}

/** Remembers; where storage is full or blocked every visit is the first. */
export function rememberLog(storage: MemoryStorage, memory: LogMemory): void {
	try {
		storage.setItem(KEY, JSON.stringify(memory));
	} catch {
		return;
	}
}

/** Forgets the log, as somebody must who knows that the server was set up anew. */
export function forgetLog(storage: MemoryStorage): void {
	storage.removeItem(KEY);
}

/** The remembered head as the check takes it. */
export function seenHead(memory: LogMemory): SeenHead {
	const log = { origin: memory.origin, publicKey: fromHex(memory.publicKey) };
	return { log, note: memory.note, witnessed: memory.witnessed };
}

function byText(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

/** A set of witnesses in the form in which it is remembered. */
export function rememberedWitnesses(witnesses: readonly LightWitness[]): RememberedWitness[] {
	return witnesses
		.map(({ did, name, publicKeys, weight }) => ({
			did,
			name,
			publicKeys: publicKeys.map(toHex).sort(byText),
			weight: weight.toString(),
		}))
		.sort((a, b) => byText(a.did, b.did));
}

/** The set as the check takes it. */
export function lightWitnesses(witnesses: readonly RememberedWitness[]): LightWitness[] {
	return witnesses.map(({ did, name, publicKeys, weight }) => ({
		did,
		name,
		publicKeys: publicKeys.map(fromHex),
		weight: BigInt(weight),
	}));
}

/** One difference between the remembered witnesses and those of today. */
export interface WitnessChange {
	what: 'added' | 'removed' | 'keys' | 'weight';
	did: string;
	name: string;
}

/** What has changed; a new name alone is no change, as it proves nothing. */
export function witnessChanges(
	before: readonly RememberedWitness[],
	now: readonly RememberedWitness[],
): WitnessChange[] {
	const changes: WitnessChange[] = [];
	for (const { did, name, publicKeys, weight } of now) {
		const old = before.find((one) => one.did === did);
		if (!old) changes.push({ what: 'added', did, name });
		else {
			if (old.publicKeys.join() !== publicKeys.join()) changes.push({ what: 'keys', did, name });
			if (old.weight !== weight) changes.push({ what: 'weight', did, name });
		}
	}
	const gone = before.filter(({ did }) => !now.some((one) => one.did === did));
	return [...changes, ...gone.map(({ did, name }) => ({ what: 'removed' as const, did, name }))];
}

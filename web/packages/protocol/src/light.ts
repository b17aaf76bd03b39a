// The check of an entry of the log by somebody who trusts no server: all that counts is bytes and signatures.
import type { SignedEvent } from '@erynoa/proto';
import { equalBytes } from './bytes';
import { type LogKey, type ParsedCheckpoint, verifyCheckpoint } from './checkpoint';
import { findCosignature } from './cosignature';
import { didOf, identityUid, Namespace, parseDid } from './did';
import { type VerifiedEvent, verifyEvent } from './event';
import { leafHash, verifyConsistency, verifyInclusion } from './merkle';
import { ProtocolError } from './problem';
import { isQuorum } from './quorum';
import { encodeEntry } from './wire';

/** What is checked, in this order. */
export const LIGHT_STEPS = [
	'event',
	'leaf',
	'inclusion',
	'checkpoint',
	'consistency',
	'cosignatures',
	'quorum',
] as const;
export type LightStepName = (typeof LIGHT_STEPS)[number];

/** How a step went. open: nothing is wrong, but it cannot be said yet. */
export interface LightStep {
	name: LightStepName;
	outcome: 'holds' | 'fails' | 'open';
	/** Stable, with a page in docs/errors; empty when it holds. */
	code: string;
}

/** A witness of the log, as the realm's witness set names it. */
export interface LightWitness {
	did: string;
	name: string;
	/** Ed25519 keys under which it may cosign, 32 bytes each. */
	publicKeys: readonly Uint8Array[];
	weight: bigint;
}

/** What a witness has said of the checkpoint. */
export interface WitnessSaid extends LightWitness {
	outcome: 'holds' | 'fails' | 'open';
	/** COSIGNATURE_INVALID, COSIGNATURES_MISSING, or empty. */
	code: string;
	/** When, seconds since the Unix epoch; absent for the log's own signature, which has no time. */
	timeS?: bigint;
	/** Whether one of its keys founds its DID, so that nobody has to be believed that the two belong together. */
	isSelfCertified: boolean;
}

/** What was seen of the log before and held then. */
export interface SeenHead {
	log: LogKey;
	/** Signed note of the greatest checkpoint. */
	note: string;
	/** Signed note of the greatest one with a quorum, which `note` continues; empty when there was none. */
	witnessed: string;
}

/** Everything that a server says; none of it is believed. */
export interface LightClaim {
	/** Event with its signature. */
	signed: SignedEvent | undefined;
	/** Id that the event must have. */
	id: string;
	/** Position that it must have, from 0. */
	sequence: bigint;
	/** RFC 9162 proof; undefined before a checkpoint covers the entry. */
	inclusion:
		| { leafHash: Uint8Array; sequence: bigint; size: bigint; path: readonly Uint8Array[]; root: Uint8Array }
		| undefined;
	/** Signed note of the checkpoint; undefined before the first. */
	note: string | undefined;
	/** Whose note it must be. */
	log: LogKey;
	/** Undefined when the set is not known; empty for the default, the log alone. */
	witnesses: readonly LightWitness[] | undefined;
	/** Undefined at the first visit. */
	seen: SeenHead | undefined;
	/** Path between the head that was seen and this one, the smaller first; undefined when there is none. */
	consistency: readonly Uint8Array[] | undefined;
}

/** Everything that was found. */
export interface LightVerdict {
	/**
	 * forked: the log contradicts what was seen of it; broken: something does not hold; open: no checkpoint
	 * covers the entry yet; proven: it is in the log; witnessed: and a quorum has seen that log.
	 */
	state: 'forked' | 'broken' | 'open' | 'proven' | 'witnessed';
	steps: LightStep[];
	/** Absent when the event does not hold. */
	event: VerifiedEvent | undefined;
	/** Absent when the log has not signed it. */
	head: ParsedCheckpoint | undefined;
	/** The checkpoint that the witnesses are counted on: the head, or an earlier one that covers the entry. */
	counted: ParsedCheckpoint | undefined;
	witnesses: WitnessSaid[];
	signedWeight: bigint;
	totalWeight: bigint;
}

type Result = Omit<LightStep, 'name'>;
const HOLDS: Result = { outcome: 'holds', code: '' };
const fails = (code: string): Result => ({ outcome: 'fails', code });
const open = (code: string): Result => ({ outcome: 'open', code });

/** The value, or why there is none. Only what the protocol refuses is a result; defects go on. */
function attempt<T>(task: () => T): [T | undefined, Result] {
	try {
		return [task(), HOLDS];
	} catch (error) {
		if (!(error instanceof ProtocolError)) throw error;
		return [undefined, fails(error.code)];
	}
}

function checkEvent({ signed, id }: LightClaim): VerifiedEvent {
	if (!signed) throw new ProtocolError('EVENT_NOT_CANONICAL', 'there is no event');
	const event = verifyEvent(signed);
	if (event.id !== id) throw new ProtocolError('EVENT_ID_FOREIGN', 'the id names another event');
	return event;
}

/** Whether a signed head is the tree that the proof is about. */
function checkRoot(head: ParsedCheckpoint, { inclusion }: LightClaim): Result {
	const isSame = !inclusion || (head.size === inclusion.size && equalBytes(head.root, inclusion.root));
	return isSame ? HOLDS : fails('PROOF_ROOT_WRONG');
}

function isSameLog(a: LogKey, b: LogKey): boolean {
	return a.origin === b.origin && equalBytes(a.publicKey, b.publicKey);
}

/**
 * Whether two heads of one log are heads of one history; `path` leads from the smaller to the larger one.
 * Codes: LOG_FORKED, PROOF_CONSISTENCY_WRONG, LOG_BEHIND.
 */
function compareHeads(
	before: ParsedCheckpoint,
	now: ParsedCheckpoint,
	path: readonly Uint8Array[] | undefined,
): Result {
	if (before.size === now.size) return equalBytes(before.root, now.root) ? HOLDS : fails('LOG_FORKED');
	const [from, to] = before.size < now.size ? [before, now] : [now, before];
	// Every tree begins with the empty one.
	if (from.size === 0n) return HOLDS;
	// A follower that lags behind cannot prove what it has not got; a log that has grown must.
	if (path === undefined && now.size < before.size) return open('LOG_BEHIND');
	const continues = verifyConsistency({
		fromSize: from.size,
		toSize: to.size,
		fromRoot: from.root,
		toRoot: to.root,
		path: path ?? [],
	});
	return continues ? HOLDS : fails('PROOF_CONSISTENCY_WRONG');
}

function checkConsistency(
	{ seen, log, consistency }: LightClaim,
	head: ParsedCheckpoint | undefined,
): Result {
	if (seen && !isSameLog(seen.log, log)) return fails('LOG_KEY_CHANGED');
	if (!head) return open('CHECKPOINT_UNKNOWN');
	// What was remembered is believed for its signature only.
	const [before] = seen ? attempt(() => verifyCheckpoint(seen.note, seen.log)) : [undefined];
	return before ? compareHeads(before, head, consistency) : open('LOG_FIRST_SEEN');
}

/** The default set: the log stands for itself. */
function homeAlone(log: LogKey): LightWitness {
	return {
		did: didOf(Namespace.CRAFT, log.publicKey),
		name: log.origin,
		publicKeys: [log.publicKey],
		weight: 1n,
	};
}

/** Whether the DID is that of the identity that one of the keys founds. */
export function isSelfCertifiedWitness(did: string, publicKeys: readonly Uint8Array[]): boolean {
	const [parsed] = attempt(() => parseDid(did));
	return parsed !== undefined && publicKeys.some((key) => identityUid(parsed.namespace, key) === parsed.uid);
}

/**
 * What stands in a note under a key of a witness. Nodes sign under the DID that their key founds, others under
 * the DID or name by which the witness set knows them.
 */
function findAll(checkpoint: ParsedCheckpoint, { did, name }: LightWitness, key: Uint8Array) {
	const names = new Set([didOf(Namespace.CRAFT, key), did, name]);
	return [...names].map((one) => findCosignature(checkpoint, one, key));
}

function countOn(checkpoint: ParsedCheckpoint | undefined, set: readonly LightWitness[], log: LogKey) {
	const used: Uint8Array[] = [];
	const witnesses = set.map((witness): WitnessSaid => {
		const isSelfCertified = isSelfCertifiedWitness(witness.did, witness.publicKeys);
		// One key speaks for one witness, however often it is named.
		const keys = witness.publicKeys.filter((key) => !used.some((other) => equalBytes(other, key)));
		used.push(...keys);
		// Of a checkpoint that is given here the log's own signature holds.
		const isLog = checkpoint !== undefined && keys.some((key) => equalBytes(key, log.publicKey));
		const found = checkpoint ? keys.flatMap((key) => findAll(checkpoint, witness, key)) : [];
		const times = found.flatMap(({ timeS }) => (timeS === undefined ? [] : [timeS]));
		const timeS = times.reduce<bigint | undefined>((a, b) => (a !== undefined && a > b ? a : b), undefined);
		const said = { ...witness, isSelfCertified, ...(timeS === undefined ? {} : { timeS }) };
		if (isLog || timeS !== undefined) return { ...said, outcome: 'holds', code: '' };
		return found.some(({ outcome }) => outcome === 'invalid')
			? { ...said, outcome: 'fails', code: 'COSIGNATURE_INVALID' }
			: { ...said, outcome: 'open', code: 'COSIGNATURES_MISSING' };
	});
	const weigh = (some: readonly WitnessSaid[]) => some.reduce((sum, { weight }) => sum + weight, 0n);
	const signedWeight = weigh(witnesses.filter(({ outcome }) => outcome === 'holds'));
	const totalWeight = weigh(witnesses);
	return { counted: checkpoint, witnesses, signedWeight, totalWeight };
}

function stateOf(steps: readonly LightStep[]): LightVerdict['state'] {
	const outcome = (name: LightStepName) => steps.find((step) => step.name === name)?.outcome;
	const ground = (['event', 'leaf', 'inclusion', 'checkpoint'] as const).map(outcome);
	if (outcome('consistency') === 'fails') return 'forked';
	if (ground.includes('fails')) return 'broken';
	if (ground.includes('open')) return 'open';
	return outcome('quorum') === 'holds' ? 'witnessed' : 'proven';
}

/**
 * Checks an entry of the log: its bytes and signatures (event), its hash (leaf), its place in the tree
 * (inclusion), the log's signature over that tree (checkpoint), that the tree continues what was seen before
 * (consistency), and the witnesses' signatures (cosignatures) with their weight (quorum). Never throws for
 * what a server may send. A cosignature that does not hold is not counted; it does not make the entry wrong.
 */
export function verifyLight(claim: LightClaim): LightVerdict {
	const steps: LightStep[] = [];
	const step = (name: LightStepName, result: Result) => void steps.push({ name, ...result });

	const [event, ofEvent] = attempt(() => checkEvent(claim));
	step('event', ofEvent);

	const { signed, inclusion, log, seen, sequence } = claim;
	const isCovered = signed !== undefined && inclusion !== undefined;
	if (!isCovered) {
		step('leaf', open('CHECKPOINT_UNKNOWN'));
		step('inclusion', open('CHECKPOINT_UNKNOWN'));
	} else {
		const leaf = leafHash(encodeEntry(signed));
		step('leaf', equalBytes(leaf, inclusion.leafHash) ? HOLDS : fails('PROOF_LEAF_WRONG'));
		const included =
			inclusion.sequence === sequence && verifyInclusion({ ...inclusion, leafHash: leaf, sequence });
		step('inclusion', included ? HOLDS : fails('PROOF_PATH_WRONG'));
	}
	const [head, ofHead] =
		claim.note === undefined
			? [undefined, open('CHECKPOINT_UNKNOWN')]
			: attempt(() => verifyCheckpoint(claim.note ?? '', log));
	// A signed head of another tree than the proof's is still the log's word, and is held against what was seen.
	step('checkpoint', head ? checkRoot(head, claim) : ofHead);
	const consistency = checkConsistency(claim, head);
	step('consistency', consistency);

	const set = claim.witnesses?.length === 0 ? [homeAlone(log)] : (claim.witnesses ?? []);
	let count = countOn(head, set, log);
	if (!isQuorum(count.signedWeight, count.totalWeight) && seen && consistency.outcome === 'holds') {
		// Whoever has cosigned an earlier head that covers the entry has cosigned the entry: the head continues it.
		const [earlier] = attempt(() => verifyCheckpoint(seen.witnessed, log));
		const before = earlier && earlier.size > sequence ? countOn(earlier, set, log) : undefined;
		if (before && isQuorum(before.signedWeight, before.totalWeight)) count = before;
	}
	step('cosignatures', cosignatures(count.witnesses, claim));
	const agreed = head !== undefined && isQuorum(count.signedWeight, count.totalWeight);
	step('quorum', agreed ? HOLDS : open(unsaid(claim)));
	return { state: stateOf(steps), steps, event, head, ...count };
}

/** Why nothing can be said of the witnesses. */
function unsaid({ witnesses, note }: LightClaim): string {
	if (witnesses === undefined) return 'WITNESSES_UNKNOWN';
	return note === undefined ? 'CHECKPOINT_UNKNOWN' : 'QUORUM_MISSING';
}

function cosignatures(witnesses: readonly WitnessSaid[], claim: LightClaim): Result {
	if (witnesses.some(({ outcome }) => outcome === 'fails')) return fails('COSIGNATURE_INVALID');
	if (witnesses.some(({ outcome }) => outcome === 'holds')) return HOLDS;
	const code = unsaid(claim);
	return open(code === 'QUORUM_MISSING' ? 'COSIGNATURES_MISSING' : code);
}

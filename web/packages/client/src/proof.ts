import type { EventRecord, GetInclusionProofResponse, SignedEvent } from '@erynoa/proto';
import {
	encodeEntry,
	equalBytes,
	type LogKey,
	leafHash,
	ProtocolError,
	type VerifiedEvent,
	verifyCheckpoint,
	verifyEvent,
	verifyInclusion,
} from '@erynoa/protocol';
import type { Api } from './api';
import { ApiError } from './api-error';

/** One thing that was checked in this browser. */
export interface ProofStep {
	name: 'event' | 'leaf' | 'inclusion' | 'checkpoint';
	holds: boolean;
	/** Code of what is wrong; empty when it holds. */
	code: string;
}

/** An event with everything that proves it. */
export interface EventProof {
	/** All steps hold. */
	holds: boolean;
	steps: ProofStep[];
	/** Absent when the event itself does not hold. */
	event: VerifiedEvent | undefined;
	/** Absent before a checkpoint covers the event. */
	inclusion: GetInclusionProofResponse | undefined;
}

/**
 * Checks an event in this browser: bytes and signatures (event), its hash in the log (leaf), its place in
 * the tree (inclusion), and the log's signature over that tree (checkpoint). Before a checkpoint covers
 * the event the last three fail with CHECKPOINT_UNKNOWN.
 */
export async function proveEvent(api: Api, record: EventRecord, log: LogKey): Promise<EventProof> {
	const steps: ProofStep[] = [];
	const step = (name: ProofStep['name'], code: string) => steps.push({ name, holds: code === '', code });
	const check = <T>(name: ProofStep['name'], attempt: () => T): T | undefined => {
		try {
			const result = attempt();
			step(name, '');
			return result;
		} catch (error) {
			if (!(error instanceof ProtocolError)) throw error;
			step(name, error.code);
			return undefined;
		}
	};

	const signed: SignedEvent | undefined = record.signed;
	const event = check('event', () => {
		if (!signed) throw new ProtocolError('EVENT_NOT_CANONICAL', 'the record has no event');
		const verified = verifyEvent(signed);
		if (verified.id !== record.id) throw new ProtocolError('EVENT_ID_FOREIGN', 'the id names another event');
		return verified;
	});

	const inclusion = await api.log.getInclusionProof({ sequence: record.sequence }).catch((error: unknown) => {
		if (error instanceof ApiError && error.code === 'CHECKPOINT_UNKNOWN') return undefined;
		throw error;
	});
	if (!inclusion?.checkpoint || !signed) {
		for (const name of ['leaf', 'inclusion', 'checkpoint'] as const) step(name, 'CHECKPOINT_UNKNOWN');
		return { holds: false, steps, event, inclusion };
	}

	const leaf = leafHash(encodeEntry(signed));
	step('leaf', equalBytes(leaf, inclusion.leafHash) ? '' : 'PROOF_LEAF_WRONG');
	const { sequence, size, path, root } = inclusion;
	const included =
		sequence === record.sequence && verifyInclusion({ leafHash: leaf, sequence, size, path, root });
	step('inclusion', included ? '' : 'PROOF_PATH_WRONG');
	const { note } = inclusion.checkpoint;
	check('checkpoint', () => {
		const checkpoint = verifyCheckpoint(note, log);
		if (checkpoint.size !== size || !equalBytes(checkpoint.root, root)) {
			throw new ProtocolError('PROOF_ROOT_WRONG', 'the checkpoint is of another tree than the proof');
		}
	});
	return { holds: steps.every(({ holds }) => holds), steps, event, inclusion };
}

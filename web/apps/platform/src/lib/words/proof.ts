import type { EventProof, ProofStep } from '@erynoa/client';
import * as m from '$lib/paraglide/messages';

/** What a step of the check says. */
export function stepTitle(step: ProofStep): string {
	switch (step.name) {
		case 'event':
			return m.proof_event();
		case 'leaf':
			return m.proof_leaf();
		case 'inclusion':
			return m.proof_inclusion();
		case 'checkpoint':
			return m.proof_checkpoint();
	}
}

export type Verdict = 'holds' | 'waiting' | 'broken';

/** The check as a whole: it holds, has to wait for a checkpoint, or does not hold. */
export function proofVerdict(proof: EventProof): Verdict {
	if (proof.holds) return 'holds';
	const wrong = proof.steps.filter((step) => !step.holds);
	return wrong.every((step) => step.code === 'CHECKPOINT_UNKNOWN') ? 'waiting' : 'broken';
}

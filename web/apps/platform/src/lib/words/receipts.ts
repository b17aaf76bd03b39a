import { ReceiptOutcome } from '@erynoa/protocol';
import * as m from '$lib/paraglide/messages';

/** How an agreement ended. */
export function outcomeName(outcome: ReceiptOutcome): string {
	switch (outcome) {
		case ReceiptOutcome.KEPT:
			return m.outcome_kept();
		case ReceiptOutcome.BROKEN:
			return m.outcome_broken();
		case ReceiptOutcome.ABORTED_BY_PERFORMER:
			return m.outcome_aborted_performer();
		default:
			return m.outcome_aborted_client();
	}
}

/** What an outcome does to the performer, in a sentence. */
export function outcomeEffect(outcome: ReceiptOutcome, performer: string): string {
	switch (outcome) {
		case ReceiptOutcome.KEPT:
			return m.outcome_kept_effect({ performer });
		case ReceiptOutcome.BROKEN:
			return m.outcome_broken_effect({ performer });
		case ReceiptOutcome.ABORTED_BY_PERFORMER:
			return m.outcome_aborted_performer_effect({ performer });
		default:
			return m.outcome_aborted_client_effect({ performer });
	}
}

/** An outcome in one sentence with both names. */
export function outcomeSentence(outcome: ReceiptOutcome, performer: string, client: string): string {
	switch (outcome) {
		case ReceiptOutcome.KEPT:
			return m.terms_kept({ performer, client });
		case ReceiptOutcome.BROKEN:
			return m.terms_broken({ performer, client });
		case ReceiptOutcome.ABORTED_BY_PERFORMER:
			return m.terms_aborted_performer({ performer, client });
		default:
			return m.terms_aborted_client({ performer, client });
	}
}

/** Colour of an outcome. */
export function outcomeLook(outcome: ReceiptOutcome): 'good' | 'bad' | 'accent' | 'neutral' {
	switch (outcome) {
		case ReceiptOutcome.KEPT:
			return 'good';
		case ReceiptOutcome.BROKEN:
			return 'bad';
		case ReceiptOutcome.ABORTED_BY_PERFORMER:
			return 'accent';
		default:
			return 'neutral';
	}
}

// Runs of work that survives, as far as the person they belong to sees them.

import { toApiError } from '@erynoa/client';
import type { Workflow } from '@erynoa/proto';
import { isOver } from '@erynoa/ui';
import { erynoa } from '$lib/erynoa';

/** Pause before a stream that broke, or a run that is not there yet, is asked for again. */
const againMs = 2_000;

/** Id of the file that a run has stored; empty before. */
export function storedFile({ steps }: Workflow): string {
	const stored = steps.find(({ name }) => name === 'store');
	if (stored?.state !== 'done') return '';
	const output: unknown = JSON.parse(stored.output);
	const id = typeof output === 'object' && output !== null && 'file_id' in output ? output.file_id : '';
	return typeof id === 'string' ? id : '';
}

/**
 * Tells of a run whenever it has changed, until it is over or the signal fires; undefined as long as the
 * engine has not taken it up. Throws what trying again cannot mend.
 */
export async function followRun(
	key: string,
	onrun: (run: Workflow | undefined) => void,
	signal: AbortSignal,
): Promise<void> {
	for (;;) {
		try {
			// Deadlines are for calls that answer once.
			for await (const { workflow } of erynoa.api.workflows.watchWorkflow(
				{ key },
				{ signal, timeoutMs: 0 },
			)) {
				if (workflow === undefined || signal.aborted) continue;
				onrun(workflow);
				if (isOver(workflow.status)) return;
			}
		} catch (reason) {
			if (signal.aborted) return;
			const error = toApiError(reason);
			if (error.code === 'WORKFLOW_NOT_FOUND') onrun(undefined);
			else if (!error.isTransient) throw error;
		}
		if (signal.aborted) return;
		await new Promise((next) => setTimeout(next, againMs));
		if (signal.aborted) return;
	}
}

import type { Workflow } from '@erynoa/proto';

/** Name of the workflow that puts everything about somebody into one file. */
export const dataExport = 'data_export';

/** Id of the file that an export has made, as long as it is kept; empty otherwise. */
export function exportedFile({ workflow, steps }: Workflow): string {
	const stored = workflow === dataExport ? steps.find(({ name }) => name === 'store') : undefined;
	if (stored?.state !== 'done' || steps.some(({ name }) => name === 'remove')) return '';
	const output: unknown = JSON.parse(stored.output);
	const id = typeof output === 'object' && output !== null && 'file_id' in output ? output.file_id : '';
	return typeof id === 'string' ? id : '';
}

/** When the file of an export is removed, microseconds; 0 when it is not kept. */
export function exportEndsUs(workflow: Workflow): bigint {
	return exportedFile(workflow) === '' ? 0n : workflow.dueAtUs;
}

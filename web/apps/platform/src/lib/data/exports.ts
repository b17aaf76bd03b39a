import type { Workflow } from '@erynoa/proto';
import { storedFile } from './work';

/** Name of the workflow that puts everything about somebody into one file. */
export const dataExport = 'data_export';

/** Id of the file that an export has made, as long as it is kept; empty otherwise. */
export function exportedFile(workflow: Workflow): string {
	const isKept = workflow.workflow === dataExport && !workflow.steps.some(({ name }) => name === 'remove');
	return isKept ? storedFile(workflow) : '';
}

/** When the file of an export is removed, microseconds; 0 when it is not kept. */
export function exportEndsUs(workflow: Workflow): bigint {
	return exportedFile(workflow) === '' ? 0n : workflow.dueAtUs;
}

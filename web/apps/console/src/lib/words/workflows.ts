import { WorkflowStatus } from '@erynoa/proto';
import { m } from '$lib/i18n';

type Tone = 'neutral' | 'primary' | 'good' | 'bad' | 'info';

const statuses: Readonly<Record<WorkflowStatus, readonly [() => string, Tone]>> = {
	[WorkflowStatus.UNSPECIFIED]: [() => '–', 'neutral'],
	[WorkflowStatus.RUNNING]: [m.workflow_running, 'primary'],
	[WorkflowStatus.WAITING]: [m.workflow_waiting, 'neutral'],
	[WorkflowStatus.STUCK]: [m.workflow_stuck, 'bad'],
	[WorkflowStatus.COMPENSATING]: [m.workflow_compensating, 'info'],
	[WorkflowStatus.COMPLETED]: [m.workflow_completed, 'good'],
	[WorkflowStatus.CANCELLED]: [m.workflow_cancelled, 'neutral'],
	[WorkflowStatus.FAILED]: [m.workflow_failed, 'bad'],
};

const workflows: Readonly<Record<string, () => string>> = { data_export: m.workflow_data_export };

const steps: Readonly<Record<string, () => string>> = {
	keep: m.workflow_step_keep,
	remove: m.workflow_step_remove,
	store: m.workflow_step_store,
};

const states: Readonly<Record<string, () => string>> = {
	done: m.workflow_step_state_done,
	refused: m.workflow_step_state_refused,
	running: m.workflow_step_state_running,
	undoing: m.workflow_step_state_undoing,
	undone: m.workflow_step_state_undone,
	unknown: m.workflow_step_state_unknown,
	waiting: m.workflow_step_state_waiting,
};

/** All that can be filtered by. */
export const knownStatuses: readonly WorkflowStatus[] = [
	WorkflowStatus.STUCK,
	WorkflowStatus.RUNNING,
	WorkflowStatus.WAITING,
	WorkflowStatus.COMPENSATING,
	WorkflowStatus.COMPLETED,
	WorkflowStatus.CANCELLED,
	WorkflowStatus.FAILED,
];

export function statusText(status: WorkflowStatus): string {
	return statuses[status][0]();
}

export function statusTone(status: WorkflowStatus): Tone {
	return statuses[status][1];
}

/** What a workflow is called; its own name where there are no words. */
export function workflowText(name: string): string {
	return workflows[name]?.() ?? name;
}

export function stepText(name: string): string {
	return steps[name]?.() ?? name;
}

export function stateText(state: string): string {
	return states[state]?.() ?? state;
}

/** Whether nothing more will happen. */
export function isOver(status: WorkflowStatus): boolean {
	return (
		status === WorkflowStatus.COMPLETED ||
		status === WorkflowStatus.CANCELLED ||
		status === WorkflowStatus.FAILED
	);
}

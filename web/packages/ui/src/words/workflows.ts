// Words of work that survives: runs, their steps, and where they stand.

import { WorkflowStatus, type WorkflowStep } from '@erynoa/proto';
import { formatDuration, formatNumber } from '../format';
import type { IconName } from '../icons';
import { type Phrase, say } from './phrase';

type Tone = 'neutral' | 'primary' | 'good' | 'bad' | 'info';

const statuses: Readonly<Record<number, { name: Phrase; tone: Tone }>> = {
	[WorkflowStatus.STUCK]: { name: { en: 'stuck', de: 'steckt fest' }, tone: 'bad' },
	[WorkflowStatus.RUNNING]: { name: { en: 'running', de: 'läuft' }, tone: 'primary' },
	[WorkflowStatus.WAITING]: { name: { en: 'waiting', de: 'wartet' }, tone: 'neutral' },
	[WorkflowStatus.COMPENSATING]: {
		name: { en: 'being undone', de: 'wird zurückgenommen' },
		tone: 'info',
	},
	[WorkflowStatus.COMPLETED]: { name: { en: 'completed', de: 'abgeschlossen' }, tone: 'good' },
	[WorkflowStatus.CANCELLED]: { name: { en: 'cancelled', de: 'abgebrochen' }, tone: 'neutral' },
	[WorkflowStatus.FAILED]: { name: { en: 'failed', de: 'gescheitert' }, tone: 'bad' },
};

/** All that can be filtered by, what needs somebody first. */
export const workflowStatuses: readonly WorkflowStatus[] = [
	WorkflowStatus.STUCK,
	WorkflowStatus.RUNNING,
	WorkflowStatus.WAITING,
	WorkflowStatus.COMPENSATING,
	WorkflowStatus.COMPLETED,
	WorkflowStatus.CANCELLED,
	WorkflowStatus.FAILED,
];

export function workflowStatusName(status: WorkflowStatus): string {
	return say(statuses[status]?.name);
}

export function workflowStatusTone(status: WorkflowStatus): Tone {
	return statuses[status]?.tone ?? 'neutral';
}

const workflows: Readonly<Record<string, Phrase>> = {
	certificate: { en: 'Trust certificate', de: 'Vertrauenszertifikat' },
	data_export: { en: 'Data export', de: 'Datenauszug' },
	erasure: { en: 'Erasure of an account', de: 'Löschung eines Kontos' },
	invitation: { en: 'Invitation', de: 'Einladung' },
};

/** What a workflow is called; its own name where there are no words. */
export function workflowName(workflow: string): string {
	return say(workflows[workflow]) || workflow;
}

const steps: Readonly<Record<string, Phrase>> = {
	account: { en: 'Delete the account', de: 'Konto löschen' },
	close: { en: 'Close the account', de: 'Konto schließen' },
	end: { en: 'End the invitation', de: 'Einladung beenden' },
	files: { en: 'Delete the files', de: 'Dateien löschen' },
	freeze: { en: 'Gather evidence and proofs', de: 'Belege und Nachweise sammeln' },
	keep: { en: 'Keep it for a week', de: 'Eine Woche aufbewahren' },
	mail: { en: 'Send a mail', de: 'Nachricht schicken' },
	remind: { en: 'Send a reminder', de: 'Erinnerung schicken' },
	remove: { en: 'Remove the file', de: 'Datei entfernen' },
	render: { en: 'Draw the document', de: 'Dokument zeichnen' },
	store: { en: 'Store the file', de: 'Datei ablegen' },
	wait: { en: 'Wait for an answer', de: 'Auf Antwort warten' },
};

/** What a step does; its own name where there are no words. */
export function workflowStepName(step: string): string {
	return say(steps[step]) || step;
}

const states: Readonly<Record<string, { name: Phrase; icon: IconName; tone: Tone }>> = {
	done: { name: { en: 'done', de: 'erledigt' }, icon: 'check', tone: 'good' },
	refused: { name: { en: 'refused', de: 'abgelehnt' }, icon: 'close', tone: 'bad' },
	running: { name: { en: 'running', de: 'läuft' }, icon: 'play', tone: 'primary' },
	undoing: { name: { en: 'being undone', de: 'wird zurückgenommen' }, icon: 'refresh', tone: 'info' },
	undone: { name: { en: 'undone', de: 'zurückgenommen' }, icon: 'arrowLeft', tone: 'neutral' },
	unknown: { name: { en: 'unknown', de: 'unbekannt' }, icon: 'warning', tone: 'bad' },
	waiting: { name: { en: 'waiting', de: 'wartet' }, icon: 'clock', tone: 'neutral' },
};

/** Words, picture and colour of where a step stands. */
export function workflowStepState(state: string): { name: string; icon: IconName; tone: Tone } {
	const known = states[state];
	return { name: say(known?.name) || state, icon: known?.icon ?? 'warning', tone: known?.tone ?? 'neutral' };
}

const brief: Phrase = { en: 'under a second', de: 'unter einer Sekunde' };
const once: Phrase = { en: 'one failed try', de: 'ein gescheiterter Versuch' };
const often: Phrase = { en: '{count} failed tries', de: '{count} gescheiterte Versuche' };

/** How long a step took, or has taken until its last change. */
export function workflowStepTime({ beganAtUs, changedAtUs }: WorkflowStep): string {
	const seconds = Number(changedAtUs - beganAtUs) / 1_000_000;
	return seconds < 1 ? say(brief) : formatDuration(seconds);
}

/** How often a step has failed. */
export function workflowStepTries(tries: number): string {
	return tries === 1 ? say(once) : say(often, { count: formatNumber(tries) });
}

/** Whether nothing more will happen. */
export function isOver(status: WorkflowStatus): boolean {
	return (
		status === WorkflowStatus.COMPLETED ||
		status === WorkflowStatus.CANCELLED ||
		status === WorkflowStatus.FAILED
	);
}

import { MailState } from '@erynoa/proto';
import { m } from '$lib/i18n';

type Tone = 'neutral' | 'primary' | 'good' | 'bad' | 'info';

const states: Readonly<Record<MailState, readonly [() => string, Tone]>> = {
	[MailState.UNSPECIFIED]: [() => '–', 'neutral'],
	[MailState.WAITING]: [m.mail_waiting, 'primary'],
	[MailState.SENT]: [m.mail_sent, 'good'],
	[MailState.FAILED]: [m.mail_failed, 'bad'],
	[MailState.KEPT]: [m.mail_kept, 'neutral'],
};

/** All that can be filtered by. */
export const knownStates: readonly MailState[] = [
	MailState.WAITING,
	MailState.FAILED,
	MailState.SENT,
	MailState.KEPT,
];

export function stateText(state: MailState): string {
	return states[state][0]();
}

export function stateTone(state: MailState): Tone {
	return states[state][1];
}

const kinds: Readonly<Record<string, () => string>> = {
	invitation: m.mail_kind_invitation,
	reminder: m.mail_kind_reminder,
	welcome: m.mail_kind_welcome,
	attestations: m.mail_kind_attestations,
	certificate_ready: m.mail_kind_certificate_ready,
	device_added: m.mail_kind_device_added,
	recovery_started: m.mail_kind_recovery_started,
	proposal_opened: m.mail_kind_proposal_opened,
	proposal_closed: m.mail_kind_proposal_closed,
	export_ready: m.mail_kind_export_ready,
};

/** What a kind of mail is called; its own name where there are no words. */
export function kindText(kind: string): string {
	return kinds[kind]?.() ?? kind;
}

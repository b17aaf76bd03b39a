import type { ErasureItem } from '@erynoa/proto';
import * as m from '$lib/paraglide/messages';

const items: Readonly<Record<string, { name: () => string; text: () => string }>> = {
	account: { name: m.erasure_account, text: m.erasure_account_text },
	sessions: { name: m.erasure_sessions, text: m.erasure_sessions_text },
	notifications: { name: m.erasure_notifications, text: m.erasure_notifications_text },
	files: { name: m.erasure_files, text: m.erasure_files_text },
	provider: { name: m.erasure_provider, text: m.erasure_provider_text },
	events: { name: m.erasure_events, text: m.erasure_events_text },
	statements: { name: m.erasure_statements, text: m.erasure_statements_text },
	audit: { name: m.erasure_audit, text: m.erasure_audit_text },
	certificates: { name: m.erasure_certificates, text: m.erasure_certificates_text },
	workflows: { name: m.erasure_workflows, text: m.erasure_workflows_text },
	mail: { name: m.erasure_mail, text: m.erasure_mail_text },
	backups: { name: m.erasure_backups, text: m.erasure_backups_text },
};

/** What is kept about somebody; its own name where there are no words. */
export function erasureItemName({ what }: ErasureItem): string {
	return items[what]?.name() ?? what;
}

/** What becomes of it, and why; as the server says it where there are no words. */
export function erasureItemText({ what, reason }: ErasureItem): string {
	return items[what]?.text() ?? reason;
}

/** Things of which there is more than one, so that their number says something. */
export function isCounted({ what, count }: ErasureItem): boolean {
	return count !== undefined && what !== 'account' && what !== 'provider';
}

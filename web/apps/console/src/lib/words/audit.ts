import { m } from '$lib/i18n';

const actions: Readonly<Record<string, () => string>> = {
	'bucket.create': m.audit_bucket_create,
	'bucket.delete': m.audit_bucket_delete,
	'document.issue': m.audit_document_issue,
	'file.delete': m.audit_file_delete,
	'installation.claim': m.audit_installation_claim,
	'log.hand_over': m.audit_log_hand_over,
	'mail.retry': m.audit_mail_retry,
	'peer.ban': m.audit_peer_ban,
	'peer.connect': m.audit_peer_connect,
	'peer.unban': m.audit_peer_unban,
	'session.revoke': m.audit_session_revoke,
	'storage.delete_orphans': m.audit_storage_delete_orphans,
	'storage.scan': m.audit_storage_scan,
	'user.accept_invitation': m.audit_user_accept_invitation,
	'user.create': m.audit_user_create,
	'user.delete': m.audit_user_delete,
	'user.disable': m.audit_user_disable,
	'user.enable': m.audit_user_enable,
	'user.erase': m.audit_user_erase,
	'user.export': m.audit_user_export,
	'user.invite': m.audit_user_invite,
	'user.link_identity': m.audit_user_link_identity,
	'user.roles': m.audit_user_roles,
	'user.update': m.audit_user_update,
	'workflow.cancel': m.audit_workflow_cancel,
	'workflow.retry': m.audit_workflow_retry,
};

/** What was done, in plain words; as the log says it where there are none. */
export function actionText(action: string): string {
	return actions[action]?.() ?? action;
}

/** Actions that can be chosen to filter by. */
export const knownActions: readonly string[] = Object.keys(actions);

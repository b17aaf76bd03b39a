import type { ApiError } from '@erynoa/client';
import { formatDuration } from '@erynoa/ui';
import * as m from '$lib/paraglide/messages';

const texts: Readonly<Record<string, () => string>> = {
	NETWORK_UNREACHABLE: m.fail_network,
	SERVICE_UNAVAILABLE: m.fail_unavailable,
	DEADLINE_EXCEEDED: m.fail_unavailable,
	INTERNAL_ERROR: m.fail_internal,
	UNAUTHORIZED: m.fail_unauthorized,
	INVALID_TOKEN: m.fail_unauthorized,
	FORBIDDEN: m.fail_forbidden,
	NOT_FOUND: m.fail_not_found,
	IDENTITY_UNKNOWN: m.fail_identity_unknown,
	DID_INVALID: m.fail_identity_unknown,
	UID_INVALID: m.fail_not_found,
	REGISTRATION_CLOSED: m.fail_registration_closed,
	KEY_NOT_ON_DEVICE: m.fail_key_not_here,
	SIGN_IN_KEY_NOT_ALLOWED: m.fail_key_revoked,
	EVENT_KEY_REVOKED: m.fail_key_revoked,
	KEY_LAST: m.fail_key_last,
	KEY_IN_USE: m.fail_key_in_use,
	EVENT_PREV_STALE: m.fail_prev_stale,
	EVENT_FROM_FUTURE: m.fail_clock,
	SIGN_IN_CHALLENGE_UNKNOWN: m.fail_challenge,
	SIGN_IN_SIGNATURE_INVALID: m.fail_challenge,
	SIGN_IN_CHALLENGE_INVALID: m.fail_challenge,
	SIGN_IN_ORIGIN_FOREIGN: m.fail_challenge,
	KEY_UNSUPPORTED: m.unsupported_text,
	WORKFLOW_NOT_FOUND: m.fail_workflow_not_found,
	WORKFLOW_OVER: m.fail_workflow_over,
	WORKFLOW_UNKNOWN: m.fail_workflow_unknown,
	DOCUMENT_TIMEOUT: m.fail_document_timeout,
	DOCUMENT_TOO_EARLY: m.fail_document_too_early,
	LAST_ADMIN: m.fail_last_admin,
	ACCOUNT_DISABLED: m.fail_account_disabled,
	ACCOUNT_REQUIRED: m.fail_account_required,
	IDENTITY_LINKED: m.fail_identity_linked,
	IDENTITY_REQUIRED: m.fail_identity_required,
	INVITATION_EXPIRED: m.fail_invitation_expired,
	INVITATION_INVALID: m.fail_invitation_invalid,
	NONCE_INVALID: m.fail_sign_in_stale,
	PROVIDER_REFUSED: m.fail_provider_refused,
	PROVIDER_UNAVAILABLE: m.fail_provider_away,
	SIGN_IN_DENIED: m.fail_sign_in_denied,
	SIGN_IN_STATE_UNKNOWN: m.fail_sign_in_stale,
	CLAIM_TOKEN_INVALID: m.fail_claim_token,
	ALREADY_CLAIMED: m.fail_claimed,
	PAIRING_UNKNOWN: m.fail_pairing_unknown,
	PAIRING_CLAIMED: m.fail_pairing_claimed,
	PAIRING_PROOF_INVALID: m.fail_pairing_proof,
	ATTESTATION_SELF: m.fail_self,
	ATTESTATION_UNKNOWN: m.fail_attestation_unknown,
	REALM_UNKNOWN: m.fail_realm_unknown,
	RECOVERY_CODE_INVALID: m.fail_recovery_code,
	RECEIPT_OFFER_INVALID: m.fail_receipt_offer,
	SUBJECT_SELF: m.fail_subject_self,
	DELEGATION_REQUIRED: m.fail_delegation_required,
	DELEGATION_BROKEN: m.fail_delegation_broken,
	DELEGATION_CYCLE: m.fail_delegation_cycle,
	DELEGATION_DEPTH: m.fail_delegation_depth,
	DELEGATION_EXCEEDS: m.fail_delegation_exceeds,
	DELEGATION_EXPIRED: m.fail_delegation_expired,
	DELEGATION_FOREIGN: m.fail_delegation_foreign,
	DELEGATION_FUTURE: m.fail_delegation_future,
	DELEGATION_LIMIT: m.fail_delegation_limit,
	DELEGATION_REALM: m.fail_delegation_realm,
	DELEGATION_REVOKED: m.fail_delegation_revoked,
	DELEGATION_UNKNOWN: m.fail_delegation_unknown,
	CAPABILITY_INVALID: m.fail_capability,
	EVENT_AUTHOR_INACTIVE: m.fail_inactive,
	IDENTITY_DEACTIVATED: m.fail_deactivated,
	CONTROLLER_FOREIGN: m.fail_controller,
	RECOVERY_PENDING: m.fail_recovery_pending,
	RECOVERY_UNAVAILABLE: m.fail_recovery_unavailable,
	REALM_RULES_VIOLATED: m.fail_rules,
	DELEGATION_INVALID: m.fail_rules,
	ISSUER_REQUIRED: m.fail_issuer,
	JUDGE_REQUIRED: m.fail_judge,
	JUDGE_PARTIAL: m.fail_judge_partial,
	JUDGEMENT_DUPLICATE: m.fail_judgement_duplicate,
	QUOTA_EXCEEDED: m.fail_quota,
	PAYLOAD_TOO_LARGE: m.fail_file_large,
	STORAGE_LIMIT_REACHED: m.fail_file_limit,
	MEDIA_TYPE_MISMATCH: m.fail_media_mismatch,
	FILE_NAME_INVALID: m.fail_file_name,
	FOLDER_INVALID: m.fail_folder,
	FILE_IN_BIN: m.fail_file_binned,
	FILE_UNREADABLE: m.fail_file_unreadable,
	HASH_MISMATCH: m.fail_file_other,
	SIZE_MISMATCH: m.fail_file_other,
	UPLOAD_UNKNOWN: m.fail_upload_unknown,
	LINK_EXPIRED: m.fail_link_expired,
};

/** Codes that have words of their own here. */
export const explainedCodes: readonly string[] = Object.keys(texts);

function waitOf(error: ApiError): string {
	return formatDuration(Math.max(1, Math.ceil((error.retryAfterMs ?? 1_000) / 1_000)));
}

/** Plain words for a code; undefined when it has none here. */
export function codeText(code: string): string | undefined {
	return texts[code]?.();
}

/** Whether the single reasons have to be read to understand a failure. */
export function hasReasons(error: ApiError): boolean {
	return (
		error.violations.some(({ code }) => code !== error.code || !(code in texts)) ||
		error.violations.length > 1
	);
}

/** Why work failed: the server says a code and a message, where it is stuck behind the name of the step. */
export function reasonText(reason: string): string {
	const [, code = '', message = reason] = /^(?:\w+: )?([A-Z]+(?:_[A-Z]+)+): (.*)$/s.exec(reason) ?? [];
	return codeText(code) ?? message;
}

/** What the reader can do about a failure, in plain words. */
export function failureText(error: ApiError): string {
	if (error.code === 'RATE_LIMITED') return m.fail_rate_limited({ wait: waitOf(error) });
	if (error.code === 'MANA_EXHAUSTED') return m.fail_mana({ wait: waitOf(error) });
	if (error.code === 'DOCUMENT_NOT_MADE') {
		// The run's own reason stands behind what has become of it.
		return m.fail_document_not_made({ reason: reasonText(error.message.replace(/^[^:]*: /, '')) });
	}
	if (error.fields.some(({ field }) => field === 'confirmation')) return m.fail_erasure_confirmation();
	const known = texts[error.code];
	if (known) return known();
	if (error.violations.length > 0) return m.fail_rules();
	const reasons = error.fields.map(({ field, reason }) => `${field}: ${reason}`);
	return m.fail_other({ reason: reasons.length > 0 ? reasons.join('; ') : error.message });
}

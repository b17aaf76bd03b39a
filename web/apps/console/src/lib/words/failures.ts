import type { ApiError } from '@erynoa/client';
import type { Violation } from '@erynoa/proto';
import { formatDuration } from '@erynoa/ui';
import { m } from '$lib/i18n';

const texts: Readonly<Record<string, () => string>> = {
	NETWORK_UNREACHABLE: m.fail_network,
	SERVICE_UNAVAILABLE: m.fail_unavailable,
	DEADLINE_EXCEEDED: m.fail_unavailable,
	INTERNAL_ERROR: m.fail_internal,
	UNAUTHORIZED: m.fail_unauthorized,
	INVALID_TOKEN: m.fail_unauthorized,
	FORBIDDEN: m.fail_forbidden,
	IDENTITY_UNKNOWN: m.fail_identity_unknown,
	NOT_FOUND: m.fail_not_found,
	KEY_NOT_ON_DEVICE: m.fail_key_not_here,
	SIGN_IN_KEY_NOT_ALLOWED: m.fail_key_revoked,
	SIGN_IN_CHALLENGE_INVALID: m.fail_challenge,
	SIGN_IN_CHALLENGE_UNKNOWN: m.fail_challenge,
	SIGN_IN_SIGNATURE_INVALID: m.fail_challenge,
	ACCOUNT_DISABLED: m.fail_account_disabled,
	ACCOUNT_REQUIRED: m.fail_account_required,
	CONFLICT: m.fail_conflict,
	IDENTITY_REQUIRED: m.fail_identity_required,
	LAST_ADMIN: m.fail_last_admin,
	NONCE_INVALID: m.fail_sign_in_stale,
	PROVIDER_REFUSED: m.fail_provider_refused,
	PROVIDER_UNAVAILABLE: m.fail_provider_away,
	ROLES_AT_PROVIDER: m.fail_roles_at_provider,
	SIGN_IN_DENIED: m.fail_sign_in_denied,
	SIGN_IN_STATE_UNKNOWN: m.fail_sign_in_stale,
	CHECKPOINT_UNKNOWN: m.fail_checkpoint_unknown,
	REALM_UNKNOWN: m.fail_realm_unknown,
	REALM_RULES_VIOLATED: m.fail_rules,
	JUDGE_REQUIRED: m.fail_judge_required,
	JUDGE_PARTIAL: m.fail_judge_partial,
	JUDGEMENT_DUPLICATE: m.fail_judged_already,
	MEMBER_REQUIRED: m.fail_member_required,
	MEMBER_BANNED: m.fail_member_banned,
	REALM_QUOTA_EXCEEDED: m.fail_quota,
	REALM_THROTTLED: m.fail_quota,
	REALM_DEGRADED: m.fail_degraded,
	REALM_READ_ONLY: m.fail_read_only,
	MANA_EXHAUSTED: m.fail_mana,
	BUCKET_EXISTS: m.fail_bucket_exists,
	BUCKET_INVALID: m.fail_bucket_invalid,
	BUCKET_NOT_EMPTY: m.fail_bucket_not_empty,
	SCAN_RUNNING: m.fail_scan_running,
	WORKFLOW_NOT_FOUND: m.fail_workflow_not_found,
	WORKFLOW_OVER: m.fail_workflow_over,
	WORKFLOW_UNKNOWN: m.fail_workflow_unknown,
};

/** What the reader can do about a failure, in plain words. */
export function failureText(error: ApiError): string {
	if (error.code === 'RATE_LIMITED') {
		const seconds = Math.max(1, Math.ceil((error.retryAfterMs ?? 1_000) / 1_000));
		return m.fail_rate_limited({ wait: formatDuration(seconds) });
	}
	const known = texts[error.code];
	if (known) return known();
	const reasons = error.fields.map(({ field, reason }) => `${field}: ${reason}`);
	return m.fail_other({ reason: reasons.length > 0 ? reasons.join('; ') : error.message });
}

/** One rule that does not hold, in plain words; as the server says it where there are none. */
export function violationText(violation: Pick<Violation, 'code' | 'message'>): string {
	return texts[violation.code]?.() ?? violation.message;
}

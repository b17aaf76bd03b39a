import type { ApiError } from '@erynoa/client';
import type { Violation } from '@erynoa/proto';
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
};

/** Codes that have words of their own here. */
export const explainedCodes: readonly string[] = Object.keys(texts);

/** What the reader can do about a failure, in plain words. */
export function failureText(error: ApiError): string {
	if (error.code === 'RATE_LIMITED') {
		return m.fail_rate_limited({
			wait: formatDuration(Math.max(1, Math.ceil((error.retryAfterMs ?? 1_000) / 1_000))),
		});
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

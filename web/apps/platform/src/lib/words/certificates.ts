import * as m from '$lib/paraglide/messages';

const links: Readonly<Record<string, () => string>> = {
	CERTIFICATE_MALFORMED: m.link_certificate_malformed,
	CERTIFICATE_PDF_CHANGED: m.link_certificate_pdf_changed,
	CERTIFICATE_SIGNATURE_INVALID: m.link_certificate_signature_invalid,
	CERTIFICATE_ISSUER_FOREIGN: m.link_certificate_issuer_foreign,
	CERTIFICATE_CHECKPOINT_INVALID: m.link_certificate_checkpoint_invalid,
	CERTIFICATE_NOT_COSIGNED: m.link_certificate_not_cosigned,
	CERTIFICATE_EVENT_INVALID: m.link_certificate_event_invalid,
	CERTIFICATE_INCLUSION_INVALID: m.link_certificate_inclusion_invalid,
	CERTIFICATE_EPOCH_MISMATCH: m.link_certificate_epoch_mismatch,
	CERTIFICATE_EVIDENCE_MISMATCH: m.link_certificate_evidence_mismatch,
	CERTIFICATE_FOLD_MISMATCH: m.link_certificate_fold_mismatch,
	CERTIFICATE_LOG_FORKED: m.link_certificate_log_forked,
	CERTIFICATE_OUTDATED: m.link_certificate_outdated,
	CERTIFICATE_NEEDS_LOG: m.link_certificate_needs_log,
	CERTIFICATE_NEEDS_TRUST: m.link_certificate_needs_trust,
};

/** Why a link is broken or open. */
export function linkText(code: string, message: string): string {
	return links[code]?.() ?? message;
}

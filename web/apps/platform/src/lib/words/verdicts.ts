import { type PreviewAttestationResponse, PreviewVerdict } from '@erynoa/proto';
import { formatEvidence, formatTrust } from '@erynoa/ui';
import * as m from '$lib/paraglide/messages';

/** Whether an attestation will count, and why not, in plain words. */
export function verdictText(preview: PreviewAttestationResponse): string {
	switch (preview.verdict) {
		case PreviewVerdict.NO_VOICE:
			return m.verdict_no_voice({
				standing: formatTrust(preview.attesterStandingPpm),
				threshold: formatTrust(preview.voiceThresholdPpm),
			});
		case PreviewVerdict.SAME_ROOT:
			return m.verdict_same_root();
		case PreviewVerdict.CAPPED:
			return m.verdict_capped();
		default:
			return m.verdict_counts({ weight: formatEvidence(preview.weight) });
	}
}

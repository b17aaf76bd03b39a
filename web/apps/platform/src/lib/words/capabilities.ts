import { DelegationState } from '@erynoa/proto';
import { parseCapability } from '@erynoa/protocol';
import { words } from '@erynoa/ui';
import { DEEDS, type DeedName } from '$lib/data/capabilities';
import * as m from '$lib/paraglide/messages';

/** Name of a dimension as capabilities write it. */
export function dimensionWord(name: string): string {
	const w = words();
	const names: Readonly<Record<string, string>> = {
		reliability: w.reliability,
		integrity: w.integrity,
		competence: w.competence,
		prestige: w.prestige,
		vigilance: w.vigilance,
		fidelity: w.fidelity,
	};
	return names[name] ?? name;
}

/** What a deed means, in plain words. */
export function deedName(deed: DeedName): string {
	const names: Readonly<Record<DeedName, () => string>> = {
		receipt: m.deed_receipt,
		vouch: m.deed_vouch,
		credential_issued: m.deed_credential_issued,
		anomaly_reported: m.deed_anomaly_reported,
		realm_created: m.deed_realm_created,
		realm_joined: m.deed_realm_joined,
		proposal: m.deed_proposal,
		custom: m.deed_custom,
	};
	return names[deed]();
}

/** A capability in plain words; as it is written where there are none. */
export function capabilityText(text: string): string {
	const capability = parseCapability(text);
	switch (capability?.kind) {
		case 'all':
			return m.capability_all();
		case 'attest':
			return m.capability_attest({ what: capability.dimensions.map(dimensionWord).join(', ') });
		case 'delegate':
			return m.capability_delegate({ links: capability.links });
		case 'read':
			return m.capability_read({ path: capability.path });
		case 'write':
			return m.capability_write({ path: capability.path });
		case 'execute': {
			const deed = DEEDS.find((name) => name === capability.path);
			return deed ? deedName(deed) : m.capability_execute({ action: capability.path });
		}
		default:
			return text;
	}
}

/** What has become of a delegation. */
export function delegationStateName(state: DelegationState): string {
	switch (state) {
		case DelegationState.LIVE:
			return m.delegation_live();
		case DelegationState.FUTURE:
			return m.delegation_future();
		case DelegationState.EXPIRED:
			return m.delegation_expired();
		case DelegationState.REVOKED:
			return m.delegation_revoked();
		case DelegationState.BROKEN:
			return m.delegation_broken();
		default:
			return '';
	}
}

/** Why a delegation does not hold, in a sentence; empty for one that does. */
export function delegationStateHelp(state: DelegationState): string {
	switch (state) {
		case DelegationState.FUTURE:
			return m.delegation_future_help();
		case DelegationState.EXPIRED:
			return m.delegation_expired_help();
		case DelegationState.REVOKED:
			return m.delegation_revoked_help();
		case DelegationState.BROKEN:
			return m.delegation_broken_help();
		default:
			return '';
	}
}

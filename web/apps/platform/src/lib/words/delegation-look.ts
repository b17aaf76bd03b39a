import { DelegationState } from '@erynoa/proto';

/** Colour of a delegation's state. */
export function delegationLook(state: DelegationState): 'good' | 'info' | 'neutral' | 'bad' {
	switch (state) {
		case DelegationState.LIVE:
			return 'good';
		case DelegationState.FUTURE:
			return 'info';
		case DelegationState.BROKEN:
			return 'bad';
		default:
			return 'neutral';
	}
}

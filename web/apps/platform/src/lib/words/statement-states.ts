import { StatementState } from '@erynoa/proto';
import * as m from '$lib/paraglide/messages';

/** What has become of a vouch or a credential. */
export function statementStateName(state: StatementState): string {
	switch (state) {
		case StatementState.PENDING:
			return m.state_pending();
		case StatementState.LIVE:
			return m.state_live();
		case StatementState.REPLACED:
			return m.state_replaced();
		case StatementState.REVOKED:
			return m.state_revoked();
		case StatementState.EXPIRED:
			return m.state_expired();
		default:
			return '';
	}
}

/** Colour of such a state. */
export function statementStateLook(state: StatementState): 'good' | 'info' | 'neutral' {
	switch (state) {
		case StatementState.LIVE:
			return 'good';
		case StatementState.PENDING:
			return 'info';
		default:
			return 'neutral';
	}
}

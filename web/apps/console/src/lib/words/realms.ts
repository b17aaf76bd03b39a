import { BreakerState, MemberState, type Rule } from '@erynoa/proto';
import { Isolation, JoinPolicy } from '@erynoa/protocol';
import { dimensionInfo, formatBytes, formatDuration, formatNumber, formatTrust } from '@erynoa/ui';
import { m } from '$lib/i18n';

/** A realm's name, or what stands in for it. */
export function realmName(realm: { readonly name: string; readonly id: string }): string {
	return realm.name || realm.id.slice(8, 16);
}

export function joinPolicyName(policy: JoinPolicy): string {
	switch (policy) {
		case JoinPolicy.CREDENTIAL:
			return m.realm_join_credential();
		case JoinPolicy.INVITATION:
			return m.realm_join_invitation();
		case JoinPolicy.VOTE:
			return m.realm_join_vote();
		default:
			return m.realm_join_open();
	}
}

/** What a way of joining asks for, in a sentence. */
function joinPolicyText(policy: JoinPolicy): string {
	switch (policy) {
		case JoinPolicy.CREDENTIAL:
			return m.realm_join_credential_text();
		case JoinPolicy.INVITATION:
			return m.realm_join_invitation_text();
		case JoinPolicy.VOTE:
			return m.realm_join_vote_text();
		default:
			return m.realm_join_open_text();
	}
}

export function isolationName(level: Isolation): string {
	switch (level) {
		case Isolation.PUBLIC:
			return m.realm_isolation_public();
		case Isolation.STRICT:
			return m.realm_isolation_strict();
		default:
			return m.realm_isolation_members();
	}
}

function isolationText(level: Isolation): string {
	switch (level) {
		case Isolation.PUBLIC:
			return m.realm_isolation_public_text();
		case Isolation.STRICT:
			return m.realm_isolation_strict_text();
		default:
			return m.realm_isolation_members_text();
	}
}

/** What a rule is about: the kind of its parameters. */
export type Category = NonNullable<Rule['parameters']['case']>;

export function categoryName(category: Category): string {
	const names: Readonly<Record<Category, () => string>> = {
		join: m.realm_cat_join,
		minTrust: m.realm_cat_min_trust,
		dimensionMinimum: m.realm_cat_dimension,
		credentialRequired: m.realm_cat_credential,
		isolation: m.realm_cat_isolation,
		quota: m.realm_cat_quota,
		judges: m.realm_cat_judges,
		issuers: m.realm_cat_issuers,
		witnesses: m.realm_cat_witnesses,
		governanceTimes: m.realm_cat_times,
		crossings: m.realm_cat_crossings,
		expression: m.realm_cat_expression,
	};
	return names[category]();
}

/** A rule in one plain sentence. Lists of people and realms, and expressions, follow it. */
export function ruleSentence({ parameters }: Rule): string {
	switch (parameters.case) {
		case 'minTrust':
			return m.realm_rule_min_trust({ value: formatTrust(parameters.value.normPpm) });
		case 'dimensionMinimum':
			return m.realm_rule_dimension({
				dimension: dimensionInfo(parameters.value.dimension).name,
				value: formatTrust(parameters.value.trustPpm),
			});
		case 'credentialRequired':
			return m.realm_rule_credential({ type: parameters.value.type });
		case 'join':
			return joinPolicyText(parameters.value.policy);
		case 'isolation':
			return isolationText(parameters.value.level);
		case 'quota': {
			const { events, bytes, gas, crossings } = parameters.value;
			const limits = [
				events > 0 && m.realm_limit_events({ count: formatNumber(events) }),
				bytes > 0n && m.realm_limit_bytes({ count: formatBytes(bytes) }),
				gas > 0n && m.realm_limit_gas({ count: formatNumber(gas) }),
				crossings > 0 && m.realm_limit_crossings({ count: formatNumber(crossings) }),
			].filter((limit) => limit !== false);
			return m.realm_rule_quota({ limits: limits.length > 0 ? limits.join(' · ') : m.realm_time_default() });
		}
		case 'judges':
			return m.realm_rule_judges();
		case 'issuers':
			return m.realm_rule_issuers({ type: parameters.value.type });
		case 'witnesses':
			return m.realm_rule_witnesses();
		case 'governanceTimes': {
			const { discussionS, votingS, timelockS } = parameters.value;
			const time = (seconds: number) => (seconds === 0 ? m.realm_time_default() : formatDuration(seconds));
			return m.realm_rule_times({
				discussion: time(discussionS),
				voting: time(votingS),
				timelock: time(timelockS),
			});
		}
		case 'expression':
			return m.realm_rule_expression();
		case 'crossings':
			return m.realm_rule_crossings();
		default:
			return '';
	}
}

export function memberStateName(state: MemberState): string {
	switch (state) {
		case MemberState.FOUNDER:
			return m.realm_state_founder();
		case MemberState.LEFT:
			return m.realm_state_left();
		case MemberState.BANNED:
			return m.realm_state_banned();
		case MemberState.MEMBER:
			return m.realm_state_member();
		default:
			return '';
	}
}

export function memberStateTone(state: MemberState): 'primary' | 'neutral' | 'bad' {
	switch (state) {
		case MemberState.FOUNDER:
			return 'primary';
		case MemberState.BANNED:
			return 'bad';
		default:
			return 'neutral';
	}
}

export function breakerName(state: BreakerState): string {
	switch (state) {
		case BreakerState.DEGRADED:
			return m.breaker_degraded();
		case BreakerState.READ_ONLY:
			return m.breaker_read_only();
		default:
			return m.breaker_normal();
	}
}

export function breakerText(state: BreakerState): string {
	switch (state) {
		case BreakerState.DEGRADED:
			return m.breaker_degraded_text();
		case BreakerState.READ_ONLY:
			return m.breaker_read_only_text();
		default:
			return m.breaker_normal_text();
	}
}

export function breakerTone(state: BreakerState): 'good' | 'accent' | 'bad' {
	switch (state) {
		case BreakerState.DEGRADED:
			return 'accent';
		case BreakerState.READ_ONLY:
			return 'bad';
		default:
			return 'good';
	}
}

import { type EffectiveRule, JoinPolicy, type Violation } from '@erynoa/proto';

/** One thing that joining asks for. */
export interface Requirement {
	key: string;
	/** The rule that asks for it; absent when the protocol itself does. */
	rule: EffectiveRule | undefined;
	/** The least trust that holds without any rule about it, ppm; 0 for everything else. */
	leastTrustPpm: number;
	/** Why it is not met; empty when it is. */
	missing: readonly Violation[];
}

/** Categories of rules that have a say when somebody joins. */
const JOINING: ReadonlySet<string> = new Set([
	'minTrust',
	'dimensionMinimum',
	'credentialRequired',
	'join',
	'expression',
]);

/** Codes that speak of the way of joining, whichever rule they name. */
const OF_POLICY: ReadonlySet<string> = new Set([
	'ENDORSEMENTS_MISSING',
	'ENDORSEMENT_INVALID',
	'VOTE_NEEDED',
]);

function speaksOf(violation: Violation, { rule, origin }: EffectiveRule): boolean {
	if (rule === undefined) return false;
	if (violation.rule !== '')
		return violation.rule === rule.id && (violation.realm === '' || violation.realm === origin);
	return rule.parameters.case === 'join' && OF_POLICY.has(violation.code);
}

/** Everything that joining asks for, what is missing first: rules in force, and what only the guard says. */
export function requirementsOf(
	rules: readonly EffectiveRule[],
	violations: readonly Violation[],
	minTrustPpm: number,
): Requirement[] {
	const left = new Set(violations);
	const ofRules: Requirement[] = rules
		.filter(({ rule, future, overruledByRule }) => {
			const parameters = rule?.parameters;
			if (!parameters?.case || future || overruledByRule !== '') return false;
			if (parameters.case === 'join' && parameters.value.policy === JoinPolicy.OPEN) return false;
			return JOINING.has(parameters.case);
		})
		.map((rule) => {
			const missing = violations.filter((violation) => speaksOf(violation, rule));
			for (const violation of missing) left.delete(violation);
			return { key: `${rule.origin} ${rule.rule?.id}`, rule, leastTrustPpm: 0, missing };
		});
	const explicit = ofRules.some(({ rule }) => rule?.rule?.parameters.case === 'minTrust');
	if (!explicit && minTrustPpm > 0) {
		const missing = violations.filter(({ code, rule }) => code === 'TRUST_TOO_LOW' && rule === '');
		for (const violation of missing) left.delete(violation);
		ofRules.unshift({ key: 'least trust', rule: undefined, leastTrustPpm: minTrustPpm, missing });
	}
	const others: Requirement[] = [...left].map((violation, index) => ({
		key: `${violation.code} ${violation.field} ${index}`,
		rule: undefined,
		leastTrustPpm: 0,
		missing: [violation],
	}));
	return [...others, ...ofRules].sort((a, b) => Number(b.missing.length > 0) - Number(a.missing.length > 0));
}

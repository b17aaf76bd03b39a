import { load } from '@erynoa/data';
import { type Proposal, type ProposalRecord, ProposalState } from '@erynoa/proto';
import { ruleEvents, rulesBefore } from './rule-history';
import { type RuleChange, ruleChanges } from './rules';

/**
 * What a proposal changes, rule by rule. Once it is in force, what was before stands in the log only.
 * Call it while a component is set up.
 */
export function changesOf(record: () => ProposalRecord & { proposal: Proposal }): () => RuleChange[] {
	const realm = $derived(record().realm);
	const past = $derived(
		record().state === ProposalState.EXECUTED &&
			record().proposal.set.length + record().proposal.removed.length > 0,
	);
	const history = load(() => (past ? ruleEvents(realm) : undefined));
	return () => {
		const { id, present, proposal } = record();
		if (!past) return ruleChanges(present, proposal.set, proposal.removed);
		return history.value ? ruleChanges(rulesBefore(history.value, id), proposal.set, proposal.removed) : [];
	};
}

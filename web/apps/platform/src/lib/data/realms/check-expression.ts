import { toBinary } from '@bufbuild/protobuf';
import { ProposalSchema, type Rule } from '@erynoa/proto';
import { ProposalKind, proposal } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';

/**
 * Has the server read an expression; what is wrong with it, with its line, or undefined. Asked as a
 * proposal that nobody makes, in a realm in which the reader may propose: only what is said about the
 * expression itself counts.
 */
export async function checkExpression(
	proposer: string,
	realm: string,
	rule: Rule,
): Promise<string | undefined> {
	const body = proposal({ kind: ProposalKind.RULE, title: 'check', set: [rule] });
	if (body.case !== 'proposal') return undefined;
	const answer = await erynoa.api.governance.checkProposal({
		proposer,
		realm,
		proposal: toBinary(ProposalSchema, body.value),
	});
	return answer.violations.find(({ code }) => code === 'RULE_INVALID')?.message;
}

import type { Api } from '@erynoa/client';
import { ExplainOrder, type PartState } from '@erynoa/proto';
import type { Statement } from './statements';

/**
 * What the fold says of statements about one subject, by event id. It asks for the newest parts of each
 * value that the statements are about, which are those that stand at the top of a list.
 */
export async function partStates(
	api: Api,
	subject: string,
	statements: readonly Statement[],
): Promise<ReadonlyMap<string, PartState>> {
	const values = new Map(
		statements.map(({ dimension, domain }) => [`${dimension} ${domain}`, { dimension, domain }]),
	);
	const answers = await Promise.all(
		[...values.values()].map((value) =>
			api.trust.explainTrust({ subject, ...value, order: ExplainOrder.NEWEST, pageSize: 100 }),
		),
	);
	return new Map(answers.flatMap(({ parts }) => parts.map((part) => [part.event, part.state] as const)));
}

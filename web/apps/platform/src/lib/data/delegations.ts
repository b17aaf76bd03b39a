import { ApiError, Code } from '@erynoa/client';
import type { DelegationRecord } from '@erynoa/proto';
import { MAX_DELEGATION_DEPTH } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';

const PAGE = 100;

/** The links before a delegation and itself, the beginning first. */
export async function chainOf(record: DelegationRecord): Promise<DelegationRecord[]> {
	const chain = [record];
	for (let first = record; first.via !== '' && chain.length <= MAX_DELEGATION_DEPTH; ) {
		const { delegations } = await erynoa.api.identities.listDelegations({
			delegate: first.delegator,
			includeEnded: true,
			pageSize: PAGE,
		});
		const before = delegations.find(({ id }) => id === first.via);
		if (!before) break;
		chain.unshift(before);
		first = before;
	}
	return chain;
}

/** One delegation of somebody, ended ones included. Throws NOT_FOUND when there is none with this id. */
export async function findDelegation(
	side: { delegator: string } | { delegate: string },
	id: string,
): Promise<DelegationRecord> {
	for (let pageToken = ''; ; ) {
		const answer = await erynoa.api.identities.listDelegations({
			...side,
			includeEnded: true,
			pageSize: PAGE,
			pageToken,
		});
		const found = answer.delegations.find((record) => record.id === id);
		if (found) return found;
		pageToken = answer.nextPageToken;
		if (pageToken === '') {
			throw new ApiError('there is no such delegation', { code: 'NOT_FOUND', status: Code.NotFound });
		}
	}
}

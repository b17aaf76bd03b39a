import type { Cause } from '@erynoa/client';
import { type CommentRecord, EventKind, type VoteRecord } from '@erynoa/proto';
import { decodeEvent, parseUid, uidFromBytes } from '@erynoa/protocol';
import { erynoa } from '$lib/erynoa';
import { allPages } from './all-pages';

const PAGE = 100;

/** All votes on a proposal, in the order of the log. */
export function votesOn(proposal: string): Promise<VoteRecord[]> {
	return allPages(async (pageToken) => {
		const answer = await erynoa.api.governance.listVotes({ proposal, pageSize: PAGE, pageToken });
		return { items: answer.votes, next: answer.nextPageToken };
	});
}

/** The whole discussion of a proposal, in the order of the log. */
export function commentsOn(proposal: string): Promise<CommentRecord[]> {
	return allPages(async (pageToken) => {
		const answer = await erynoa.api.governance.listComments({ proposal, pageSize: PAGE, pageToken });
		return { items: answer.comments, next: answer.nextPageToken };
	});
}

/** A vote of one person. */
export interface OwnVote {
	/** Vote event. */
	id: string;
	votes: number;
	veto: boolean;
}

/** What somebody has cast on a proposal: a vote, a veto, or both. */
export async function ownVotes(voter: string, realm: string, proposal: string): Promise<OwnVote[]> {
	const found: OwnVote[] = [];
	let pageToken = '';
	do {
		const answer = await erynoa.api.events.list({
			filter: { author: voter, realm, kinds: [EventKind.VOTE] },
			pageSize: PAGE,
			pageToken,
		});
		for (const { id, signed } of answer.events) {
			const body = signed && decodeEvent(signed.event).body;
			if (body?.case !== 'vote' || uidFromBytes(body.value.proposal) !== proposal) continue;
			found.push({ id, votes: body.value.votes, veto: body.value.veto });
		}
		pageToken = answer.nextPageToken;
	} while (pageToken !== '');
	return found;
}

/** An event of the log as a cause of the next one. */
export async function causeOf(id: string): Promise<Cause> {
	const { event } = await erynoa.api.events.get({ id });
	const coordinate = event?.signed && decodeEvent(event.signed.event).coordinate;
	return { id: parseUid(id), coordinate: coordinate ?? { wallUs: event?.wallUs ?? 0n, counter: 0 } };
}

// Builders of realms and their governance.
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
	EndorsementSchema,
	Isolation,
	JoinPolicy,
	ProposalKind,
	ProposalOutcome,
	ProposalSchema,
	RealmCreatedSchema,
	RealmJoinedSchema,
	RealmLeftSchema,
	type Rule,
	RuleSchema,
	VoteSchema,
} from '@erynoa/proto';
import { custom } from './bodies';
import { compareBytes, utf8 } from './bytes';
import { endorsementBytes } from './proof';
import type { Signer } from './signer';
import { Tag, type Uid, uidBytes, uidOf } from './uid';
import type { EventBody } from './wire';

export { Isolation, JoinPolicy, ProposalKind, ProposalOutcome };

/** Votes that one person may cast for or against a proposal. */
export const MAX_VOTES = 10;
/** Credits of a verified person in each epoch; n votes cost n². */
export const VOTE_CREDITS = 100;

/** A custom event of this type and version is a contribution to the discussion of its first parent. */
export const COMMENT_TYPE = 1;
export const COMMENT_VERSION = 1;

function byId(a: { id: string }, b: { id: string }): number {
	return compareBytes(utf8(a.id), utf8(b.id));
}

/** Rules in the order in which they are signed. */
function inOrder(rules: readonly MessageInitShape<typeof RuleSchema>[]): Rule[] {
	return rules.map((rule) => create(RuleSchema, rule)).sort(byId);
}

/** Id of a realm: UID(3, 1, creator ‖ parent ‖ name ‖ nonce) (protocol §7). */
export function realmUid(creator: Uid, parent: Uid, name: string, nonce: Uint8Array): Uid {
	return uidOf(Tag.realm, 1, uidBytes(creator), uidBytes(parent), utf8(name), nonce);
}

/** Creates a realm below another one. The nonce is drawn here; the realm's id comes with the body. */
export function realmCreated(init: {
	/** Author of the event; becomes one of the founders. */
	creator: Uid;
	parent: Uid;
	name: string;
	/** At most six besides the creator. */
	founders?: readonly Uid[];
	description?: string;
	partition?: boolean;
	rules?: readonly MessageInitShape<typeof RuleSchema>[];
}): { realm: Uid; body: EventBody } {
	const { creator, parent, name, description = '', partition = false } = init;
	const nonce = crypto.getRandomValues(new Uint8Array(16));
	const realm = realmUid(creator, parent, name, nonce);
	const value = create(RealmCreatedSchema, {
		realm: uidBytes(realm),
		name,
		founders: [...new Set([creator, ...(init.founders ?? [])])].sort().map(uidBytes),
		parent: uidBytes(parent),
		nonce,
		description,
		partition,
		rules: inOrder(init.rules ?? []),
	});
	return { realm, body: { case: 'realmCreated', value } };
}

/** A member's word for somebody who joins by invitation. */
export interface EndorsementOf {
	/** The member. */
	identity: Uid;
	/** A live assertion key of the member. */
	publicKey: Uint8Array;
	/** Of `endorsementBytes(realm, joiner)`, 64 bytes. */
	signature: Uint8Array;
}

/** Endorses somebody for a realm. */
export async function endorse(realm: Uid, joiner: Uid, member: Uid, signer: Signer): Promise<EndorsementOf> {
	const signature = await signer.sign(endorsementBytes(realm, joiner));
	return { identity: member, publicKey: signer.publicKey, signature };
}

/** Joins the realm of the event. */
export function realmJoined(
	init: {
		/** Realm from which the trust is carried over; absent for the parent. */
		from?: Uid;
		endorsements?: readonly EndorsementOf[];
	} = {},
): EventBody {
	const endorsements = [...(init.endorsements ?? [])]
		.sort((a, b) => (a.identity < b.identity ? -1 : 1))
		.map((endorsement) =>
			create(EndorsementSchema, { ...endorsement, identity: uidBytes(endorsement.identity) }),
		);
	const value = create(RealmJoinedSchema, {
		endorsements,
		...(init.from === undefined ? {} : { from: uidBytes(init.from) }),
	});
	return { case: 'realmJoined', value };
}

/** Leaves the realm of the event. */
export function realmLeft(reason = ''): EventBody {
	return { case: 'realmLeft', value: create(RealmLeftSchema, { reason }) };
}

/** Proposes something to the realm of the event. */
export function proposal(init: {
	kind: ProposalKind;
	title: string;
	text?: string;
	set?: readonly MessageInitShape<typeof RuleSchema>[];
	removed?: readonly string[];
	/** Whom a proposal of the kind member is about. */
	member?: Uid;
	admit?: boolean;
}): EventBody {
	const { member, set, removed, ...rest } = init;
	const value = create(ProposalSchema, {
		...rest,
		set: inOrder(set ?? []),
		removed: [...new Set(removed)].sort((a, b) => compareBytes(utf8(a), utf8(b))),
		...(member === undefined ? {} : { member: uidBytes(member) }),
	});
	return { case: 'proposal', value };
}

/** Votes on a proposal: −10 to 10, not 0. */
export function vote(proposalId: Uid, votes: number, comment = ''): EventBody {
	return { case: 'vote', value: create(VoteSchema, { proposal: uidBytes(proposalId), votes, comment }) };
}

/** Objects to a proposal that has passed, in the first 12 hours of its timelock. */
export function veto(proposalId: Uid, comment = ''): EventBody {
	const value = create(VoteSchema, { proposal: uidBytes(proposalId), veto: true, comment });
	return { case: 'vote', value };
}

/** A contribution to a discussion; give the proposal as the event's first parent. */
export function discussionComment(text: string): EventBody {
	return custom(COMMENT_TYPE, COMMENT_VERSION, utf8(text));
}

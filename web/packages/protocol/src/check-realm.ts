import {
	Dimension,
	type EpochCosigned,
	type Event,
	type GovernanceTimes,
	Isolation,
	JoinPolicy,
	type MemberBanned,
	type Proposal,
	type ProposalClosed,
	ProposalKind,
	ProposalOutcome,
	type RealmCreated,
	type RealmJoined,
	type RealmRulesChanged,
	type Rule,
	type Vote,
} from '@erynoa/proto';
import { equalBytes, utf8Length } from './bytes';
import {
	demand,
	demandAscending,
	demandLabel,
	demandLength,
	demandName,
	demandSorted,
	demandText,
	within,
} from './demand';
import { MAX_VOTES, realmUid } from './realm';
import { uidFromBytes } from './uid';

const PPM = 1_000_000;
const MAX_NAME_BYTES = 128;
const MAX_FOUNDERS = 7;
/** Most rules of a realm, and most that one proposal sets or removes. */
export const MAX_RULES = 32;
export const MAX_PROPOSED_RULES = 16;
const MAX_ENDORSEMENTS = 8;
const MAX_ACCREDITED = 32;
const MAX_WITNESSES = 64;
const MAX_WITNESS_WEIGHT = 1_000;
const MAX_CROSSINGS = 32;
const MAX_EXPRESSION_BYTES = 4_096;
/** Shortest time that a rule can set for governance, seconds. */
export const MIN_GOVERNANCE_S = 3_600;

/** Rules of the fields of realms, governance and epochs (protocol §3, §7); nothing for other kinds. */
export function checkRealmBody(event: Event): void {
	const { body } = event;
	switch (body.case) {
		case 'realmCreated':
			checkRealmCreated(event, body.value);
			break;
		case 'realmRulesChanged':
			checkRulesChanged(body.value);
			break;
		case 'realmJoined':
			checkJoined(body.value);
			break;
		case 'realmLeft':
			demandText(body.value.reason, 'realm_left.reason');
			break;
		case 'memberBanned':
			checkBanned(body.value);
			break;
		case 'proposal':
			checkProposal(body.value);
			break;
		case 'vote':
			checkVote(body.value);
			break;
		case 'proposalClosed':
			checkClosed(body.value);
			break;
		case 'epochClosed':
			demand(body.value.epoch >= 1n, 'epoch_closed.epoch', 'counts from 1');
			demandLength(body.value.stateRoot, 32, 'epoch_closed.state_root');
			demandLength(body.value.parametersHash, 32, 'epoch_closed.parameters_hash');
			break;
		case 'epochCosigned':
			checkCosigned(body.value);
			break;
		case 'custom':
			demand(body.value.type <= 0xffff, 'custom.type', '0 to 65535');
			break;
	}
}

function checkRealmCreated(event: Event, body: RealmCreated): void {
	const at = (field: string) => `realm_created.${field}`;
	demand(equalBytes(body.realm, event.realm), at('realm'), 'the realm of the event');
	demandLabel(body.name, 1, MAX_NAME_BYTES, at('name'));
	demandAscending(body.founders, 1, MAX_FOUNDERS, at('founders'));
	demandText(body.description, at('description'));
	demandRules(body.rules, MAX_RULES, at('rules'));
	if (body.parent.length === 0) {
		demand(body.nonce.length === 0, at('nonce'), 'empty for the root realm');
		return;
	}
	demandLength(body.parent, 32, at('parent'));
	demandLength(body.nonce, 16, at('nonce'));
	demand(
		body.founders.some((founder) => equalBytes(founder, event.author)),
		at('founders'),
		'the author is one of them',
	);
	const named = realmUid(uidFromBytes(event.author), uidFromBytes(body.parent), body.name, body.nonce);
	demand(named === uidFromBytes(body.realm), at('realm'), 'UID(3, 1, author ‖ parent ‖ name ‖ nonce)');
}

function checkRulesChanged(body: RealmRulesChanged): void {
	demandLength(body.proposal, 32, 'realm_rules_changed.proposal');
	demandRules(body.set, MAX_PROPOSED_RULES, 'realm_rules_changed.set');
	demandSorted(body.removed, 0, MAX_PROPOSED_RULES, 'realm_rules_changed.removed');
	for (const id of body.removed) demandName(id, 'realm_rules_changed.removed');
}

function checkJoined(body: RealmJoined): void {
	if (body.from.length > 0) demandLength(body.from, 32, 'realm_joined.from');
	const at = 'realm_joined.endorsements';
	demandAscending(
		body.endorsements.map(({ identity }) => identity),
		0,
		MAX_ENDORSEMENTS,
		at,
	);
	for (const { publicKey, signature } of body.endorsements) {
		demandLength(publicKey, 32, `${at}.public_key`);
		demandLength(signature, 64, `${at}.signature`);
	}
}

function checkBanned(body: MemberBanned): void {
	demandLength(body.member, 32, 'member_banned.member');
	demandLength(body.proposal, 32, 'member_banned.proposal');
}

function checkProposal(body: Proposal): void {
	const at = (field: string) => `proposal.${field}`;
	demand(within(body.kind, ProposalKind.PARAMETER, ProposalKind.GOVERNANCE), at('kind'), '1 to 5');
	demandLabel(body.title, 1, MAX_NAME_BYTES, at('title'));
	demandText(body.text, at('text'));
	demandRules(body.set, MAX_PROPOSED_RULES, at('set'));
	demandSorted(body.removed, 0, MAX_PROPOSED_RULES, at('removed'));
	for (const id of body.removed) demandName(id, at('removed'));
	const twice = body.set.some(({ id }) => body.removed.includes(id));
	demand(!twice, at('removed'), 'a rule that is set is not removed as well');
	const ofMember = body.kind === ProposalKind.MEMBER;
	const ofRules = !ofMember && body.kind !== ProposalKind.TREASURY;
	const changes = body.set.length + body.removed.length;
	demand(
		ofRules ? changes > 0 : changes === 0,
		at('set'),
		'rules, for the kinds parameter, rule and governance',
	);
	if (ofMember) demandLength(body.member, 32, at('member'));
	else demand(body.member.length === 0, at('member'), 'only with the kind member');
	demand(ofMember || !body.admit, at('admit'), 'only with the kind member');
}

function checkVote(body: Vote): void {
	demandLength(body.proposal, 32, 'vote.proposal');
	const fits = body.veto ? body.votes === 0 : body.votes !== 0 && Math.abs(body.votes) <= MAX_VOTES;
	demand(fits, 'vote.votes', `-${MAX_VOTES} to ${MAX_VOTES}, not 0; 0 with a veto`);
	demandText(body.comment, 'vote.comment');
}

function checkClosed(body: ProposalClosed): void {
	demandLength(body.proposal, 32, 'proposal_closed.proposal');
	demandLength(body.proposer, 32, 'proposal_closed.proposer');
	const known = within(body.outcome, ProposalOutcome.EXECUTED, ProposalOutcome.VETOED);
	demand(known, 'proposal_closed.outcome', '1 to 3');
}

function checkCosigned(body: EpochCosigned): void {
	demandLength(body.logKey, 32, 'epoch_cosigned.log_key');
	demand(body.epoch >= 1n, 'epoch_cosigned.epoch', 'counts from 1');
	demandLength(body.root, 32, 'epoch_cosigned.root');
	demandLength(body.stateRoot, 32, 'epoch_cosigned.state_root');
}

function demandRules(rules: readonly Rule[], most: number, field: string): void {
	demandSorted(
		rules.map(({ id }) => id),
		0,
		most,
		field,
	);
	for (const rule of rules) checkRule(rule, field);
}

/** Rules of the fields of one rule. */
export function checkRule(rule: Rule, field: string): void {
	demandName(rule.id, `${field}.id`);
	const { parameters } = rule;
	const at = (name: string) => `${field}.${name}`;
	demand(parameters.case !== undefined, at('parameters'), 'a rule has one kind of parameters');
	switch (parameters.case) {
		case 'minTrust':
			demand(parameters.value.normPpm <= PPM, at('min_trust.norm_ppm'), `0 to ${PPM}`);
			break;
		case 'dimensionMinimum': {
			const { dimension, trustPpm } = parameters.value;
			const known = within(dimension, Dimension.RELIABILITY, Dimension.FIDELITY);
			demand(known, at('dimension_minimum.dimension'), '1 to 6');
			demand(trustPpm <= PPM, at('dimension_minimum.trust_ppm'), `0 to ${PPM}`);
			break;
		}
		case 'credentialRequired':
			demandName(parameters.value.type, at('credential_required.type'));
			break;
		case 'join': {
			const known = within(parameters.value.policy, JoinPolicy.OPEN, JoinPolicy.VOTE);
			demand(known, at('join.policy'), '1 to 4');
			break;
		}
		case 'isolation': {
			const known = within(parameters.value.level, Isolation.PUBLIC, Isolation.STRICT);
			demand(known, at('isolation.level'), '1 to 3');
			break;
		}
		case 'judges':
			demandAscending(parameters.value.identities, 1, MAX_ACCREDITED, at('judges.identities'));
			break;
		case 'issuers':
			demandName(parameters.value.type, at('issuers.type'));
			demandAscending(parameters.value.identities, 1, MAX_ACCREDITED, at('issuers.identities'));
			break;
		case 'witnesses': {
			const { members } = parameters.value;
			const identities = members.map(({ identity }) => identity);
			demandAscending(identities, 1, MAX_WITNESSES, at('witnesses.members'));
			const weighed = members.every(({ weight }) => within(weight, 1, MAX_WITNESS_WEIGHT));
			demand(weighed, at('witnesses.members.weight'), `1 to ${MAX_WITNESS_WEIGHT}`);
			break;
		}
		case 'governanceTimes':
			checkTimes(parameters.value, at('governance_times'));
			break;
		case 'expression': {
			const length = utf8Length(parameters.value.cedar);
			const fits = within(length, 1, MAX_EXPRESSION_BYTES);
			demand(fits, at('expression.cedar'), `1 to ${MAX_EXPRESSION_BYTES} bytes`);
			break;
		}
		case 'crossings':
			demandAscending(parameters.value.allowed, 0, MAX_CROSSINGS, at('crossings.allowed'));
			demandAscending(parameters.value.blocked, 0, MAX_CROSSINGS, at('crossings.blocked'));
			break;
	}
}

function checkTimes(times: GovernanceTimes, field: string): void {
	for (const [name, seconds] of [
		['discussion_s', times.discussionS],
		['voting_s', times.votingS],
		['timelock_s', times.timelockS],
	] as const) {
		demand(
			seconds === 0 || seconds >= MIN_GOVERNANCE_S,
			`${field}.${name}`,
			`0, or at least ${MIN_GOVERNANCE_S}`,
		);
	}
}

//! Proposals from draft to execution (protocol §7).

use std::sync::Arc;

use erynoa_events::{
    Body, Custom, Event, MemberBanned, Proposal as Said, ProposalClosed, ProposalKind,
    ProposalOutcome, RealmRulesChanged, Vote,
};
use erynoa_kernel::{EventId, IdentityId, RealmId};
use erynoa_trust::{Context, norm};
use rustc_hash::FxHashMap;

use crate::fold::RealmFold;
use crate::identities::Identities;
use crate::parameters::{COMMENT, DISCUSSION_S, SECOND_US, VETO_S, VOTING_S};
use crate::tally::{Tally, cost, is_vetoed, timelock_s};
use crate::trust_view::TrustView;

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// In the open epoch.
    Draft,
    /// Talked about.
    Discussion,
    /// Voted on.
    Voting,
    /// Passed and waiting; vetoes are taken at its beginning.
    Timelock,
    /// It took effect.
    Executed,
    /// Too few votes, or too few for it.
    Defeated,
    /// Stopped in its timelock.
    Vetoed,
}

impl Phase {
    /// Name as in the protocol.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Discussion => "discussion",
            Self::Voting => "voting",
            Self::Timelock => "timelock",
            Self::Executed => "executed",
            Self::Defeated => "defeated",
            Self::Vetoed => "vetoed",
        }
    }
}

/// One vote or veto.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// Log position of the vote.
    pub sequence: u64,
    /// Who.
    pub voter: IdentityId,
    /// −10 to 10; 0 with a veto.
    pub votes: i8,
    /// A veto.
    pub veto: bool,
    /// Governance norm that it is multiplied by, ppm.
    pub norm_ppm: u32,
}

/// Everybody who may vote in a realm.
#[derive(Clone, Debug, Default)]
pub(crate) struct Electorate {
    /// Ascending, with their governance norms.
    voters: Arc<[(IdentityId, u32)]>,
    /// Sum of the norms.
    weight: u64,
}

impl Electorate {
    /// How many they are, and the sum of their norms.
    pub(crate) fn count(&self) -> (u32, u64) {
        (u32::try_from(self.voters.len()).unwrap_or(u32::MAX), self.weight)
    }
}

/// A proposal as folded from the log: its text, 80 bytes a vote, 8 a comment,
/// and, until it ends, 40 for everybody who may veto it, shared by those of a
/// realm whose voting ended together.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The event.
    pub id: EventId,
    /// Its position.
    pub sequence: u64,
    /// Its realm.
    pub realm: RealmId,
    /// Its author.
    pub proposer: IdentityId,
    /// What it says.
    pub said: Said,
    /// Where it stands.
    pub phase: Phase,
    /// Wall time of the event, microseconds.
    pub created_at_us: u64,
    /// When the discussion, the voting, the timelock began, and when it ended;
    /// 0 = not yet.
    pub discussion_at_us: u64,
    /// See above.
    pub voting_at_us: u64,
    /// See above.
    pub timelock_at_us: u64,
    /// See above.
    pub closed_at_us: u64,
    /// Times of the phases as in force when it was made, seconds: discussion,
    /// voting, timelock.
    pub times_s: [u32; 3],
    /// Votes and vetoes in the order of the log.
    pub ballots: Vec<Ballot>,
    /// Sum of the votes.
    pub tally: Tally,
    /// Who could vote when the voting ended, and their governance norms.
    pub eligible: u32,
    /// Sum of those norms.
    pub eligible_weight: u64,
    /// Sum of the norms of those who vetoed.
    pub veto_weight: u64,
    /// Log positions of contributions to its discussion.
    pub comments: Vec<u64>,
    /// How it was decided, before the log's key has said so.
    pub decided: Option<ProposalOutcome>,
    /// `proposal_closed`.
    pub closed_by: Option<EventId>,
    pub(crate) realm_index: u32,
    pub(crate) proposer_root: IdentityId,
    /// Whether the proposer had a voice in the realm.
    pub(crate) has_voice: bool,
    /// Everybody who may veto.
    electorate: Electorate,
    /// Who has voted, and vetoed.
    cast: FxHashMap<IdentityId, (bool, bool)>,
}

impl Proposal {
    /// Whether it has not ended.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.decided.is_none()
    }

    /// When what has passed takes effect, microseconds; 0 = not known yet.
    #[must_use]
    pub fn executes_at_us(&self) -> u64 {
        after(self.timelock_at_us, self.times_s[2])
    }

    /// Until when vetoes are taken, exclusive; 0 = not known yet.
    #[must_use]
    pub fn veto_until_us(&self) -> u64 {
        let window = u64::from(self.times_s[2]).min(VETO_S);
        match self.timelock_at_us {
            0 => 0,
            began => began.saturating_add(window * SECOND_US),
        }
    }

    /// When it began to be in a phase or, before that, when it can at the
    /// earliest, microseconds; 0 = not known yet.
    #[must_use]
    pub fn reaches_us(&self, phase: Phase) -> u64 {
        let or =
            |began_us: u64, earliest_us: u64| if began_us == 0 { earliest_us } else { began_us };
        match phase {
            Phase::Draft => self.created_at_us,
            Phase::Discussion => self.discussion_at_us,
            Phase::Voting => or(self.voting_at_us, after(self.discussion_at_us, self.times_s[0])),
            Phase::Timelock => {
                or(self.timelock_at_us, after(self.reaches_us(Phase::Voting), self.times_s[1]))
            }
            Phase::Executed => after(self.reaches_us(Phase::Timelock), self.times_s[2]),
            Phase::Defeated | Phase::Vetoed => self.closed_at_us,
        }
    }

    /// When closing an epoch moves it on.
    pub(crate) fn moves_at_us(&self) -> Option<u64> {
        match self.phase {
            Phase::Discussion => Some(after(self.discussion_at_us, self.times_s[0])),
            Phase::Voting => Some(after(self.voting_at_us, self.times_s[1])),
            Phase::Timelock => Some(self.executes_at_us()),
            Phase::Draft | Phase::Executed | Phase::Defeated | Phase::Vetoed => None,
        }
    }

    pub(crate) fn has_cast(&self, voter: &IdentityId, veto: bool) -> bool {
        self.cast.get(voter).is_some_and(|&(voted, vetoed)| if veto { vetoed } else { voted })
    }

    /// Governance norm of somebody who may veto.
    pub(crate) fn veto_norm(&self, voter: &IdentityId) -> Option<u32> {
        let voters = &self.electorate.voters;
        let found = voters.binary_search_by_key(voter, |(who, _)| *who);
        found.ok().map(|at| voters[at].1)
    }
}

/// A time after another; 0 when the other is not known.
fn after(began_us: u64, seconds: u32) -> u64 {
    match began_us {
        0 => 0,
        began => began.saturating_add(u64::from(seconds) * SECOND_US),
    }
}

impl RealmFold {
    /// A proposal.
    #[must_use]
    pub fn proposal(&self, id: &EventId) -> Option<&Proposal> {
        self.proposal_by_id.get(id).map(|&index| &self.proposals[index as usize])
    }

    /// Credits of a voter that the open epoch has not spent.
    #[must_use]
    pub fn credits_left(&self, voter: &IdentityId) -> u32 {
        crate::parameters::CREDITS.saturating_sub(self.spent.get(voter).copied().unwrap_or(0))
    }

    pub(crate) fn propose(
        &mut self,
        index: usize,
        id: EventId,
        event: &Event,
        said: &Said,
        sequence: u64,
        (proposer_root, has_voice): (IdentityId, bool),
    ) {
        let realm = &mut self.realms[index];
        let at = u32::try_from(self.proposals.len()).expect("fewer than 2³² events");
        let protocol = [DISCUSSION_S, VOTING_S, timelock_s(said.kind)];
        let rules = &realm.effective.times_s;
        let times_s = std::array::from_fn(|phase| match rules[phase].value {
            0 => protocol[phase],
            by_rule => by_rule,
        });
        realm.proposals.push(at);
        self.proposals.push(Proposal {
            id,
            sequence,
            realm: event.realm,
            proposer: event.author,
            said: said.clone(),
            phase: Phase::Draft,
            created_at_us: event.coordinate.wall_us,
            discussion_at_us: 0,
            voting_at_us: 0,
            timelock_at_us: 0,
            closed_at_us: 0,
            times_s,
            ballots: Vec::new(),
            tally: Tally::default(),
            eligible: 0,
            eligible_weight: 0,
            veto_weight: 0,
            comments: Vec::new(),
            decided: None,
            closed_by: None,
            realm_index: u32::try_from(index).expect("bounded at admission"),
            proposer_root,
            has_voice,
            electorate: Electorate::default(),
            cast: FxHashMap::default(),
        });
        self.proposal_by_id.insert(id, at);
        self.open.push(at);
    }

    pub(crate) fn vote(
        &mut self,
        index: usize,
        voter: IdentityId,
        vote: &Vote,
        sequence: u64,
        trust: &dyn TrustView,
    ) {
        let realm = self.realms[index].id;
        let Some(&at) = self.proposal_by_id.get(&vote.proposal) else { return };
        let proposal = &mut self.proposals[at as usize];
        let norm_ppm = if vote.veto {
            let norm_ppm = proposal.veto_norm(&voter).unwrap_or(0);
            proposal.veto_weight = proposal.veto_weight.saturating_add(u64::from(norm_ppm));
            norm_ppm
        } else {
            let norm_ppm = norm(&trust.values_ppm(&realm, &voter), Context::Governance);
            proposal.tally.add(vote.votes, norm_ppm);
            *self.spent.entry(voter).or_default() += cost(vote.votes);
            norm_ppm
        };
        let cast = proposal.cast.entry(voter).or_default();
        if vote.veto {
            cast.1 = true;
        } else {
            cast.0 = true;
        }
        let Vote { votes, veto, .. } = *vote;
        proposal.ballots.push(Ballot { sequence, voter, votes, veto, norm_ppm });
    }

    /// Notes a contribution to a discussion.
    pub(crate) fn comment(&mut self, event: &Event, custom: &Custom, sequence: u64) {
        let Some(first) = event.parents.first() else { return };
        if (custom.type_number, custom.version) != COMMENT {
            return;
        }
        if let Some(&at) = self.proposal_by_id.get(first)
            && self.proposals[at as usize].realm == event.realm
        {
            self.proposals[at as usize].comments.push(sequence);
        }
    }

    /// The log's key has announced the end of a proposal.
    pub(crate) fn close_proposal(
        &mut self,
        proposal: &EventId,
        closed_by: EventId,
        outcome: ProposalOutcome,
    ) {
        let Some(&at) = self.proposal_by_id.get(proposal) else { return };
        let proposal = &mut self.proposals[at as usize];
        proposal.closed_by = Some(closed_by);
        proposal.phase = match outcome {
            ProposalOutcome::Executed => Phase::Executed,
            ProposalOutcome::Defeated => Phase::Defeated,
            ProposalOutcome::Vetoed => Phase::Vetoed,
        };
    }

    /// Moves every open proposal on by at most one phase.
    pub(crate) fn move_proposals(&mut self, trust: &dyn TrustView, identities: &dyn Identities) {
        let open = std::mem::take(&mut self.open);
        for &at in &open {
            self.move_proposal(at as usize, trust, identities);
        }
        self.open = open;
        let proposals = &self.proposals;
        self.open.retain(|&at| proposals[at as usize].is_open());
    }

    fn move_proposal(&mut self, at: usize, trust: &dyn TrustView, identities: &dyn Identities) {
        let now_us = self.closed_at_us;
        let proposal = &mut self.proposals[at];
        let is_due = proposal.moves_at_us().is_some_and(|moves| moves <= now_us);
        match proposal.phase {
            Phase::Draft => {
                proposal.phase = Phase::Discussion;
                proposal.discussion_at_us = now_us;
            }
            Phase::Discussion if is_due => {
                proposal.phase = Phase::Voting;
                proposal.voting_at_us = now_us;
            }
            Phase::Voting if is_due => self.count_votes(at, trust, identities),
            Phase::Timelock if is_vetoed(proposal.veto_weight, proposal.eligible_weight) => {
                self.decide(at, ProposalOutcome::Vetoed);
            }
            Phase::Timelock if is_due => self.execute(at),
            _ => {}
        }
    }

    fn count_votes(&mut self, at: usize, trust: &dyn TrustView, identities: &dyn Identities) {
        let index = self.proposals[at].realm_index as usize;
        let electorate = self.electorate(index, trust, identities).clone();
        let now_us = self.closed_at_us;
        let proposal = &mut self.proposals[at];
        (proposal.eligible, proposal.eligible_weight) = electorate.count();
        if proposal.tally.passes(proposal.said.kind, proposal.eligible) {
            proposal.phase = Phase::Timelock;
            proposal.timelock_at_us = now_us;
            proposal.electorate = electorate;
        } else {
            self.decide(at, ProposalOutcome::Defeated);
        }
    }

    /// Everybody who may vote in a realm: verified persons who are members.
    ///
    /// Counted once an epoch for all proposals of the realm, when the first
    /// voting ends with the epoch or somebody asks for the first time after it:
    /// an epoch that nobody asks about costs nothing, at a replay either.
    pub(crate) fn electorate(
        &self,
        index: usize,
        trust: &dyn TrustView,
        identities: &dyn Identities,
    ) -> &Electorate {
        self.realms[index]
            .electorate
            .get_or_init(|| self.count_electorate(index, trust, identities))
    }

    fn count_electorate(
        &self,
        index: usize,
        trust: &dyn TrustView,
        identities: &dyn Identities,
    ) -> Electorate {
        let realm = &self.realms[index];
        let mut candidates: Vec<IdentityId> = if index == 0 {
            realm.founders.iter().chain(realm.credentials.persons()).copied().collect()
        } else {
            realm.members.iter().map(|member| member.identity).collect()
        };
        candidates.sort_unstable();
        candidates.dedup();
        let voters: Arc<[(IdentityId, u32)]> = candidates
            .into_iter()
            .filter(|who| self.may_vote(index, who, identities))
            .map(|who| (who, norm(&trust.values_ppm(&realm.id, &who), Context::Governance)))
            .collect();
        let weight = voters.iter().map(|(_, norm)| u64::from(*norm)).sum();
        Electorate { voters, weight }
    }

    /// A live, verified person who is a member by themselves.
    pub(crate) fn may_vote(
        &self,
        index: usize,
        who: &IdentityId,
        identities: &dyn Identities,
    ) -> bool {
        identities.is_active(who)
            && self.verified(index, who, identities)
            && self.belongs(index, who, who)
    }

    fn execute(&mut self, at: usize) {
        let proposal = &self.proposals[at];
        let index = proposal.realm_index as usize;
        let said = &proposal.said;
        let effect = match said.kind {
            ProposalKind::Treasury => None,
            ProposalKind::Member => said.member.map(|member| {
                Body::MemberBanned(MemberBanned {
                    member,
                    proposal: proposal.id,
                    lifted: said.admit,
                })
            }),
            ProposalKind::Parameter | ProposalKind::Rule | ProposalKind::Governance => {
                if self.is_changing(&proposal.realm) {
                    return;
                }
                // Rules here or above may have become others meanwhile.
                if !self.check_change(index, said).is_empty() {
                    self.decide(at, ProposalOutcome::Defeated);
                    return;
                }
                Some(Body::RealmRulesChanged(RealmRulesChanged {
                    proposal: proposal.id,
                    set: said.set.clone(),
                    removed: said.removed.clone(),
                }))
            }
        };
        let realm = proposal.realm;
        self.due.extend(effect.map(|effect| (realm, effect)));
        self.decide(at, ProposalOutcome::Executed);
    }

    /// Whether a change of rules here, above or below is decided and not yet
    /// applied. The next one waits for it, to be checked against what it leaves.
    fn is_changing(&self, realm: &RealmId) -> bool {
        self.due.iter().any(|(at, body)| {
            matches!(body, Body::RealmRulesChanged(_))
                && (self.is_within(at, realm) || self.is_within(realm, at))
        })
    }

    fn decide(&mut self, at: usize, outcome: ProposalOutcome) {
        let now_us = self.closed_at_us;
        let proposal = &mut self.proposals[at];
        proposal.decided = Some(outcome);
        proposal.closed_at_us = now_us;
        proposal.electorate = Electorate::default();
        proposal.cast = FxHashMap::default();
        let closed = ProposalClosed {
            proposal: proposal.id,
            proposer: proposal.proposer,
            outcome,
            tally_for: proposal.tally.votes_for,
            tally_against: proposal.tally.votes_against,
            voters: proposal.tally.voters,
            eligible: proposal.eligible,
            veto_weight: proposal.veto_weight,
            eligible_weight: proposal.eligible_weight,
        };
        self.due.push_back((proposal.realm, Body::ProposalClosed(closed)));
    }
}

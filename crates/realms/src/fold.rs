//! The fold of the log into realms (protocol §7).
//!
//! Entries are applied in the order of the log and take effect at once, as of
//! the time of the last closed epoch; what waits for time moves on when an
//! epoch closes. Nothing that was admitted is judged again: a change of rules
//! touches only what comes after it.

use std::collections::VecDeque;

use erynoa_events::{Body, Event, EventKind, RealmCreated};
use erynoa_kernel::{EventId, IdentityId, Namespace, PublicKey, RealmId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::credentials::Credentials;
use crate::crossing::{Way, prior_means};
use crate::governance::Proposal;
use crate::identities::Identities;
use crate::members::{MemberState, Members};
use crate::parameters::{PERSON, SECOND_US};
use crate::realm::Realm;
use crate::rules::{Effective, OwnRule};
use crate::trust_view::TrustView;

/// An entry of the log as the fold takes it in.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Its position.
    pub sequence: u64,
    /// Its id.
    pub id: EventId,
    /// What it says.
    pub event: &'a Event,
    /// Size of the entry.
    pub bytes: usize,
}

/// A report and what it is about.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) subjects: Vec<IdentityId>,
    pub(crate) judged: bool,
}

/// A prior that somebody brings along into a realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarriedOver {
    /// Realm that keeps the trust.
    pub realm: RealmId,
    /// Who.
    pub identity: IdentityId,
    /// Means of R, I, C, P, V, Ω, ppm.
    pub means_ppm: [u32; 6],
}

/// All realms of one log.
///
/// Memory: see [`Realm`] and [`Proposal`]; besides, 120 bytes for each report
/// and 40 for each judgement. All of it grows with structural events of the log
/// alone, which cost mana; attestations, receipts and custom events leave
/// nothing behind but a comment's position.
#[derive(Clone, Debug)]
pub struct RealmFold {
    log_identity: IdentityId,
    pub(crate) realms: Vec<Realm>,
    by_id: FxHashMap<RealmId, u32>,
    pub(crate) proposals: Vec<Proposal>,
    pub(crate) proposal_by_id: FxHashMap<EventId, u32>,
    /// Indexes of the proposals that have not ended, in the order of the log.
    pub(crate) open: Vec<u32>,
    /// What the log's key has to announce, in this order.
    pub(crate) due: VecDeque<(RealmId, Body)>,
    /// Credits spent in the open epoch.
    pub(crate) spent: FxHashMap<IdentityId, u32>,
    pub(crate) reports: FxHashMap<EventId, Report>,
    /// Target and class of finding.
    pub(crate) judged: FxHashSet<(EventId, u8)>,
    /// Realm and member to be dated at the end of the open epoch.
    undated: Vec<(u32, u32)>,
    /// Realms that the open epoch has used.
    pub(crate) used: Vec<u32>,
    /// Realms created by each root identity.
    pub(crate) created_by: FxHashMap<IdentityId, u32>,
    pub(crate) closed_at_us: u64,
}

impl RealmFold {
    /// The empty log of this key.
    #[must_use]
    pub fn new(log_key: &PublicKey) -> Self {
        Self {
            log_identity: IdentityId::of(Namespace::Craft, log_key),
            realms: Vec::new(),
            by_id: FxHashMap::default(),
            proposals: Vec::new(),
            proposal_by_id: FxHashMap::default(),
            open: Vec::new(),
            due: VecDeque::new(),
            spent: FxHashMap::default(),
            reports: FxHashMap::default(),
            judged: FxHashSet::default(),
            undated: Vec::new(),
            used: Vec::new(),
            created_by: FxHashMap::default(),
            closed_at_us: 0,
        }
    }

    /// Identity of the log itself.
    #[must_use]
    pub const fn log_identity(&self) -> IdentityId {
        self.log_identity
    }

    /// Time of the last closed epoch, microseconds.
    #[must_use]
    pub const fn closed_at_us(&self) -> u64 {
        self.closed_at_us
    }

    pub(crate) fn index(&self, realm: &RealmId) -> Option<usize> {
        self.by_id.get(realm).map(|&index| index as usize)
    }

    /// A realm.
    #[must_use]
    pub fn find(&self, realm: &RealmId) -> Option<&Realm> {
        self.index(realm).map(|index| &self.realms[index])
    }

    /// The root realm, once it is created.
    #[must_use]
    pub fn root(&self) -> Option<&Realm> {
        self.realms.first()
    }

    /// The realm that governs another: itself, for a partition the one above.
    pub(crate) fn governing(&self, index: usize) -> usize {
        let realm = &self.realms[index];
        match (realm.partition, realm.path.len().checked_sub(2)) {
            (true, Some(above)) => realm.path[above] as usize,
            _ => index,
        }
    }

    /// The realm under whose id trust is kept: the realm itself, for a
    /// partition the one above. `None` when the log has no such realm.
    #[must_use]
    pub fn trust_realm(&self, realm: &RealmId) -> Option<RealmId> {
        self.index(realm).map(|index| self.realms[self.governing(index)].id)
    }

    /// Whether `realm` is `ancestor` or lies below it.
    #[must_use]
    pub fn is_within(&self, realm: &RealmId, ancestor: &RealmId) -> bool {
        let (Some(realm), Some(ancestor)) = (self.index(realm), self.index(ancestor)) else {
            return false;
        };
        let path = &self.realms[realm].path;
        path.get(self.realms[ancestor].depth()).is_some_and(|&at| at as usize == ancestor)
    }

    /// Realms from the root to this one.
    pub(crate) fn path(&self, index: usize) -> impl DoubleEndedIterator<Item = &Realm> {
        self.realms[index].path.iter().map(|&at| &self.realms[at as usize])
    }

    /// Whether an identity, or its root, is excluded here or above.
    #[must_use]
    pub(crate) fn is_banned(&self, index: usize, who: &IdentityId, root: &IdentityId) -> bool {
        self.path(index).any(|realm| {
            realm.members.has_banned()
                && [who, root].iter().any(|id| realm.members.state(id) == MemberState::Banned)
        })
    }

    /// Whether an identity, or its root, is a member and not excluded. Everybody
    /// is one of the root realm.
    #[must_use]
    pub(crate) fn belongs(&self, index: usize, who: &IdentityId, root: &IdentityId) -> bool {
        let index = self.governing(index);
        let members = &self.realms[index].members;
        (index == 0 || members.is_active(who) || members.is_active(root))
            && !self.is_banned(index, who, root)
    }

    /// Whether an identity is a member of a realm; false when there is no such
    /// realm or identity.
    #[must_use]
    pub fn is_member(
        &self,
        realm: &RealmId,
        identity: &IdentityId,
        identities: &dyn Identities,
    ) -> bool {
        self.index(realm).is_some_and(|index| {
            identities.knows(identity)
                && self.belongs(index, identity, &identities.root_of(identity))
        })
    }

    /// Whether an identity is a verified person in a realm: a self that founded
    /// it or one above it, or holds a live credential of the type `person`
    /// there. Whether they are a member is another question.
    #[must_use]
    pub fn is_verified(
        &self,
        realm: &RealmId,
        identity: &IdentityId,
        identities: &dyn Identities,
    ) -> bool {
        self.index(realm).is_some_and(|index| self.verified(index, identity, identities))
    }

    pub(crate) fn verified(
        &self,
        index: usize,
        who: &IdentityId,
        identities: &dyn Identities,
    ) -> bool {
        let vouched = self.path(index).any(|realm| {
            // Whoever creates a partition names its founders; they found nothing.
            !realm.partition && realm.founders.contains(who)
                || realm.credentials.holds(who, PERSON, self.closed_at_us)
        });
        vouched && identities.namespace_of(who) == Some(Namespace::SelfHood)
    }

    /// Whether somebody holds a live credential in a realm or one above it.
    pub(crate) fn holds(&self, index: usize, who: &IdentityId, credential_type: &str) -> bool {
        self.path(index)
            .any(|realm| realm.credentials.holds(who, credential_type, self.closed_at_us))
    }

    /// The way between two realms. γ of an edge is 1 when the realm that is
    /// entered allows the other, or when one is a partition of the other; it is
    /// 0 when either blocks the other.
    #[must_use]
    pub fn way(&self, from: &RealmId, to: &RealmId) -> Option<Way> {
        let from = self.governing(self.index(from)?);
        let to = self.governing(self.index(to)?);
        let (up, down) = (&self.realms[from].path, &self.realms[to].path);
        let shared = up.iter().zip(down).take_while(|(a, b)| a == b).count();
        let mut way = Way { same: from == to, ..Way::default() };
        let climbs = up[shared - 1..].windows(2).map(|edge| (edge[1], edge[0]));
        let descends = down[shared - 1..].windows(2).map(|edge| (edge[0], edge[1]));
        for (left, entered) in climbs.chain(descends) {
            let (left, entered) = (&self.realms[left as usize], &self.realms[entered as usize]);
            way.blocked |= left.effective.blocked.contains(&entered.id)
                || entered.effective.blocked.contains(&left.id);
            way.edges += u32::from(!entered.effective.allowed.contains(&left.id));
        }
        Some(way)
    }

    /// Takes in the next entry of the log. `trust` is as of the last closed
    /// epoch.
    pub fn apply(&mut self, entry: &Entry<'_>, trust: &dyn TrustView, identities: &dyn Identities) {
        let Entry { sequence, id, event, bytes } = *entry;
        if let Body::RealmCreated(created) = &event.body {
            self.create(created, id, event.coordinate.wall_us, sequence);
            *self.created_by.entry(identities.root_of(&event.author)).or_default() += 1;
        }
        let Some(index) = self.index(&event.realm) else { return };
        self.count(event, bytes);
        match &event.body {
            Body::RealmJoined(_) => {
                self.change_member(index, event.author, sequence, |member| {
                    let founder = member.founder;
                    member.state = if founder { MemberState::Founder } else { MemberState::Member };
                    member.carried_over = true;
                });
            }
            Body::RealmLeft(_) => {
                self.change_member(index, event.author, sequence, |member| {
                    member.state = MemberState::Left;
                });
            }
            Body::MemberBanned(banned) => {
                let lifted = banned.lifted;
                self.announced(&event.realm, &event.body);
                self.change_member(index, banned.member, sequence, |member| {
                    member.admitted = lifted;
                    if !lifted {
                        member.state = MemberState::Banned;
                    } else if member.state == MemberState::Banned {
                        member.state = MemberState::Left;
                    }
                });
            }
            Body::RealmRulesChanged(changed) => {
                self.announced(&event.realm, &event.body);
                let now_us = self.closed_at_us;
                let realm = &mut self.realms[index];
                changed.removed.iter().for_each(|rule| realm.remove(rule));
                realm.set(changed.set.iter().map(|rule| OwnRule::new(rule.clone(), id)), now_us);
                self.refresh(index);
            }
            Body::CredentialIssued(issued) => {
                self.realms[index].credentials.issue(id, event, issued);
            }
            Body::CredentialRevoked(revoked) => {
                self.realms[index].credentials.revoke(&event.author, revoked);
            }
            Body::AnomalyReported(report) => {
                let subjects = report.subjects.clone();
                self.reports.insert(id, Report { subjects, judged: false });
            }
            Body::AnomalyJudged(judged) => {
                if let Some(report) = self.reports.get_mut(&judged.report) {
                    report.judged = true;
                }
            }
            Body::Judgement(judgement) => {
                self.judged.insert((judgement.target, class_of(judgement.finding)));
            }
            Body::Proposal(proposal) => {
                let governing = self.realms[self.governing(index)].id;
                let has_voice = trust.standing(&governing, &event.author).1;
                let proposer = (identities.root_of(&event.author), has_voice);
                self.propose(index, id, event, proposal, sequence, proposer);
            }
            Body::Vote(vote) => self.vote(index, event.author, vote, sequence, trust),
            Body::ProposalClosed(closed) => {
                self.announced(&event.realm, &event.body);
                self.close_proposal(&closed.proposal, id, closed.outcome);
            }
            Body::Custom(custom) => self.comment(event, custom, sequence),
            _ => {}
        }
    }

    fn create(&mut self, created: &RealmCreated, id: EventId, wall_us: u64, sequence: u64) {
        let parent = created.parent.and_then(|parent| self.index(&parent));
        let index = u32::try_from(self.realms.len()).expect("realms are bounded at admission");
        let mut path = parent.map_or_else(Vec::new, |parent| self.realms[parent].path.clone());
        path.push(index);
        self.realms.push(Realm {
            id: created.realm,
            name: created.name.clone(),
            description: created.description.clone(),
            founders: created.founders.clone(),
            partition: created.partition,
            created: (id, wall_us, sequence),
            members: Members::default(),
            own: Vec::new(),
            pending: Vec::new(),
            effective: Effective::of_protocol(),
            used: [0; 4],
            credentials: Credentials::default(),
            path,
            children: Vec::new(),
            proposals: Vec::new(),
            electorate: std::sync::OnceLock::new(),
        });
        self.by_id.insert(created.realm, index);
        if let Some(parent) = parent {
            self.realms[parent].children.push(index);
        }
        if !created.partition {
            for founder in &created.founders {
                self.change_member(index as usize, *founder, sequence, |member| {
                    member.founder = true;
                    member.carried_over = true;
                    member.state = MemberState::Founder;
                });
            }
        }
        let now_us = self.closed_at_us;
        let rules = created.rules.iter().map(|rule| OwnRule::new(rule.clone(), id));
        self.realms[index as usize].set(rules, now_us);
        self.refresh(index as usize);
    }

    fn change_member(
        &mut self,
        index: usize,
        who: IdentityId,
        sequence: u64,
        change: impl FnOnce(&mut crate::members::Member),
    ) {
        let member = self.realms[index].members.change(who, sequence, change);
        self.undated.push((u32::try_from(index).expect("bounded at admission"), member));
    }

    /// Computes what is in force in a realm and in all below it anew.
    fn refresh(&mut self, index: usize) {
        let mut todo = vec![index];
        while let Some(index) = todo.pop() {
            let realm = &self.realms[index];
            let above = realm.path.len().checked_sub(2).map(|above| realm.path[above] as usize);
            let effective = match above {
                None => Effective::of_root(realm.id, &realm.own),
                Some(above) => {
                    self.realms[above].effective.below(realm.id, realm.partition, &realm.own)
                }
            };
            self.realms[index].effective = effective;
            todo.extend(self.realms[index].children.iter().map(|&child| child as usize));
        }
    }

    fn announced(&mut self, realm: &RealmId, body: &Body) {
        if self.due.front().is_some_and(|(at, due)| at == realm && due == body) {
            self.due.pop_front();
        }
    }

    /// What the log's key has to say, in this order: decided changes of rules,
    /// exclusions and admissions, and the ends of proposals.
    #[must_use]
    pub fn due(&self) -> Vec<(RealmId, Body)> {
        self.due.iter().cloned().collect()
    }

    /// Closes the open epoch. `trust` is as of this epoch, so close the trust
    /// fold before.
    pub fn close(&mut self, closed_at_us: u64, trust: &dyn TrustView, identities: &dyn Identities) {
        self.closed_at_us = self.closed_at_us.max(closed_at_us);
        self.spent.clear();
        for index in self.used.drain(..) {
            self.realms[index as usize].used = [0; 4];
        }
        for (realm, member) in self.undated.drain(..) {
            self.realms[realm as usize].members.date(member, self.closed_at_us);
        }
        for index in 0..self.realms.len() {
            self.realms[index].electorate.take();
            if self.realms[index].mature(self.closed_at_us) {
                self.refresh(index);
            }
        }
        self.move_proposals(trust, identities);
    }

    /// The first time at which closing an epoch changes something, microseconds:
    /// a proposal moves on or a rule comes into force. A proposal that has waited
    /// for another to take effect is due one second after the last epoch.
    #[must_use]
    pub fn next_deadline_us(&self) -> Option<u64> {
        let rules = self.realms.iter().flat_map(|realm| &realm.pending);
        let rules = rules.map(|rule| rule.rule.effective_from_us);
        let soonest_us = self.closed_at_us.saturating_add(SECOND_US);
        let proposals = self.open.iter().filter_map(|&at| {
            let moves_us = self.proposals[at as usize].moves_at_us()?;
            Some(if moves_us <= self.closed_at_us { soonest_us } else { moves_us })
        });
        rules.chain(proposals).min()
    }

    /// What somebody who joins brings along, from the trust at the last closed
    /// epoch. `None` when the event is no join, or not the first one of its
    /// author: leaving and coming back brings nothing new. To be asked before
    /// the event is applied.
    #[must_use]
    pub fn carries_over(&self, event: &Event, trust: &dyn TrustView) -> Option<CarriedOver> {
        let Body::RealmJoined(joined) = &event.body else { return None };
        let index = self.index(&event.realm)?;
        let realm = &self.realms[index];
        if realm.members.find(&event.author).is_some_and(|member| member.carried_over) {
            return None;
        }
        let from = joined.from.or_else(|| self.parent_of(index))?;
        let way = self.way(&from, &event.realm)?;
        let values = self.values_from(&from, &event.realm, &event.author, trust)?;
        Some(CarriedOver {
            realm: self.trust_realm(&event.realm)?,
            identity: event.author,
            means_ppm: prior_means(&way.view(&values)),
        })
    }

    pub(crate) fn parent_of(&self, index: usize) -> Option<RealmId> {
        self.path(index).rev().nth(1).map(|realm| realm.id)
    }
}

/// Class of a finding: in one class a target is judged once.
pub(crate) const fn class_of(finding: erynoa_events::Finding) -> u8 {
    use erynoa_events::Finding as F;
    match finding {
        F::ClaimTrue | F::ClaimFalseMinor | F::ClaimFalseSignificant | F::ClaimFalseFraud => 0,
        F::ProposalSpam => 1,
        F::BreachContract | F::BreachRealm | F::BreachAxiom => 2,
        F::MemberAtFault => 3,
    }
}

/// Taking back and leaving need nobody's leave.
pub(crate) const fn is_free(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::AttestationRevoked
            | EventKind::VouchRevoked
            | EventKind::CredentialRevoked
            | EventKind::DelegationRevoked
            | EventKind::RealmLeft
            | EventKind::EquivocationProof
    )
}

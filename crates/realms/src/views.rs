//! What people look at: rules with their origin, use of the quota, how votes
//! stand.

use erynoa_events::{Rule, RuleParameters};
use erynoa_kernel::{EventId, IdentityId, RealmId};

use crate::fold::RealmFold;
use crate::governance::Proposal;
use crate::identities::Identities;
use crate::members::MemberState;
use crate::parameters::{PPM, QUORUM_PPM, RESERVED_PPM, VETO_PPM};
use crate::realm::Realm;
use crate::rules::{OwnRule, Source};
use crate::tally::{Tally, ratio_ppm, threshold_ppm};
use crate::trust_view::TrustView;

/// A rule with where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleView {
    /// As it was set.
    pub rule: Rule,
    /// The realm that defines it.
    pub origin: RealmId,
    /// Defined further up.
    pub inherited: bool,
    /// Not in force yet.
    pub future: bool,
    /// A rule of the same category that is as strict or stricter and takes its
    /// place.
    pub overruled_by: Option<Source>,
    /// The event that set it.
    pub set_by: EventId,
}

/// What a realm has used of its epoch: events, bytes, gas, crossings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaView {
    /// So far.
    pub used: [u64; 4],
    /// At most.
    pub limits: [u64; 4],
    /// Less than 20 % of one of them is left.
    pub throttled: bool,
}

/// How a vote stands, in numbers for people. Shares in ppm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TallyView {
    /// The votes.
    pub tally: Tally,
    /// Who may vote.
    pub eligible: u32,
    /// for / (for + against).
    pub share_ppm: u32,
    /// What it must exceed.
    pub threshold_ppm: u32,
    /// voters / eligible.
    pub turnout_ppm: u32,
    /// What it must reach.
    pub quorum_ppm: u32,
    /// Share of the eligible weight that has vetoed.
    pub veto_ppm: u32,
    /// What stops it.
    pub veto_threshold_ppm: u32,
}

impl TallyView {
    /// The numbers of a vote.
    #[must_use]
    pub fn new(
        proposal: &Proposal,
        tally: Tally,
        veto_weight: u64,
        (eligible, weight): (u32, u64),
    ) -> Self {
        let constant = |ppm: u64| u32::try_from(ppm).unwrap_or(PPM);
        Self {
            tally,
            eligible,
            share_ppm: tally.share_ppm(),
            threshold_ppm: threshold_ppm(proposal.said.kind),
            turnout_ppm: ratio_ppm(u64::from(tally.voters), u128::from(eligible)),
            quorum_ppm: constant(QUORUM_PPM),
            veto_ppm: ratio_ppm(veto_weight, u128::from(weight)),
            veto_threshold_ppm: constant(VETO_PPM),
        }
    }
}

impl RealmFold {
    /// All realms, parents before children, by creation.
    pub fn realms(&self) -> impl Iterator<Item = &Realm> {
        self.realms.iter()
    }

    /// The realms above one, from the root down.
    pub fn ancestors(&self, realm: &RealmId) -> impl Iterator<Item = &Realm> {
        let path = self.find(realm).map_or(&[][..], |realm| &realm.path);
        let above = path.len().saturating_sub(1);
        path[..above].iter().map(|&at| &self.realms[at as usize])
    }

    /// The realms directly below one, by creation.
    pub fn children(&self, realm: &RealmId) -> impl Iterator<Item = &Realm> {
        let children = self.find(realm).map_or(&[][..], |realm| &realm.children);
        children.iter().map(|&at| &self.realms[at as usize])
    }

    /// What somebody is to a realm. Everybody whom it has not excluded is a
    /// member of the root; a partition has the members of the realm above.
    #[must_use]
    pub fn member_state(&self, realm: &RealmId, identity: &IdentityId) -> MemberState {
        let Some(index) = self.index(realm) else { return MemberState::None };
        let index = self.governing(index);
        match self.realms[index].members.state(identity) {
            _ if self.is_banned(index, identity, identity) => MemberState::Banned,
            MemberState::None | MemberState::Left if index == 0 => MemberState::Member,
            state => state,
        }
    }

    /// All rules of a realm and of those above it: inherited ones first, from
    /// the root down, each realm's by id, those not in force yet after the
    /// others.
    #[must_use]
    pub fn rules(&self, realm: &RealmId) -> Vec<RuleView> {
        let Some(index) = self.index(realm) else { return Vec::new() };
        let mut rules = Vec::new();
        for definer in self.path(index) {
            let view = |own: &OwnRule, future: bool| RuleView {
                rule: own.rule.clone(),
                origin: definer.id,
                inherited: definer.id != *realm,
                future,
                overruled_by: if future {
                    None
                } else {
                    self.overruling(index, &definer.id, &own.rule).cloned()
                },
                set_by: own.set_by,
            };
            rules.extend(definer.own.iter().map(|own| view(own, false)));
            rules.extend(definer.pending.iter().map(|own| view(own, true)));
        }
        rules
    }

    /// The rule that stands in a realm in place of this one.
    fn overruling(&self, index: usize, definer: &RealmId, rule: &Rule) -> Option<&Source> {
        let all = &self.realms[index].effective;
        let is_this = |source: &&Source| source.realm == *definer && source.rule == rule.id;
        let several =
            |sources: &[Option<&'_ Source>]| -> bool { sources.iter().flatten().any(is_this) };
        let winner = match &rule.parameters {
            RuleParameters::MinTrust { .. } => all.min_trust.source.as_ref(),
            RuleParameters::DimensionMinimum { dimension, .. } => {
                all.minima[dimension.index()].source.as_ref()
            }
            RuleParameters::Join(_) => {
                let named = [all.invitation.as_ref(), all.by_credential.as_ref()];
                if several(&named) { None } else { all.join.source.as_ref() }
            }
            RuleParameters::Quota { .. } => {
                let parts = [0, 1, 2, 3].map(|part| all.quota[part].source.as_ref());
                if several(&parts) { None } else { parts.into_iter().flatten().next() }
            }
            RuleParameters::Isolation(_) => all.isolation.source.as_ref(),
            RuleParameters::Judges(_) => {
                all.judges.as_ref().and_then(|limit| limit.source.as_ref())
            }
            RuleParameters::Issuers { credential_type, .. } => {
                all.issuers.get(credential_type).and_then(|limit| limit.source.as_ref())
            }
            RuleParameters::Witnesses(_) => all.witnesses.source.as_ref(),
            RuleParameters::GovernanceTimes { .. } => {
                let parts = [0, 1, 2].map(|part| all.times_s[part].source.as_ref());
                if several(&parts) { None } else { parts.into_iter().flatten().next() }
            }
            RuleParameters::CredentialRequired { .. }
            | RuleParameters::Expression { .. }
            | RuleParameters::Crossings { .. } => None,
        };
        // Lists of one realm add up, so that no rule of it takes another's place.
        let adds_up = matches!(
            rule.parameters,
            RuleParameters::Judges(_)
                | RuleParameters::Issuers { .. }
                | RuleParameters::Witnesses(_)
        );
        winner.filter(|winner| !(is_this(winner) || adds_up && winner.realm == *definer))
    }

    /// What a realm has used of its epoch.
    #[must_use]
    pub fn quota(&self, realm: &RealmId) -> Option<QuotaView> {
        let realm = self.find(realm)?;
        let limits = [0, 1, 2, 3].map(|part| realm.effective.quota[part].value);
        let throttled = realm.depth() > 0
            && realm
                .used
                .iter()
                .zip(limits)
                .any(|(used, limit)| *used > limit - limit * RESERVED_PPM / u64::from(PPM));
        Some(QuotaView { used: realm.used, limits, throttled })
    }

    /// How the vote on a proposal stands. Until the voting has ended who may vote
    /// is counted once an epoch for all proposals of the realm, which takes as
    /// long as it has members.
    #[must_use]
    pub fn tally(
        &self,
        proposal: &Proposal,
        trust: &dyn TrustView,
        identities: &dyn Identities,
    ) -> TallyView {
        let index = proposal.realm_index as usize;
        let eligible = self.eligible(proposal, index, trust, identities);
        TallyView::new(proposal, proposal.tally, proposal.veto_weight, eligible)
    }

    /// Rules of the realm, in force or not yet, that a proposal replaces or
    /// removes, as they are now.
    #[must_use]
    pub fn touched_by(&self, proposal: &Proposal) -> Vec<&Rule> {
        let realm = &self.realms[proposal.realm_index as usize];
        let named = |own: &&OwnRule| {
            proposal.said.removed.contains(&own.rule.id)
                || proposal.said.set.iter().any(|rule| rule.id == own.rule.id)
        };
        realm.own.iter().chain(&realm.pending).filter(named).map(|own| &own.rule).collect()
    }

    /// Proposals of a realm that have not ended.
    #[must_use]
    pub fn open_proposals(&self, realm: &RealmId) -> usize {
        self.open.iter().filter(|&&at| self.proposals[at as usize].realm == *realm).count()
    }

    /// Every proposal, in the order of the log, of one realm or of all.
    pub fn proposals(
        &self,
        realm: Option<RealmId>,
    ) -> Box<dyn DoubleEndedIterator<Item = &Proposal> + '_> {
        let Some(realm) = realm else { return Box::new(self.proposals.iter()) };
        let own = self.find(&realm).map_or(&[][..], |realm| &realm.proposals);
        Box::new(own.iter().map(|&at| &self.proposals[at as usize]))
    }
}

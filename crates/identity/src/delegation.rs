//! Authority lent from identity to identity (protocol §4, K8).
//!
//! A delegation either begins a chain or hands on the one that it names in
//! `via`, so that every delegation is the end of exactly one chain. Whatever
//! ends a link ends all chains through it; nothing is written for that, the
//! chain is walked when it is asked for.

mod authority;
mod check;

use erynoa_events::{Body, Event};
use erynoa_kernel::{EventId, IdentityId, RealmId};
use rustc_hash::FxHashMap;

use crate::Capability;

pub use authority::{Authority, Beginnings};

/// Most delegations of one delegate from one beginning that have not ended, so
/// that the search for the best is bounded whatever others lend to somebody.
pub const MAX_STANDING_DELEGATIONS: usize = 64;

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Its event, and that event's wall time.
    pub created: (EventId, u64),
    /// Who lends.
    pub delegator: IdentityId,
    /// To whom.
    pub delegate: IdentityId,
    /// It holds here and in all realms below.
    pub realm: RealmId,
    /// Share of the trust that goes with it, 1 to 1 000 000.
    pub factor_ppm: u32,
    /// What it allows, in the order of its event.
    pub capabilities: Vec<Capability>,
    /// Holds from here on, microseconds.
    pub not_before_us: u64,
    /// Holds no longer from here on.
    pub expires_at_us: Option<u64>,
    /// How many further links may follow.
    pub max_depth: u8,
    /// The link before it.
    pub via: Option<EventId>,
    /// Who began the chain.
    pub beginning: IdentityId,
    /// Event that revoked it, and that event's wall time.
    pub revoked: Option<(EventId, u64)>,
}

impl Delegation {
    /// Whether one of its capabilities implies this one.
    #[must_use]
    pub fn allows(&self, capability: &Capability) -> bool {
        self.capabilities.iter().any(|held| held.implies(capability))
    }
}

/// How a delegation stands at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DelegationState {
    /// It holds.
    Live,
    /// Its time, or that of a link before it, has not come.
    Future,
    /// Its time is over.
    Expired,
    /// Its delegator has revoked it.
    Revoked,
    /// A link before it has ended, or somebody in the chain was deactivated.
    Broken,
}

/// All delegations of a log, in its order.
#[derive(Clone, Debug, Default)]
pub struct Delegations {
    all: Vec<Delegation>,
    by_id: FxHashMap<EventId, u32>,
    by_delegator: FxHashMap<IdentityId, Vec<u32>>,
    by_delegate: FxHashMap<IdentityId, Vec<u32>>,
    /// Per delegate and beginning those that had not ended when the newest was
    /// added.
    standing: FxHashMap<IdentityId, std::collections::BTreeMap<IdentityId, Vec<u32>>>,
}

impl Delegations {
    /// The delegation with this id.
    #[must_use]
    pub fn find(&self, id: &EventId) -> Option<&Delegation> {
        self.by_id.get(id).map(|&position| &self.all[position as usize])
    }

    /// Number of delegations, ended ones included.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Those of a delegator, or to a delegate, or between the two, newest
    /// first and before position `before`; each with its position, the cursor
    /// of the next page. Nothing when neither is given.
    pub fn list(
        &self,
        delegator: Option<IdentityId>,
        delegate: Option<IdentityId>,
        before: Option<usize>,
    ) -> impl Iterator<Item = (usize, &Delegation)> {
        let index = match (&delegator, &delegate) {
            (Some(delegator), _) => self.by_delegator.get(delegator),
            (None, Some(delegate)) => self.by_delegate.get(delegate),
            (None, None) => None,
        };
        let before = before.unwrap_or(usize::MAX);
        index.into_iter().flatten().rev().map(|&position| position as usize).filter_map(
            move |position| {
                let link = &self.all[position];
                let fits = position < before && delegate.is_none_or(|who| link.delegate == who);
                fits.then_some((position, link))
            },
        )
    }

    /// The chain that ends in `last`, its beginning first.
    #[must_use]
    pub fn chain<'a>(&'a self, last: &'a Delegation) -> Vec<&'a Delegation> {
        let mut chain: Vec<&Delegation> = self.upwards(last).collect();
        chain.reverse();
        chain
    }

    fn upwards<'a>(&'a self, last: &'a Delegation) -> impl Iterator<Item = &'a Delegation> {
        std::iter::successors(Some(last), |link| link.via.as_ref().and_then(|via| self.find(via)))
    }

    /// How a delegation stands at a time; `active` says whether an identity,
    /// and whoever answers for it, is live.
    pub fn state(
        &self,
        delegation: &Delegation,
        at_us: u64,
        active: impl Fn(&IdentityId) -> bool,
    ) -> DelegationState {
        if delegation.revoked.is_some() {
            return DelegationState::Revoked;
        }
        if expired(delegation, at_us) {
            return DelegationState::Expired;
        }
        let mut state = DelegationState::Live;
        for link in self.upwards(delegation) {
            if link.revoked.is_some() || expired(link, at_us) || !active(&link.delegator) {
                return DelegationState::Broken;
            }
            if at_us < link.not_before_us {
                state = DelegationState::Future;
            }
        }
        if active(&delegation.delegate) { state } else { DelegationState::Broken }
    }

    /// Folds an event that the log has accepted; `closed_at_us` is the end of
    /// the last closed epoch.
    pub(crate) fn apply(
        &mut self,
        id: EventId,
        event: &Event,
        closed_at_us: u64,
        active: impl Fn(&IdentityId) -> bool,
    ) {
        let at = (id, event.coordinate.wall_us);
        match &event.body {
            Body::Delegation(said) => {
                let before = said.via.and_then(|via| self.find(&via));
                let delegation = Delegation {
                    created: at,
                    delegator: event.author,
                    delegate: said.delegate,
                    realm: event.realm,
                    factor_ppm: said.factor_ppm,
                    capabilities: said.capabilities.iter().flat_map(|text| text.parse()).collect(),
                    not_before_us: said.not_before_us,
                    expires_at_us: said.expires_at_us,
                    max_depth: said.max_depth,
                    via: said.via,
                    beginning: before.map_or(event.author, |before| before.beginning),
                    revoked: None,
                };
                self.insert(delegation, closed_at_us, active);
            }
            Body::DelegationRevoked(revoked) => {
                let position = self.by_id.get(&revoked.delegation);
                if let Some(&position) = position {
                    self.all[position as usize].revoked.get_or_insert(at);
                }
            }
            _ => {}
        }
    }

    fn insert(
        &mut self,
        delegation: Delegation,
        closed_at_us: u64,
        active: impl Fn(&IdentityId) -> bool,
    ) {
        let position =
            u32::try_from(self.all.len()).expect("a log in memory holds fewer than 2^32 links");
        let mut standing = self.standing(&delegation.delegate, &delegation.beginning);
        standing.retain(|&other| !self.has_ended(other, closed_at_us, &active));
        standing.push(position);
        self.standing
            .entry(delegation.delegate)
            .or_default()
            .insert(delegation.beginning, standing);
        self.by_id.insert(delegation.created.0, position);
        self.by_delegator.entry(delegation.delegator).or_default().push(position);
        self.by_delegate.entry(delegation.delegate).or_default().push(position);
        self.all.push(delegation);
    }

    fn standing(&self, delegate: &IdentityId, beginning: &IdentityId) -> Vec<u32> {
        self.standing
            .get(delegate)
            .and_then(|beginnings| beginnings.get(beginning))
            .cloned()
            .unwrap_or_default()
    }

    /// Whether it will never hold again. Time does not run backwards: what is
    /// over at the end of an epoch stays over.
    fn has_ended(
        &self,
        position: u32,
        closed_at_us: u64,
        active: impl Fn(&IdentityId) -> bool,
    ) -> bool {
        let state = self.state(&self.all[position as usize], closed_at_us, active);
        !matches!(state, DelegationState::Live | DelegationState::Future)
    }
}

fn expired(delegation: &Delegation, at_us: u64) -> bool {
    delegation.expires_at_us.is_some_and(|end| end <= at_us)
}

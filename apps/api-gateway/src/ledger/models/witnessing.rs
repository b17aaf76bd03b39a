//! How much of the log a quorum of witnesses vouches for, realm by realm
//! (protocol §3).
//!
//! What counts for an entry are the witness sets that its realm has had since
//! the entry came: sizes only grow and sets are only added, so its finality
//! never falls, whatever rules change later.

use std::collections::HashMap;

use erynoa_events::WitnessSet;
use erynoa_identity::Directory;
use erynoa_kernel::{IdentityId, Namespace, PublicKey, RealmId};
use erynoa_realms::RealmFold;

/// The newest head that one witness has cosigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastCosigned {
    /// Its entries.
    pub size: u64,
    /// When, as the witness says, seconds.
    pub time_s: u64,
}

/// Witness sets and what their members have cosigned.
#[derive(Clone, Debug)]
pub struct Witnessing {
    /// Of a realm without a rule about witnesses.
    alone: WitnessSet,
    /// Sets of each realm that ever had a rule, oldest first, each with the size
    /// of the log at which it came into force.
    sets: HashMap<RealmId, Vec<(u64, WitnessSet)>>,
    cosigned: HashMap<PublicKey, LastCosigned>,
}

impl Witnessing {
    /// Of the log with this identity, its only witness at first.
    #[must_use]
    pub fn new(log: IdentityId) -> Self {
        Self {
            alone: WitnessSet { weights: vec![(log, 1)] },
            sets: HashMap::new(),
            cosigned: HashMap::new(),
        }
    }

    /// Looks at the rules again, which may have changed with the last entry of
    /// a log of this size.
    pub(super) fn follow(&mut self, realms: &RealmFold, size: u64) {
        for realm in realms.realms() {
            let named = &realm.effective.witnesses.value;
            let known = self.sets.get(&realm.id).and_then(|sets| sets.last());
            let is_known = match known {
                Some((_, set)) => is_same(set, named) || (named.is_empty() && *set == self.alone),
                None => named.is_empty(),
            };
            if is_known {
                continue;
            }
            let set = if named.is_empty() {
                self.alone.clone()
            } else {
                let weights = named.iter().map(|(who, weight)| (*who, u64::from(*weight)));
                WitnessSet { weights: weights.collect() }
            };
            let sets = self.sets.entry(realm.id).or_insert_with(|| vec![(0, self.alone.clone())]);
            sets.push((size, set));
        }
    }

    /// The witnesses of a realm as its rules are now.
    #[must_use]
    pub fn set_of(&self, realm: &RealmId) -> &WitnessSet {
        self.sets.get(realm).and_then(|sets| sets.last()).map_or(&self.alone, |(_, set)| set)
    }

    /// Everybody who is a witness of a realm now, each once.
    #[must_use]
    pub fn everybody(&self) -> Vec<IdentityId> {
        let sets = self.sets.values().filter_map(|sets| sets.last());
        let mut all: Vec<IdentityId> = sets
            .flat_map(|(_, set)| &set.weights)
            .chain(&self.alone.weights)
            .map(|(witness, _)| *witness)
            .collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// A witness has cosigned a head of the log.
    pub fn cosign(&mut self, key: PublicKey, last: LastCosigned) {
        let known = self.cosigned.entry(key).or_insert(last);
        if (known.size, known.time_s) < (last.size, last.time_s) {
            *known = last;
        }
    }

    /// The newest head that an identity has cosigned, by any of its keys.
    #[must_use]
    pub fn cosigned(&self, who: &IdentityId, directory: &Directory) -> Option<LastCosigned> {
        let of = |key: &PublicKey| match directory.find_by_key(key) {
            Some(owner) => owner.did.identity == *who,
            None => IdentityId::of(Namespace::Craft, key) == *who,
        };
        let own = self.cosigned.iter().filter(|(key, _)| of(key)).map(|(_, last)| *last);
        own.max_by_key(|last| (last.size, last.time_s))
    }

    /// The size that a quorum vouches for, of the witnesses that the realm has
    /// or has had since its entry at `position`. The log's own key signs every
    /// checkpoint.
    #[must_use]
    pub fn witnessed(
        &self,
        (realm, position): (&RealmId, u64),
        checkpoint_size: u64,
        directory: &Directory,
    ) -> u64 {
        let log = self.alone.weights[0].0;
        let cosigned = |who: &IdentityId| {
            let own = (*who == log).then_some(checkpoint_size);
            own.max(self.cosigned(who, directory).map(|last| last.size))
        };
        let Some(sets) = self.sets.get(realm) else { return checkpoint_size };
        // The set that was in force at the position, and all later ones.
        let first = sets.partition_point(|(from, _)| *from <= position).saturating_sub(1);
        let of_each = sets[first..].iter().map(|(_, set)| set.witnessed(cosigned));
        // A witness may be ahead of our copy.
        of_each.max().unwrap_or(0).min(checkpoint_size)
    }

    /// What witnesses have cosigned does not follow from the log: it is carried
    /// over when the log is folded anew.
    pub(in crate::ledger) fn carry_over(&mut self, from: &mut Self) {
        self.cosigned = std::mem::take(&mut from.cosigned);
    }
}

fn is_same(set: &WitnessSet, named: &[(IdentityId, u32)]) -> bool {
    let named = named.iter().map(|(who, weight)| (*who, u64::from(*weight)));
    set.weights.iter().copied().eq(named)
}

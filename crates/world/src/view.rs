//! What the world shows.

use erynoa_kernel::{IdentityId, RealmId};

use crate::fold::{WorldFold, subject_key};
use crate::formula::Terms;
use crate::metrics::Metrics;
use crate::power::PowerCap;
use crate::realm::Realm;
use crate::subject::{Subject, from_fixed};

/// One subject in the ranking of a realm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// From 1; `None` while its term is 0. Of equal terms the subject that the
    /// realm saw first is first.
    pub rank: Option<u64>,
    /// Who.
    pub subject: IdentityId,
    /// Its term, taken apart.
    pub terms: Terms,
    /// Entropy of its partner roots over 90 days, bits.
    pub diversity_bits: f64,
    /// Power by its voice, micro-units, after inactivity and before the cap.
    pub power: u64,
}

impl WorldFold {
    fn find_realm(&self, id: &RealmId) -> Option<(u32, &Realm)> {
        let index = *self.realm_by_id.get(id)?;
        Some((index, &self.realms[index as usize]))
    }

    fn standing(&self, rank: Option<u64>, subject: &Subject) -> Standing {
        Standing {
            rank,
            subject: self.detector.name(subject.identity),
            terms: subject.factors(self.day).terms(),
            diversity_bits: subject.diversity_bits(),
            power: subject.counted_power,
        }
    }

    /// Number of subjects with a term.
    #[must_use]
    pub fn ranked(&self, realm: &RealmId) -> usize {
        self.find_realm(realm).map_or(0, |(_, realm)| realm.ranking.len())
    }

    /// Subjects of a realm, greatest term first, without the first `skip`.
    #[must_use]
    pub fn page(&self, realm: &RealmId, skip: usize, limit: usize) -> Vec<Standing> {
        let Some((_, realm)) = self.find_realm(realm) else { return Vec::new() };
        let rungs = realm.ranking.descending(skip).take(limit);
        rungs
            .zip(skip as u64 + 1..)
            .map(|((_, mirrored), rank)| {
                self.standing(Some(rank), &self.subjects[(u32::MAX - mirrored) as usize])
            })
            .collect()
    }

    /// One subject with its rank; `None` when the realm has not seen it.
    #[must_use]
    pub fn find(&self, realm: &RealmId, subject: &IdentityId) -> Option<Standing> {
        let (realm_index, realm) = self.find_realm(realm)?;
        let identity = self.detector.find_node(subject)?;
        let index = *self.subject_at.get(&subject_key(realm_index, identity))?;
        let subject = &self.subjects[index as usize];
        let rank =
            (subject.ranked > 0).then(|| realm.ranking.above(subject.rung(index)) as u64 + 1);
        Some(self.standing(rank, subject))
    }

    /// 𝔼 of one realm alone.
    #[must_use]
    pub fn own_world(&self, realm: &RealmId) -> f64 {
        self.find_realm(realm).map_or(0.0, |(_, realm)| self.unfix(realm.ranking.sum()))
    }

    /// 𝔼 of a realm and of all realms below it, by the realm that `parent` names
    /// as the one above. The root's is that of the whole log.
    #[must_use]
    pub fn world(&self, realm: &RealmId, parent: impl Fn(&RealmId) -> Option<RealmId>) -> f64 {
        /// Realms are at most 10 deep; whatever is deeper is no tree.
        const MAX_DEPTH: usize = 16;
        let is_within = |id: &RealmId| {
            std::iter::successors(Some(*id), &parent).take(MAX_DEPTH).any(|id| id == *realm)
        };
        let within = self.realms.iter().filter(|other| is_within(&other.id));
        self.unfix(within.map(|other| other.ranking.sum()).sum())
    }

    fn unfix(&self, sum: u128) -> f64 {
        from_fixed(sum, self.day - self.base_day)
    }

    /// The power cap of a realm as of its last epoch with an entry.
    #[must_use]
    pub fn power_cap(&self, realm: &RealmId) -> PowerCap {
        let Some((_, realm)) = self.find_realm(realm) else { return PowerCap::default() };
        let newest = realm.history.newest(1).0;
        let exponent =
            newest.first().map_or(crate::power::CAP_EXPONENT_PPM, |m| m.cap_exponent_ppm);
        PowerCap::of(realm.power.ladder(), exponent)
    }

    /// The newest points of a realm's series, oldest first, and how many there
    /// were before them.
    #[must_use]
    pub fn metrics(&self, realm: &RealmId, limit: usize) -> (Vec<Metrics>, u64) {
        self.find_realm(realm)
            .map_or_else(Default::default, |(_, realm)| realm.history.newest(limit))
    }
}

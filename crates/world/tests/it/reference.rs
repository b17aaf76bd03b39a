//! The world read anew from everything that was ever observed, without any
//! memory in between.

use std::collections::{BTreeMap, BTreeSet};

use erynoa_kernel::{IdentityId, RealmId};
use erynoa_world::{
    Factors, Observation, Sources, after_inactivity, diversity_bits, surprisal_bits,
};

use crate::town::Town;

/// Everything so far, with the day that counted it.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) observed: Vec<(u64, Observation)>,
    /// First and last days on which realms saw somebody.
    seen: BTreeMap<(RealmId, IdentityId), u64>,
    pub(crate) day: u64,
}

/// One subject as the formula sees it.
pub(crate) struct Seen {
    pub(crate) factors: Factors,
    pub(crate) diversity_bits: f64,
    pub(crate) power: u64,
    pub(crate) partnered: bool,
}

impl Record {
    pub(crate) fn close(
        &mut self,
        day: u64,
        observed: Vec<Observation>,
        changed: &[(RealmId, IdentityId)],
    ) {
        self.day = self.day.max(day);
        for observation in observed {
            let place = (observation.realm, observation.author);
            // Own events always count as the last sight.
            self.seen.insert(place, self.day);
            self.observed.push((self.day, observation));
        }
        for place in changed {
            self.seen.entry(*place).or_insert(self.day);
        }
    }

    pub(crate) fn subjects(&self) -> impl Iterator<Item = (RealmId, IdentityId)> {
        self.seen.keys().copied()
    }

    pub(crate) fn subject(
        &self,
        town: &Town,
        place: (RealmId, IdentityId),
        human_ppm: u32,
    ) -> Seen {
        let own: Vec<_> =
            self.observed.iter().filter(|(_, one)| (one.realm, one.author) == place).collect();
        let window: Vec<_> = own.iter().filter(|(day, _)| day + 90 > self.day).collect();
        let mut pairs = BTreeSet::new();
        let mut kinds: BTreeMap<u8, u32> = BTreeMap::new();
        for (day, one) in &window {
            *kinds.entry(one.kind as u8).or_default() += 1;
            pairs.insert((*day, one.partner_root.filter(|root| *root != one.author_root)));
        }
        let mut partners: BTreeMap<IdentityId, u8> = BTreeMap::new();
        for partner in pairs.iter().filter_map(|(_, partner)| *partner) {
            *partners.entry(partner).or_default() += 1;
        }
        let idle_days = self.day - self.seen[&place];
        let stand = town.stand(&place.0, &place.1);
        Seen {
            factors: Factors {
                witnessed: u32::try_from(pairs.len()).expect("a few"),
                own_events: own.len() as u64,
                norm_ppm: stand.norm_ppm,
                surprisal_bits: surprisal_bits(&kinds.into_values().collect::<Vec<_>>()),
                human_ppm,
                idle_days,
            },
            diversity_bits: diversity_bits(&partners.values().copied().collect::<Vec<_>>()),
            power: after_inactivity(stand.power, idle_days),
            partnered: !partners.is_empty(),
        }
    }
}

//! Who has mana of their own: everybody with a voice in the root realm. How
//! many they are, and their Ω together, bound what all others share.

use std::collections::HashMap;

use erynoa_kernel::{IdentityId, RealmId};
use erynoa_trust::{Glance, TrustFold};

/// The voices of the root realm as of the last closed epoch.
#[derive(Debug, Default)]
pub struct Voices {
    omega_ppm: HashMap<IdentityId, u32>,
    sum_ppm: u64,
    /// Day on which all were counted: with the next one all trust is older.
    day: Option<u64>,
}

impl Voices {
    /// How many there are, and the sum of their Ω in ppm.
    #[must_use]
    pub fn totals(&self) -> (u64, u64) {
        (self.omega_ppm.len() as u64, self.sum_ppm)
    }

    /// Takes in what the end of an epoch has changed. On a new day
    /// [`Self::refresh`] counts everybody.
    pub(super) fn follow(
        &mut self,
        trust: &TrustFold,
        root: &RealmId,
        changed: &[(RealmId, IdentityId)],
    ) {
        if self.day != Some(trust.day()) {
            return;
        }
        for (_, subject) in changed.iter().filter(|(realm, _)| realm == root) {
            self.set(*subject, &trust.glance(root, subject));
        }
    }

    /// Counts everybody, once a day.
    pub(super) fn refresh(&mut self, trust: &TrustFold, root: &RealmId) {
        if self.day == Some(trust.day()) {
            return;
        }
        *self = Self { day: Some(trust.day()), ..Self::default() };
        for subject in trust.subjects(root) {
            self.set(subject, &trust.glance(root, &subject));
        }
    }

    fn set(&mut self, subject: IdentityId, glance: &Glance) {
        let before = if glance.has_voice {
            let omega_ppm = glance.values_ppm[5];
            self.sum_ppm += u64::from(omega_ppm);
            self.omega_ppm.insert(subject, omega_ppm)
        } else {
            self.omega_ppm.remove(&subject)
        };
        self.sum_ppm -= u64::from(before.unwrap_or(0));
    }
}

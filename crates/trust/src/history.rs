//! Trust over time.

use erynoa_kernel::{IdentityId, RealmId};

use crate::TrustFold;

/// Trust of a subject at the end of one epoch that changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistoryPoint {
    /// The epoch.
    pub epoch: u64,
    /// Its time, microseconds.
    pub closed_at_us: u64,
    /// R, I, C, P, V, Ω in ppm.
    pub values_ppm: [u32; 6],
}

impl TrustFold {
    /// Values at the end of each epoch that changed the subject's evidence or
    /// made it a founder, oldest first. In between, trust only decays.
    #[must_use]
    pub fn history(&self, realm: &RealmId, subject: &IdentityId) -> &[HistoryPoint] {
        self.member(realm, subject).map_or(&[], |(_, member)| &member.history)
    }
}

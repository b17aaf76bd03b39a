//! What realms ask of the trust fold.

use erynoa_kernel::{IdentityId, RealmId};
use erynoa_trust::TrustFold;

/// Trust as of the last closed epoch. A realm is asked for by the id under which
/// its trust is kept, see [`crate::RealmFold::trust_realm`].
pub trait TrustView {
    /// R, I, C, P, V, Ω in ppm.
    fn values_ppm(&self, realm: &RealmId, identity: &IdentityId) -> [u32; 6];
    /// The same without what founders have and what was brought along.
    fn earned_values_ppm(&self, realm: &RealmId, identity: &IdentityId) -> [u32; 6];
    /// Standing, ppm, and whether it is a voice.
    fn standing(&self, realm: &RealmId, identity: &IdentityId) -> (u32, bool);
}

impl TrustView for TrustFold {
    fn values_ppm(&self, realm: &RealmId, identity: &IdentityId) -> [u32; 6] {
        self.trust(realm, identity).values_ppm()
    }

    fn earned_values_ppm(&self, realm: &RealmId, identity: &IdentityId) -> [u32; 6] {
        Self::earned_values_ppm(self, realm, identity)
    }

    fn standing(&self, realm: &RealmId, identity: &IdentityId) -> (u32, bool) {
        let trust = self.trust(realm, identity);
        (trust.standing_ppm, trust.has_voice)
    }
}

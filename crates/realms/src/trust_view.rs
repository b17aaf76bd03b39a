//! What realms ask of the trust fold.

use erynoa_kernel::{IdentityId, RealmId};
use erynoa_trust::TrustFold;

/// Trust as of the last closed epoch. A realm is asked for by the id under which
/// its trust is kept, see [`crate::RealmFold::trust_realm`].
pub trait TrustView {
    /// R, I, C, P, V, Ω in ppm.
    fn values_ppm(&self, realm: &RealmId, identity: &IdentityId) -> [u32; 6];
    /// Standing, ppm, and whether it is a voice.
    fn standing(&self, realm: &RealmId, identity: &IdentityId) -> (u32, bool);
}

impl TrustView for TrustFold {
    fn values_ppm(&self, realm: &RealmId, identity: &IdentityId) -> [u32; 6] {
        self.trust(realm, identity).values_ppm()
    }

    fn standing(&self, realm: &RealmId, identity: &IdentityId) -> (u32, bool) {
        let trust = self.trust(realm, identity);
        (trust.standing_ppm, trust.has_voice)
    }
}

//! What other folds ask of trust, without opening it.

use erynoa_kernel::{IdentityId, RealmId};

use crate::TrustFold;
use crate::evidence::{Prior, has_voice, voice_weight};
use crate::norm::{Context, norm};

/// Trust of one identity in one realm at a glance, at the last closed epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// R, I, C, P, V, Ω, ppm.
    pub values_ppm: [u32; 6],
    /// Standing as an attester, ppm.
    pub standing_ppm: u32,
    /// Whether the identity's positive attestations count.
    pub has_voice: bool,
    /// ν, micro-units, whether or not there is a voice.
    pub voice_micro: u64,
    /// Whether the realm has evidence about it, or it is a founder or has
    /// brought trust along from another realm.
    pub is_subject: bool,
}

impl Glance {
    /// Weighted norm, ppm.
    #[must_use]
    pub fn norm_ppm(&self, context: Context) -> u32 {
        norm(&self.values_ppm, context)
    }
}

impl TrustFold {
    /// Trust of `subject` at the last closed epoch, without the evidence behind
    /// it. Whoever the realm does not know has the prior.
    #[must_use]
    pub fn glance(&self, realm: &RealmId, subject: &IdentityId) -> Glance {
        let (values_ppm, standing_ppm, founder, is_subject) = match self.member(realm, subject) {
            Some((_, member)) => (
                member.values_ppm(self.day),
                member.standing_ppm(self.day),
                member.founder,
                member.is_subject(),
            ),
            None => {
                let mean = Prior::NEWCOMER.mean_ppm();
                ([mean; 6], mean, false, false)
            }
        };
        Glance {
            values_ppm,
            standing_ppm,
            has_voice: has_voice(standing_ppm, founder),
            voice_micro: voice_weight(standing_ppm, founder),
            is_subject,
        }
    }
}

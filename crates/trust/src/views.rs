//! What other folds ask of trust, without opening it.

use erynoa_events::Dimension;
use erynoa_kernel::{IdentityId, RealmId};

use crate::TrustFold;
use crate::evidence::{Prior, Sums, has_voice, lambda_of, trust_ppm, voice_weight};
use crate::ledger::LedgerKey;
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
    /// R, I, C, P, V, Ω of `subject` at the last closed epoch as if it had come
    /// as a newcomer: by the evidence alone, without what founders have and
    /// without what was brought along from another realm. Ppm.
    #[must_use]
    pub fn earned_values_ppm(&self, realm: &RealmId, subject: &IdentityId) -> [u32; 6] {
        Dimension::ALL.map(|dimension| {
            let sums = self.member(realm, subject).map_or_else(Sums::default, |(_, member)| {
                member.sums(LedgerKey::dimension(dimension), self.day)
            });
            trust_ppm(sums, Prior::NEWCOMER, lambda_of(dimension))
        })
    }

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

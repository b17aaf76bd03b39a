//! What a realm knows about one identity.

use erynoa_events::Dimension;
use erynoa_kernel::{IdentityId, RealmId};

use crate::evidence::{Prior, TrustValue, has_voice, lambda_of, voice_weight};
use crate::ledger::LedgerKey;
use crate::member::Member;
use crate::norm::{Context, norm, passes_gate};
use crate::parameters::LAMBDA;
use crate::{Sums, TrustFold};

/// Trust of one identity in one realm, at the last closed epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustVector {
    /// R, I, C, P, V, Ω.
    pub values: [TrustValue; 6],
    /// Competence per domain with evidence, by name.
    pub domains: Vec<(String, TrustValue)>,
    /// Standing as an attester, with the evidence behind it.
    pub standing: TrustValue,
    /// Trust of `standing`, ppm.
    pub standing_ppm: u32,
    /// Whether the identity's positive attestations count.
    pub has_voice: bool,
    /// ν, micro-units, whether or not there is a voice.
    pub voice_micro: u64,
    /// Founder of the realm.
    pub founder: bool,
    /// Prior means of R, I, C, P, V, Ω that were brought along when joining,
    /// ppm.
    pub crossed_ppm: Option<[u32; 6]>,
}

impl TrustVector {
    /// R, I, C, P, V, Ω in ppm.
    #[must_use]
    pub fn values_ppm(&self) -> [u32; 6] {
        self.values.map(|value| value.trust_ppm)
    }

    /// Weighted norm, ppm.
    #[must_use]
    pub fn norm_ppm(&self, context: Context) -> u32 {
        norm(&self.values_ppm(), context)
    }

    /// Weighted norms in every context, in the order of [`Context::ALL`], ppm.
    #[must_use]
    pub fn norms_ppm(&self) -> [u32; 7] {
        Context::ALL.map(|context| self.norm_ppm(context))
    }

    /// Whether a gate that asks for `min_norm_ppm` in `context` lets this
    /// vector through; every gate also asks for a fidelity of at least 0.05.
    #[must_use]
    pub fn passes_gate(&self, context: Context, min_norm_ppm: u32) -> bool {
        passes_gate(&self.values_ppm(), context, min_norm_ppm)
    }

    fn prior() -> Self {
        let value = |lambda| TrustValue::new(Sums::default(), Prior::NEWCOMER, lambda);
        let standing = value(LAMBDA);
        Self {
            values: Dimension::ALL.map(|dimension| value(lambda_of(dimension))),
            domains: Vec::new(),
            standing,
            standing_ppm: standing.trust_ppm,
            has_voice: has_voice(standing.trust_ppm, false),
            voice_micro: voice_weight(standing.trust_ppm, false),
            founder: false,
            crossed_ppm: None,
        }
    }
}

impl TrustFold {
    /// Trust of `subject` at the last closed epoch. Whoever the realm does not
    /// know has the prior.
    #[must_use]
    pub fn trust(&self, realm: &RealmId, subject: &IdentityId) -> TrustVector {
        self.member(realm, subject)
            .map_or_else(TrustVector::prior, |(_, member)| self.vector(member))
    }

    pub(crate) fn vector(&self, member: &Member) -> TrustVector {
        let mut domains: Vec<_> = member
            .ledgers
            .domains()
            .map(|(domain, ledger)| {
                let label = &self.labels[domain as usize];
                let value = TrustValue::new(
                    ledger.sums_at(self.day),
                    member.prior(Dimension::Competence),
                    LAMBDA,
                );
                (label.to_string(), value)
            })
            .collect();
        domains.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let sums = member.sums(LedgerKey::STANDING, self.day);
        let standing = TrustValue::new(sums, member.standing_prior(), LAMBDA);
        TrustVector {
            values: Dimension::ALL.map(|dimension| member.value(dimension, self.day)),
            domains,
            standing,
            standing_ppm: standing.trust_ppm,
            has_voice: has_voice(standing.trust_ppm, member.founder),
            voice_micro: voice_weight(standing.trust_ppm, member.founder),
            founder: member.founder,
            crossed_ppm: member.crossed_ppm(),
        }
    }
}

//! One identity in one realm.

use crate::diversity::entropy_bits;
use crate::formula::{DAILY_WEIGHT, Factors, surprisal_bits, to_f64};
use crate::human::HUMAN_NEUTRAL_PPM;
use crate::ladder::Rung;
use crate::window::Activity;

/// Fractional bits of a ranked term. Terms are kept as whole numbers, so that
/// their sum is exact, whatever was added and taken out before.
const TERM_BITS: u64 = 1 << 56;
/// Days after which everything is ranked relative to a new base day: 0.99⁻³⁶⁵ is
/// 39, so that a term below 2 stays below 2⁶³ in units of 2⁻⁵⁶.
pub(crate) const REBASE_DAYS: u64 = 365;

/// About 340 bytes with its place in every ladder and index.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    pub(crate) realm: u32,
    pub(crate) identity: u32,
    pub(crate) root: u32,
    pub(crate) norm_ppm: u32,
    pub(crate) human_ppm: u32,
    pub(crate) own_events: u64,
    pub(crate) activity: Activity,
    /// Day of the last witnessed event of its own; of the first sight before.
    pub(crate) last_day: u64,
    /// Term without the days since the base day; 0 = not ranked.
    pub(crate) ranked: u64,
    /// ν with a voice, else 0.
    pub(crate) power: u64,
    /// What its root has of it now, and which root.
    pub(crate) counted_power: u64,
    pub(crate) counted_root: u32,
    /// What it counts as in the metrics.
    pub(crate) counted_norm: Option<u32>,
    pub(crate) counted_diversity: Option<u32>,
    /// Epoch that last touched it.
    pub(crate) touched_in: u64,
}

impl Subject {
    pub(crate) fn new(realm: u32, identity: u32, day: u64) -> Self {
        Self {
            realm,
            identity,
            root: identity,
            norm_ppm: 0,
            human_ppm: HUMAN_NEUTRAL_PPM,
            own_events: 0,
            activity: Activity::default(),
            last_day: day,
            ranked: 0,
            power: 0,
            counted_power: 0,
            counted_root: identity,
            counted_norm: None,
            counted_diversity: None,
            touched_in: 0,
        }
    }

    pub(crate) fn factors(&self, day: u64) -> Factors {
        let kinds: smallvec::SmallVec<[u32; 8]> =
            self.activity.kinds.iter().map(|&(_, count)| count).collect();
        Factors {
            witnessed: self.activity.witnessed,
            own_events: self.own_events,
            norm_ppm: self.norm_ppm,
            surprisal_bits: surprisal_bits(&kinds),
            human_ppm: self.human_ppm,
            idle_days: day.saturating_sub(self.last_day),
        }
    }

    pub(crate) fn diversity_bits(&self) -> f64 {
        entropy_bits(self.activity.partnered, self.activity.entropy)
    }

    /// The term as it stands in the ranking, relative to the base day: the
    /// weight of all days after it is the same for everybody.
    pub(crate) fn rank_from(&self, base_day: u64) -> u64 {
        let fresh = self.factors(self.last_day).terms().term;
        let weight = if base_day >= self.last_day {
            libm::pow(DAILY_WEIGHT, to_f64(base_day - self.last_day))
        } else {
            libm::pow(DAILY_WEIGHT, -to_f64(self.last_day - base_day))
        };
        to_fixed(fresh * weight)
    }

    /// Its rung in the ranking; of equal terms the one that came first is first.
    pub(crate) fn rung(&self, index: u32) -> Rung {
        (self.ranked, u32::MAX - index)
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ term < 2⁷")]
fn to_fixed(term: f64) -> u64 {
    libm::round(term * to_f64(TERM_BITS)) as u64
}

/// A sum of ranked terms on a day so many days after the base day.
#[expect(clippy::cast_precision_loss, reason = "a sum for display; the ladder has it exactly")]
pub(crate) fn from_fixed(sum: u128, days: u64) -> f64 {
    sum as f64 / to_f64(TERM_BITS) * libm::pow(DAILY_WEIGHT, to_f64(days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_takes_what_the_documentation_says() {
        // And four rungs of 16 bytes, index entries of 16 and 40, and an identity.
        assert!(size_of::<Subject>() <= 216, "{}", size_of::<Subject>());
    }
}

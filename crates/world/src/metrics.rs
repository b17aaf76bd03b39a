//! A realm in a few numbers, epoch by epoch.

use std::collections::VecDeque;

/// Points that are kept for each realm, newest ones.
pub const HISTORY_POINTS: usize = 1_000;

/// A realm at the end of an epoch in which something happened in it.
///
/// A subject stands in these with what it was in the last epoch that it took
/// part in, so that the series follows from the log alone and does not depend on
/// when somebody looks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metrics {
    /// The epoch, from 1.
    pub epoch: u64,
    /// Its day.
    pub day: u64,
    /// Its time, microseconds.
    pub closed_at_us: u64,
    /// Entries of the realm in it.
    pub events: u32,
    /// Subjects with evidence, and founders.
    pub subjects: u32,
    /// Those with a voice.
    pub voices: u32,
    /// Those with a term in the world formula.
    pub ranked: u32,
    /// 𝔼 of the realm alone.
    pub world: f64,
    /// Gini coefficient of the norms of all subjects, ppm.
    pub norm_gini_ppm: u32,
    /// Mean norm of all subjects, ppm, rounded down.
    pub mean_norm_ppm: u32,
    /// Gini coefficient of power by root, ppm; what the cap is calibrated by.
    pub power_gini_ppm: u32,
    /// Exponent of the cap, 150 000 to 350 000 ppm.
    pub cap_exponent_ppm: u32,
    /// c: most power of one root, micro-units.
    pub power_cap: u64,
    /// Greatest share of the whole that a root can have, ppm.
    pub greatest_share_ppm: u32,
    /// Roots with power.
    pub power_roots: u32,
    /// Roots whose power is capped.
    pub capped_roots: u32,
    /// Median over the subjects with partners, thousandths of a bit.
    pub median_diversity_millibits: u32,
}

/// The newest points of one realm.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    points: VecDeque<Metrics>,
    dropped: u64,
}

impl History {
    pub(crate) fn push(&mut self, point: Metrics) {
        if self.points.len() == HISTORY_POINTS {
            self.points.pop_front();
            self.dropped += 1;
        }
        self.points.push_back(point);
    }

    pub(crate) fn newest(&self, limit: usize) -> (Vec<Metrics>, u64) {
        let skip = self.points.len().saturating_sub(limit);
        (self.points.iter().skip(skip).copied().collect(), self.dropped + skip as u64)
    }
}

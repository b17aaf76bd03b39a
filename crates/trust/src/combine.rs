//! a ⊕ b = 1 − (1 − a)(1 − b): belief from several sources (protocol §5).

use std::collections::BTreeMap;

use crate::parameters::{PPM, UNIT};

/// Doubt is kept with this many units to the one, so that the order of many
/// products does not show in a ppm.
const ONE: u128 = 1_000_000_000_000_000_000;

/// Beliefs that are combined by ⊕.
///
/// What is kept is the multiset of the doubts 1 − a and not a rounded product;
/// this is what makes ⊕ exactly commutative and associative (K5).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Belief {
    /// 1 − a of each source in ppm, ascending; without neutral ones (1), and
    /// `[0]` alone as soon as one source is certain.
    doubts_ppm: Vec<u32>,
}

impl Belief {
    /// Nothing is known: neutral for ⊕.
    pub const NONE: Self = Self { doubts_ppm: Vec::new() };

    /// One source; above 1 000 000 ppm is certainty.
    #[must_use]
    pub fn of(trust_ppm: u32) -> Self {
        const CERTAIN: u32 = 1_000_000;
        match CERTAIN.saturating_sub(trust_ppm) {
            CERTAIN => Self::NONE,
            doubt => Self { doubts_ppm: vec![doubt] },
        }
    }

    /// `self` ⊕ `other`.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.doubts_ppm.extend_from_slice(&other.doubts_ppm);
        self.doubts_ppm.sort_unstable();
        if self.doubts_ppm.first() == Some(&0) {
            self.doubts_ppm.truncate(1);
        }
        self
    }

    /// The combined trust in ppm, rounded down.
    #[must_use]
    pub fn trust_ppm(&self) -> u32 {
        let doubt = self
            .doubts_ppm
            .iter()
            .fold(ONE, |product, &doubt| (product * u128::from(doubt)).div_ceil(u128::from(PPM)));
        let doubt_ppm = doubt.div_ceil(ONE / u128::from(PPM));
        u32::try_from(u128::from(PPM) - doubt_ppm).expect("doubt is between 0 and 1")
    }
}

/// ⊕ of independent values in ppm; 0 without one.
#[must_use]
pub fn combine(values_ppm: &[u32]) -> u32 {
    values_ppm.iter().fold(Belief::NONE, |all, &value| all.and(&Belief::of(value))).trust_ppm()
}

/// What one source says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source<G> {
    /// Sources of one group (same root, controller or voucher) are not
    /// independent: the greatest of them counts.
    pub group: G,
    /// What it says, ppm.
    pub trust_ppm: u32,
    /// ν of its voice, micro-units; counted up to 1.0.
    pub voice_micro: u64,
}

/// ⊕ across groups, the maximum inside a group, each source first multiplied
/// by its ν.
#[must_use]
pub fn combine_sources<G: Ord + Copy>(sources: &[Source<G>]) -> u32 {
    let mut groups: BTreeMap<G, u32> = BTreeMap::new();
    for source in sources {
        let weighted = u64::from(source.trust_ppm) * source.voice_micro.min(UNIT) / UNIT;
        let weighted = u32::try_from(weighted).expect("a part of a u32");
        let best = groups.entry(source.group).or_default();
        *best = (*best).max(weighted);
    }
    combine(&groups.into_values().collect::<Vec<_>>())
}

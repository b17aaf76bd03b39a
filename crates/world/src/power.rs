//! How much one root can weigh (Κ19, protocol §10). Integers only.

use std::collections::BTreeMap;

use erynoa_kernel::IdentityId;

use crate::ladder::{Ladder, Spread};

/// 1.0 in micro-units and in ppm.
pub(crate) const ONE: u64 = 1_000_000;
/// Exponent e of the cap when nothing is calibrated: N = n^(1 − e) = n^0.75.
pub const CAP_EXPONENT_PPM: u32 = 250_000;
/// Days without events after which a weight begins to decay.
pub const INACTIVITY_DAYS: u64 = 30;
/// What is left of a weight after one more day: ⌊0.994 · 2³²⌋ / 2³².
const INACTIVITY_FACTOR: u64 = 4_269_197_492;
/// After so many days more than [`INACTIVITY_DAYS`] nothing is left of any
/// weight below 2³² micro-units.
const INACTIVITY_TABLE: usize = 3_700;

/// m(k) = ⌊m(k − 1) · 0.994⌋ in 2⁻³².
static INACTIVITY: [u64; INACTIVITY_TABLE] = {
    let mut table = [0; INACTIVITY_TABLE];
    table[0] = 1 << 32;
    let mut k = 1;
    while k < INACTIVITY_TABLE {
        table[k] = (table[k - 1] * INACTIVITY_FACTOR) >> 32;
        k += 1;
    }
    table
};

/// A weight in micro-units after so many days without events.
#[must_use]
pub fn after_inactivity(weight: u64, idle_days: u64) -> u64 {
    let days = usize::try_from(idle_days.saturating_sub(INACTIVITY_DAYS)).unwrap_or(usize::MAX);
    let factor = INACTIVITY.get(days).copied().unwrap_or(0);
    u64::try_from((u128::from(weight) * u128::from(factor)) >> 32).expect("at most the weight")
}

/// n^(1 − e) in micro-units by integer square roots, everything rounded up, so
/// that no share is ever above n^−(1 − e): the exponent as a binary fraction
/// names which of n^½, n^¼, n^⅛ … are multiplied.
#[must_use]
pub fn effective_members(members: u32, exponent_ppm: u32) -> u64 {
    /// Fractional digits of the roots and of the exponent.
    const BITS: u32 = 32;
    let exponent = ONE - u64::from(exponent_ppm).min(ONE);
    if exponent == ONE || members == 0 {
        return u64::from(members) * ONE;
    }
    let fraction = (exponent << BITS).div_ceil(ONE);
    let mut root = u128::from(members) << BITS;
    let mut power = 1_u128 << BITS;
    for bit in (0..BITS).rev() {
        if fraction & ((2 << bit) - 1) == 0 {
            break;
        }
        let square = root << BITS;
        root = square.isqrt();
        root += u128::from(root * root < square);
        if fraction >> bit & 1 == 1 {
            power = (power * root).div_ceil(1 << BITS);
        }
    }
    let micro = (power * u128::from(ONE)).div_ceil(1 << BITS);
    u64::try_from(micro).expect("little more than n at most")
}

/// The cap of one epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PowerCap {
    /// n: roots with power.
    pub roots: u32,
    /// N = n^(1 − e), micro-units, rounded up.
    pub effective_members: u64,
    /// c: most power of one root, micro-units, rounded down; 0 without roots.
    pub cap: u64,
    /// k: roots with more.
    pub capped: u32,
    /// Power of all roots after the cap, micro-units.
    pub total: u128,
}

impl PowerCap {
    pub(crate) fn of(powers: &Ladder, exponent_ppm: u32) -> Self {
        let roots = u32::try_from(powers.len()).expect("a log holds fewer than 2³² roots");
        let n = effective_members(roots, exponent_ppm);
        let mut rest = powers.sum();
        for (capped, (power, _)) in (0..).zip(powers.descending(0)) {
            // More than 0: at the last whole member of N the rest is at least
            // this power, so that the condition holds there.
            let others = u128::from(n) - u128::from(capped) * u128::from(ONE);
            if u128::from(power) * others <= rest * u128::from(ONE) {
                let cap = u64::try_from(rest * u128::from(ONE) / others).unwrap_or(u64::MAX);
                let total = rest + u128::from(capped) * u128::from(cap);
                return Self { roots, effective_members: n, cap, capped, total };
            }
            rest -= u128::from(power);
        }
        Self { roots, effective_members: n, cap: 0, capped: 0, total: 0 }
    }

    /// The cap over these roots and their powers in micro-units; equal roots are
    /// added up first, powers of 0 do not take part.
    #[must_use]
    pub fn over(members: &[(IdentityId, u64)], exponent_ppm: u32) -> Self {
        let mut by_root: BTreeMap<IdentityId, u64> = BTreeMap::new();
        for &(root, power) in members {
            let sum = by_root.entry(root).or_default();
            *sum = sum.saturating_add(power);
        }
        let rungs = by_root.into_values().filter(|&power| power > 0).map(|power| (power, 0));
        Self::of(Spread::from_unsorted(rungs.collect()).ladder(), exponent_ppm)
    }

    /// Effective power of a root with this power.
    #[must_use]
    pub fn effective(&self, power: u64) -> u64 {
        power.min(self.cap)
    }

    /// Effective power of one member of a root: its part of what the root has.
    #[must_use]
    pub fn effective_of_member(&self, member: u64, root: u64) -> u64 {
        if root == 0 {
            return 0;
        }
        let part = u128::from(member) * u128::from(self.effective(root)) / u128::from(root);
        u64::try_from(part).expect("at most the member's own power")
    }

    /// Greatest share of the whole that a root can have, ppm: 1 / N.
    #[must_use]
    pub fn greatest_share_ppm(&self) -> u32 {
        let share = (ONE * ONE).checked_div(self.effective_members).unwrap_or(0);
        u32::try_from(share).expect("N is at least 1")
    }
}

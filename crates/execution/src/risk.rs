//! Risk, combined by a ⊕ b = 1 − (1 − a)(1 − b) without losing a law.

use std::fmt;

use crate::PPM;

/// Binary digits behind the point of [`Risk`]: fine enough that a risk in ppm
/// comes back unchanged, coarse enough that 10⁸ of the greatest still add up.
const FRACTION_BITS: u32 = 32;

/// Digits behind the point while a logarithm is taken; its square fits u128.
const LOG_BITS: u32 = 62;

/// One, with 64 digits behind the point.
const ONE: u128 = 1 << 64;

/// The chance that something goes wrong.
///
/// Products floored in ppm would depend on the brackets. So what is kept is
/// −log₂(1 − risk) as a fixed-point number with 32 binary digits behind the
/// point, rounded up. Then ⊕ is a saturating addition: commutative and
/// associative to the last bit, neutral 0, absorbing 1. Rounding happens once
/// going in (never below the truth) and once coming out (floored).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Risk(u64);

impl Risk {
    /// Nothing can go wrong: neutral for ⊕.
    pub const NONE: Self = Self(0);

    /// It will go wrong: absorbing for ⊕.
    pub const CERTAIN: Self = Self(u64::MAX);

    /// This risk in ppm; from 1 000 000 on it is certain.
    #[must_use]
    pub const fn of(risk_ppm: u32) -> Self {
        if risk_ppm == 0 {
            return Self::NONE;
        }
        if risk_ppm >= PPM {
            return Self::CERTAIN;
        }
        let survival_ppm = (PPM - risk_ppm) as u128;
        let inverse = ((PPM as u128) << LOG_BITS).div_ceil(survival_ppm);
        let whole = inverse.ilog2() - LOG_BITS;
        // Squaring doubles the logarithm and so moves its next digit before
        // the point.
        let mut mantissa = inverse >> whole;
        let mut log = whole as u64;
        let mut digit = 0;
        while digit < FRACTION_BITS {
            mantissa = (mantissa * mantissa) >> LOG_BITS;
            log <<= 1;
            if mantissa >> (LOG_BITS + 1) == 1 {
                mantissa >>= 1;
                log |= 1;
            }
            digit += 1;
        }
        Self(log + 1)
    }

    /// `self` ⊕ `other`.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The risk in ppm, floored; 1 000 000 only when it is certain.
    #[must_use]
    pub fn ppm(self) -> u32 {
        if self == Self::CERTAIN {
            return PPM;
        }
        let mut survival = ONE;
        for (digit, root) in (0..FRACTION_BITS).rev().zip(ROOTS) {
            if self.0 >> digit & 1 == 1 {
                survival = (survival * u128::from(root)) >> 64;
            }
        }
        let whole = u32::try_from(self.0 >> FRACTION_BITS).unwrap_or(u32::MAX);
        let survival = survival.checked_shr(whole).unwrap_or(0);
        let survival_ppm = (survival * u128::from(PPM)).div_ceil(ONE).max(1);
        PPM - u32::try_from(survival_ppm).unwrap_or(PPM)
    }
}

impl fmt::Debug for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ppm", self.ppm())
    }
}

/// 2^(−1/2), 2^(−1/4), 2^(−1/8) … with 64 digits behind the point.
const ROOTS: [u64; FRACTION_BITS as usize] = roots();

#[expect(clippy::cast_possible_truncation, reason = "each root is below one")]
const fn roots() -> [u64; FRACTION_BITS as usize] {
    let mut roots = [0; FRACTION_BITS as usize];
    let mut last = ONE / 2;
    let mut next = 0;
    while next < roots.len() {
        last = (last << 64).isqrt();
        roots[next] = last as u64;
        next += 1;
    }
    roots
}

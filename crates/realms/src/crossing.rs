//! What of somebody's trust another realm sees (protocol §7).

use crate::parameters::{GAMMA, PPM, PRIOR_MEAN_LEAST_PPM, VIEW_TENTHS};

/// The way between two realms through the tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// Whether both are one realm, or share their trust.
    pub same: bool,
    /// Edges that keep 0.9. Edges that are allowed keep all and do not count.
    pub edges: u32,
    /// Whether an edge on it is blocked.
    pub blocked: bool,
}

impl Way {
    /// γ of the whole way, ppm, floored once.
    #[must_use]
    pub fn gamma_ppm(self) -> u32 {
        self.keep(PPM, 1, 1)
    }

    /// ⌊value · γ · numerator / denominator⌋. A single rounding, so that no way
    /// through a third realm keeps more than the direct one (K2).
    fn keep(self, value_ppm: u32, numerator: u64, denominator: u64) -> u32 {
        if self.blocked {
            return 0;
        }
        let gained = u128::from(GAMMA.0).pow(self.edges) * u128::from(numerator);
        let lost = u128::from(GAMMA.1).pow(self.edges) * u128::from(denominator);
        u32::try_from(u128::from(value_ppm) * gained / lost)
            .expect("a value times at most one is at most the value")
    }

    /// R, I, C, P, V, Ω in ppm as seen from the other end of the way:
    /// diag(.8γ, .9γ, .4γ, .3γ, 1, 1)·W. No dimension rises (K24).
    #[must_use]
    pub fn view(self, values_ppm: &[u32; 6]) -> [u32; 6] {
        if self.same {
            return *values_ppm;
        }
        let mut view = *values_ppm;
        for (value, tenths) in view.iter_mut().zip(VIEW_TENTHS) {
            *value = self.keep(*value, tenths, 10);
        }
        view
    }
}

/// Means of the prior that a view gives in the realm that is joined: at least
/// that of a newcomer.
#[must_use]
pub fn prior_means(view_ppm: &[u32; 6]) -> [u32; 6] {
    view_ppm.map(|value| value.max(PRIOR_MEAN_LEAST_PPM))
}

//! Trust in a stranger through a chain of hops (protocol §5).
//!
//! A view for ranking, never replicated: it uses f64, and `libm` instead of
//! the platform's mathematics so that every node shows the same number.

use crate::parameters::CHAIN_MAX_HOPS;

/// Covers the rounding of f64 where the exact value is a whole ppm, as in
/// 0.8²; far below what a ppm can show.
const SLACK_PPM: f64 = 1e-7;

/// With the values ascending, ∏ t₍k₎^(√k − √(k−1)), in ppm, rounded down; 0
/// without a value. Only the weakest five count: a chain has no more hops.
#[must_use]
pub fn chain_estimate(values_ppm: &[u32]) -> u32 {
    let mut ascending = values_ppm.to_vec();
    ascending.sort_unstable();
    ascending.truncate(CHAIN_MAX_HOPS);
    let Some(&weakest) = ascending.first() else {
        return 0;
    };
    let mut estimate = 1.0;
    let mut root_before = 0.0;
    for (k, &value) in (1u32..).zip(&ascending) {
        let root = libm::sqrt(f64::from(k));
        estimate *= libm::pow(f64::from(value.min(1_000_000)) / 1e6, root - root_before);
        root_before = root;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a product of numbers between 0 and 1, times 10⁶"
    )]
    let ppm = libm::floor(estimate * 1e6 + SLACK_PPM) as u32;
    ppm.min(weakest)
}

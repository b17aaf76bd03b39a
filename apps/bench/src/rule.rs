//! What every rule of trust is asked.

use crate::dataset::Rating;

/// What is known at one time.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Ascending by time.
    pub ratings: &'a [Rating],
    /// One more than the greatest number of a person.
    pub people: usize,
    /// Whom everybody believes first, where a rule needs somebody.
    pub founder: u32,
    /// The time of the question, not before the last rating.
    pub at_us: u64,
}

/// A rule that makes scores from ratings.
pub trait Rule: Sync {
    /// Short name, unique in a run.
    fn name(&self) -> &str;

    /// Score of every number below `people`; greater is more trusted. A pure
    /// function of the scene.
    fn scores(&self, scene: &Scene<'_>) -> Vec<f64>;
}

/// The iterations of a rule end when no score moves by more, or after
/// [`MOST_ROUNDS`].
pub const CLOSE_ENOUGH: f64 = 1e-9;
/// Bounds the work of rules that iterate.
pub const MOST_ROUNDS: usize = 200;

/// Greatest difference of two score lists.
#[must_use]
pub fn distance(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

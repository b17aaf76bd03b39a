//! Rules that count the ratings of a person, whoever gives them.

use crate::dataset::DAY_US;
use crate::rule::{Rule, Scene};

/// The mean of all ratings, −1 to 1; 0 without any.
pub struct MeanRating;

impl Rule for MeanRating {
    fn name(&self) -> &str {
        "mean rating"
    }

    fn scores(&self, scene: &Scene<'_>) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); scene.people];
        for rating in scene.ratings {
            let (sum, count) = &mut sums[rating.ratee as usize];
            *sum += f64::from(rating.value) / 10.0;
            *count += 1.0;
        }
        sums.into_iter().map(|(sum, count)| if count > 0.0 { sum / count } else { 0.0 }).collect()
    }
}

/// Beta reputation, (r + 1) / (r + s + 2) with the sums r of good and s of bad
/// ratings, a full one counting 1 (Jøsang and Ismail 2002). With forgetting, a rating counts half after
/// `half_life_days`.
pub struct Beta {
    /// None: nothing is forgotten.
    pub half_life_days: Option<f64>,
}

impl Rule for Beta {
    fn name(&self) -> &str {
        if self.half_life_days.is_some() { "Beta, forgetting 1 y" } else { "Beta" }
    }

    fn scores(&self, scene: &Scene<'_>) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); scene.people];
        for rating in scene.ratings {
            #[expect(clippy::cast_precision_loss, reason = "days with a fraction")]
            let age = (scene.at_us - rating.at_us) as f64 / DAY_US as f64;
            let weight = self.half_life_days.map_or(1.0, |half_life| (-age / half_life).exp2());
            let (good, bad) = &mut sums[rating.ratee as usize];
            *(if rating.is_positive() { good } else { bad }) +=
                weight * f64::from(rating.value).abs() / 10.0;
        }
        sums.into_iter().map(|(good, bad)| (good + 1.0) / (good + bad + 2.0)).collect()
    }
}

//! Rules in which trust flows along positive ratings.

use crate::rule::{CLOSE_ENOUGH, MOST_ROUNDS, Rule, Scene, distance};

/// Share of the walk that starts anew in every step, of EigenTrust and of
/// PageRank: the usual 0.15.
const RESTART: f64 = 0.15;

/// `t = (1 − a)·Cᵀt + a·p` until it stands. Edges are (from, to, weight);
/// whoever has none gives to `start`.
fn walk(edges: &[(u32, u32, f64)], start: &[f64]) -> Vec<f64> {
    let mut given = vec![0.0; start.len()];
    for &(from, _, weight) in edges {
        given[from as usize] += weight;
    }
    let mut trust = start.to_vec();
    for _ in 0..MOST_ROUNDS {
        let idle: f64 =
            trust.iter().zip(&given).filter(|&(_, &given)| given <= 0.0).map(|(t, _)| t).sum();
        let mut next: Vec<f64> =
            start.iter().map(|share| share * (RESTART + (1.0 - RESTART) * idle)).collect();
        for &(from, to, weight) in edges {
            let from = from as usize;
            next[to as usize] += (1.0 - RESTART) * trust[from] * weight / given[from];
        }
        let moved = distance(&trust, &next);
        trust = next;
        if moved < CLOSE_ENOUGH / 1e3 {
            break;
        }
    }
    trust
}

fn positive_edges(scene: &Scene<'_>, weight: fn(i8) -> f64) -> Vec<(u32, u32, f64)> {
    scene
        .ratings
        .iter()
        .filter(|rating| rating.is_positive())
        .map(|rating| (rating.rater, rating.ratee, weight(rating.value)))
        .collect()
}

fn eigen_trust(scene: &Scene<'_>) -> Vec<f64> {
    let mut start = vec![0.0; scene.people];
    start[scene.founder as usize] = 1.0;
    walk(&positive_edges(scene, f64::from), &start)
}

/// EigenTrust with the founder as the one who is trusted beforehand (Kamvar,
/// Schlosser, Garcia-Molina 2003).
pub struct EigenTrust;

impl Rule for EigenTrust {
    fn name(&self) -> &str {
        "EigenTrust"
    }

    fn scores(&self, scene: &Scene<'_>) -> Vec<f64> {
        eigen_trust(scene)
    }
}

/// Σ t·w / (Σ t + doubt) over all ratings w with the EigenTrust t of who gives
/// them; 0 without any.
pub struct EigenTrustMean {
    /// Whether w is the sign of a rating instead of its value.
    pub signs: bool,
    /// Of the whole trust, which is 1, the part that speaks for nothing.
    pub doubt: f64,
}

impl Rule for EigenTrustMean {
    fn name(&self) -> &str {
        if self.signs { "EigenTrust-weighted signs" } else { "EigenTrust-weighted mean" }
    }

    fn scores(&self, scene: &Scene<'_>) -> Vec<f64> {
        let trust = eigen_trust(scene);
        let mut sums = vec![(0.0, 0.0); scene.people];
        for rating in scene.ratings {
            let weight = trust[rating.rater as usize];
            let value = match (self.signs, rating.is_positive()) {
                (true, true) => 1.0,
                (true, false) => -1.0,
                (false, _) => f64::from(rating.value) / 10.0,
            };
            let (sum, total) = &mut sums[rating.ratee as usize];
            *sum += weight * value;
            *total += weight;
        }
        let score = |(sum, total)| if total > 0.0 { sum / (total + self.doubt) } else { 0.0 };
        sums.into_iter().map(score).collect()
    }
}

/// PageRank over positive ratings, starting anew anywhere (Page, Brin,
/// Motwani, Winograd 1999).
pub struct PageRank;

impl Rule for PageRank {
    fn name(&self) -> &str {
        "PageRank"
    }

    fn scores(&self, scene: &Scene<'_>) -> Vec<f64> {
        let mut present = vec![false; scene.people];
        for rating in scene.ratings {
            present[rating.rater as usize] = true;
            present[rating.ratee as usize] = true;
        }
        present[scene.founder as usize] = true;
        #[expect(clippy::cast_precision_loss, reason = "fewer people than 2⁵²")]
        let share = 1.0 / present.iter().filter(|&&present| present).count() as f64;
        let start: Vec<f64> =
            present.iter().map(|&present| if present { share } else { 0.0 }).collect();
        walk(&positive_edges(scene, |_| 1.0), &start)
    }
}

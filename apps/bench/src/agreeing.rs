//! Rules in which raters are judged by how far they agree with what the rated
//! turn out to be.

use crate::rule::{CLOSE_ENOUGH, MOST_ROUNDS, Rule, Scene, distance};

/// Goodness of fairness–goodness: g(v) = mean of f(u)·w(u,v), f(u) = 1 − mean
/// of |w(u,v) − g(v)| / 2 (Kumar, Spezzano, Subrahmanian, Faloutsos 2016).
pub struct FairnessGoodness;

impl Rule for FairnessGoodness {
    fn name(&self) -> &str {
        "fairness-goodness"
    }

    fn scores(&self, scene: &Scene<'_>) -> Vec<f64> {
        let (given, received) = degrees(scene);
        let mut fairness = vec![1.0; scene.people];
        let mut goodness = vec![0.0; scene.people];
        for _ in 0..MOST_ROUNDS {
            let mut next = vec![0.0; scene.people];
            for rating in scene.ratings {
                let weight = f64::from(rating.value) / 10.0;
                next[rating.ratee as usize] += fairness[rating.rater as usize] * weight;
            }
            divide(&mut next, &received);
            let moved = distance(&goodness, &next);
            goodness = next;
            let mut error = vec![0.0; scene.people];
            for rating in scene.ratings {
                let weight = f64::from(rating.value) / 10.0;
                error[rating.rater as usize] +=
                    (weight - goodness[rating.ratee as usize]).abs() / 2.0;
            }
            divide(&mut error, &given);
            fairness = error.into_iter().map(|error| 1.0 - error).collect();
            if moved < CLOSE_ENOUGH {
                break;
            }
        }
        goodness
    }
}

/// Goodness of REV2 (Kumar et al. 2018) without its term for behaviour:
/// fairness of who rates, goodness of who is rated, reliability of the rating,
/// each smoothed towards the mean by [`SMOOTHING`] pseudo-ratings.
pub struct Rev2;

/// α₁ and β₁ of REV2; its authors try 0 to 2.
const SMOOTHING: f64 = 1.0;

impl Rule for Rev2 {
    fn name(&self) -> &str {
        "REV2 goodness"
    }

    fn scores(&self, scene: &Scene<'_>) -> Vec<f64> {
        let (given, received) = degrees(scene);
        let mut fairness = vec![1.0; scene.people];
        let mut reliability = vec![1.0; scene.ratings.len()];
        let mut goodness = vec![0.0; scene.people];
        for _ in 0..MOST_ROUNDS {
            let mut next = vec![0.0; scene.people];
            for (rating, reliability) in scene.ratings.iter().zip(&reliability) {
                next[rating.ratee as usize] += reliability * f64::from(rating.value) / 10.0;
            }
            let mean = mean_where(&goodness, &received);
            smooth(&mut next, &received, mean);
            let moved = distance(&goodness, &next);
            goodness = next;
            for (rating, reliability) in scene.ratings.iter().zip(&mut reliability) {
                let weight = f64::from(rating.value) / 10.0;
                let agreement = 1.0 - (weight - goodness[rating.ratee as usize]).abs() / 2.0;
                *reliability = (fairness[rating.rater as usize] + agreement) / 2.0;
            }
            let mean = mean_where(&fairness, &given);
            let mut next = vec![0.0; scene.people];
            for (rating, reliability) in scene.ratings.iter().zip(&reliability) {
                next[rating.rater as usize] += reliability;
            }
            smooth(&mut next, &given, mean);
            fairness = next;
            if moved < CLOSE_ENOUGH {
                break;
            }
        }
        goodness
    }
}

/// How many ratings everybody gave and received.
fn degrees(scene: &Scene<'_>) -> (Vec<f64>, Vec<f64>) {
    let (mut given, mut received) = (vec![0.0; scene.people], vec![0.0; scene.people]);
    for rating in scene.ratings {
        given[rating.rater as usize] += 1.0;
        received[rating.ratee as usize] += 1.0;
    }
    (given, received)
}

fn divide(sums: &mut [f64], counts: &[f64]) {
    for (sum, count) in sums.iter_mut().zip(counts) {
        if *count > 0.0 {
            *sum /= count;
        }
    }
}

fn smooth(sums: &mut [f64], counts: &[f64], mean: f64) {
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum = (*sum + SMOOTHING * mean) / (count + SMOOTHING);
    }
}

fn mean_where(values: &[f64], counts: &[f64]) -> f64 {
    let (sum, count) = values
        .iter()
        .zip(counts)
        .filter(|&(_, &count)| count > 0.0)
        .fold((0.0, 0.0), |(sum, number), (value, _)| (sum + value, number + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

//! Does trust, at the end, tell the fraudulent from the benign?

use crate::dataset::{Dataset, FOUNDER, Rating};
use crate::metrics::{Observation, Strata};
use crate::rule::{Rule, Scene};

/// Labelled people by their score with all ratings.
#[must_use]
pub fn with_all_ratings(rule: &dyn Rule, data: &Dataset) -> Strata {
    let scores = rule.scores(&at_the_end(data, &data.ratings));
    labelled(data, 1, |person| scores[person as usize])
}

/// Every `step`-th labelled person by their score without what the first
/// circle, whose ratings made the labels, said about each: one person at a
/// time, the rest of the network as it was.
#[must_use]
pub fn without_first_circle(rule: &dyn Rule, data: &Dataset, step: usize) -> Strata {
    let circle = data.first_circle();
    labelled(data, step, |person| {
        let ratings: Vec<Rating> = data
            .ratings
            .iter()
            .filter(|rating| rating.ratee != person || circle.binary_search(&rating.rater).is_err())
            .copied()
            .collect();
        rule.scores(&at_the_end(data, &ratings))[person as usize]
    })
}

fn at_the_end<'a>(data: &Dataset, ratings: &'a [Rating]) -> Scene<'a> {
    let at_us = data.ratings.last().map_or(0, |rating| rating.at_us);
    Scene { ratings, people: data.people(), founder: FOUNDER, at_us }
}

fn labelled(data: &Dataset, step: usize, score: impl Fn(u32) -> f64) -> Strata {
    let mut strata = Strata::default();
    strata.push(
        data.labels
            .iter()
            .step_by(step)
            .map(|(&person, &fraud)| Observation { person, score: score(person), good: !fraud })
            .collect(),
    );
    strata
}

//! Does trust foretell who will be rated badly? At each quarter's first day
//! everybody is scored by what was said before; then the quarter tells.

use crate::dataset::{DAY_US, Dataset, FOUNDER};
use crate::metrics::{Observation, Strata};
use crate::rule::{Rule, Scene};

/// First days of 2011-04, 2011-07, …, 2015-10, 2016-01: 19 quarters.
pub const QUARTERS: [u64; 20] = [
    15_065, 15_156, 15_248, 15_340, 15_431, 15_522, 15_614, 15_706, 15_796, 15_887, 15_979, 16_071,
    16_161, 16_252, 16_344, 16_436, 16_526, 16_617, 16_709, 16_801,
];

/// Most earlier ratings of somebody who is cold.
const COLD: u32 = 3;

/// What a rule foretold, a stratum for each quarter.
#[derive(Clone, Debug, Default)]
pub struct Forward {
    /// People rated in the quarter and before it; bad = by anybody.
    pub seen: Strata,
    /// Those of them with one to three earlier ratings.
    pub cold: Strata,
    /// Each rating of somebody who was rated before the quarter.
    pub per_rating: Strata,
}

/// Scores a rule at the first `quarters` quarters.
#[must_use]
pub fn forward(rule: &dyn Rule, data: &Dataset, quarters: usize) -> Forward {
    let people = data.people();
    let mut found = Forward::default();
    for quarter in QUARTERS.windows(2).take(quarters) {
        let earlier = data.before(quarter[0]);
        let mut received = vec![0_u32; people];
        for rating in earlier {
            received[rating.ratee as usize] += 1;
        }
        let at_us = quarter[0] * DAY_US;
        let scores = rule.scores(&Scene { ratings: earlier, people, founder: FOUNDER, at_us });
        let (mut rated, mut blamed) = (vec![false; people], vec![false; people]);
        let mut per_rating = Vec::new();
        for rating in data.between(quarter[0], quarter[1]) {
            let ratee = rating.ratee as usize;
            if received[ratee] == 0 {
                continue;
            }
            rated[ratee] = true;
            blamed[ratee] |= !rating.is_positive();
            per_rating.push(Observation {
                person: rating.ratee,
                score: scores[ratee],
                good: rating.is_positive(),
            });
        }
        let observed = |most: u32| -> Vec<Observation> {
            (0..data.people())
                .filter(|&person| rated[person] && received[person] <= most)
                .map(|person| Observation {
                    person: u32::try_from(person).expect("people have 32-bit numbers"),
                    score: scores[person],
                    good: !blamed[person],
                })
                .collect()
        };
        found.seen.push(observed(u32::MAX));
        found.cold.push(observed(COLD));
        found.per_rating.push(per_rating);
    }
    found
}

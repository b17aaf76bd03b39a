//! One run: every rule against everything.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::attacks::{Displacement, Town, Traitor};
use crate::dataset::Dataset;
use crate::forward::{Forward, forward};
use crate::fraud;
use crate::metrics::Strata;
use crate::rule::Rule;

/// How much work a run is.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Of the 19 quarters, the first so many.
    pub quarters: usize,
    /// Bootstrap samples.
    pub samples: usize,
    /// Of the labelled people, one in so many is looked at without the first
    /// circle.
    pub labelled_step: usize,
    /// Rules measured at the same time.
    pub threads: usize,
    /// Of everything that is drawn.
    pub seed: u64,
}

impl Effort {
    /// What the published figures are made with.
    pub const FULL: Self =
        Self { quarters: 19, samples: 1000, labelled_step: 1, threads: 2, seed: 1 };
    /// A look at a few quarters and people.
    pub const QUICK: Self =
        Self { quarters: 3, samples: 50, labelled_step: 30, threads: 2, seed: 1 };
}

/// What was found about one rule.
#[derive(Clone, Debug)]
pub struct Findings {
    /// Of the rule.
    pub name: String,
    /// What it foretold.
    pub forward: Forward,
    /// Labelled people with all ratings.
    pub fraud: Strata,
    /// Labelled people without the first circle's ratings.
    pub clean: Strata,
    /// Attacks by name.
    pub attacks: Vec<(String, Displacement)>,
    /// After 100 good ratings.
    pub traitor: Traitor,
}

/// Measures rules, a few at a time; `progress` hears of each step.
///
/// # Panics
/// When a rule panics.
#[must_use]
pub fn measure(
    rules: &[Box<dyn Rule>],
    data: &Dataset,
    town: &Town,
    effort: Effort,
    progress: &(dyn Fn(&str) + Sync),
) -> Vec<Findings> {
    let next = AtomicUsize::new(0);
    let found: Vec<Mutex<Option<Findings>>> = rules.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..effort.threads {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(rule) = rules.get(index) else { break };
                    let findings = findings(&**rule, data, town, effort, progress);
                    *found[index].lock().expect("no rule panics") = Some(findings);
                }
            });
        }
    });
    found.into_iter().filter_map(|slot| slot.into_inner().expect("no rule panics")).collect()
}

fn findings(
    rule: &dyn Rule,
    data: &Dataset,
    town: &Town,
    effort: Effort,
    progress: &(dyn Fn(&str) + Sync),
) -> Findings {
    let name = rule.name();
    progress(&format!("{name}: {} quarters", effort.quarters));
    let forward = forward(rule, data, effort.quarters);
    progress(&format!("{name}: attacks"));
    let attacks = town
        .attacks(effort.seed)
        .iter()
        .map(|attack| (attack.name.clone(), town.displacement(rule, attack)))
        .collect();
    let traitor = town.betrayed(rule, effort.seed);
    progress(&format!("{name}: fraud"));
    let fraud = fraud::with_all_ratings(rule, data);
    let clean = fraud::without_first_circle(rule, data, effort.labelled_step);
    progress(&format!("{name}: done"));
    Findings { name: name.to_owned(), forward, fraud, clean, attacks, traitor }
}

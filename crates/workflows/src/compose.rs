//! From an intent to a plan: a pure function (protocol §11, K22).

use std::collections::{BTreeMap, BTreeSet};

use erynoa_execution::{Cost, Risk, verification};

use crate::catalogue::{Effect, Recipe, Snapshot, Source};
use crate::error::{ComposeError, Flaw};
use crate::intent::{Constraint, Intent};
use crate::limits::STEPS_MOST;
use crate::plan::{Plan, Step};

/// The plan for an intent: goal → resources → sources → dependency graph →
/// stable topological order.
///
/// Among the ways to come by a resource the one with the least risk counts,
/// then the least mana, then the least gas, then the smallest name. Among the
/// steps that could come next, those that can be undone come first, then the
/// pivot, then the others, each by name. Nothing depends on the order of the
/// snapshot.
///
/// # Errors
/// There is no such plan; the error says why.
pub fn compose(intent: &Intent, snapshot: &Snapshot) -> Result<Plan, ComposeError> {
    let recipe = recipe(intent, snapshot)?;
    let sources = eligible(intent, snapshot);
    let makers = makers(recipe, &sources)?;
    let chosen = needed(recipe, &sources, &makers);
    let most = steps_most(intent);
    if chosen.len() > most {
        return Err(ComposeError::TooLong { steps: chosen.len(), most });
    }
    let order = order(&chosen, &sources, &makers);
    let pivot = pivot(&order, &sources)?;
    check_verification(&order, &sources)?;

    let place: BTreeMap<usize, usize> =
        order.iter().enumerate().map(|(place, source)| (*source, place)).collect();
    let steps: Vec<Step> = order
        .iter()
        .map(|&index| {
            let source = sources[index];
            let depends_on: BTreeSet<usize> =
                source.needs.iter().map(|need| place[&makers[need.as_str()].source]).collect();
            Step {
                source: source.name.clone(),
                provider: source.provider,
                action: source.action.clone(),
                effect: source.effect.clone(),
                depends_on: depends_on.into_iter().collect(),
                cost: source.cost(),
            }
        })
        .collect();
    let cost = steps.iter().fold(Cost::ZERO, |all, step| all.then(step.cost));
    intent.budget.fit(Cost::ZERO, cost).map_err(ComposeError::OverBudget)?;
    let timeout_us = match intent.timeout_us {
        0 => recipe.timeout_most_us,
        asked => asked,
    };
    Ok(Plan { saga: intent.saga(), realm: intent.realm, steps, pivot, cost, timeout_us })
}

/// The recipe of the goal, once the intent is right for it.
fn recipe<'a>(intent: &Intent, snapshot: &'a Snapshot) -> Result<&'a Recipe, ComposeError> {
    let mut flaws = intent.flaws();
    let Some(recipe) = snapshot.recipes.iter().filter(|r| r.goal == intent.goal).min() else {
        if !flaws.is_empty() {
            return Err(ComposeError::Intent(flaws));
        }
        let known: BTreeSet<String> = snapshot.recipes.iter().map(|r| r.goal.clone()).collect();
        return Err(ComposeError::GoalUnknown {
            goal: intent.goal.clone(),
            known: known.into_iter().collect(),
        });
    };
    let mut flaw = |field: String, right: String| flaws.push(Flaw { field, right });
    for argument in &recipe.arguments {
        let right = argument.shape.right();
        match intent.arguments.get(&argument.name) {
            None => flaw(format!("arguments.{}", argument.name), format!("is missing: {right}")),
            Some(value) if !argument.shape.fits(value) => {
                flaw(format!("arguments.{}", argument.name), right.to_owned());
            }
            Some(_) => {}
        }
    }
    for name in intent.arguments.keys() {
        if !recipe.arguments.iter().any(|argument| argument.name == *name) {
            flaw(
                format!("arguments.{}", name.escape_debug()),
                format!("{:?} has no such argument", recipe.goal),
            );
        }
    }
    for (one, other) in &recipe.distinct {
        if intent.arguments.get(one).is_some_and(|v| intent.arguments.get(other) == Some(v)) {
            flaw(format!("arguments.{other}"), format!("another than {one}"));
        }
    }
    if intent.timeout_us > recipe.timeout_most_us {
        flaw("timeout_us".into(), format!("at most {}", recipe.timeout_most_us));
    }
    if flaws.is_empty() { Ok(recipe) } else { Err(ComposeError::Intent(flaws)) }
}

/// The sources that the intent allows, ascending.
fn eligible<'a>(intent: &Intent, snapshot: &'a Snapshot) -> Vec<&'a Source> {
    let only: BTreeSet<_> = intent
        .constraints
        .iter()
        .filter_map(|c| if let Constraint::Only(provider) = c { Some(provider) } else { None })
        .collect();
    let allowed = |source: &Source| {
        source.realm.is_none_or(|realm| realm == intent.realm)
            && (only.is_empty() || only.contains(&source.provider))
            && intent.constraints.iter().all(|constraint| match constraint {
                Constraint::TrustAtLeast(ppm) => source.trust_ppm >= *ppm,
                Constraint::Without(provider) => source.provider != *provider,
                Constraint::Only(_) | Constraint::StepsAtMost(_) => true,
            })
    };
    let sources: BTreeSet<&Source> = snapshot.sources.iter().filter(|s| allowed(s)).collect();
    sources.into_iter().collect()
}

fn steps_most(intent: &Intent) -> usize {
    let asked = intent.constraints.iter().filter_map(|constraint| match constraint {
        Constraint::StepsAtMost(steps) => Some(usize::from(*steps)),
        _ => None,
    });
    asked.min().unwrap_or(STEPS_MOST).min(STEPS_MOST)
}

/// Where a resource comes from.
#[derive(Clone, Copy)]
struct Maker {
    /// Position among the sources.
    source: usize,
    /// Cost of the source with everything that it needs; what two needs share
    /// counts twice here.
    total: (Risk, u64, u64),
}

/// The cheapest source of each resource, as far as the wants ask (Knuth's
/// generalisation of Dijkstra's algorithm: the cheapest source whose needs are
/// met is settled next). Whatever waits for itself is never met.
fn makers<'a>(
    recipe: &'a Recipe,
    sources: &[&'a Source],
) -> Result<BTreeMap<&'a str, Maker>, ComposeError> {
    let mut makers: BTreeMap<&str, Maker> = BTreeMap::new();
    let mut open: BTreeSet<usize> = (0..sources.len()).collect();
    while !recipe.wants.iter().all(|want| makers.contains_key(want.as_str())) {
        open.retain(|&s| sources[s].provides.iter().any(|r| !makers.contains_key(r.as_str())));
        let ready = open.iter().filter_map(|&source| {
            let mut total = sources[source].cost();
            for need in &sources[source].needs {
                let (risk, mana, gas) = makers.get(need.as_str())?.total;
                total = total.then(Cost { gas, mana, risk });
            }
            Some(Maker { source, total: (total.risk, total.mana, total.gas) })
        });
        let Some(best) = ready.min_by_key(|maker| (maker.total, maker.source)) else {
            return Err(missing(recipe, sources, &makers));
        };
        for resource in &sources[best.source].provides {
            makers.entry(resource).or_insert(best);
        }
    }
    Ok(makers)
}

/// Why a want cannot be met: nobody offers what is behind it, or all that is
/// offered waits for itself.
fn missing(recipe: &Recipe, sources: &[&Source], makers: &BTreeMap<&str, Maker>) -> ComposeError {
    let mut open: Vec<&str> = recipe.wants.iter().map(String::as_str).collect();
    let (mut unmet, mut unoffered) = (BTreeSet::new(), BTreeSet::new());
    while let Some(resource) = open.pop() {
        if makers.contains_key(resource) || !unmet.insert(resource) {
            continue;
        }
        let offers: Vec<_> = sources.iter().filter(|s| s.provides.contains(resource)).collect();
        if offers.is_empty() {
            unoffered.insert(resource);
        }
        open.extend(offers.into_iter().flat_map(|s| s.needs.iter().map(String::as_str)));
    }
    let names = |set: BTreeSet<&str>| set.into_iter().map(str::to_owned).collect();
    if unoffered.is_empty() {
        ComposeError::Cycle(names(unmet))
    } else {
        ComposeError::NoSource(names(unoffered))
    }
}

/// The sources that the wants need, directly or not.
fn needed(recipe: &Recipe, sources: &[&Source], makers: &BTreeMap<&str, Maker>) -> BTreeSet<usize> {
    let mut chosen = BTreeSet::new();
    let mut open: Vec<&str> = recipe.wants.iter().map(String::as_str).collect();
    while let Some(resource) = open.pop() {
        let source = makers[resource].source;
        if chosen.insert(source) {
            open.extend(sources[source].needs.iter().map(String::as_str));
        }
    }
    chosen
}

/// Stable topological order: of all that could come next, what can be undone
/// comes first, then the pivot, then the rest; then the smaller name.
fn order(
    chosen: &BTreeSet<usize>,
    sources: &[&Source],
    makers: &BTreeMap<&str, Maker>,
) -> Vec<usize> {
    let class = |source: usize| match sources[source].effect {
        Effect::None | Effect::Undone(_) => 0,
        Effect::Final => 1,
        Effect::Retried => 2,
    };
    let mut order = Vec::with_capacity(chosen.len());
    let mut done = BTreeSet::new();
    let met = |source: usize, done: &BTreeSet<usize>| {
        sources[source].needs.iter().all(|need| done.contains(&makers[need.as_str()].source))
    };
    while let Some(next) = chosen
        .iter()
        .copied()
        .filter(|&source| !done.contains(&source) && met(source, &done))
        .min_by_key(|&source| (class(source), source))
    {
        done.insert(next);
        order.push(next);
    }
    order
}

/// The position of the pivot. Before it everything can be undone; there is at
/// most one; without one everything can be undone.
fn pivot(order: &[usize], sources: &[&Source]) -> Result<Option<usize>, ComposeError> {
    let mut pivot = None;
    for (place, &source) in order.iter().enumerate() {
        let fits = match sources[source].effect {
            Effect::None | Effect::Undone(_) => true,
            Effect::Final => pivot.replace(place).is_none(),
            Effect::Retried => pivot.is_some(),
        };
        if !fits {
            return Err(ComposeError::Irreversible { step: sources[source].name.clone() });
        }
    }
    Ok(pivot)
}

fn check_verification(order: &[usize], sources: &[&Source]) -> Result<(), ComposeError> {
    let gas = |verifies: bool| {
        let of_kind = order.iter().map(|&s| sources[s]).filter(|s| s.verifies == verifies);
        of_kind.fold(0_u64, |sum, source| sum.saturating_add(source.gas))
    };
    let limit = verification::limit(gas(false));
    if gas(true) > limit {
        return Err(ComposeError::VerificationTooDear { gas: gas(true), limit });
    }
    Ok(())
}

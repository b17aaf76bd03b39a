//! From an intent to a plan.

use std::collections::{BTreeMap, BTreeSet};

use erynoa_execution::{Budget, Cost, Exhausted, mana};
use erynoa_kernel::{Kind, Problem};
use erynoa_workflows::{
    Argument, ComposeError, Constraint, Effect, Intent, Plan, Shape, Snapshot, Source, compose,
};
use proptest::prelude::*;

use crate::catalogues::{HOUR_US, intent, person, realm, recipe, snapshot, source};

fn goal_x(wants: &[&str], sources: Vec<Source>) -> Snapshot {
    Snapshot { recipes: vec![recipe("x", wants)], sources }
}

fn sources_of(plan: &Plan) -> Vec<&str> {
    plan.steps.iter().map(|step| step.source.as_str()).collect()
}

fn composed(snapshot: &Snapshot) -> Result<Plan, ComposeError> {
    compose(&intent("x"), snapshot)
}

#[test]
fn a_plan_has_what_the_goal_needs_in_order_and_nothing_else() {
    let snapshot = goal_x(
        &["roof"],
        vec![
            source("roofer", &["roof"], &["walls", "timber"]),
            source("mason", &["walls"], &["ground"]),
            source("sawmill", &["timber"], &[]),
            source("digger", &["ground"], &[]),
            source("gardener", &["garden"], &["ground"]),
        ],
    );
    let plan = composed(&snapshot).unwrap();
    assert_eq!(sources_of(&plan), ["digger", "mason", "sawmill", "roofer"]);
    let depends: Vec<&[usize]> = plan.steps.iter().map(|s| s.depends_on.as_slice()).collect();
    assert_eq!(depends, [&[][..], &[0], &[], &[1, 2]]);
    assert_eq!(plan.cost, Cost::new(400, 4 * mana::SAGA_STEP, 0));
    assert_eq!((plan.pivot, plan.timeout_us), (None, HOUR_US));
    assert_eq!(plan.saga, intent("x").saga());
}

#[test]
fn the_least_risk_comes_first_then_mana_then_gas_then_the_name() {
    let with =
        |name, gas, mana, risk_ppm| Source { gas, mana, risk_ppm, ..source(name, &["a"], &[]) };
    let mut offers = vec![
        with("e-risky-and-cheap", 1, 1, 2),
        with("d-dear", 1, 3, 1),
        with("c-slow", 3, 2, 1),
        with("b-same", 2, 2, 1),
        with("a-same", 2, 2, 1),
    ];
    let mut chosen = Vec::new();
    while !offers.is_empty() {
        let plan = composed(&goal_x(&["a"], offers.clone())).unwrap();
        chosen.push(plan.steps[0].source.clone());
        offers.retain(|offer| offer.name != plan.steps[0].source);
    }
    assert_eq!(chosen, ["a-same", "b-same", "c-slow", "d-dear", "e-risky-and-cheap"]);
}

#[test]
fn a_way_of_several_cheap_steps_beats_a_dear_single_one() {
    let dear = Source { mana: 100, ..source("dear", &["a"], &[]) };
    let cheap = vec![source("first", &["b"], &[]), source("second", &["a"], &["b"])];
    let plan = composed(&goal_x(&["a"], [vec![dear], cheap].concat())).unwrap();
    assert_eq!(sources_of(&plan), ["first", "second"]);
}

#[test]
fn what_waits_for_itself_is_a_cycle_unless_there_is_another_way() {
    let ring = vec![source("hen", &["egg"], &["chicken"]), source("brood", &["chicken"], &["egg"])];
    let snapshot = goal_x(&["chicken"], ring.clone());
    let error = composed(&snapshot).unwrap_err();
    assert_eq!(error, ComposeError::Cycle(vec!["chicken".into(), "egg".into()]));
    let market = Source { mana: 1_000, ..source("market", &["egg"], &[]) };
    let plan = composed(&goal_x(&["chicken"], [ring, vec![market]].concat())).unwrap();
    assert_eq!(sources_of(&plan), ["market", "brood"]);
}

#[test]
fn what_nobody_offers_is_named_and_not_what_it_would_have_led_to() {
    let snapshot =
        goal_x(&["a"], vec![source("a", &["a"], &["b", "c"]), source("c", &["c"], &["d", "e"])]);
    let missing = ["b", "d", "e"].map(str::to_owned).to_vec();
    assert_eq!(composed(&snapshot), Err(ComposeError::NoSource(missing)));
}

#[test]
fn twenty_steps_are_a_plan_and_twenty_one_are_not() {
    let chain = |length: usize| {
        let links = (0..length).map(|n| {
            let needs = if n == 0 { vec![] } else { vec![format!("r{}", n - 1)] };
            let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
            source(&format!("s{n:02}"), &[&format!("r{n}")], &needs)
        });
        goal_x(&[&format!("r{}", length - 1)], links.collect())
    };
    assert_eq!(composed(&chain(20)).unwrap().steps.len(), 20);
    assert_eq!(composed(&chain(21)), Err(ComposeError::TooLong { steps: 21, most: 20 }));
    let mut short = intent("x");
    short.constraints = [Constraint::StepsAtMost(4), Constraint::StepsAtMost(3)].into();
    assert_eq!(compose(&short, &chain(3)).unwrap().steps.len(), 3);
    assert_eq!(compose(&short, &chain(4)), Err(ComposeError::TooLong { steps: 4, most: 3 }));
}

#[test]
fn constraints_choose_providers() {
    let offer = |name: &str, provider: u8, trust_ppm| Source {
        provider: person(provider),
        trust_ppm,
        ..source(name, &["a"], &[])
    };
    let snapshot = goal_x(
        &["a"],
        vec![
            offer("a", 1, 400_000),
            offer("b", 2, 500_000),
            offer("c", 3, 600_000),
            Source { realm: Some(realm(2)), ..offer("0-elsewhere", 4, 900_000) },
        ],
    );
    let chosen = |constraints: &[Constraint]| {
        let mut intent = intent("x");
        intent.constraints = constraints.iter().copied().collect();
        compose(&intent, &snapshot).map(|plan| plan.steps[0].source.clone())
    };
    assert_eq!(chosen(&[]).as_deref(), Ok("a"));
    assert_eq!(chosen(&[Constraint::TrustAtLeast(500_000)]).as_deref(), Ok("b"));
    assert_eq!(chosen(&[Constraint::TrustAtLeast(500_001)]).as_deref(), Ok("c"));
    assert_eq!(chosen(&[Constraint::Without(person(1))]).as_deref(), Ok("b"));
    assert_eq!(
        chosen(&[Constraint::Only(person(3)), Constraint::Only(person(2))]).as_deref(),
        Ok("b")
    );
    let nobody = chosen(&[Constraint::Only(person(4))]);
    assert_eq!(nobody, Err(ComposeError::NoSource(vec!["a".into()])));
}

#[test]
fn what_can_be_undone_comes_before_the_pivot_and_the_rest_after_it() {
    let with =
        |name: &str, needs: &[&str], effect| Source { effect, ..source(name, &[name], needs) };
    let undone = || Effect::Undone("undo".into());
    let snapshot = goal_x(
        &["a-pivot", "b-retried", "c-undone", "d-look", "e-after"],
        vec![
            with("a-pivot", &[], Effect::Final),
            with("b-retried", &[], Effect::Retried),
            with("c-undone", &[], undone()),
            with("d-look", &["c-undone"], Effect::None),
            with("e-after", &["a-pivot"], undone()),
        ],
    );
    let plan = composed(&snapshot).unwrap();
    assert_eq!(sources_of(&plan), ["c-undone", "d-look", "a-pivot", "e-after", "b-retried"]);
    assert_eq!(plan.pivot, Some(2));
    assert!(plan.can_turn_back_at(1) && !plan.can_turn_back_at(2));
}

#[test]
fn a_second_pivot_or_an_effect_for_ever_before_the_pivot_is_refused() {
    let with =
        |name: &str, needs: &[&str], effect| Source { effect, ..source(name, &[name], needs) };
    let refused = |sources: Vec<Source>| {
        let wants: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        composed(&goal_x(&wants, sources.clone()))
    };
    let irreversible = |step: &str| Err(ComposeError::Irreversible { step: step.into() });
    assert_eq!(
        refused(vec![with("a", &[], Effect::Final), with("b", &[], Effect::Final)]),
        irreversible("b")
    );
    assert_eq!(
        refused(vec![with("a", &["b"], Effect::Final), with("b", &[], Effect::Retried)]),
        irreversible("b")
    );
    assert_eq!(refused(vec![with("a", &[], Effect::Retried)]), irreversible("a"));
}

/// K28
#[test]
fn checking_may_take_a_twentieth_of_the_rest_or_the_fixed_cap() {
    let plan = |check: u64, rest: u64| {
        let work = Source { gas: rest, ..source("work", &["a"], &["checked"]) };
        let check = Source { gas: check, verifies: true, ..source("check", &["checked"], &[]) };
        composed(&goal_x(&["a"], vec![work, check])).map(|plan| plan.steps.len())
    };
    assert_eq!(plan(2_150, 0), Ok(2));
    assert_eq!(plan(2_151, 0), Err(ComposeError::VerificationTooDear { gas: 2_151, limit: 2_150 }));
    assert_eq!(plan(5_000, 100_000), Ok(2));
    assert_eq!(
        plan(5_001, 100_000),
        Err(ComposeError::VerificationTooDear { gas: 5_001, limit: 5_000 })
    );
}

#[test]
fn a_plan_over_its_budget_is_refused_before_anything_begins() {
    let work = Source { gas: 10, mana: 5, risk_ppm: 500_000, ..source("w", &["a"], &["b"]) };
    let more = Source { gas: 10, mana: 5, risk_ppm: 500_000, ..source("v", &["b"], &[]) };
    let snapshot = goal_x(&["a"], vec![work, more]);
    let within = Budget { gas: 20, mana: 70, risk_ppm: 750_000 };
    let with = |budget: Budget| compose(&Intent { budget, ..intent("x") }, &snapshot);
    let cost = with(within).unwrap().cost;
    assert_eq!((cost.gas, cost.mana, cost.risk.ppm()), (20, 70, 750_000));
    for (budget, field) in [
        (Budget { gas: 19, ..within }, "budget.gas"),
        (Budget { mana: 69, ..within }, "budget.mana"),
        (Budget { risk_ppm: 749_999, ..within }, "budget.risk_ppm"),
    ] {
        let problem = Problem::from(with(budget).unwrap_err());
        assert_eq!(problem.code, "BUDGET_EXCEEDED");
        assert_eq!(problem.kind, Kind::FailedPrecondition);
        assert_eq!(problem.field, field);
    }
    let tight = with(Budget { gas: 19, ..within });
    let exhausted = Exhausted::Gas { needed: 20, left: 19 };
    assert_eq!(tight, Err(ComposeError::OverBudget(exhausted)));
}

#[test]
fn everything_wrong_with_the_arguments_is_named_at_once() {
    let argument = |name: &str, shape| Argument { name: name.to_owned(), shape };
    let mut snapshot = goal_x(&[], vec![]);
    snapshot.recipes[0].arguments = [
        argument("amount", Shape::Amount),
        argument("from", Shape::Identity),
        argument("to", Shape::Identity),
        argument("what", Shape::Id),
    ]
    .into();
    snapshot.recipes[0].distinct = [("from".to_owned(), "to".to_owned())].into();
    let wrong = |arguments: &[(&str, &str)], timeout_us| {
        let arguments =
            arguments.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        match compose(&Intent { arguments, timeout_us, ..intent("x") }, &snapshot) {
            Ok(_) => Vec::new(),
            Err(error) => {
                let problem = Problem::from(error);
                assert_eq!((problem.code, problem.kind), ("INTENT_INVALID", Kind::Invalid));
                assert_eq!(problem.field, problem.violations[0].field);
                problem.violations.into_iter().map(|v| v.field.into_owned()).collect()
            }
        }
    };
    let (ada, ben) = (person(1).to_string(), person(2).to_string());
    let right = [("amount", "1"), ("from", &ada), ("to", &ben), ("what", &ada)];
    assert_eq!(wrong(&right, HOUR_US), Vec::<String>::new());
    assert_eq!(
        wrong(&[("amount", "01"), ("from", &ada), ("to", &ada), ("why", "so")], HOUR_US + 1),
        ["arguments.amount", "arguments.what", "arguments.why", "arguments.to", "timeout_us"]
    );
    for amount in ["0", "-1", "1.5", "18446744073709551616", "+1"] {
        let arguments = [("amount", amount), right[1], right[2], right[3]];
        assert_eq!(wrong(&arguments, 0), ["arguments.amount"], "{amount}");
    }
    let realm = realm(3).to_string();
    let arguments = [right[0], ("from", realm.as_str()), right[2], right[3]];
    assert_eq!(wrong(&arguments, 0), ["arguments.from"]);
}

#[test]
fn an_unknown_goal_is_answered_with_the_known_ones() {
    let snapshot = Snapshot { recipes: vec![recipe("z", &[]), recipe("y", &[])], sources: vec![] };
    let error = composed(&snapshot).unwrap_err();
    let known = vec!["y".to_owned(), "z".to_owned()];
    assert_eq!(error, ComposeError::GoalUnknown { goal: "x".into(), known });
    let problem = Problem::from(error);
    assert_eq!((problem.code, problem.field.as_ref()), ("INTENT_GOAL_UNKNOWN", "goal"));
}

/// What can be had at all, by going round until nothing is added.
fn reachable(intent: &Intent, snapshot: &Snapshot) -> BTreeSet<String> {
    let mut had = BTreeSet::new();
    loop {
        let before = had.len();
        for source in &snapshot.sources {
            let here = source.realm.is_none() || source.realm == Some(intent.realm);
            if here && source.needs.is_subset(&had) {
                had.extend(source.provides.iter().cloned());
            }
        }
        if had.len() == before {
            return had;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// K22
    #[test]
    fn compose_gives_the_same_under_any_order_of_the_snapshot(
        snapshot in snapshot(), seed: u64
    ) {
        let mut shuffled = snapshot.clone();
        shuffled.recipes.reverse();
        // A repeated entry is one entry.
        shuffled.sources.extend(snapshot.sources.first().cloned());
        let length = shuffled.sources.len();
        let mut state = seed | 1;
        for place in 0..length {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            shuffled.sources.swap(place, usize::try_from(state % length as u64).unwrap());
        }
        prop_assert_eq!(composed(&snapshot), composed(&snapshot.clone()));
        prop_assert_eq!(composed(&snapshot), composed(&shuffled));
    }

    #[test]
    fn every_step_stands_after_what_it_needs_and_everything_leads_to_the_goal(
        snapshot in snapshot()
    ) {
        let Ok(plan) = composed(&snapshot) else { return Ok(()) };
        prop_assert!(plan.steps.len() <= 20);
        let mut provided: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for (place, step) in plan.steps.iter().enumerate() {
            prop_assert!(step.depends_on.iter().all(|needed| *needed < place));
            prop_assert!(step.depends_on.is_sorted_by(|a, b| a < b));
            let there: BTreeSet<String> =
                step.depends_on.iter().flat_map(|needed| provided[needed].clone()).collect();
            // Names repeat in these catalogues: one of that name fits.
            let fitting = snapshot.sources.iter().find(|source| {
                source.name == step.source
                    && source.provider == step.provider
                    && source.effect == step.effect
                    && source.needs.is_subset(&there)
                    && source.cost() == step.cost
            });
            prop_assert!(fitting.is_some(), "{:?} at {}", step, place);
            provided.insert(place, fitting.unwrap().provides.clone());
        }
        let had: BTreeSet<String> = provided.values().flatten().cloned().collect();
        let wants = &snapshot.recipes[0].wants;
        prop_assert!(wants.is_subset(&had));
        let used: BTreeSet<usize> =
            plan.steps.iter().flat_map(|step| step.depends_on.iter().copied()).collect();
        for (place, provides) in &provided {
            prop_assert!(used.contains(place) || !provides.is_disjoint(wants));
        }
        let cost = plan.steps.iter().fold(Cost::ZERO, |all, step| all.then(step.cost));
        prop_assert_eq!(plan.cost, cost);
    }

    #[test]
    fn before_the_pivot_everything_can_be_undone_and_there_is_one_at_most(
        snapshot in snapshot()
    ) {
        let Ok(plan) = composed(&snapshot) else { return Ok(()) };
        let finals: Vec<usize> = (0..plan.steps.len())
            .filter(|place| plan.steps[*place].effect == Effect::Final)
            .collect();
        prop_assert_eq!(finals, plan.pivot.into_iter().collect::<Vec<_>>());
        for (place, step) in plan.steps.iter().enumerate() {
            if plan.can_turn_back_at(place) {
                prop_assert!(!matches!(step.effect, Effect::Final | Effect::Retried));
            }
        }
    }

    #[test]
    fn a_goal_is_missed_exactly_when_no_way_leads_to_it(snapshot in snapshot()) {
        let intent = intent("x");
        let reachable = reachable(&intent, &snapshot);
        let possible = snapshot.recipes[0].wants.is_subset(&reachable);
        match compose(&intent, &snapshot) {
            Err(ComposeError::NoSource(missing)) => {
                prop_assert!(!possible);
                for resource in missing {
                    let offered = snapshot
                        .sources
                        .iter()
                        .any(|s| s.realm.is_none() && s.provides.contains(&resource));
                    prop_assert!(!offered);
                }
            }
            Err(ComposeError::Cycle(waiting)) => {
                prop_assert!(!possible);
                prop_assert!(waiting.iter().all(|resource| !reachable.contains(resource)));
            }
            _ => prop_assert!(possible),
        }
    }

    #[test]
    fn what_the_goal_does_not_need_does_not_change_the_plan(snapshot in snapshot()) {
        let mut larger = snapshot.clone();
        larger.sources.push(source("0", &["unrelated"], &[]));
        larger.sources.push(source("1", &["other"], &["a", "b"]));
        larger.recipes.push(recipe("0", &["unrelated"]));
        prop_assert_eq!(composed(&snapshot), composed(&larger));
    }
}

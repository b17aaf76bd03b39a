//! Costs join without losing a law.

use erynoa_execution::{Budget, Cost, Exhausted, PPM, Risk};
use erynoa_kernel::{Kind, Problem};
use proptest::prelude::*;

fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![0..1_000_u64, Just(u64::MAX), (u64::MAX - 1_000)..u64::MAX]
}

fn ppm() -> impl Strategy<Value = u32> {
    prop_oneof![Just(0), Just(PPM), Just(PPM - 1), Just(1), 0..=PPM]
}

fn cost() -> impl Strategy<Value = Cost> {
    (amount(), amount(), ppm()).prop_map(|(gas, mana, risk_ppm)| Cost::new(gas, mana, risk_ppm))
}

/// ⌊10⁶ · (1 − ∏(1 − rᵢ))⌋ without rounding before the end.
fn exact_ppm(risks_ppm: &[u32]) -> u32 {
    let mut survival: u128 = 1;
    let mut unit: u128 = 1;
    for risk in risks_ppm {
        survival *= u128::from(PPM - risk);
        unit *= u128::from(PPM);
    }
    u32::try_from(u128::from(PPM) - (survival * u128::from(PPM)).div_ceil(unit))
        .expect("at most 1 000 000")
}

#[test]
fn worked_example_risks_of_8_7_and_6_tenths_make_976_thousandths() {
    let risk = Risk::of(800_000).and(Risk::of(700_000)).and(Risk::of(600_000));
    assert_eq!(risk.ppm(), 976_000);
}

#[test]
fn a_risk_comes_back_as_it_went_in_and_greater_stays_greater() {
    let mut last = None;
    for ppm in (0..=2_000).chain((2_000..PPM - 2_000).step_by(37)).chain(PPM - 2_000..=PPM) {
        let risk = Risk::of(ppm);
        assert_eq!(risk.ppm(), ppm);
        assert!(last <= Some(risk), "{ppm}");
        last = Some(risk);
    }
    assert_eq!(Risk::of(u32::MAX), Risk::CERTAIN);
}

#[test]
fn a_hundred_million_risks_of_nearly_one_are_still_not_certain() {
    let mut risk = Risk::of(PPM - 1);
    for _ in 0..26 {
        risk = risk.and(risk);
    }
    assert!(risk < Risk::CERTAIN);
    assert_eq!(risk.ppm(), PPM - 1);
}

#[test]
fn a_budget_says_which_part_does_not_fit_and_what_is_left() {
    let budget = Budget { gas: 10, mana: 20, risk_ppm: 500_000 };
    let spent = Cost::new(4, 5, 300_000);
    assert!(budget.fits(spent, Cost::new(6, 15, 285_714)));
    assert_eq!(
        budget.fit(spent, Cost::new(7, 99, PPM)),
        Err(Exhausted::Gas { needed: 7, left: 6 })
    );
    assert_eq!(
        budget.fit(spent, Cost::new(6, 16, PPM)),
        Err(Exhausted::Mana { needed: 16, left: 15 })
    );
    assert_eq!(
        budget.fit(spent, Cost::new(6, 15, 285_716)),
        Err(Exhausted::Risk { reached: 500_001, limit: 500_000 })
    );
}

#[test]
fn each_part_of_a_budget_has_its_code_and_field() {
    let problems = [
        Exhausted::Gas { needed: 2, left: 1 },
        Exhausted::Mana { needed: 2, left: 1 },
        Exhausted::Risk { reached: 2, limit: 1 },
    ]
    .map(Problem::from);
    let shown = problems.map(|problem| (problem.code, problem.kind, problem.field.into_owned()));
    assert_eq!(shown[0], ("GAS_EXHAUSTED", Kind::TooLarge, "budget.gas".to_owned()));
    assert_eq!(shown[1], ("BUDGET_EXCEEDED", Kind::FailedPrecondition, "budget.mana".to_owned()));
    assert_eq!(
        shown[2],
        ("BUDGET_EXCEEDED", Kind::FailedPrecondition, "budget.risk_ppm".to_owned())
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn risk_is_commutative_associative_neutral_in_0_and_absorbing_in_1(
        (a, b, c) in (ppm(), ppm(), ppm())
    ) {
        let (a, b, c) = (Risk::of(a), Risk::of(b), Risk::of(c));
        prop_assert_eq!(a.and(b), b.and(a));
        prop_assert_eq!(a.and(b).and(c), a.and(b.and(c)));
        prop_assert_eq!(a.and(Risk::NONE), a);
        prop_assert_eq!(a.and(Risk::CERTAIN), Risk::CERTAIN);
        prop_assert!(a.and(b) >= a);
    }

    #[test]
    fn risk_is_the_exact_value_floored_or_the_next_ppm(
        risks in prop::collection::vec(ppm(), 0..=5)
    ) {
        let exact = exact_ppm(&risks);
        let ppm = risks.iter().fold(Risk::NONE, |all, risk| all.and(Risk::of(*risk))).ppm();
        // A survival far below 1 ppm still counts as survival, on both sides.
        prop_assert!(ppm == exact || ppm == exact + 1, "{} {}", ppm, exact);
        prop_assert_eq!(ppm == PPM, risks.contains(&PPM));
    }

    #[test]
    fn cost_in_sequence_is_associative_and_zero_is_neutral(
        (a, b, c) in (cost(), cost(), cost())
    ) {
        prop_assert_eq!(a.then(b).then(c), a.then(b.then(c)));
        prop_assert_eq!(a.then(Cost::ZERO), a);
        prop_assert_eq!(Cost::ZERO.then(a), a);
    }

    #[test]
    fn cost_in_parallel_is_associative_commutative_and_zero_is_neutral(
        (a, b, c) in (cost(), cost(), cost())
    ) {
        prop_assert_eq!(a.beside(b).beside(c), a.beside(b.beside(c)));
        prop_assert_eq!(a.beside(b), b.beside(a));
        prop_assert_eq!(a.beside(Cost::ZERO), a);
    }

    #[test]
    fn side_by_side_never_takes_more_than_in_sequence_and_differs_in_gas_alone(
        (a, b) in (cost(), cost())
    ) {
        let (beside, then) = (a.beside(b), a.then(b));
        prop_assert!(beside.gas <= then.gas);
        prop_assert_eq!((beside.mana, beside.risk), (then.mana, then.risk));
        prop_assert_eq!(beside.gas, a.gas.max(b.gas));
        prop_assert_eq!(then.gas, a.gas.saturating_add(b.gas));
        prop_assert_eq!(then.mana, a.mana.saturating_add(b.mana));
    }

    #[test]
    fn a_budget_fits_iff_every_part_of_the_sum_is_within_its_limit(
        (spent, cost) in (cost(), cost()),
        (gas, mana, risk_ppm) in (amount(), amount(), ppm()),
    ) {
        // What is spent was within the budget already.
        let budget = Budget {
            gas: gas.max(spent.gas),
            mana: mana.max(spent.mana),
            risk_ppm: risk_ppm.max(spent.risk.ppm()),
        };
        let total = spent.then(cost);
        let within = total.gas <= budget.gas
            && total.mana <= budget.mana
            && total.risk.ppm() <= budget.risk_ppm;
        prop_assert_eq!(budget.fits(spent, cost), within);
        prop_assert!(budget.fits(spent, Cost::ZERO));
    }
}

//! The gas table, the meter of policies, and K28.

use erynoa_execution::{Cost, Exhausted, Meter, gas, mana, verification};
use proptest::prelude::*;

#[test]
fn the_gas_table_is_that_of_the_protocol() {
    assert_eq!(gas::validate(0), gas::cost(200));
    assert_eq!(gas::validate(9), gas::cost(650));
    assert_eq!(gas::signatures(3), gas::cost(1_500));
    assert_eq!(gas::trust_look_ups(2), gas::cost(50));
    assert_eq!(gas::chain(5), gas::cost(140));
    assert_eq!((gas::POLICY_STEP_LEAST, gas::POLICY_STEP_MOST), (1, 50));
    assert_eq!(gas::cost(7), Cost::new(7, 0, 0));
    assert_eq!(gas::validate(u64::MAX), gas::cost(u64::MAX));
}

#[test]
fn the_mana_prices_are_those_of_the_protocol() {
    assert_eq!(
        [mana::EVENT, mana::QUERY, mana::DELEGATE, mana::CROSSING, mana::SAGA_STEP],
        [20, 20, 30, 50, 30]
    );
    assert_eq!([0, 1, 1_024, 1_025, 10_240].map(mana::put), [10, 20, 20, 30, 110]);
    assert_eq!(mana::put(u64::MAX), 10 + (u64::MAX / 1_024 + 1) * 10);
    assert_eq!(mana::cost(20), Cost::new(0, 20, 0));
}

#[test]
fn a_step_of_a_policy_costs_at_least_1_and_at_most_50() {
    let mut meter = Meter::new(1_000);
    for (asked, used) in [(0, 1), (1, 2), (50, 52), (51, 102), (u64::MAX, 152)] {
        meter.step(asked).unwrap();
        assert_eq!(meter.used(), used);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_meter_stops_before_the_step_that_does_not_fit_and_never_passes_its_limit(
        limit in 0..2_000_u64,
        steps in prop::collection::vec(0..100_u64, 0..100),
    ) {
        let mut meter = Meter::new(limit);
        for step in steps {
            let before = meter;
            let needed = step.clamp(1, 50);
            match meter.step(step) {
                Ok(()) => prop_assert_eq!(meter.used(), before.used() + needed),
                Err(refused) => {
                    prop_assert_eq!(refused, Exhausted::Gas { needed, left: before.left() });
                    prop_assert!(needed > before.left());
                    prop_assert_eq!(meter, before);
                }
            }
            prop_assert!(meter.used() <= limit);
            prop_assert_eq!(meter.used() + meter.left(), limit);
        }
    }

    /// K28
    #[test]
    fn verification_costs_at_most_5_percent_of_the_priced_value_or_a_fixed_cap(
        value: u64, step in 0..1_000_000_u64
    ) {
        let limit = verification::limit(value);
        let within_share = u128::from(limit) * 100 <= u128::from(value) * 5;
        prop_assert!(within_share || limit == verification::CAP);
        prop_assert!(limit >= verification::CAP);
        prop_assert!(limit <= verification::limit(value.saturating_add(step)));
    }
}

#[test]
fn the_cap_pays_for_the_dearest_single_event_and_the_share_takes_over_at_twenty_times_it() {
    let dearest = gas::validate(9).then(gas::signatures(3)).gas;
    assert_eq!(verification::CAP, dearest);
    assert_eq!(verification::limit(0), dearest);
    assert_eq!(verification::limit(20 * dearest), dearest);
    assert_eq!(verification::limit(20 * dearest + 20), dearest + 1);
}

//! Trust that goes with a chain.

use erynoa_identity::{AgentLimit, delegated_values};
use proptest::prelude::*;

const WHOLE: u32 = 1_000_000;

#[test]
fn worked_example_of_three_links() {
    let factors = [800_000, 900_000, 700_000];
    assert_eq!(delegated_values(&factors, [WHOLE; 6], None), [504_000; 6]);
}

#[test]
fn six_whole_factors_keep_the_whole_and_no_factor_keeps_everything() {
    assert_eq!(delegated_values(&[WHOLE; 6], [WHOLE; 6], None), [WHOLE; 6]);
    assert_eq!(delegated_values(&[], [1, 2, 3, 4, 5, WHOLE], None), [1, 2, 3, 4, 5, WHOLE]);
    assert_eq!(delegated_values(&[1; 6], [WHOLE; 6], None), [0; 6]);
}

#[test]
fn an_agent_has_four_fifths_of_its_controllers_fidelity_at_most() {
    let limit = AgentLimit { own: [WHOLE; 6], controller_fidelity_ppm: 500_001 };
    let values = delegated_values(&[WHOLE], [WHOLE; 6], Some(limit));
    assert_eq!(values, [WHOLE, WHOLE, WHOLE, WHOLE, WHOLE, 400_000]);
}

fn values() -> impl Strategy<Value = [u32; 6]> {
    prop::array::uniform6(0..=WHOLE)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// τ(delegate) ≤ f·τ(delegator), exactly.
    #[test]
    fn one_link_gives_no_more_than_its_share(factor in 1..=WHOLE, values in values()) {
        let lent = delegated_values(&[factor], values, None);
        for (lent, value) in lent.into_iter().zip(values) {
            prop_assert!(u64::from(lent) * u64::from(WHOLE) <= u64::from(factor) * u64::from(value));
        }
    }

    /// Floored once: against the product as one fraction, where that fits.
    #[test]
    fn a_chain_is_the_floor_of_the_whole_product(
        factors in prop::collection::vec(1..=WHOLE, 0..=5),
        values in values(),
    ) {
        let product: u128 = factors.iter().map(|&factor| u128::from(factor)).product();
        let whole: u128 = factors.iter().map(|_| u128::from(WHOLE)).product();
        let lent = delegated_values(&factors, values, None);
        for (lent, value) in lent.into_iter().zip(values) {
            prop_assert_eq!(u128::from(lent), product * u128::from(value) / whole);
        }
    }

    /// No link adds, and each takes at least its own share from the beginning.
    #[test]
    fn trust_never_grows_along_a_chain(
        factors in prop::collection::vec(1..=WHOLE, 1..=6),
        values in values(),
    ) {
        let mut before = values;
        for links in 1..=factors.len() {
            let lent = delegated_values(&factors[..links], values, None);
            for at in 0..6 {
                prop_assert!(lent[at] <= before[at]);
                let share = u64::from(factors[links - 1]) * u64::from(values[at]);
                prop_assert!(u64::from(lent[at]) * u64::from(WHOLE) <= share);
            }
            before = lent;
        }
    }

    #[test]
    fn an_agent_never_has_more_than_its_own_nor_than_the_chain_gives(
        factors in prop::collection::vec(1..=WHOLE, 1..=6),
        values in values(),
        own in values(),
        fidelity in 0..=WHOLE,
    ) {
        let free = delegated_values(&factors, values, None);
        let limit = AgentLimit { own, controller_fidelity_ppm: fidelity };
        let agent = delegated_values(&factors, values, Some(limit));
        for at in 0..5 {
            prop_assert_eq!(agent[at], free[at].min(own[at]));
        }
        prop_assert!(agent[5] <= free[5].min(own[5]));
        prop_assert!(u64::from(agent[5]) * 10 <= u64::from(fidelity) * 8);
        let bound = free[5].min(own[5]);
        prop_assert!(agent[5] == bound || u64::from(agent[5] + 1) * 10 > u64::from(fidelity) * 8);
    }

    /// The order of the links makes no difference.
    #[test]
    fn factors_commute(factors in prop::collection::vec(1..=WHOLE, 1..=6), values in values()) {
        let mut reversed = factors.clone();
        reversed.reverse();
        prop_assert_eq!(
            delegated_values(&factors, values, None),
            delegated_values(&reversed, values, None)
        );
    }
}

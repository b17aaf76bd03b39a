//! Quorums of witnesses (protocol §3, Κ18).

use std::collections::BTreeMap;

use erynoa_events::{WitnessSet, is_quorum};
use erynoa_kernel::IdentityId;
use proptest::prelude::*;

fn witness(number: u8) -> IdentityId {
    IdentityId::from_bytes([number; 32])
}

type Cosigned = BTreeMap<IdentityId, u64>;

fn witnessed(set: &WitnessSet, cosigned: &Cosigned) -> u64 {
    set.witnessed(|identity| cosigned.get(identity).copied())
}

/// Weights of witnesses, and what each has cosigned, twice.
fn worlds() -> impl Strategy<Value = (WitnessSet, Cosigned, Cosigned)> {
    let one = (0u64..=5, prop::option::of(0u64..=6), prop::option::of(0u64..=6));
    prop::collection::vec(one, 0..12).prop_map(|all| {
        let mut set = WitnessSet::default();
        let (mut first, mut second) = (Cosigned::new(), Cosigned::new());
        for (number, (weight, one, two)) in (1..).zip(all) {
            set.weights.push((witness(number), weight));
            first.extend(one.map(|size| (witness(number), size)));
            second.extend(two.map(|size| (witness(number), size)));
        }
        (set, first, second)
    })
}

/// Weight of those who have cosigned at least this size.
fn weight_at(set: &WitnessSet, cosigned: &Cosigned, size: u64) -> u64 {
    let signs = |witness| cosigned.get(witness).is_some_and(|signed| *signed >= size);
    set.weights.iter().filter(|(witness, _)| signs(witness)).map(|(_, weight)| weight).sum()
}

#[test]
fn the_home_alone_witnesses_what_it_signs() {
    let set = WitnessSet { weights: vec![(witness(1), 1)] };
    assert_eq!(witnessed(&set, &[(witness(1), 7)].into()), 7);
    assert_eq!(witnessed(&set, &[(witness(2), 9)].into()), 0);
}

#[test]
fn of_three_equal_witnesses_all_are_needed_and_of_four_three() {
    let set = |count: u8| WitnessSet { weights: (1..=count).map(|n| (witness(n), 1)).collect() };
    let cosigned = |sizes: &[u64]| (1..).map(witness).zip(sizes.iter().copied()).collect();
    assert_eq!(witnessed(&set(3), &cosigned(&[9, 8])), 0);
    assert_eq!(witnessed(&set(3), &cosigned(&[9, 8, 3])), 3);
    assert_eq!(witnessed(&set(4), &cosigned(&[9, 8, 3])), 3);
    assert_eq!(witnessed(&set(4), &cosigned(&[9, 8, 3, 8])), 8);
}

#[test]
fn an_empty_set_and_one_without_weight_witness_nothing() {
    let cosigned = [(witness(1), 9)].into();
    assert_eq!(witnessed(&WitnessSet::default(), &cosigned), 0);
    assert_eq!(witnessed(&WitnessSet { weights: vec![(witness(1), 0)] }, &cosigned), 0);
}

#[test]
fn the_greatest_weights_do_not_overflow() {
    let set = WitnessSet { weights: (1..=9).map(|n| (witness(n), u64::MAX)).collect() };
    let cosigned = |count: u8| (1..=count).map(|n| (witness(n), u64::from(n))).collect();
    assert_eq!(witnessed(&set, &cosigned(6)), 0);
    assert_eq!(witnessed(&set, &cosigned(7)), 1);
    assert_eq!(witnessed(&set, &cosigned(9)), 3);
}

#[test]
fn k18_two_thirds_are_no_quorum() {
    assert!(!is_quorum(2, 3));
    assert!(is_quorum(3, 3));
    assert!(!is_quorum(66, 99));
    assert!(is_quorum(67, 99));
    assert!(is_quorum(u64::MAX, u64::MAX));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn k18_two_quorums_share_more_than_a_third_of_the_weight(
        weights in prop::collection::vec((1u64..=1_000, any::<bool>(), any::<bool>()), 1..64),
    ) {
        let all: u64 = weights.iter().map(|(weight, ..)| weight).sum();
        let sum = |signs: fn(&(u64, bool, bool)) -> bool| -> u64 {
            weights.iter().filter(|w| signs(w)).map(|(weight, ..)| weight).sum()
        };
        if is_quorum(sum(|w| w.1), all) && is_quorum(sum(|w| w.2), all) {
            prop_assert!(3 * sum(|w| w.1 && w.2) > all);
        }
        prop_assert!(is_quorum(all, all));
        prop_assert!(!is_quorum(0, all));
    }

    #[test]
    fn k18_a_quorum_is_strictly_more_than_two_thirds(all in 1u64..=64_000, signed in 0u64..=64_000) {
        let signed = signed.min(all);
        prop_assert_eq!(is_quorum(signed, all), 3 * signed > 2 * all);
    }

    #[test]
    fn k18_the_witnessed_size_is_the_greatest_with_a_quorum((set, cosigned, _) in worlds()) {
        let all: u64 = set.weights.iter().map(|(_, weight)| weight).sum();
        let greatest = (0..=6).rev().find(|size| is_quorum(weight_at(&set, &cosigned, *size), all));
        prop_assert_eq!(witnessed(&set, &cosigned), greatest.unwrap_or(0));
    }

    #[test]
    fn k18_what_is_witnessed_never_shrinks_while_more_is_cosigned(
        (set, before, more) in worlds(),
    ) {
        let mut after = before.clone();
        for (witness, size) in more {
            let signed = after.entry(witness).or_default();
            *signed = size.max(*signed);
        }
        prop_assert!(witnessed(&set, &before) <= witnessed(&set, &after));
    }

    #[test]
    fn k18_heads_that_two_quorums_witness_share_more_than_a_third(
        (set, first, second) in worlds(),
    ) {
        let all: u64 = set.weights.iter().map(|(_, weight)| weight).sum();
        let (one, two) = (witnessed(&set, &first), witnessed(&set, &second));
        if one > 0 && two > 0 {
            let shared: u64 = set
                .weights
                .iter()
                .filter(|(witness, _)| first.get(witness).is_some_and(|size| *size >= one))
                .filter(|(witness, _)| second.get(witness).is_some_and(|size| *size >= two))
                .map(|(_, weight)| weight)
                .sum();
            prop_assert!(3 * shared > all);
        }
    }

    #[test]
    fn the_order_of_the_set_does_not_matter((set, cosigned, _) in worlds(), turn: usize) {
        let mut turned = set.clone();
        let turn = turn % turned.weights.len().max(1);
        turned.weights.rotate_left(turn);
        prop_assert_eq!(witnessed(&turned, &cosigned), witnessed(&set, &cosigned));
    }
}

//! §10: diversity; Κ20.

use erynoa_events::EventKind;
use erynoa_kernel::DAY_US;
use erynoa_world::{WorldFold, diversity_bits};
use proptest::prelude::*;

use crate::town::{Town, close, person, realm, word};

#[test]
fn eight_partners_alike_are_three_bits_and_one_alone_is_none() {
    assert!((diversity_bits(&[4; 8]) - 3.0).abs() < 1e-9);
    assert!(diversity_bits(&[90]).abs() < 1e-9);
    assert!(diversity_bits(&[]).abs() < 1e-9);
    // 3/4 and 1/4.
    assert!((diversity_bits(&[3, 1]) - 0.811_278_124).abs() < 1e-9);
}

#[test]
fn a_partner_counts_once_a_day_and_ones_own_root_not_at_all() {
    let (mut world, town) = (WorldFold::new(), Town::default());
    let mut number = 0;
    for (day, partners) in (0..).zip([&[1, 1, 1, 2][..], &[1, 2], &[9, 9]]) {
        for &partner in partners {
            number += 1;
            world.apply(&word(number, 9, partner, day * DAY_US));
        }
        close(&mut world, &town, day + 1, day);
    }
    let found = world.find(&realm(0), &person(9)).unwrap();
    assert!((found.diversity_bits - 1.0).abs() < 1e-9, "twice 1, twice 2");
    assert_eq!(found.terms.factors.witnessed, 5, "and a day with nobody else");
    assert_eq!(found.terms.factors.own_events, 8);
}

/// The term after these events: a kind and a partner each, all on one day.
fn term(kinds: &[usize], partner: impl Fn(usize) -> u32) -> f64 {
    const KINDS: [EventKind; 3] = [EventKind::Attestation, EventKind::Receipt, EventKind::Vote];
    let (mut world, mut town) = (WorldFold::new(), Town::default());
    town.set(0, 1, 600_000, 0);
    for (number, &kind) in kinds.iter().enumerate() {
        let mut event = word(number as u64, 1, partner(number), 0);
        event.kind = KINDS[kind];
        world.apply(&event);
    }
    close(&mut world, &town, 1, 0);
    world.find(&realm(0), &person(1)).expect("the realm has seen it").terms.term
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn k20_repeating_one_partner_never_outweighs_the_same_from_eight(
        kinds in prop::collection::vec(0..3_usize, 8..60),
    ) {
        let (one, eight) = (term(&kinds, |_| 50), term(&kinds, |i| 50 + u32::try_from(i % 8).unwrap()));
        prop_assert!(one <= eight);
        if one > 0.0 {
            // n is 1 against 8.
            prop_assert!((eight / one - (8.0 / 18.0) / (1.0 / 11.0)).abs() < 1e-9);
        }
    }

    #[test]
    fn diversity_is_between_nothing_and_all_partners_alike(
        counts in prop::collection::vec(1..=90_u8, 1..40),
    ) {
        let bits = diversity_bits(&counts);
        prop_assert!(bits >= 0.0);
        prop_assert!(bits <= (counts.len() as f64).log2() + 1e-9);
        let total: f64 = counts.iter().map(|&count| f64::from(count)).sum();
        let entropy: f64 = counts
            .iter()
            .map(|&count| f64::from(count) / total)
            .map(|share| -share * share.log2())
            .sum();
        prop_assert!((bits - entropy).abs() < 1e-8);
    }
}

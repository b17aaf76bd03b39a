//! §9: the formula of one subject.

use erynoa_events::EventKind;
use erynoa_kernel::DAY_US;
use erynoa_world::{Factors, Terms, WorldFold, surprisal_bits};
use proptest::prelude::*;

use crate::town::{Town, close, person, realm, word};

#[test]
fn worked_example_of_a_busy_trusted_subject() {
    let terms = Factors {
        witnessed: 50,
        own_events: 1_000,
        norm_ppm: 809_100,
        surprisal_bits: 4.0,
        human_ppm: 1_500_000,
        idle_days: 0,
    }
    .terms();
    assert!((terms.x - 0.9758).abs() < 5e-5, "{}", terms.x);
    assert!((terms.term - 0.5657).abs() < 5e-5, "{}", terms.term);
    assert!((terms.activity - 50.0 / 60.0).abs() < 1e-12);
    assert!((terms.recency - 1.0).abs() < 1e-12);
}

#[test]
fn a_day_without_events_takes_a_hundredth_of_the_weight() {
    let at = |idle_days| Factors {
        witnessed: 10,
        own_events: 10,
        norm_ppm: 500_000,
        surprisal_bits: 2.0,
        human_ppm: 1_000_000,
        idle_days,
    };
    let fresh = at(0).terms().term;
    assert!((at(1).terms().term / fresh - 0.99).abs() < 1e-12);
    assert!((at(100).terms().term / fresh - 0.99_f64.powi(100)).abs() < 1e-12);
}

#[test]
fn surprise_is_the_mean_over_the_kinds() {
    // Five kinds once each: −log₂(2 / 10).
    assert!((surprisal_bits(&[1; 5]) - 5_f64.log2()).abs() < 1e-12);
    // One kind alone surprises nobody, however often.
    assert!(surprisal_bits(&[1]).abs() < 1e-12);
    assert!(surprisal_bits(&[10_000]).abs() < 1e-12);
    assert!(surprisal_bits(&[]).abs() < 1e-12);
    // 3 and 1 of 4, two kinds: −log₂(4/6), −log₂(2/6).
    let expected = (1.5_f64.log2() + 3_f64.log2()) / 2.0;
    assert!((surprisal_bits(&[3, 1]) - expected).abs() < 1e-12);
}

#[test]
fn surprise_counts_sixteen_bits_at_most() {
    // One event of 28 kinds beside 4 000 000 000 of another: above 30 bits.
    let mut counts = vec![1; 28];
    counts.push(4_000_000_000);
    assert!((surprisal_bits(&counts) - 16.0).abs() < f64::EPSILON);
}

fn factors() -> impl Strategy<Value = Factors> {
    (
        0..100_000_u32,
        0..10_000_000_u64,
        0..=1_000_000_u32,
        0.0..=16.0_f64,
        1_000_000..=2_000_000_u32,
        0..5_000_u64,
    )
        .prop_map(|(witnessed, own_events, norm_ppm, surprisal_bits, human_ppm, idle_days)| {
            Factors { witnessed, own_events, norm_ppm, surprisal_bits, human_ppm, idle_days }
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn k15_every_part_of_a_term_is_within_its_bounds(factors in factors()) {
        let Terms { activity, x, sigma, human_factor, recency, term, .. } = factors.terms();
        prop_assert!((0.0..1.0).contains(&activity));
        prop_assert!(x >= 0.0 && x.is_finite());
        prop_assert!((0.0..=1.0).contains(&sigma));
        prop_assert!((1.0..=2.0).contains(&human_factor));
        prop_assert!(recency > 0.0 && recency <= 1.0);
        prop_assert!((0.0..2.0).contains(&term));
    }

    #[test]
    fn more_of_anything_never_lowers_a_term(factors in factors()) {
        let term = factors.terms().term;
        let more = [
            Factors { witnessed: factors.witnessed + 1, ..factors },
            Factors { own_events: factors.own_events + 1, ..factors },
            Factors { norm_ppm: (factors.norm_ppm + 1_000).min(1_000_000), ..factors },
            Factors { surprisal_bits: (factors.surprisal_bits + 0.1).min(16.0), ..factors },
            Factors { human_ppm: (factors.human_ppm + 1_000).min(2_000_000), ..factors },
        ];
        for better in more {
            prop_assert!(better.terms().term >= term);
        }
        let idle = Factors { idle_days: factors.idle_days + 1, ..factors };
        prop_assert!(idle.terms().term <= term);
    }
}

/// Kinds that a newcomer can use in any mixture.
const KINDS: [EventKind; 5] = [
    EventKind::Attestation,
    EventKind::Receipt,
    EventKind::RealmJoined,
    EventKind::Vote,
    EventKind::Custom,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Terms do not depend on each other: a thousand add a thousand times one.
    #[test]
    fn a_thousand_newcomers_with_five_events_each_add_less_than_a_twentieth(
        choices in prop::collection::vec((0..5_usize, 0..8_u32), 5),
        mut days in prop::collection::vec(0..80_u64, 5),
    ) {
        let (mut world, town) = (WorldFold::new(), Town::default());
        days.sort_unstable();
        for (number, (&(kind, partner), &day)) in (1..).zip(choices.iter().zip(&days)) {
            let mut event = word(number, 1_000, partner, day * DAY_US);
            event.kind = KINDS[kind];
            world.apply(&event);
            close(&mut world, &town, number, day);
        }
        let sum = world.own_world(&realm(0)) * 1_000.0;
        prop_assert!(sum < 0.05, "{}", sum);
        prop_assert_eq!(sum > 0.0, choices.iter().any(|choice| choice.0 != choices[0].0));
    }
}

#[test]
fn a_thousand_newcomers_at_their_best_add_less_than_a_twentieth() {
    let (mut world, town) = (WorldFold::new(), Town::default());
    let mut number = 0;
    for newcomer in 0..1_000 {
        for (kind, partner) in KINDS.into_iter().zip(0..) {
            number += 1;
            let mut event = word(number, 1_000 + newcomer, partner, number);
            event.kind = kind;
            world.apply(&event);
        }
    }
    close(&mut world, &town, 1, 0);
    let sum = world.own_world(&realm(0));
    assert!(sum > 0.04 && sum < 0.05, "{sum}");
    assert_eq!(world.find(&realm(0), &person(1_500)).unwrap().terms.factors.witnessed, 5);
}

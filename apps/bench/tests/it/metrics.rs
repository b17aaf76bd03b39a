//! Areas, percentiles and intervals against values worked out by hand.

use erynoa_bench::metrics::{Bootstrap, Observation, Scatter, Strata, percentile};
use proptest::prelude::*;

fn observations(scores: &[(f64, bool)]) -> Vec<Observation> {
    (0..).zip(scores).map(|(person, &(score, good))| Observation { person, score, good }).collect()
}

fn strata(strata: &[&[(f64, bool)]]) -> Strata {
    let mut all = Strata::default();
    strata.iter().for_each(|scores| all.push(observations(scores)));
    all
}

fn close(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-12, "{left} is not {right}");
}

#[test]
fn the_area_is_the_share_of_pairs_in_order_and_ties_count_half() {
    // Pairs: (3, 1) won, (3, 2) won, (2, 1) won, (2, 2) tied.
    close(strata(&[&[(1.0, false), (2.0, false), (3.0, true), (2.0, true)]]).auc(), 3.5 / 4.0);
    close(strata(&[&[(1.0, true), (2.0, false)]]).auc(), 0.0);
    close(strata(&[&[(1.0, true), (1.0, false)]]).auc(), 0.5);
    close(strata(&[&[(1.0, true)]]).auc(), 0.5);
}

#[test]
fn pairs_are_made_within_a_stratum_and_pooled_over_all() {
    // One pair lost in the first, two pairs won in the second.
    let two = strata(&[&[(1.0, true), (2.0, false)], &[(0.1, false), (0.2, true), (0.3, true)]]);
    close(two.auc(), 2.0 / 3.0);
    close(two.slice(1..2).auc(), 1.0);
}

#[test]
fn a_person_of_weight_two_counts_as_two_people() {
    let weighted = strata(&[&[(1.0, false), (2.0, true), (0.5, true)]]);
    // Won: 2·1, lost: 1·1.
    close(weighted.weighted_auc(|person| if person == 1 { 2.0 } else { 1.0 }), 2.0 / 3.0);
}

#[test]
fn a_percentile_counts_the_lower_and_half_of_the_equal() {
    close(percentile(2.0, [1.0, 2.0, 2.0, 3.0]), 50.0);
    close(percentile(9.0, [1.0, 2.0]), 100.0);
    close(percentile(1.0, [1.0, 2.0]), 25.0);
}

#[test]
fn intervals_hold_the_value_and_depend_on_the_seed_alone() {
    let scores: Vec<(f64, bool)> =
        (0..200_u8).map(|index| (f64::from(index % 17), index % 3 == 0)).collect();
    let strata = strata(&[&scores]);
    let first = Bootstrap::new(200, 200, 7).auc(&strata);
    assert_eq!(first, Bootstrap::new(200, 200, 7).auc(&strata));
    assert_ne!(first, Bootstrap::new(200, 200, 8).auc(&strata));
    assert!(first.low < first.value && first.value < first.high);
    let nothing = Bootstrap::new(200, 200, 7).difference(&strata, &strata);
    close(nothing.low.abs() + nothing.high.abs(), 0.0);
}

#[test]
fn a_choice_has_no_item_twice_and_begins_the_same_when_it_is_longer() {
    let items: Vec<u32> = (0..50).collect();
    let short = Scatter::new(3).choose(&items, 10);
    let long = Scatter::new(3).choose(&items, 60);
    assert_eq!(long[..10], short);
    assert_eq!(long.len(), 50);
    let mut sorted = long;
    sorted.sort_unstable();
    assert_eq!(sorted, items);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn the_area_is_what_counting_every_pair_gives(
        scores in prop::collection::vec((0_u8..6, any::<bool>()), 0..30),
    ) {
        let scores: Vec<(f64, bool)> =
            scores.into_iter().map(|(score, good)| (f64::from(score), good)).collect();
        let (mut won_twice, mut pairs) = (0_u32, 0_u32);
        for (good, _) in scores.iter().filter(|(_, good)| *good) {
            for (bad, _) in scores.iter().filter(|(_, good)| !*good) {
                pairs += 1;
                won_twice += u32::from(good > bad) + u32::from(good >= bad);
            }
        }
        let expected =
            if pairs == 0 { 0.5 } else { f64::from(won_twice) / f64::from(2 * pairs) };
        prop_assert!((strata(&[&scores]).auc() - expected).abs() < 1e-12);
    }

    #[test]
    fn numbers_stay_below_their_limit(seed in any::<u64>(), limit in 1_usize..1_000) {
        let mut scatter = Scatter::new(seed);
        for _ in 0..20 {
            prop_assert!(scatter.below(limit) < limit);
        }
    }
}

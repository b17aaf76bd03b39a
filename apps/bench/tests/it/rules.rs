//! The other rules on networks small enough to work out by hand.

use erynoa_bench::agreeing::{FairnessGoodness, Rev2};
use erynoa_bench::counting::{Beta, MeanRating};
use erynoa_bench::dataset::{DAY_US, FOUNDER};
use erynoa_bench::flowing::{EigenTrust, EigenTrustMean, PageRank};
use erynoa_bench::rule::{Rule, Scene};
use erynoa_bench::rules;
use proptest::prelude::*;

use crate::data::{ratings, scene};

fn close(left: f64, right: f64) {
    assert!((left - right).abs() < 1e-6, "{left} is not {right}");
}

#[test]
fn the_mean_is_the_mean_and_nothing_without_ratings() {
    let said = ratings(&[(1, 2, 10), (3, 2, -5), (4, 2, 1)]);
    let scores = MeanRating.scores(&scene(&said, 5));
    close(scores[2], 0.2);
    close(scores[3], 0.0);
}

#[test]
fn beta_counts_good_and_bad_and_forgets_by_half_lives() {
    let said = ratings(&[(1, 2, 10), (3, 2, 10), (4, 2, 10), (5, 2, -10)]);
    let beta = Beta { half_life_days: None };
    let scores = beta.scores(&scene(&said, 6));
    close(scores[2], 4.0 / 6.0);
    close(scores[3], 0.5);
    // One good rating, a half-life ago: 1.5 / 2.5.
    let forgetting = Beta { half_life_days: Some(10.0) };
    let later = Scene { at_us: 11 * DAY_US, ..scene(&said[..1], 3) };
    close(forgetting.scores(&later)[2], 1.5 / 2.5);
}

#[test]
fn eigen_trust_flows_from_the_founder() {
    // t₁ = .15 + .85·t₂, for 2 has nobody to give to; t₂ = .85·t₁.
    let said = ratings(&[(1, 2, 7), (3, 4, 10), (4, 3, 10), (2, 5, -10)]);
    let scores = EigenTrust.scores(&scene(&said, 6));
    close(scores[1], 0.15 / (1.0 - 0.85 * 0.85));
    close(scores[2], 0.85 * scores[1]);
    // Nobody whom the founder can reach trusts these.
    close(scores[3] + scores[4] + scores[5], 0.0);
}

#[test]
fn eigen_trust_is_shared_by_the_size_of_the_rating() {
    let said = ratings(&[(1, 2, 9), (1, 3, 3)]);
    let scores = EigenTrust.scores(&scene(&said, 4));
    close(scores[2], 3.0 * scores[3]);
}

#[test]
fn a_mean_weighted_by_eigen_trust_hears_only_the_trusted() {
    let said = ratings(&[(1, 2, 10), (2, 3, 5), (4, 3, -10)]);
    let mean = |signs, doubt| EigenTrustMean { signs, doubt }.scores(&scene(&said, 5))[3];
    close(mean(false, 0.0), 0.5);
    close(mean(true, 0.0), 1.0);
    // Of 2, who speaks about 3 alone: as much doubt as trust halves the word.
    let trust = EigenTrust.scores(&scene(&said, 5))[2];
    close(mean(true, trust), 0.5);
}

#[test]
fn page_rank_of_a_circle_is_even_and_praise_raises_it() {
    let circle = ratings(&[(1, 2, 1), (2, 3, 1), (3, 1, 1)]);
    let scores = PageRank.scores(&scene(&circle, 4));
    for score in &scores[1..] {
        close(*score, 1.0 / 3.0);
    }
    let praised = ratings(&[(1, 2, 1), (2, 3, 1), (3, 1, 1), (4, 3, 1)]);
    let scores = PageRank.scores(&scene(&praised, 5));
    assert!(scores[3] > scores[1] && scores[1] > scores[4]);
    close(scores.iter().sum::<f64>(), 1.0);
}

#[test]
fn a_rater_alone_is_fair_and_two_who_disagree_are_half_so() {
    let alone = ratings(&[(1, 2, 10)]);
    close(FairnessGoodness.scores(&scene(&alone, 3))[2], 1.0);
    // f = ½ for both, so g = (½ − ½) / 2.
    let disagreeing = ratings(&[(1, 3, 10), (2, 3, -10)]);
    close(FairnessGoodness.scores(&scene(&disagreeing, 4))[3], 0.0);
    close(Rev2.scores(&scene(&disagreeing, 4))[3], 0.0);
}

#[test]
fn an_unfair_rater_counts_less() {
    // 9 disagrees with the others about 2 and 3, so that its word about 4
    // weighs less than that of 5.
    let said = ratings(&[
        (5, 2, 10),
        (6, 2, 10),
        (9, 2, -10),
        (5, 3, 10),
        (6, 3, 10),
        (9, 3, -10),
        (5, 4, 10),
        (9, 4, -10),
    ]);
    for rule in [&FairnessGoodness as &dyn Rule, &Rev2] {
        let scores = rule.scores(&scene(&said, 10));
        assert!(scores[4] > 0.05 && scores[4] < scores[2], "{}: {scores:?}", rule.name());
    }
}

#[test]
fn rules_have_names_of_their_own_and_the_protocol_is_the_last() {
    let rules = rules::all();
    let mut names: Vec<&str> = rules.iter().map(|rule| rule.name()).collect();
    assert_eq!(names.last(), Some(&"protocol §5"));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 10);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_rule_scores_everybody_and_twice_the_same(
        said in prop::collection::btree_map(
            (0_u32..12, 0_u32..12),
            (-10_i8..=10).prop_filter("no rating is 0", |value| *value != 0),
            0..40,
        ),
    ) {
        let said: Vec<(u32, u32, i8)> = said
            .into_iter()
            .filter(|((rater, ratee), _)| rater != ratee)
            .map(|((rater, ratee), value)| (rater, ratee, value))
            .collect();
        let said = ratings(&said);
        let scene = Scene { founder: FOUNDER, ..scene(&said, 12) };
        for rule in rules::all() {
            let scores = rule.scores(&scene);
            prop_assert_eq!(scores.len(), 12);
            prop_assert!(scores.iter().all(|score| score.is_finite()), "{}", rule.name());
            prop_assert_eq!(scores, rule.scores(&scene), "{}", rule.name());
        }
    }
}

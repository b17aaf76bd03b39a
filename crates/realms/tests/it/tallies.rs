//! Counting: thresholds, quorum, credits, vetoes.

use erynoa_events::ProposalKind;
use erynoa_realms::{Tally, cost, credits_after, is_vetoed, ratio_ppm, threshold_ppm, timelock_s};
use proptest::prelude::*;

fn tally(votes_for: u64, votes_against: u64, voters: u32) -> Tally {
    Tally { votes_for, votes_against, voters }
}

#[test]
fn n_votes_cost_n_squared_of_a_hundred_credits() {
    assert_eq!([1, -1, 2, -7, 10, -10].map(cost), [1, 1, 4, 49, 100, 100]);
    assert_eq!(credits_after(0, 10), Some(0));
    assert_eq!(credits_after(1, 10), None);
    assert_eq!(credits_after(51, -7), Some(0));
    assert_eq!(credits_after(52, -7), None);
    assert_eq!(credits_after(100, 1), None);
}

#[test]
fn thresholds_and_timelocks_are_those_of_the_kinds() {
    let table = ProposalKind::ALL.map(|kind| (threshold_ppm(kind), timelock_s(kind) / 3600));
    assert_eq!(table, [(500_000, 24), (600_000, 48), (670_000, 72), (750_000, 24), (800_000, 168)]);
}

#[test]
fn a_proposal_passes_only_above_its_threshold() {
    for kind in ProposalKind::ALL {
        let threshold = u64::from(threshold_ppm(kind));
        let at = tally(threshold, 1_000_000 - threshold, 1);
        let above = tally(threshold + 1, 999_999 - threshold, 1);
        assert!(!at.passes(kind, 1), "{kind:?} passes at its threshold");
        assert!(above.passes(kind, 1), "{kind:?} does not pass above its threshold");
    }
}

#[test]
fn a_tenth_of_those_who_could_vote_must() {
    assert!(tally(1, 0, 1).passes(ProposalKind::Parameter, 10));
    assert!(!tally(1, 0, 1).passes(ProposalKind::Parameter, 11));
    assert!(tally(1, 0, 2).passes(ProposalKind::Parameter, 20));
    assert!(!Tally::default().passes(ProposalKind::Parameter, 0));
}

#[test]
fn a_third_of_the_weight_vetoes() {
    assert!(is_vetoed(33, 100));
    assert!(!is_vetoed(32, 100));
    assert!(!is_vetoed(0, 0));
    assert!(is_vetoed(1, 3));
    assert!(!is_vetoed(329_999, 1_000_000));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn k21_credits_are_never_negative(votes in prop::collection::vec(-10i8..=10, 0..30)) {
        let mut spent = 0;
        for n in votes.into_iter().filter(|n| *n != 0) {
            if let Some(left) = credits_after(spent, n) {
                spent += cost(n);
                prop_assert_eq!(spent + left, 100);
            } else {
                prop_assert!(spent + cost(n) > 100);
            }
        }
        prop_assert!(spent <= 100);
    }

    #[test]
    fn k21_the_tally_is_the_same_under_every_permutation(
        votes in prop::collection::vec((-10i8..=10, 0u32..=1_000_000), 0..20)
            .prop_flat_map(|votes| (Just(votes.clone()), Just(votes).prop_shuffle())),
    ) {
        let count = |votes: &[(i8, u32)]| {
            let mut tally = Tally::default();
            votes.iter().for_each(|&(n, norm)| tally.add(n, norm));
            tally
        };
        prop_assert_eq!(count(&votes.0), count(&votes.1));
        let sum = |sign: i64| -> i64 {
            let weights = votes.0.iter().map(|&(n, norm)| i64::from(n) * i64::from(norm) * sign);
            weights.filter(|weight| *weight > 0).sum()
        };
        let counted = count(&votes.0);
        prop_assert_eq!(counted.votes_for, u64::try_from(sum(1)).expect("not negative"));
        prop_assert_eq!(counted.votes_against, u64::try_from(sum(-1)).expect("not negative"));
    }

    #[test]
    fn shares_are_at_most_one_and_floored(part: u64, more: u64) {
        let whole = u128::from(part) + u128::from(more);
        let share = u128::from(ratio_ppm(part, whole));
        prop_assert!(share <= 1_000_000);
        prop_assert!(share * whole <= u128::from(part) * 1_000_000);
        if whole > 0 {
            prop_assert!((share + 1) * whole > u128::from(part) * 1_000_000);
        }
    }
}

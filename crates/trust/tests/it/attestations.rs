//! Slots, voices, the budget, revocation and expiry.

use erynoa_events::{Attestation, Body, Dimension, Polarity, ReceiptOutcome};
use erynoa_trust::parameters::UNIT;
use erynoa_trust::{Prior, Sums, trust_ppm};
use proptest::prelude::*;

use crate::vouching::vouch;
use crate::world::{DAY, World, attestation, person, realm, receipt};

const R: Dimension = Dimension::Reliability;
const I: Dimension = Dimension::Integrity;
const C: Dimension = Dimension::Competence;

#[test]
fn worked_example_newcomer_then_a_founders_positive() {
    let mut world = World::founded_by(&[0, 1]);
    world.close();
    assert_eq!(world.trust_ppm(2, R), 100_000);
    world.praise(0, 2, R);
    world.close();
    assert_eq!(world.trust_ppm(2, R), 357_142);
    assert_eq!(world.standing_ppm(2), 357_142);
}

#[test]
fn worked_example_then_a_negative_of_a_voice_on_the_same_day() {
    let mut world = World::founded_by(&[0, 1]);
    world.praise(0, 2, R);
    world.close();
    world.blame(1, 2, R);
    world.close();
    assert_eq!(world.trust_ppm(2, R), 192_307);
}

#[test]
fn worked_example_fifty_negatives_without_a_voice_weigh_one() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 2, R);
    world.close();
    for newcomer in 10..60 {
        world.blame(newcomer, 2, R);
    }
    world.close();
    assert_eq!(world.trust_ppm(2, R), 192_307);
}

#[test]
fn founders_have_their_voice_in_the_epoch_that_makes_them() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 2, R);
    world.close();
    assert_eq!(world.trust_ppm(2, R), 357_142);
    assert!(world.vector(0).founder && world.vector(0).has_voice);
    assert_eq!(world.vector(0).voice_micro, 2 * UNIT);
}

#[test]
fn a_positive_without_a_voice_adds_nothing_and_can_be_renewed_with_one() {
    let mut world = World::founded_by(&[0]);
    world.praise(1, 2, R);
    world.close();
    assert_eq!(world.trust_ppm(2, R), 100_000);
    world.praise(0, 1, R);
    world.close();
    assert!(world.vector(1).has_voice);
    assert_eq!(world.trust_ppm(2, R), 100_000, "the weight is the one at its own epoch");
    world.praise(1, 2, R);
    world.close();
    assert_eq!(world.vector(2).values[0].sums.positive, 285_713);
}

#[test]
fn weights_come_from_the_epoch_before() {
    let mut world = World::founded_by(&[0]);
    world.close();
    world.praise(0, 1, R);
    world.praise(1, 2, R);
    world.close();
    assert_eq!(world.trust_ppm(2, R), 100_000);
}

#[test]
fn a_newer_attestation_replaces_the_older_exactly() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 2, R);
    world.close();
    world.now += 100 * DAY;
    world.blame(0, 2, R);
    world.close();
    let value = world.vector(2).values[0];
    assert_eq!(value.sums, Sums { positive: 0, negative: UNIT, unvoiced: 0 });
    assert_eq!(value.trust_ppm, trust_ppm(value.sums, Prior::NEWCOMER, 6));
}

#[test]
fn an_older_attestation_that_arrives_late_is_replaced_from_the_start() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 2, R);
    world.close();
    let before = world.vector(2);
    let late = attestation(2, R, Polarity::Negative, "");
    world.say_at(0, Body::Attestation(late), 19_000 * DAY);
    let outcome = world.close();
    assert_eq!(world.vector(2), before);
    assert!(outcome.changed.is_empty());
}

#[test]
fn a_revocation_removes_and_the_replaced_one_does_not_come_back() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 2, R);
    world.close();
    let second = world.praise(0, 2, R);
    world.close();
    world.take_back(0, second);
    world.close();
    assert_eq!(world.trust_ppm(2, R), 100_000);
    assert_eq!(world.standing_ppm(2), 100_000);
}

#[test]
fn a_revocation_in_the_attestations_own_epoch_leaves_nothing() {
    let mut world = World::founded_by(&[0]);
    world.close();
    let root_before = world.fold.state_root();
    let id = world.praise(0, 2, R);
    world.take_back(0, id);
    let outcome = world.close();
    assert_eq!(world.trust_ppm(2, R), 100_000);
    assert!(outcome.changed.is_empty());
    assert_eq!(outcome.state_root, *blake3::hash(&root_before).as_bytes());
}

#[test]
fn nobody_revokes_the_word_of_another() {
    let mut world = World::founded_by(&[0, 1]);
    let id = world.praise(0, 2, R);
    world.close();
    world.take_back(1, id);
    world.close();
    assert_eq!(world.trust_ppm(2, R), 357_142);
}

fn praise_until(world: &mut World, expires_at_us: u64) {
    let body = Attestation {
        expires_at_us: Some(expires_at_us),
        ..attestation(2, R, Polarity::Positive, "")
    };
    world.say(0, Body::Attestation(body));
}

#[test]
fn an_expiry_removes_in_the_first_epoch_whose_closing_reaches_it() {
    let mut world = World::founded_by(&[0]);
    let end = world.now + 10 * DAY;
    praise_until(&mut world, end);
    world.close();
    world.fold.close(end - 1);
    assert!(world.trust_ppm(2, R) > 350_000);
    let outcome = world.fold.close(end);
    assert_eq!(world.trust_ppm(2, R), 100_000);
    assert_eq!(outcome.changed, vec![(realm(0), person(2))]);
}

#[test]
fn an_attestation_that_ends_within_its_epoch_replaces_but_adds_nothing() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 2, R);
    world.close();
    let end = world.now + 2;
    praise_until(&mut world, end);
    world.close();
    assert_eq!(world.trust_ppm(2, R), 100_000);
}

#[test]
fn a_renewed_attestation_does_not_expire_with_the_old_one() {
    let mut world = World::founded_by(&[0]);
    let end = world.now + 10 * DAY;
    praise_until(&mut world, end);
    world.close();
    world.praise(0, 2, R);
    world.close();
    world.fold.close(end + DAY);
    assert!(world.trust_ppm(2, R) > 350_000);
}

#[test]
fn standing_counts_of_each_attester_only_the_newest() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 2, R);
    let middle = world.praise(0, 2, I);
    let newest = world.praise_domain(0, 2, "law");
    world.close();
    let vector = world.vector(2);
    assert_eq!(vector.standing.sums.positive, 2 * UNIT);
    assert_eq!(vector.values_ppm()[..3], [357_142; 3]);
    world.take_back(0, newest);
    world.blame(1, 3, R);
    world.close();
    assert_eq!(world.standing_ppm(2), 357_142, "the one before counts instead");
    world.blame(0, 2, R);
    world.close();
    assert_eq!(world.vector(2).standing.sums.negative, UNIT);
    world.take_back(0, middle);
    world.close();
    assert_eq!(world.vector(2).standing.sums, Sums { negative: UNIT, ..Sums::default() });
}

#[test]
fn more_labels_do_not_make_a_second_voice_in_competence() {
    let mut world = World::founded_by(&[0]);
    for domain in ["", "rust", "law", "zoology"] {
        world.praise_domain(0, 2, domain);
    }
    world.close();
    let vector = world.vector(2);
    assert_eq!(vector.values[C.index()].sums.positive, 2 * UNIT);
    let names: Vec<&str> = vector.domains.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["law", "rust", "zoology"]);
    assert!(vector.domains.iter().all(|(_, value)| value.trust_ppm == 357_142));
}

#[test]
fn beyond_the_budget_each_new_attestation_counts_forty_over_k() {
    let mut world = World::founded_by(&[0]);
    for subject in 10..90 {
        world.praise(0, subject, R);
    }
    world.close();
    assert_eq!(world.vector(10).values[0].sums.positive, 2 * UNIT * 40 / 80);
    // The 81st in the window, 90 days later; those before keep their weight.
    world.now += 90 * DAY;
    world.praise(0, 5, R);
    world.close();
    assert_eq!(world.vector(5).values[0].sums.positive, 2 * UNIT * 40 / 81);
    // A day later the first eighty are out of the window.
    world.now += DAY;
    world.praise(0, 6, R);
    world.close();
    assert_eq!(world.vector(6).values[0].sums.positive, 2 * UNIT);
}

#[test]
fn negatives_share_the_budget_with_and_without_a_voice() {
    let mut world = World::founded_by(&[0]);
    for subject in 10..90 {
        world.blame(0, subject, R);
        world.blame(1, subject, I);
    }
    world.close();
    assert_eq!(world.vector(10).values[R.index()].sums.negative, UNIT / 2);
    assert_eq!(world.vector(10).values[I.index()].sums.unvoiced, UNIT / 2);
}

#[test]
fn agents_add_nothing_to_their_controller_nor_to_each_other() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 100, R);
    world.blame(0, 100, I);
    world.close();
    assert_eq!(world.vector(100).values_ppm(), [100_000; 6]);
    world.praise(0, 101, R);
    world.close();
    world.praise(101, 1, R);
    world.blame(101, 1, I);
    let outcome = world.close();
    assert_eq!(world.vector(1).values_ppm(), [100_000; 6]);
    assert!(outcome.changed.is_empty());
}

#[test]
fn closing_without_news_hashes_the_root_before_alone() {
    let mut world = World::founded_by(&[0]);
    let first = world.close();
    assert_eq!(first.state_root, *blake3::hash(&[0; 32]).as_bytes());
    assert_eq!(first.changed, vec![(realm(0), person(0))], "founded, without a record");
    let second = world.close_after(400);
    assert_eq!(second.state_root, *blake3::hash(&first.state_root).as_bytes());
    assert!(second.changed.is_empty());
    assert_eq!((second.epoch, second.day), (2, 20_400));
}

#[test]
fn the_time_of_epochs_never_runs_backwards() {
    let mut world = World::founded_by(&[0]);
    world.close();
    let time = world.fold.closed_at_us();
    world.fold.close(time - DAY);
    assert_eq!(world.fold.closed_at_us(), time);
}

/// K20
#[test]
fn repeating_one_partner_never_outweighs_the_same_evidence_from_eight() {
    let mut world = World::founded_by(&[0, 1, 2, 3, 4, 5, 6]);
    world.praise(0, 7, R);
    world.praise(1, 7, R);
    world.close();
    for attester in 0..8 {
        world.praise(0, 20, Dimension::ALL[attester as usize % 4]);
        world.praise_domain(0, 20, ["", "rust", "law"][attester as usize % 3]);
        world.praise(attester, 21, R);
    }
    world.close();
    assert_eq!(world.vector(20).standing.sums.positive, 2 * UNIT);
    assert!(world.standing_ppm(20) < world.standing_ppm(21));
    assert!(world.trust_ppm(20, R) < world.trust_ppm(21, R));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// The Sybil bound.
    #[test]
    fn any_number_of_newcomers_moves_trust_at_most_by_the_capped_unit(
        praised in 0..4u32,
        waves in prop::collection::vec((1..40u32, any::<bool>(), 0..3usize, 0..40u64), 1..5),
    ) {
        let mut world = World::founded_by(&[0, 1, 2, 3]);
        for founder in 0..praised {
            world.praise(founder, 4, R);
        }
        world.close();
        let mut newcomer = 1000;
        for (count, positive, dimension, days) in waves {
            for _ in 0..count {
                newcomer += 1;
                let dimension = Dimension::ALL[dimension];
                if positive {
                    world.praise(newcomer, 4, dimension);
                    world.praise(newcomer, newcomer - 1, dimension);
                    vouch(&mut world, newcomer, 4, 300_000);
                    vouch(&mut world, newcomer, newcomer - 1, 300_000);
                    let kept = receipt(4, newcomer, ReceiptOutcome::Kept, 1, &realm(0));
                    world.say(newcomer, Body::Receipt(kept));
                } else {
                    world.blame(newcomer, 4, dimension);
                }
            }
            world.close_after(days);
        }
        for (value, dimension) in world.vector(4).values.iter().zip(Dimension::ALL) {
            let honest = Sums { unvoiced: 0, ..value.sums };
            let attacked = Sums { unvoiced: UNIT, ..value.sums };
            let lambda = erynoa_trust::lambda_of(dimension);
            prop_assert!(value.trust_ppm <= trust_ppm(honest, Prior::NEWCOMER, lambda));
            prop_assert!(value.trust_ppm >= trust_ppm(attacked, Prior::NEWCOMER, lambda));
            prop_assert_eq!(value.sums.negative, 0);
            prop_assert!(value.sums.positive <= 2 * UNIT * u64::from(praised));
        }
        for sybil in 1001..=newcomer {
            prop_assert!(!world.vector(sybil).has_voice);
        }
    }
}

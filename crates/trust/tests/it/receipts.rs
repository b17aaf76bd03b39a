//! Receipts and equivocation proofs.

use erynoa_events::{Body, Dimension, ReceiptOutcome};
use erynoa_trust::parameters::UNIT;
use erynoa_trust::{PartKind, PartState, Sums, Target};
use proptest::prelude::*;

use crate::world::{World, contradiction, equivocation, person, realm, receipt};

fn deliver(world: &mut World, performer: u32, client: u32, outcome: ReceiptOutcome, nonce: u8) {
    let body = receipt(performer, client, outcome, nonce, &realm(0));
    world.say(performer, Body::Receipt(body));
}

fn reliability(world: &World, who: u32) -> Sums {
    world.vector(who).values[0].sums
}

#[test]
fn a_kept_receipt_adds_the_voice_weight_of_the_client() {
    let mut world = World::founded_by(&[0]);
    deliver(&mut world, 1, 0, ReceiptOutcome::Kept, 1);
    world.close();
    assert_eq!(reliability(&world, 1).positive, 2 * UNIT);
    deliver(&mut world, 2, 1, ReceiptOutcome::Kept, 1);
    world.close();
    assert_eq!(reliability(&world, 2).positive, 285_713);
    deliver(&mut world, 3, 4, ReceiptOutcome::Kept, 1);
    world.close();
    assert_eq!(reliability(&world, 3), Sums::default(), "a newcomer has no voice");
}

#[test]
fn a_kept_receipt_needs_a_voice_of_the_client() {
    let mut world = World::founded_by(&[0, 1, 2]);
    // A standing of 0.277: a ν of 0.197, and no voice.
    world.praise(0, 5, Dimension::Reliability);
    world.close();
    let end = world.now;
    world.blame(3, 5, Dimension::Reliability);
    world.close();
    let standing = world.standing_ppm(5);
    assert!(standing > 100_000 && standing < 300_000);
    assert!(world.vector(5).voice_micro > 0);
    deliver(&mut world, 6, 5, ReceiptOutcome::Kept, 1);
    world.close();
    assert_eq!(reliability(&world, 6), Sums::default());
    let parts = world.fold.explain(&realm(0), &person(6), &Target::Standing).parts;
    assert_eq!(parts[0].state, PartState::NoVoice);
    assert!(world.now > end);
}

#[test]
fn broken_and_aborted_receipts_count_in_full_against_the_performer() {
    let mut world = World::founded_by(&[0]);
    deliver(&mut world, 1, 4, ReceiptOutcome::Broken, 1);
    deliver(&mut world, 2, 4, ReceiptOutcome::AbortedByPerformer, 1);
    deliver(&mut world, 3, 4, ReceiptOutcome::AbortedByClient, 1);
    world.close();
    assert_eq!(reliability(&world, 1).negative, UNIT);
    assert_eq!(reliability(&world, 2).negative, UNIT / 2);
    assert_eq!(reliability(&world, 3), Sums::default());
    assert_eq!(reliability(&world, 4), Sums::default());
    assert_eq!(world.vector(1).standing.sums.negative, UNIT);
}

#[test]
fn equal_terms_count_once_whoever_brings_them() {
    let mut world = World::founded_by(&[0]);
    let body = receipt(1, 0, ReceiptOutcome::Kept, 7, &realm(0));
    world.say(1, Body::Receipt(body.clone()));
    world.say(0, Body::Receipt(body.clone()));
    world.close();
    world.say(1, Body::Receipt(body));
    world.close();
    assert_eq!(reliability(&world, 1).positive, 2 * UNIT);
    deliver(&mut world, 1, 0, ReceiptOutcome::Kept, 8);
    world.close();
    assert_eq!(reliability(&world, 1).positive, 4 * UNIT);
    let parts =
        world.fold.explain(&realm(0), &person(1), &Target::Dimension(Dimension::Reliability)).parts;
    let states: Vec<PartState> = parts.iter().map(|part| part.state).collect();
    assert_eq!(
        states,
        [PartState::Live, PartState::Replaced, PartState::Replaced, PartState::Live]
    );
    assert!(parts.iter().all(|part| part.source == person(0)));
}

#[test]
fn in_the_standing_the_newest_kept_receipt_of_each_client_counts() {
    let mut world = World::founded_by(&[0, 1]);
    for nonce in 0..3 {
        deliver(&mut world, 5, 0, ReceiptOutcome::Kept, nonce);
    }
    deliver(&mut world, 5, 1, ReceiptOutcome::Kept, 1);
    world.close();
    assert_eq!(reliability(&world, 5).positive, 8 * UNIT);
    assert_eq!(world.vector(5).standing.sums.positive, 4 * UNIT);
    let parts = world.fold.explain(&realm(0), &person(5), &Target::Standing).parts;
    let states: Vec<PartState> = parts.iter().map(|part| part.state).collect();
    assert_eq!(
        states,
        [PartState::Replaced, PartState::Replaced, PartState::Live, PartState::Live]
    );
}

#[test]
fn in_the_standing_a_clients_word_comes_before_their_receipts() {
    let mut world = World::founded_by(&[0]);
    world.blame(0, 5, Dimension::Integrity);
    world.close();
    // Signed before the warning, brought after it.
    deliver(&mut world, 5, 0, ReceiptOutcome::Kept, 1);
    world.close();
    assert_eq!(reliability(&world, 5).positive, 2 * UNIT);
    assert_eq!(world.vector(5).standing.sums, Sums { negative: UNIT, ..Sums::default() });
    let warning = world.blame(0, 5, Dimension::Integrity);
    world.take_back(0, warning);
    world.close();
    assert_eq!(world.vector(5).standing.sums, Sums { positive: 2 * UNIT, ..Sums::default() });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// At most ν·(1 + 0.3) ≤ 1.3 units, and 1.4286 make a voice.
    #[test]
    fn no_single_member_gives_anybody_a_voice(
        supporters in 1..7u32,
        acts in prop::collection::vec((0..3u8, 0..4usize, any::<u8>(), 0..20u64), 1..30),
    ) {
        let mut world = World::founded_by(&[0, 1, 2, 3, 4, 5, 6]);
        for founder in 0..supporters {
            world.praise(founder, 10, Dimension::Reliability);
        }
        world.close();
        prop_assert!(world.vector(10).has_voice);
        for (act, dimension, nonce, days) in acts {
            match act {
                0 => {
                    world.praise(10, 11, Dimension::ALL[dimension]);
                }
                1 => deliver(&mut world, 11, 10, ReceiptOutcome::Kept, nonce),
                _ => {
                    crate::vouching::vouch(&mut world, 10, 11, 300_000);
                }
            }
            world.close_after(days);
            prop_assert!(!world.vector(11).has_voice);
        }
    }
}

#[test]
fn kept_receipts_take_part_of_the_clients_budget() {
    let mut world = World::founded_by(&[0]);
    for nonce in 0..80 {
        deliver(&mut world, 1, 0, ReceiptOutcome::Kept, nonce);
    }
    world.close();
    assert_eq!(reliability(&world, 1).positive, 80 * UNIT);
    world.praise(0, 2, Dimension::Reliability);
    world.close();
    assert_eq!(reliability(&world, 2).positive, 2 * UNIT * 40 / 81);
}

#[test]
fn broken_receipts_and_repeated_terms_take_nothing_of_the_budget() {
    let mut world = World::founded_by(&[0]);
    for nonce in 0..80 {
        deliver(&mut world, 1, 0, ReceiptOutcome::Broken, nonce);
        deliver(&mut world, 2, 0, ReceiptOutcome::Kept, 1);
    }
    world.close();
    for _ in 0..80 {
        deliver(&mut world, 2, 0, ReceiptOutcome::Kept, 1);
    }
    world.praise(0, 3, Dimension::Reliability);
    world.close();
    assert_eq!(reliability(&world, 1).negative, 80 * UNIT);
    assert_eq!(reliability(&world, 2).positive, 2 * UNIT);
    assert_eq!(reliability(&world, 3).positive, 2 * UNIT);
}

#[test]
fn receipts_within_one_root_count_nothing() {
    let mut world = World::founded_by(&[0]);
    deliver(&mut world, 100, 0, ReceiptOutcome::Kept, 1);
    deliver(&mut world, 100, 0, ReceiptOutcome::Broken, 2);
    world.close();
    assert_eq!(reliability(&world, 100), Sums::default());
    let parts = world.fold.explain(&realm(0), &person(100), &Target::Standing).parts;
    assert!(parts.iter().all(|part| part.state == PartState::SameRoot && part.weight == 0));
}

#[test]
fn an_equivocation_costs_ten_of_fidelity_once_per_key_and_prev() {
    let mut world = World::founded_by(&[0]);
    world.say(1, Body::EquivocationProof(equivocation(2, 1, 5)));
    world.say(3, Body::EquivocationProof(equivocation(2, 1, 5)));
    world.close();
    world.say(4, Body::EquivocationProof(equivocation(2, 1, 5)));
    world.close();
    let vector = world.vector(2);
    assert_eq!(vector.values[Dimension::Fidelity.index()].sums.negative, 10 * UNIT);
    assert_eq!(vector.values[Dimension::Fidelity.index()].trust_ppm, 10_000);
    assert_eq!(vector.standing.sums.negative, 10 * UNIT);
    assert_eq!(vector.values[0].trust_ppm, 100_000);
    world.say(4, Body::EquivocationProof(equivocation(2, 1, 6)));
    world.say(4, Body::EquivocationProof(equivocation(2, 2, 5)));
    world.say(4, Body::EquivocationProof(equivocation(2, 2, 0)));
    world.close();
    assert_eq!(world.vector(2).values[5].sums.negative, 40 * UNIT);
    let target = Target::Dimension(Dimension::Fidelity);
    let explanation = world.fold.explain(&realm(0), &person(2), &target);
    assert!(explanation.parts.iter().all(|part| part.kind == PartKind::Equivocation));
    // 0.5 / (5 + 8·40) is below the lower bound of 0.01.
    assert_eq!(explanation.floor_effect_ppm, 10_000 - 1_538);
}

#[test]
fn a_proof_counts_once_in_each_realm() {
    let mut world = World::founded_by(&[0]);
    // Brought first where it does not matter.
    let bring = |world: &mut World, place: u8| {
        let about_prev = Body::EquivocationProof(equivocation(2, 1, 5));
        world.say_in(realm(place), 2, about_prev, 1);
        let about_epoch = Body::EquivocationProof(contradiction(2, 1, 8));
        world.say_in(realm(place), 2, about_epoch, 2);
        world.close();
    };
    for place in [1, 0, 0, 1] {
        bring(&mut world, place);
    }
    for place in [0, 1] {
        let vector = world.fold.trust(&realm(place), &person(2));
        let negative = |dimension: Dimension| vector.values[dimension.index()].sums.negative;
        assert_eq!(negative(Dimension::Integrity), 10 * UNIT);
        assert_eq!(negative(Dimension::Fidelity), 20 * UNIT);
    }
}

#[test]
fn the_smallest_of_equal_receipts_counts() {
    let mut world = World::founded_by(&[0]);
    let body = receipt(1, 0, ReceiptOutcome::Kept, 7, &realm(0));
    let later = world.say_at(1, Body::Receipt(body.clone()), 500);
    let sooner = world.say_at(0, Body::Receipt(body), 400);
    world.close();
    let parts = world.fold.explain(&realm(0), &person(1), &Target::Standing).parts;
    let state = |id| parts.iter().find(|part| part.event == id).map(|part| part.state);
    assert_eq!(state(sooner), Some(PartState::Live));
    assert_eq!(state(later), Some(PartState::Replaced));
}

#[test]
fn an_equal_receipt_that_arrives_in_a_later_epoch_changes_nothing() {
    let mut world = World::founded_by(&[0]);
    let body = receipt(1, 0, ReceiptOutcome::Kept, 7, &realm(0));
    world.say(1, Body::Receipt(body.clone()));
    world.close();
    let before = world.vector(1);
    world.say_at(0, Body::Receipt(body), 5);
    let outcome = world.close();
    assert_eq!(world.vector(1), before);
    assert!(outcome.changed.is_empty());
}

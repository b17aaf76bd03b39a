//! Vouches: what they add, and what they cost.

use erynoa_events::{Body, Dimension, Finding, Judgement, Vouch, VouchRevoked};
use erynoa_kernel::EventId;
use erynoa_trust::parameters::UNIT;
use erynoa_trust::{PartKind, PartState, Side, StatementState, Sums, Target, Verdict, trust_ppm};
use proptest::prelude::*;

use crate::scenario::{EVERYBODY, fold_with_people, log};
use crate::world::{DAY, World, event_id, person, realm};

const R: Dimension = Dimension::Reliability;
const I: Dimension = Dimension::Integrity;
const P: Dimension = Dimension::Prestige;

pub(crate) fn vouch(world: &mut World, voucher: u32, member: u32, stake_ppm: u32) -> EventId {
    vouch_until(world, voucher, member, stake_ppm, None)
}

fn vouch_until(
    world: &mut World,
    voucher: u32,
    member: u32,
    stake_ppm: u32,
    expires_at_us: Option<u64>,
) -> EventId {
    let (member, comment) = (person(member), String::new());
    world.say(voucher, Body::Vouch(Vouch { member, stake_ppm, comment, expires_at_us }))
}

fn unvouch(world: &mut World, voucher: u32, vouch: EventId) {
    let reason = String::new();
    world.say(voucher, Body::VouchRevoked(VouchRevoked { vouch, reason }));
}

fn fault(world: &mut World, member: u32, severity_ppm: u32, target: u64) -> EventId {
    let body = Judgement {
        subject: person(member),
        finding: Finding::MemberAtFault,
        target: event_id(target),
        severity_ppm,
        reason: String::new(),
    };
    world.say(50, Body::Judgement(body))
}

fn prestige(world: &World, who: u32) -> u64 {
    world.vector(who).values[P.index()].sums.positive
}

fn answered(world: &World, who: u32) -> u64 {
    world.vector(who).values[I.index()].sums.negative
}

#[test]
fn a_vouch_adds_the_voice_times_the_stake_to_prestige_while_it_lives() {
    let mut world = World::founded_by(&[0]);
    let id = vouch(&mut world, 0, 5, 300_000);
    world.close();
    assert_eq!(prestige(&world, 5), 2 * UNIT * 3 / 10);
    assert_eq!(world.vector(5).standing.sums.positive, 2 * UNIT * 3 / 10);
    assert!(world.fold.is_vouched(&realm(0), &person(5)));
    unvouch(&mut world, 0, id);
    world.close();
    assert_eq!(prestige(&world, 5), 0);
    assert!(!world.fold.is_vouched(&realm(0), &person(5)));
}

#[test]
fn a_vouch_without_a_voice_adds_nothing_and_answers_for_nothing() {
    let mut world = World::founded_by(&[0]);
    vouch(&mut world, 7, 5, 300_000);
    world.close();
    let parts = world.fold.explain(&realm(0), &person(5), &Target::Dimension(P)).parts;
    assert_eq!((parts[0].kind, parts[0].state), (PartKind::Vouch, PartState::NoVoice));
    assert!(!world.fold.is_vouched(&realm(0), &person(5)));
    assert_eq!(world.fold.live_vouches(&realm(0), &person(5)).len(), 1);
    fault(&mut world, 5, 1_000_000, 9);
    world.close();
    assert_eq!((prestige(&world, 5), answered(&world, 7)), (0, 0));
}

#[test]
fn one_vouch_lives_for_each_pair_and_the_newest_wins() {
    let mut world = World::founded_by(&[0]);
    let first = vouch(&mut world, 0, 5, 300_000);
    world.close();
    let second = vouch(&mut world, 0, 5, 100_000);
    world.close();
    assert_eq!(prestige(&world, 5), 2 * UNIT / 10);
    let all = world.vouches(5, Side::Got);
    let states: Vec<_> = all.iter().map(|vouch| (vouch.event, vouch.state)).collect();
    assert_eq!(states, [(second, StatementState::Live), (first, StatementState::Replaced)]);
    assert_eq!(world.vouches(0, Side::Gave), all);
    assert_eq!(world.fold.live_vouches(&realm(0), &person(5)), all[..1]);
    // One that arrives late is replaced from the start.
    let late = Vouch {
        member: person(5),
        stake_ppm: 300_000,
        comment: String::new(),
        expires_at_us: None,
    };
    world.say_at(0, Body::Vouch(late), 19_000 * DAY);
    assert!(world.close().changed.is_empty());
}

#[test]
fn a_vouch_expires_in_the_first_epoch_whose_closing_reaches_its_end() {
    let mut world = World::founded_by(&[0]);
    let end = world.now + 10 * DAY;
    vouch_until(&mut world, 0, 5, 300_000, Some(end));
    world.close();
    world.fold.close(end - 1);
    assert!(prestige(&world, 5) > 0);
    world.fold.close(end);
    assert_eq!(prestige(&world, 5), 0);
    let state = world.vouches(5, Side::Got)[0].state;
    assert_eq!(state, StatementState::Expired);
}

#[test]
fn vouches_share_the_budget_of_attestations() {
    let mut world = World::founded_by(&[0]);
    for member in 10..50 {
        vouch(&mut world, 0, member, 300_000);
        world.praise(0, member, R);
    }
    world.close();
    assert_eq!(prestige(&world, 10), 600_000 * 40 / 80);
    assert_eq!(world.vector(10).values[0].sums.positive, 2 * UNIT * 40 / 80);
}

#[test]
fn each_live_voucher_answers_with_ten_times_severity_times_stake() {
    let mut world = World::founded_by(&[0, 1, 2]);
    vouch(&mut world, 0, 5, 300_000);
    vouch(&mut world, 1, 5, 100_000);
    let gone = vouch(&mut world, 2, 5, 300_000);
    world.close();
    unvouch(&mut world, 2, gone);
    world.close();
    let judgement = fault(&mut world, 5, 500_000, 9);
    world.close();
    assert_eq!(answered(&world, 0), 10 * UNIT * 3 / 10 / 2);
    assert_eq!(answered(&world, 1), 10 * UNIT / 10 / 2);
    assert_eq!(answered(&world, 2), 0);
    assert_eq!(world.vector(0).standing.sums.negative, 1_500_000);
    assert_eq!(world.vector(5).values[I.index()].sums, Sums::default(), "only vouchers answer");
    let parts = world.fold.explain(&realm(0), &person(0), &Target::Dimension(I)).parts;
    assert_eq!(
        (parts[0].kind, parts[0].event, parts[0].source),
        (PartKind::VouchAnswered, judgement, person(50))
    );
}

#[test]
fn an_answer_has_the_time_of_the_judgement_and_unlike_the_vouch_no_end() {
    let mut world = World::founded_by(&[0]);
    let end = world.now + 10 * DAY;
    vouch_until(&mut world, 0, 5, 300_000, Some(end));
    vouch(&mut world, 0, 6, 300_000);
    world.close();
    let ends = [5, 6].map(|n| world.vouches(n, Side::Got)[0].expires_at_us);
    assert_eq!(ends, [Some(end), None]);
    world.now += DAY;
    fault(&mut world, 5, 500_000, 9);
    let judged_at = world.now;
    world.close();
    let parts = world.fold.explain(&realm(0), &person(0), &Target::Dimension(I)).parts;
    assert_eq!((parts[0].wall_us, parts[0].expires_at_us), (judged_at, None));
    assert_eq!((parts[0].kind, parts[0].state), (PartKind::VouchAnswered, PartState::Live));
    let vouched_at = world.vouches(5, Side::Got)[0].sequence;
    assert!(parts[0].sequence > vouched_at, "its place in the log is that of the judgement");
}

#[test]
fn a_fault_is_answered_once_for_each_event() {
    let mut world = World::founded_by(&[0]);
    vouch(&mut world, 0, 5, 100_000);
    world.close();
    fault(&mut world, 5, 500_000, 9);
    fault(&mut world, 5, 1_000_000, 9);
    world.close();
    fault(&mut world, 5, 1_000_000, 9);
    world.close();
    assert_eq!(answered(&world, 0), UNIT / 2, "the first");
    fault(&mut world, 5, 1_000_000, 10);
    world.close();
    assert_eq!(answered(&world, 0), UNIT / 2 + UNIT);
}

#[test]
fn who_vouched_when_the_epoch_began_answers_and_nobody_else() {
    let mut world = World::founded_by(&[0, 1]);
    let early = vouch(&mut world, 0, 5, 200_000);
    world.close();
    // In the epoch of the judgement: too late to leave, too late to be caught.
    unvouch(&mut world, 0, early);
    vouch(&mut world, 1, 5, 200_000);
    fault(&mut world, 5, 1_000_000, 9);
    world.close();
    assert_eq!((answered(&world, 0), answered(&world, 1)), (2 * UNIT, 0));
}

#[test]
fn a_vouch_within_one_root_adds_nothing_and_answers_for_nothing() {
    let mut world = World::founded_by(&[0]);
    vouch(&mut world, 0, 100, 300_000);
    world.close();
    fault(&mut world, 100, 1_000_000, 9);
    world.close();
    assert_eq!((prestige(&world, 100), answered(&world, 0)), (0, 0));
    let parts = world.fold.explain(&realm(0), &person(100), &Target::Dimension(P)).parts;
    assert_eq!(parts[0].state, PartState::SameRoot);
}

#[test]
fn a_preview_says_what_a_vouch_risks() {
    let mut world = World::founded_by(&[0]);
    world.close();
    let pair = (&person(0), &person(5));
    let preview = world.fold.preview_vouch(&realm(0), pair, 300_000, &world.people);
    assert_eq!((preview.verdict, preview.weight), (Verdict::Counts, 600_000));
    assert_eq!((preview.before_ppm, preview.after_ppm), (100_000, 196_428));
    assert_eq!((preview.at_risk, preview.integrity_ppm), (3 * UNIT, 900_000));
    assert_eq!(preview.integrity_after_fault_ppm, 1_000_000 * 9 / (10 + 18));
    assert_eq!((preview.budget_used, preview.budget), (1, 40));
    let stranger = (&person(8), &person(5));
    let preview = world.fold.preview_vouch(&realm(0), stranger, 300_000, &world.people);
    assert_eq!((preview.verdict, preview.weight, preview.at_risk), (Verdict::NoVoice, 0, 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_preview_of_a_vouch_is_what_then_happens(
        log in log(),
        voucher in 0..7usize,
        member in 0..7usize,
        stake_ppm in 1..=300_000u32,
    ) {
        let mut world = World::founded_by(&[]);
        (world.fold, world.people) = fold_with_people(&log);
        world.now = world.fold.closed_at_us();
        let (voucher, member) = (EVERYBODY[voucher], EVERYBODY[member]);
        let pair = (&person(voucher), &person(member));
        let preview = world.fold.preview_vouch(&realm(0), pair, stake_ppm, &world.people);
        prop_assert_eq!(preview.before_ppm, world.trust_ppm(member, P));
        // In the same epoch nothing else may end.
        let (member_id, comment) = (person(member), String::new());
        let body = Vouch { member: member_id, stake_ppm, comment, expires_at_us: None };
        world.say_at(voucher, Body::Vouch(body), world.now + DAY);
        world.fold.close(world.now);
        prop_assert_eq!(preview.after_ppm, world.trust_ppm(member, P));
        prop_assert_eq!(preview.integrity_ppm, world.trust_ppm(voucher, I));
        let sums = world.vector(voucher).values[I.index()].sums;
        let prior = world
            .fold
            .explain(&realm(0), &person(voucher), &Target::Dimension(I))
            .prior;
        let fallen = Sums { negative: sums.negative + preview.at_risk, ..sums };
        prop_assert_eq!(preview.integrity_after_fault_ppm, trust_ppm(fallen, prior, 6));
    }

    /// Vouching for those who fall costs more than it ever gave.
    #[test]
    fn a_voucher_loses_more_by_a_fault_than_the_member_gained(
        stake_ppm in 1..=300_000u32,
        severity_ppm in 200_000..=1_000_000u32,
    ) {
        let mut world = World::founded_by(&[0]);
        vouch(&mut world, 0, 5, stake_ppm);
        world.close();
        let gained = prestige(&world, 5);
        fault(&mut world, 5, severity_ppm, 9);
        world.close();
        prop_assert!(answered(&world, 0) + 1 >= gained);
    }
}

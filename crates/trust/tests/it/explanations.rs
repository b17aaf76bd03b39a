//! What an explanation says about single events.

use erynoa_events::{Attestation, Body, Dimension, Polarity};
use erynoa_kernel::EventId;
use erynoa_trust::parameters::UNIT;
use erynoa_trust::{Explanation, Part, PartOrder, PartState, Target};

use crate::world::{DAY, World, attestation, person, realm};

const R: Dimension = Dimension::Reliability;
const C: Dimension = Dimension::Competence;

fn explain(world: &World, subject: u32, target: &Target) -> Explanation {
    world.fold.explain(&realm(0), &person(subject), target)
}

fn part(explanation: &Explanation, id: EventId) -> &Part {
    explanation.parts.iter().find(|part| part.event == id).expect("the event is a part")
}

#[test]
fn each_part_says_why_it_counts_or_not() {
    let mut world = World::founded_by(&[0, 1, 2, 3]);
    let replaced = world.praise(0, 9, R);
    let revoked = world.praise(1, 9, R);
    let end = world.now + 5;
    let body =
        Attestation { expires_at_us: Some(end), ..attestation(9, R, Polarity::Positive, "") };
    let expired = world.say(2, Body::Attestation(body));
    let no_voice = world.praise(50, 9, R);
    let live = world.praise(3, 9, R);
    let unvoiced = world.blame(51, 9, R);
    world.close();
    let newer = world.praise(0, 9, R);
    world.take_back(1, revoked);
    world.close();
    let pending = world.blame(3, 9, R);
    let explanation = explain(&world, 9, &Target::Dimension(R));
    let states = [
        (replaced, PartState::Replaced),
        (revoked, PartState::Revoked),
        (expired, PartState::Expired),
        (no_voice, PartState::NoVoice),
        (live, PartState::Live),
        (unvoiced, PartState::Live),
        (newer, PartState::Live),
        (pending, PartState::Pending),
    ];
    for (id, state) in states {
        assert_eq!(part(&explanation, id).state, state);
    }
    assert_eq!(explanation.parts.len(), states.len());
    assert!(part(&explanation, unvoiced).unvoiced);
    assert_eq!(part(&explanation, pending).epoch, 3);
    assert_eq!(part(&explanation, pending).weight, 0);
    assert_eq!(part(&explanation, expired).expires_at_us, Some(end));
    assert_eq!(explanation.value, world.vector(9).values[0]);
}

#[test]
fn an_agents_word_is_shown_as_of_the_same_root() {
    let mut world = World::founded_by(&[0]);
    let id = world.praise(0, 100, R);
    world.close();
    let explanation = explain(&world, 100, &Target::Dimension(R));
    assert_eq!(part(&explanation, id).state, PartState::SameRoot);
}

#[test]
fn in_views_over_slots_the_older_of_two_live_ones_is_replaced() {
    let mut world = World::founded_by(&[0]);
    let rust = world.praise_domain(0, 9, "rust");
    let law = world.praise_domain(0, 9, "law");
    let reliable = world.praise(0, 9, R);
    world.close();
    let standing = explain(&world, 9, &Target::Standing);
    assert_eq!(part(&standing, reliable).state, PartState::Live);
    assert_eq!(part(&standing, law).state, PartState::Replaced);
    assert_eq!(part(&standing, rust).state, PartState::Replaced);
    let whole = explain(&world, 9, &Target::Dimension(C));
    assert_eq!(part(&whole, law).state, PartState::Live);
    assert_eq!(part(&whole, rust).state, PartState::Replaced);
    assert_eq!(explain(&world, 9, &Target::Domain(String::new())), whole);
    let domain = explain(&world, 9, &Target::Domain("rust".into()));
    assert_eq!(domain.parts.len(), 1);
    assert_eq!(part(&domain, rust).state, PartState::Live);
    assert_eq!(domain.value.trust_ppm, 357_142);
}

#[test]
fn the_capped_unit_is_shared_among_the_unvoiced() {
    let mut world = World::founded_by(&[0]);
    for newcomer in 10..13 {
        world.blame(newcomer, 9, R);
    }
    world.close();
    let explanation = explain(&world, 9, &Target::Dimension(R));
    assert_eq!(explanation.value.sums.unvoiced, 3 * UNIT);
    let shares: Vec<u64> = explanation.parts.iter().map(|part| part.decayed).collect();
    assert_eq!(shares, [333_333, 333_333, 333_334]);
    // Two others fill the cap.
    assert!(explanation.parts.iter().all(|part| part.without_ppm == explanation.value.trust_ppm));
}

#[test]
fn without_a_part_the_value_is_as_if_its_evidence_were_gone() {
    let mut world = World::founded_by(&[0, 1]);
    let praise = world.praise(0, 9, R);
    let blame = world.blame(1, 9, R);
    world.close();
    let explanation = explain(&world, 9, &Target::Dimension(R));
    assert_eq!(part(&explanation, blame).without_ppm, 357_142);
    assert_eq!(part(&explanation, praise).without_ppm, 45_454);
}

#[test]
fn age_and_decay_are_those_of_the_last_closed_epoch() {
    let mut world = World::founded_by(&[0]);
    let id = world.praise(0, 9, R);
    world.close();
    world.now += 365 * DAY;
    world.close();
    let explanation = explain(&world, 9, &Target::Dimension(R));
    let part = part(&explanation, id);
    assert_eq!((part.age_days, part.weight), (365, 2 * UNIT));
    assert_eq!(part.decayed, explanation.value.sums.positive);
    assert!(part.decayed < 2 * UNIT);
}

#[test]
fn parts_sort_by_effect_age_and_weight() {
    let mut world = World::founded_by(&[0, 1, 2]);
    let praise = world.praise(0, 9, R);
    let nothing = world.praise(50, 9, R);
    let blame = world.blame(1, 9, R);
    world.close();
    let mut explanation = explain(&world, 9, &Target::Dimension(R));
    let order = |explanation: &Explanation| -> Vec<EventId> {
        explanation.parts.iter().map(|part| part.event).collect()
    };
    explanation.sort(PartOrder::Newest);
    assert_eq!(order(&explanation), [blame, nothing, praise]);
    explanation.sort(PartOrder::Weight);
    assert_eq!(order(&explanation), [praise, blame, nothing]);
    explanation.sort(PartOrder::Effect);
    assert_eq!(order(&explanation), [praise, blame, nothing]);
}

#[test]
fn a_stranger_has_the_prior_and_no_parts() {
    let world = World::founded_by(&[0]);
    let explanation = explain(&world, 77, &Target::Domain("unheard-of".into()));
    assert_eq!((explanation.value.trust_ppm, explanation.prior_ppm), (100_000, 100_000));
    assert!(explanation.parts.is_empty());
}

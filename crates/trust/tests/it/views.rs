//! Previews, ranks, the distribution, records.

use erynoa_events::{Body, Dimension, Polarity, ReceiptOutcome};
use erynoa_proto::protocol::v1::TrustRecord;
use erynoa_trust::parameters::UNIT;
use erynoa_trust::{Context, Order, OrderBy, Preview, Proposal, Target, Verdict};
use proptest::prelude::*;
use prost::Message;

use crate::scenario::{EVERYBODY, REALMS, fold, fold_with_people, log};
use crate::world::{World, attestation, person, realm, receipt};

const R: Dimension = Dimension::Reliability;
const C: Dimension = Dimension::Competence;

fn preview(
    world: &World,
    attester: u32,
    subject: u32,
    (dimension, domain): (Dimension, &str),
    polarity: Polarity,
) -> Preview {
    let (attester, subject) = (person(attester), person(subject));
    let proposal = Proposal { attester: &attester, subject: &subject, dimension, polarity, domain };
    world.fold.preview(&realm(0), proposal, &world.people)
}

#[test]
fn a_preview_says_what_a_founders_word_will_do() {
    let mut world = World::founded_by(&[0]);
    world.close();
    let preview = preview(&world, 0, 9, (R, ""), Polarity::Positive);
    assert_eq!(preview.verdict, Verdict::Counts);
    assert_eq!((preview.before_ppm, preview.after_ppm), (100_000, 357_142));
    assert_eq!((preview.weight, preview.replaces), (2 * UNIT, None));
    assert_eq!((preview.budget_used, preview.budget), (1, 40));
    assert_eq!((preview.attester_standing_ppm, preview.voice_threshold_ppm), (900_000, 300_000));
}

#[test]
fn a_preview_says_why_a_word_will_not_count() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 9, R);
    world.close();
    let no_voice = preview(&world, 5, 9, (R, ""), Polarity::Positive);
    assert_eq!((no_voice.verdict, no_voice.weight), (Verdict::NoVoice, 0));
    assert_eq!(no_voice.after_ppm, no_voice.before_ppm);
    let same_root = preview(&world, 0, 100, (R, ""), Polarity::Negative);
    assert_eq!((same_root.verdict, same_root.weight), (Verdict::SameRoot, 0));
    assert_eq!(preview(&world, 5, 9, (R, ""), Polarity::Negative).verdict, Verdict::Counts);
    world.blame(6, 9, R);
    world.close();
    let capped = preview(&world, 5, 9, (R, ""), Polarity::Negative);
    assert_eq!(capped.verdict, Verdict::Capped);
    assert_eq!((capped.before_ppm, capped.after_ppm), (192_307, 192_307));
    let again = preview(&world, 6, 9, (R, ""), Polarity::Negative);
    assert_eq!(again.verdict, Verdict::Counts, "it takes the place of its own");
}

#[test]
fn a_preview_counts_the_open_epoch_to_the_budget() {
    let mut world = World::founded_by(&[0]);
    for subject in 10..49 {
        world.praise(0, subject, R);
    }
    world.close();
    assert_eq!(preview(&world, 0, 9, (R, ""), Polarity::Positive).budget_used, 40);
    world.praise(0, 60, R);
    let beyond = preview(&world, 0, 9, (R, ""), Polarity::Positive);
    assert_eq!((beyond.budget_used, beyond.weight), (41, 2 * UNIT * 40 / 41));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_preview_is_what_then_happens(
        log in log(),
        attester in 0..7usize,
        subject in 0..7usize,
        (dimension, domain) in prop_oneof![
            Just((R, "")), Just((C, "")), Just((C, "rust")), Just((C, "new")),
        ],
        positive: bool,
    ) {
        let mut world = World::founded_by(&[]);
        (world.fold, world.people) = fold_with_people(&log);
        world.now = world.fold.closed_at_us();
        let (attester, subject) = (EVERYBODY[attester], EVERYBODY[subject]);
        let polarity = if positive { Polarity::Positive } else { Polarity::Negative };
        let preview = preview(&world, attester, subject, (dimension, domain), polarity);
        let value = |world: &World| {
            let target = if domain.is_empty() {
                Target::Dimension(dimension)
            } else {
                Target::Domain(domain.to_owned())
            };
            world.fold.explain(&realm(0), &person(subject), &target).value.trust_ppm
        };
        prop_assert_eq!(preview.before_ppm, value(&world));
        // In the same epoch nothing else may end.
        let body = attestation(subject, dimension, polarity, domain);
        let wall_us = world.now + crate::world::DAY;
        world.say_at(attester, Body::Attestation(body), wall_us);
        world.fold.close(world.now);
        prop_assert_eq!(preview.after_ppm, value(&world));
    }

    #[test]
    fn record_bytes_are_canonical_protobuf(log in log()) {
        let fold = fold(&log);
        for realm in REALMS.map(realm) {
            for subject in EVERYBODY.map(person) {
                let bytes = fold.record_bytes(&realm, &subject);
                let record = TrustRecord::decode(&bytes[..]).expect("it decodes");
                prop_assert_eq!(record.encode_to_vec(), bytes);
            }
        }
    }

    #[test]
    fn ranks_are_ordered_and_complete(log in log(), ascending: bool, floor in 0..300_000u32) {
        let fold = fold(&log);
        for realm in REALMS.map(realm) {
            for by in [OrderBy::Norm(Context::Finance), OrderBy::Dimension(R)] {
                let all = fold.rank(&realm, Order { by, ascending, min_confidence_ppm: 0 });
                prop_assert_eq!(all.len(), fold.subjects(&realm).count());
                let values = all.iter().map(|entry| entry.value_ppm);
                let ordered = values.is_sorted_by(|a, b| if ascending { a <= b } else { a >= b });
                prop_assert!(ordered);
                for entry in &all {
                    let trust = fold.trust(&realm, &entry.subject);
                    let value = match by {
                        OrderBy::Norm(context) => trust.norm_ppm(context),
                        OrderBy::Dimension(dimension) => trust.values[dimension.index()].trust_ppm,
                    };
                    prop_assert_eq!(entry.value_ppm, value);
                }
                let sure = fold.rank(&realm, Order { by, ascending, min_confidence_ppm: floor });
                let expected: Vec<_> =
                    all.into_iter().filter(|entry| entry.confidence_ppm >= floor).collect();
                prop_assert_eq!(sure, expected);
            }
        }
    }
}

#[test]
fn the_distribution_counts_every_subject_once() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 1, R);
    world.praise(50, 2, R);
    let kept = receipt(3, 0, ReceiptOutcome::Kept, 1, &realm(0));
    world.say(3, Body::Receipt(kept));
    world.close();
    let distribution = world.fold.distribution(&realm(0), Context::Default);
    assert_eq!((distribution.subjects, distribution.voices), (3, 3));
    assert_eq!(distribution.classes, [2, 0, 0, 1]);
    let reliability = &distribution.series[1];
    assert_eq!(reliability.buckets.iter().sum::<u64>(), 3);
    assert_eq!((reliability.buckets[7], reliability.buckets[18]), (2, 1));
    assert_eq!(reliability.median_ppm, 357_142);
    assert_eq!(reliability.mean_ppm, (900_000 + 2 * 357_142) / 3);
    let empty = world.fold.distribution(&realm(9), Context::Default);
    assert_eq!((empty.subjects, empty.series[0].median_ppm), (0, 0));
}

#[test]
fn what_was_earned_is_the_evidence_without_a_founders_prior_or_a_carried_one() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 9, R);
    world.fold.stage_join(&realm(0), &person(8), [800_000; 6]);
    world.close();
    let values = |n| world.fold.trust(&realm(0), &person(n)).values_ppm();
    let earned = |n| world.fold.earned_values_ppm(&realm(0), &person(n));
    assert_eq!((values(0), earned(0)), ([900_000; 6], [100_000; 6]));
    assert_eq!((values(8), earned(8)), ([800_000; 6], [100_000; 6]));
    assert_eq!(earned(77), [100_000; 6]);
    assert_eq!(earned(9), values(9));
    assert!(earned(9)[0] > 100_000);
}

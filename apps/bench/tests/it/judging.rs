//! The play of corrupt insiders is what the protocol's fold does with vouches
//! and judgements.

use erynoa_bench::attacks::Town;
use erynoa_bench::dataset::{DAY_US, FOUNDER, Rating};
use erynoa_bench::fold_rule::FoldedTown;
use erynoa_bench::insiders::{
    Plan, Reach, Receipts, STAKE_PPM, Start, WAVE_DAY, honest_cost, play, receipts_mill,
};
use erynoa_bench::rule::Scene;
use erynoa_events::{Body, Finding, Judgement, Vouch};

use crate::data::bitcoin_otc;

const PLAN: Plan =
    Plan { insiders: 2, vouching: true, ring: false, judged: 1, reach: Reach::Voucher };

#[test]
fn insiders_lift_and_fall_as_in_the_fold() {
    let town = Town::new(&bitcoin_otc());
    let insiders = &town.top[..PLAN.insiders];
    let sybils: Vec<u32> = (0..PLAN.sybils()).map(|index| town.stranger(index)).collect();
    let people = town.stranger(2 * PLAN.sybils()) as usize;
    let at_us = (WAVE_DAY - 1) * DAY_US;
    let mut folded =
        FoldedTown::of(&Scene { ratings: &town.history, people, founder: FOUNDER, at_us });
    let day = WAVE_DAY * DAY_US;
    for &insider in insiders {
        for &sybil in &sybils {
            folded.rate(&Rating { rater: insider, ratee: sybil, value: 10, at_us: day });
            let vouch = Vouch {
                member: folded.identity(sybil),
                stake_ppm: u32::try_from(STAKE_PPM).expect("at most 300 000"),
                comment: String::new(),
                expires_at_us: None,
            };
            folded.say(insider, day, Body::Vouch(vouch));
        }
    }
    folded.close(day);
    folded.close(day + DAY_US);
    let voices = |folded: &FoldedTown, people: &[u32]| {
        people.iter().filter(|&&person| folded.standing_ppm(person) >= 300_000).count()
    };
    let passing = voices(&folded, &sybils);

    let judged = day + 30 * DAY_US;
    for finding in [Finding::ClaimFalseFraud, Finding::MemberAtFault] {
        let severity_ppm = if finding == Finding::MemberAtFault { 1_000_000 } else { 0 };
        let target = folded.rate(&Rating {
            rater: sybils[0],
            ratee: people.try_into().map(|people: u32| people - 1).expect("few people"),
            value: 10,
            at_us: judged,
        });
        let judgement = Judgement {
            subject: folded.identity(sybils[0]),
            finding,
            target,
            severity_ppm,
            reason: String::new(),
        };
        folded.say(FOUNDER, judged, Body::Judgement(judgement));
    }
    folded.close(judged);
    let standing = insiders.iter().map(|&insider| f64::from(folded.standing_ppm(insider)));
    let standing = standing.sum::<f64>() / 1e6 / 2.0;
    folded.close(judged + 30 * DAY_US);

    let outcome = play(&town, PLAN);
    assert_eq!(outcome.passing, passing);
    assert_eq!(outcome.passing_after, voices(&folded, &sybils));
    assert_eq!((outcome.passing, outcome.passing_after), (20, 19));
    assert!((outcome.standing_after - standing).abs() < 1e-6, "{outcome:?}, not {standing}");
    assert!(outcome.standing_after < 0.6 * outcome.standing_before);
}

#[test]
fn nobody_answers_who_does_not_vouch() {
    let town = Town::new(&bitcoin_otc());
    let outcome = play(&town, Plan { vouching: false, judged: 10, ..PLAN });
    assert_eq!((outcome.passing, outcome.passing_after, outcome.next_wave), (40, 30, 40));
    assert_eq!(outcome.voices_left, 2);
}

#[test]
fn a_judgement_ends_the_next_wave_of_those_who_vouched() {
    let town = Town::new(&bitcoin_otc());
    assert_eq!(play(&town, Plan { judged: 0, ..PLAN }).next_wave, 20);
    assert_eq!(play(&town, PLAN).next_wave, 0);
    assert_eq!(play(&town, Plan { insiders: 1, ..PLAN }).passing, 0);
}

#[test]
fn a_voice_that_needs_a_chain_falls_with_its_beginning() {
    let town = Town::new(&bitcoin_otc());
    let plan = Plan { ring: true, judged: 2, reach: Reach::VoiceNeedsChain, ..PLAN };
    let outcome = play(&town, plan);
    assert_eq!((outcome.passing, outcome.passing_after), (20, 0));
    assert_eq!(play(&town, Plan { vouching: false, ..plan }).passing, 0);
    // Pairs who vouch for each other hold each other up when any voucher will
    // do; taking out the voucher's word does not reach Sybils who praise each
    // other.
    let after = |reach, ring| play(&town, Plan { reach, ring, ..plan }).passing_after;
    assert_eq!(after(Reach::VoiceNeedsVoucher, true), 18);
    assert_eq!(after(Reach::VoiceNeedsVoucher, false), 0);
    assert_eq!(after(Reach::VouchersWord, true), 18);
    assert_eq!(after(Reach::VouchersWord, false), 0);
}

#[test]
fn receipts_of_newcomers_are_a_mill_unless_a_client_counts_once() {
    let town = Town::new(&bitcoin_otc());
    let voices = |receipts, start| receipts_mill(&town, receipts, start).0;
    assert_eq!(voices(Receipts::AnyClient, Start::Fooled(1)), 40);
    assert_eq!(voices(Receipts::WithVoiceInBudget, Start::Fooled(1)), 0);
    assert_eq!(voices(Receipts::WithVoiceInBudget, Start::Corrupt(1)), 20);
    assert_eq!(voices(Receipts::OncePerClient, Start::Corrupt(1)), 0);
}

#[test]
fn vouching_for_more_costs_the_honest_more() {
    let town = Town::new(&bitcoin_otc());
    let silenced = |vouched, stake| honest_cost(&town, vouched, stake, 30_000, 1).silenced;
    assert!(silenced(40, 300_000) > silenced(5, 300_000));
    assert!(silenced(40, 300_000) > silenced(40, 50_000));
    let lucky = honest_cost(&town, 40, 300_000, 0, 1);
    assert!((lucky.standing_before - lucky.standing_after).abs() < 1e-9);
    assert!(lucky.silenced < 1e-9);
}

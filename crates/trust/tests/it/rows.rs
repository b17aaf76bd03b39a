//! Rows that need a judgement or a decision: claims, credentials, cosignatures,
//! reports, votes, proposals, breaches; and what is brought along.

use erynoa_events::{
    AnomalyJudged, Body, CredentialIssued, CredentialRevoked, Dimension, EpochCosigned, Finding,
    Judgement, ProposalClosed, ProposalOutcome, RealmCreated, Severity, Vote,
};
use erynoa_kernel::{EventId, PublicKey};
use erynoa_trust::parameters::UNIT;
use erynoa_trust::{PartKind, PartState, Side, StatementState, Sums, Target};
use proptest::prelude::*;

use crate::world::{
    DAY, World, contradiction, controller_set, equivocation, event_id, person, realm, receipt,
};

const R: Dimension = Dimension::Reliability;
const I: Dimension = Dimension::Integrity;
const C: Dimension = Dimension::Competence;
const V: Dimension = Dimension::Vigilance;
const OMEGA: Dimension = Dimension::Fidelity;

fn sums(world: &World, who: u32, dimension: Dimension) -> Sums {
    world.vector(who).values[dimension.index()].sums
}

fn plus(positive: u64) -> Sums {
    Sums { positive, ..Sums::default() }
}

fn minus(negative: u64) -> Sums {
    Sums { negative, ..Sums::default() }
}

fn judge(world: &mut World, judge: u32, subject: u32, finding: Finding, target: u64) -> EventId {
    let body = Judgement {
        subject: person(subject),
        finding,
        target: event_id(target),
        severity_ppm: 0,
        reason: String::new(),
    };
    world.say(judge, Body::Judgement(body))
}

fn judge_report(world: &mut World, reporter: u32, confirmed: Option<Severity>, report: u64) {
    let (report, reporter, reason) = (event_id(report), person(reporter), String::new());
    world.say(0, Body::AnomalyJudged(AnomalyJudged { report, reporter, confirmed, reason }));
}

fn cosign(world: &mut World, witness: u32, epoch: u64) -> EventId {
    let body = EpochCosigned {
        log_key: PublicKey::from_bytes([7; 32]),
        epoch,
        size: 10,
        root: [1; 32],
        state_root: [2; 32],
    };
    world.say(witness, Body::EpochCosigned(body))
}

fn vote(world: &mut World, voter: u32, proposal: u64, veto: bool) {
    let (proposal, comment) = (event_id(proposal), String::new());
    let votes = i8::from(!veto);
    world.say(voter, Body::Vote(Vote { proposal, votes, veto, comment }));
}

fn close_proposal(world: &mut World, proposer: u32, proposal: u64, outcome: ProposalOutcome) {
    let body = ProposalClosed {
        proposal: event_id(proposal),
        proposer: person(proposer),
        outcome,
        tally_for: 1,
        tally_against: 0,
        voters: 1,
        eligible: 1,
        veto_weight: 0,
        eligible_weight: 1,
    };
    world.say(999, Body::ProposalClosed(body));
}

fn issue(world: &mut World, issuer: u32, subject: u32, name: &str, days: Option<u64>) -> EventId {
    let body = CredentialIssued {
        subject: person(subject),
        credential_type: name.into(),
        claim: String::new(),
        content_hash: None,
        expires_at_us: days.map(|days| world.now + days * DAY),
    };
    world.say(issuer, Body::CredentialIssued(body))
}

fn take_credential(world: &mut World, issuer: u32, subject: u32, credential: EventId, fraud: bool) {
    let (subject, reason) = (person(subject), String::new());
    let body = CredentialRevoked { credential, subject, fraud, reason };
    world.say(issuer, Body::CredentialRevoked(body));
}

fn holds(world: &World, who: u32, name: &str) -> bool {
    world.fold.holds_credential(&realm(0), &person(who), name, world.fold.closed_at_us())
}

#[test]
fn a_judged_claim_counts_for_the_integrity_of_who_made_it() {
    let findings = [
        (Finding::ClaimTrue, plus(UNIT)),
        (Finding::ClaimFalseMinor, minus(UNIT)),
        (Finding::ClaimFalseSignificant, minus(5 * UNIT)),
        (Finding::ClaimFalseFraud, minus(20 * UNIT)),
    ];
    let mut world = World::founded_by(&[0]);
    for (subject, (finding, _)) in (1..).zip(findings) {
        judge(&mut world, 50, subject, finding, u64::from(subject));
    }
    world.close();
    for (subject, (_, expected)) in (1..).zip(findings) {
        assert_eq!(sums(&world, subject, I), expected);
        assert_eq!(world.vector(subject).standing.sums, expected);
        assert_eq!(world.trust_ppm(subject, R), 100_000);
    }
}

#[test]
fn one_finding_counts_for_each_claim_the_first_epoch_wins() {
    let mut world = World::founded_by(&[0]);
    judge(&mut world, 50, 1, Finding::ClaimTrue, 7);
    world.close();
    judge(&mut world, 51, 1, Finding::ClaimFalseFraud, 7);
    world.close();
    assert_eq!(sums(&world, 1, I), plus(UNIT));
    let parts = world.fold.explain(&realm(0), &person(1), &Target::Dimension(I)).parts;
    let seen: Vec<_> = parts.iter().map(|part| (part.kind, part.state, part.source)).collect();
    assert_eq!(
        seen,
        [
            (PartKind::ClaimJudged, PartState::Live, person(50)),
            (PartKind::ClaimJudged, PartState::Replaced, person(51)),
        ]
    );
}

#[test]
fn findings_of_different_classes_about_one_event_count_besides_each_other() {
    let mut world = World::founded_by(&[0]);
    judge(&mut world, 50, 1, Finding::ClaimFalseMinor, 7);
    judge(&mut world, 50, 1, Finding::BreachRealm, 7);
    judge(&mut world, 50, 1, Finding::ProposalSpam, 7);
    world.close();
    assert_eq!(sums(&world, 1, I), minus(UNIT));
    assert_eq!(sums(&world, 1, OMEGA), minus(6 * UNIT));
}

#[test]
fn breaches_spam_and_equivocation_cost_fidelity() {
    let findings = [
        (Finding::BreachContract, 2),
        (Finding::BreachRealm, 3),
        (Finding::BreachAxiom, 10),
        (Finding::ProposalSpam, 3),
    ];
    let mut world = World::founded_by(&[0]);
    for (subject, (finding, _)) in (1..).zip(findings) {
        judge(&mut world, 50, subject, finding, u64::from(subject));
    }
    world.close();
    for (subject, (_, units)) in (1..).zip(findings) {
        assert_eq!(sums(&world, subject, OMEGA), minus(units * UNIT));
        assert_eq!(sums(&world, subject, I), Sums::default());
    }
    let kinds: Vec<PartKind> = (1..5)
        .map(|who| world.fold.explain(&realm(0), &person(who), &Target::Standing).parts[0].kind)
        .collect();
    assert_eq!(kinds, [PartKind::Breach, PartKind::Breach, PartKind::Breach, PartKind::Spam]);
}

#[test]
fn a_judged_report_counts_for_the_vigilance_of_its_reporter_once() {
    let verdicts = [
        (Some(Severity::Low), plus(UNIT)),
        (Some(Severity::Medium), plus(2 * UNIT)),
        (Some(Severity::High), plus(5 * UNIT)),
        (Some(Severity::Critical), plus(10 * UNIT)),
        (None, minus(UNIT / 2)),
    ];
    let mut world = World::founded_by(&[0]);
    for (reporter, (confirmed, _)) in (1..).zip(verdicts) {
        judge_report(&mut world, reporter, confirmed, u64::from(reporter));
    }
    world.close();
    judge_report(&mut world, 1, Some(Severity::Critical), 1);
    world.close();
    for (reporter, (_, expected)) in (1..).zip(verdicts) {
        assert_eq!(sums(&world, reporter, V), expected);
    }
}

#[test]
fn a_witness_gains_a_tenth_a_day_however_often_they_cosign() {
    let mut world = World::founded_by(&[0]);
    cosign(&mut world, 1, 1);
    cosign(&mut world, 1, 2);
    world.close();
    cosign(&mut world, 1, 3);
    world.close();
    assert_eq!(sums(&world, 1, V), plus(UNIT / 10));
    world.now += DAY;
    cosign(&mut world, 1, 4);
    world.close();
    assert_eq!(world.fold.explain(&realm(0), &person(1), &Target::Dimension(V)).parts.len(), 4);
    let value = world.vector(1).values[V.index()];
    assert!(value.sums.positive > UNIT / 10 && value.sums.positive <= UNIT / 5);
}

#[test]
fn contradictory_cosignatures_cost_ten_of_integrity_and_of_fidelity_once() {
    let mut world = World::founded_by(&[0]);
    world.say(3, Body::EquivocationProof(contradiction(1, 5, 8)));
    world.say(4, Body::EquivocationProof(contradiction(1, 5, 8)));
    world.close();
    world.say(4, Body::EquivocationProof(contradiction(1, 5, 8)));
    world.close();
    assert_eq!(sums(&world, 1, I), minus(10 * UNIT));
    assert_eq!(sums(&world, 1, OMEGA), minus(10 * UNIT));
    assert_eq!(world.vector(1).standing.sums, minus(20 * UNIT), "both are of the standing");
    // Another epoch, another key, and a prev are other things.
    world.say(4, Body::EquivocationProof(contradiction(1, 5, 9)));
    world.say(4, Body::EquivocationProof(contradiction(1, 6, 8)));
    world.say(4, Body::EquivocationProof(equivocation(1, 5, 0)));
    world.close();
    assert_eq!(sums(&world, 1, I), minus(30 * UNIT));
    assert_eq!(sums(&world, 1, OMEGA), minus(40 * UNIT));
    let parts = world.fold.explain(&realm(0), &person(1), &Target::Standing).parts;
    assert_eq!(parts.iter().filter(|part| part.kind == PartKind::Contradiction).count(), 10);
    let live = parts.iter().filter(|part| part.state == PartState::Live).count();
    assert_eq!(live, 7);
}

#[test]
fn a_vote_counts_three_tenths_of_fidelity_once_for_each_proposal() {
    let mut world = World::founded_by(&[0]);
    vote(&mut world, 1, 5, false);
    vote(&mut world, 1, 6, false);
    vote(&mut world, 2, 5, false);
    world.close();
    vote(&mut world, 1, 5, true);
    world.close();
    assert_eq!(sums(&world, 1, OMEGA), plus(600_000));
    assert_eq!(sums(&world, 2, OMEGA), plus(300_000));
}

#[test]
fn an_accepted_proposal_counts_for_competence_and_fidelity_once() {
    let mut world = World::founded_by(&[0]);
    close_proposal(&mut world, 1, 5, ProposalOutcome::Executed);
    close_proposal(&mut world, 2, 6, ProposalOutcome::Defeated);
    close_proposal(&mut world, 3, 7, ProposalOutcome::Vetoed);
    world.close();
    close_proposal(&mut world, 1, 5, ProposalOutcome::Executed);
    world.close();
    assert_eq!(sums(&world, 1, C), plus(UNIT));
    assert_eq!(sums(&world, 1, OMEGA), plus(UNIT / 2));
    assert_eq!(world.vector(1).standing.sums, plus(3 * UNIT / 2));
    assert_eq!(world.vector(1).domains, []);
    assert_eq!(sums(&world, 2, OMEGA), Sums::default());
    assert_eq!(sums(&world, 3, OMEGA), Sums::default());
}

#[test]
fn a_credential_is_one_of_competence_while_it_lives() {
    let mut world = World::founded_by(&[0]);
    let medic = issue(&mut world, 50, 1, "medic", None);
    let end = world.now + 10 * DAY;
    issue(&mut world, 50, 1, "pilot", Some(10));
    issue(&mut world, 51, 1, "medic", None);
    assert!(!holds(&world, 1, "medic"), "the epoch is open");
    world.close();
    assert_eq!(sums(&world, 1, C), plus(3 * UNIT));
    assert!(holds(&world, 1, "medic") && holds(&world, 1, "pilot"));
    assert!(!holds(&world, 1, "person") && !holds(&world, 2, "medic"));
    take_credential(&mut world, 50, 1, medic, false);
    world.close();
    assert_eq!(sums(&world, 1, C), plus(2 * UNIT));
    assert!(holds(&world, 1, "medic"), "of the other issuer");
    let flies = |at_us| world.fold.holds_credential(&realm(0), &person(1), "pilot", at_us);
    assert!(flies(end - 1) && !flies(end), "until just before its end");
    world.close_after(11);
    assert!(!holds(&world, 1, "pilot") && holds(&world, 1, "medic"));
    assert_eq!(sums(&world, 1, I), Sums::default());
}

#[test]
fn one_credential_lives_for_each_issuer_subject_and_type() {
    let mut world = World::founded_by(&[0]);
    let first = issue(&mut world, 50, 1, "medic", None);
    world.close();
    let second = issue(&mut world, 50, 1, "medic", None);
    world.close();
    assert_eq!(sums(&world, 1, C), plus(UNIT));
    let all = world.credentials(1, Side::Got);
    let states: Vec<_> =
        all.iter().map(|credential| (credential.event, credential.state)).collect();
    assert_eq!(states, [(second, StatementState::Live), (first, StatementState::Replaced)]);
    assert_eq!(world.credentials(50, Side::Gave), all);
    // A replaced one does not come back.
    take_credential(&mut world, 50, 1, second, false);
    world.close();
    assert!(!holds(&world, 1, "medic"));
    assert_eq!(sums(&world, 1, C), Sums::default());
}

#[test]
fn in_the_standing_the_newest_live_credential_of_each_issuer_counts() {
    let mut world = World::founded_by(&[0]);
    issue(&mut world, 50, 1, "medic", None);
    issue(&mut world, 51, 1, "medic", None);
    let pilot = issue(&mut world, 50, 1, "pilot", None);
    world.close();
    assert_eq!(sums(&world, 1, C), plus(3 * UNIT));
    assert_eq!(world.vector(1).standing.sums, plus(2 * UNIT));
    let states = |world: &World| -> Vec<PartState> {
        let parts = world.fold.explain(&realm(0), &person(1), &Target::Standing).parts;
        parts.iter().map(|part| part.state).collect()
    };
    assert_eq!(states(&world), [PartState::Replaced, PartState::Live, PartState::Live]);
    take_credential(&mut world, 50, 1, pilot, false);
    world.close();
    assert_eq!(sums(&world, 1, C), plus(2 * UNIT));
    assert_eq!(world.vector(1).standing.sums, plus(2 * UNIT), "the older one is left");
    assert_eq!(states(&world), [PartState::Live, PartState::Live, PartState::Revoked]);
}

#[test]
fn nobody_takes_back_the_credential_of_another() {
    let mut world = World::founded_by(&[0]);
    let medic = issue(&mut world, 50, 1, "medic", None);
    world.close();
    take_credential(&mut world, 51, 1, medic, false);
    world.take_back(50, medic);
    world.close();
    assert!(holds(&world, 1, "medic"));
}

#[test]
fn a_credential_revoked_for_fraud_costs_ten_of_integrity_once() {
    let mut world = World::founded_by(&[0]);
    let medic = issue(&mut world, 50, 1, "medic", Some(1));
    world.close_after(2);
    // Found out after it had ended.
    take_credential(&mut world, 50, 1, medic, true);
    take_credential(&mut world, 50, 1, medic, true);
    world.close();
    take_credential(&mut world, 50, 1, medic, true);
    world.close();
    assert_eq!(sums(&world, 1, I), minus(10 * UNIT));
    assert_eq!(sums(&world, 1, C), Sums::default());
    let credential = world.credentials(1, Side::Got).remove(0);
    assert!(credential.fraud);
    assert_eq!(credential.state, StatementState::Expired);
}

#[test]
fn a_credential_counts_for_competence_as_a_whole_even_where_its_type_is_a_domain() {
    let mut world = World::founded_by(&[0]);
    world.praise_domain(0, 1, "rust");
    issue(&mut world, 50, 1, "rust", None);
    world.close();
    assert_eq!(world.vector(1).domains[0].1.sums, plus(2 * UNIT));
    assert_eq!(sums(&world, 1, C), plus(3 * UNIT));
}

#[test]
fn what_is_brought_along_is_the_prior_with_strength_ten() {
    let mut world = World::founded_by(&[0]);
    world.close();
    let means = [800_000, 50_000, 300_000, 1_000_000, 123_457, 100_000];
    world.fold.stage_join(&realm(0), &person(1), means);
    world.fold.stage_join(&realm(0), &person(0), means);
    let outcome = world.close();
    assert_eq!(outcome.changed.len(), 2);
    let vector = world.vector(1);
    assert_eq!(vector.values_ppm(), [800_000, 100_000, 300_000, 1_000_000, 123_457, 100_000]);
    assert_eq!(vector.crossed_ppm, Some([800_000, 100_000, 300_000, 1_000_000, 123_457, 100_000]));
    assert_eq!((vector.standing_ppm, vector.has_voice), (100_000, false), "no voice");
    assert_eq!(world.vector(0).values_ppm(), [900_000; 6], "founders keep 9 and 1");
    world.praise(0, 1, R);
    world.praise_domain(0, 1, "law");
    world.close();
    assert_eq!(world.trust_ppm(1, R), 1_000_000 * (8 + 2) / (10 + 2));
    assert_eq!(world.vector(1).domains[0].1.trust_ppm, 1_000_000 * (3 + 2) / (10 + 2));
    assert_eq!(world.fold.history(&realm(0), &person(1)).len(), 2);
}

#[test]
fn of_joins_in_one_epoch_the_least_counts_and_a_later_epoch_begins_anew() {
    let mut world = World::founded_by(&[0]);
    world.fold.stage_join(&realm(0), &person(1), [800_000, 100_000, 0, 0, 0, 0]);
    world.fold.stage_join(&realm(0), &person(1), [200_000, 700_000, 0, 0, 0, 0]);
    world.close();
    assert_eq!(world.vector(1).values_ppm()[..3], [200_000, 100_000, 100_000]);
    world.fold.stage_join(&realm(0), &person(1), [800_000; 6]);
    assert_eq!(world.close().changed.len(), 1);
    assert_eq!(world.vector(1).values_ppm(), [800_000; 6]);
    world.fold.stage_join(&realm(0), &person(1), [800_000; 6]);
    assert!(world.close().changed.is_empty());
}

#[test]
fn a_partition_makes_no_founders_and_takes_no_prior_along() {
    let mut world = World::founded_by(&[0]);
    let created = RealmCreated {
        realm: realm(5),
        name: "shard".into(),
        founders: vec![person(7)],
        parent: Some(realm(0)),
        partition: true,
        ..RealmCreated::default()
    };
    world.say_in(realm(5), 7, Body::RealmCreated(created), 1);
    world.fold.stage_join(&realm(5), &person(8), [900_000; 6]);
    let kept = receipt(9, 0, erynoa_events::ReceiptOutcome::Kept, 1, &realm(5));
    world.say_in(realm(5), 9, Body::Receipt(kept), 2);
    world.close();
    assert!(!world.vector(7).founder);
    assert_eq!(world.vector(8).crossed_ppm, None);
    assert_eq!(sums(&world, 9, R), plus(2 * UNIT));
    assert_eq!(world.fold.subjects(&realm(5)).count(), 2);
}

#[test]
fn the_roots_at_the_end_of_the_epoch_decide_about_all_of_it() {
    for handed_first in [false, true] {
        let mut world = World::founded_by(&[0, 1]);
        world.close();
        // Agent 100 is person 0's and goes over to person 1.
        if handed_first {
            world.say(0, controller_set(100, 1));
        }
        world.praise(0, 100, R);
        world.praise(1, 100, I);
        if !handed_first {
            world.say(0, controller_set(100, 1));
        }
        world.close();
        assert_eq!(sums(&world, 100, R), plus(2 * UNIT));
        assert_eq!(sums(&world, 100, I), Sums::default());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// What one's own act brings about needs nobody's word, so it is in its
    /// dimension alone.
    #[test]
    fn votes_and_cosignatures_alone_give_nobody_a_voice(
        acts in prop::collection::vec((any::<bool>(), 0..50u64, any::<bool>(), 0..3u64), 1..80),
    ) {
        let mut world = World::founded_by(&[0]);
        for (cosigns, number, veto, days) in acts {
            if cosigns {
                cosign(&mut world, 1, number);
            } else {
                vote(&mut world, 1, number, veto);
            }
            world.close_after(days);
            let vector = world.vector(1);
            prop_assert!(!vector.has_voice);
            prop_assert_eq!(vector.standing.sums, Sums::default());
        }
        let counted = sums(&world, 1, V).positive + sums(&world, 1, OMEGA).positive;
        prop_assert!(counted > 0);
        let standing = world.fold.explain(&realm(0), &person(1), &Target::Standing);
        prop_assert!(standing.parts.is_empty());
        for dimension in [V, OMEGA] {
            let target = Target::Dimension(dimension);
            let explanation = world.fold.explain(&realm(0), &person(1), &target);
            let parts: u64 = explanation.parts.iter().map(|part| part.decayed).sum();
            prop_assert_eq!(parts, sums(&world, 1, dimension).positive);
        }
    }

    /// However many types they issue: (0.5 + 1) / (5 + 1) = 0.25.
    #[test]
    fn one_issuer_alone_gives_nobody_a_voice(
        acts in prop::collection::vec((0..12u8, any::<u8>(), 0..20u64), 1..30),
    ) {
        let mut world = World::founded_by(&[0]);
        let mut issued = Vec::new();
        for (act, number, days) in acts {
            if act == 0 && !issued.is_empty() {
                let nth = usize::from(number) % issued.len();
                take_credential(&mut world, 50, 1, issued.remove(nth), false);
            } else {
                let end = (number % 3 == 0).then_some(u64::from(number));
                issued.push(issue(&mut world, 50, 1, &format!("type-{}", number % 8), end));
            }
            world.close_after(days);
            let vector = world.vector(1);
            prop_assert!(!vector.has_voice);
            let most = plus(UNIT.min(vector.values[C.index()].sums.positive));
            prop_assert!(vector.standing.sums.positive <= most.positive);
            let parts = world.fold.explain(&realm(0), &person(1), &Target::Standing).parts;
            let live = parts.iter().filter(|part| part.state == PartState::Live).count();
            prop_assert!(live <= 1);
            prop_assert_eq!(live == 1, vector.values[C.index()].sums.positive > 0);
        }
    }

    /// K20, for receipts, vouches and credentials of one partner or of eight.
    #[test]
    fn one_partners_repeated_evidence_never_outweighs_that_of_eight(
        kinds in prop::collection::vec(0..4u8, 8),
        days in prop::collection::vec(0..30u64, 8),
    ) {
        let mut world = World::founded_by(&[0, 1, 2, 3, 4, 5, 6]);
        world.praise(0, 7, R);
        world.praise(1, 7, R);
        world.close();
        let say = |world: &mut World, partner: u32, subject: u32, kind: u8, nonce: u8| match kind {
            0 => {
                world.praise(partner, subject, R);
            }
            1 => {
                let kept = erynoa_events::ReceiptOutcome::Kept;
                let body = receipt(subject, partner, kept, nonce, &realm(0));
                world.say(subject, Body::Receipt(body));
            }
            2 => {
                crate::vouching::vouch(world, partner, subject, 300_000);
            }
            _ => {
                issue(world, partner, subject, "medic", None);
            }
        };
        // The eighth of eight has less than a founder's voice: leave them out.
        for (turn, (&kind, &days)) in (0u8..7).zip(kinds.iter().zip(&days)) {
            say(&mut world, 0, 20, kind, turn);
            say(&mut world, u32::from(turn), 21, kind, turn);
            world.close_after(days);
        }
        let (one, eight) = (world.vector(20), world.vector(21));
        prop_assert!(one.standing_ppm <= eight.standing_ppm);
        for (one, eight) in one.values.iter().zip(&eight.values) {
            prop_assert!(one.trust_ppm <= eight.trust_ppm);
        }
    }
}

//! Who may judge, issue and witness.

use erynoa_events::{
    AnomalyClass, AnomalyJudged, AnomalyReported, Body, CredentialIssued, EpochCosigned, Finding,
    Judgement, RuleParameters, Severity,
};
use erynoa_kernel::EventId;

use crate::world::{LOG_KEY, World, least, realm, root, rule, who};

fn target(n: u8) -> EventId {
    EventId::from_bytes([n; 32])
}

fn judges(subject: u8, finding: Finding, at: u8) -> Body {
    Body::Judgement(Judgement {
        subject: who(subject),
        finding,
        target: target(at),
        severity_ppm: u32::from(finding == Finding::MemberAtFault),
        reason: String::new(),
    })
}

fn issues(subject: u8, credential_type: &str) -> Body {
    Body::CredentialIssued(CredentialIssued {
        subject: who(subject),
        credential_type: credential_type.to_owned(),
        claim: String::new(),
        content_hash: None,
        expires_at_us: None,
    })
}

fn cosigns() -> Body {
    Body::EpochCosigned(EpochCosigned {
        log_key: LOG_KEY,
        epoch: 1,
        size: 2,
        root: [0; 32],
        state_root: [0; 32],
    })
}

#[test]
fn without_a_rule_founders_judge_and_with_one_those_whom_it_names() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    world.found(realm(2), root(), 1, vec![rule("judges", RuleParameters::Judges(vec![who(3)]))]);
    let claim = || judges(9, Finding::ClaimTrue, 1);
    assert!(world.refused(who(1), realm(1), claim()).is_empty());
    assert_eq!(
        world.refused(who(3), realm(1), claim()),
        ["JUDGE_REQUIRED", "MEMBER_REQUIRED"][..1]
    );
    assert_eq!(world.refused(who(1), realm(2), claim()), ["JUDGE_REQUIRED"]);
    // An office needs no membership.
    assert!(world.refused(who(3), realm(2), claim()).is_empty());
}

#[test]
fn nobody_judges_their_own_root() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    assert_eq!(
        world.refused(who(1), realm(1), judges(101, Finding::ClaimTrue, 1)),
        ["JUDGE_PARTIAL"]
    );
}

#[test]
fn nobody_judges_a_claim_about_themselves() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    for (at, about) in [(1, 1), (2, 101), (3, 5)] {
        world.subjects.insert(target(at), who(about));
    }
    let claim = |at| judges(9, Finding::ClaimFalseFraud, at);
    assert_eq!(world.refused(who(1), realm(1), claim(1)), ["JUDGE_PARTIAL"]);
    assert_eq!(world.refused(who(1), realm(1), claim(2)), ["JUDGE_PARTIAL"]);
    assert!(world.refused(who(1), realm(1), claim(3)).is_empty());
}

#[test]
fn a_target_is_judged_once_for_each_class_of_finding() {
    let mut world = World::new();
    world.say(who(1), root(), judges(9, Finding::ClaimFalseMinor, 1)).expect("the first");
    for finding in [Finding::ClaimTrue, Finding::ClaimFalseMinor, Finding::ClaimFalseFraud] {
        assert_eq!(world.refused(who(1), root(), judges(9, finding, 1)), ["JUDGEMENT_DUPLICATE"]);
    }
    for (finding, same) in [
        (Finding::ProposalSpam, Finding::ProposalSpam),
        (Finding::BreachAxiom, Finding::BreachContract),
        (Finding::MemberAtFault, Finding::MemberAtFault),
    ] {
        world.say(who(1), root(), judges(9, finding, 1)).expect("another class");
        assert_eq!(world.refused(who(1), root(), judges(9, same, 1)), ["JUDGEMENT_DUPLICATE"]);
    }
    assert!(world.refused(who(1), root(), judges(9, Finding::ClaimTrue, 2)).is_empty());
}

#[test]
fn a_report_is_judged_once_by_a_judge_without_a_part_in_it() {
    let mut world = World::new();
    let report = |subjects: Vec<u8>| {
        Body::AnomalyReported(AnomalyReported {
            subjects: subjects.into_iter().map(who).collect(),
            class: AnomalyClass::Cycle,
            severity: Severity::High,
            evidence: Vec::new(),
            comment: String::new(),
        })
    };
    let decides = |report, reporter: u8| {
        Body::AnomalyJudged(AnomalyJudged {
            report,
            reporter: who(reporter),
            confirmed: Some(Severity::Low),
            reason: String::new(),
        })
    };
    let about_others = world.say(who(2), root(), report(vec![3, 4])).expect("anybody reports");
    let about_judge = world.say(who(2), root(), report(vec![3, 101])).expect("anybody reports");
    let by_agent = world.say(who(101), root(), report(vec![3])).expect("anybody reports");
    assert_eq!(
        world.refused(who(2), root(), decides(about_others, 2)),
        ["JUDGE_REQUIRED", "JUDGE_PARTIAL"]
    );
    assert_eq!(world.refused(who(1), root(), decides(about_judge, 2)), ["JUDGE_PARTIAL"]);
    assert_eq!(world.refused(who(1), root(), decides(by_agent, 101)), ["JUDGE_PARTIAL"]);
    world.say(who(1), root(), decides(about_others, 2)).expect("a judge");
    assert_eq!(world.refused(who(1), root(), decides(about_others, 2)), ["JUDGEMENT_DUPLICATE"]);
}

#[test]
fn a_type_of_credential_is_issued_by_whom_the_rule_names_else_by_founders() {
    let mut world = World::new();
    let pilots =
        RuleParameters::Issuers { credential_type: "pilot".to_owned(), identities: vec![who(3)] };
    world.found(realm(1), root(), 1, vec![least(0), rule("pilots", pilots)]);
    assert!(world.refused(who(3), realm(1), issues(5, "pilot")).is_empty());
    assert_eq!(world.refused(who(1), realm(1), issues(5, "pilot")), ["ISSUER_REQUIRED"]);
    assert!(world.refused(who(1), realm(1), issues(5, "person")).is_empty());
    assert_eq!(world.refused(who(3), realm(1), issues(5, "person")), ["ISSUER_REQUIRED"]);
    // A founder who has left issues nothing.
    world.say(who(1), realm(1), crate::world::leaves()).expect("a member");
    assert_eq!(world.refused(who(1), realm(1), issues(5, "person")), ["ISSUER_REQUIRED"]);
}

#[test]
fn witnesses_are_named_by_the_nearest_rule() {
    let witness = |id: &str, n: u8| rule(id, RuleParameters::Witnesses(vec![(who(n), 1)]));
    let mut world = World::with_root_rules(vec![witness("above", 2)]);
    world.found(realm(1), root(), 1, Vec::new());
    world.found(realm(2), root(), 1, vec![witness("own", 3)]);
    assert!(world.refused(who(2), root(), cosigns()).is_empty());
    assert!(world.refused(who(2), realm(1), cosigns()).is_empty());
    assert_eq!(world.refused(who(2), realm(2), cosigns()), ["WITNESS_REQUIRED"]);
    assert!(world.refused(who(3), realm(2), cosigns()).is_empty());
    assert_eq!(world.refused(who(1), root(), cosigns()), ["WITNESS_REQUIRED"]);
    let log = world.fold.log_identity();
    assert!(world.refused(log, root(), cosigns()).is_empty());
}

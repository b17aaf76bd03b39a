//! Events that name other events: only what fits is admitted (protocol §2, §5).

use erynoa_events::{
    AnomalyClass, AnomalyJudged, AnomalyReported, Body, CredentialIssued, CredentialRevoked,
    EpochClosed, EpochCosigned, Finding, Judgement, MemberBanned, Proposal, ProposalClosed,
    ProposalKind, ProposalOutcome, Severity, Vote, Vouch, VouchRevoked,
};
use erynoa_kernel::{EventId, IdentityId};

use crate::world::{LOG, NOW_US, Node, attest, custom, log_identity, person, public, sign};

fn refused(node: &mut Node, seed: u8, body: Body) -> &'static str {
    let size = node.log.size();
    let event = node.says(seed, body);
    let error = node.submit(&event).expect_err("must be refused");
    assert_eq!(node.log.size(), size, "a refused event is stored nowhere");
    error.code
}

fn said(node: &mut Node, seed: u8, body: Body) -> EventId {
    let event = node.says(seed, body);
    node.must(&event);
    event.id()
}

fn vouch(member: u8) -> Body {
    Body::Vouch(Vouch {
        member: person(member),
        stake_ppm: 1,
        comment: String::new(),
        expires_at_us: None,
    })
}

fn revoke_vouch(vouch: EventId) -> Body {
    Body::VouchRevoked(VouchRevoked { vouch, reason: String::new() })
}

fn judge(subject: IdentityId, finding: Finding, target: EventId) -> Body {
    let severity_ppm = if finding == Finding::MemberAtFault { 1 } else { 0 };
    Body::Judgement(Judgement { subject, finding, target, severity_ppm, reason: String::new() })
}

fn proposal() -> Body {
    Body::Proposal(Proposal {
        kind: ProposalKind::Treasury,
        title: "a".into(),
        text: String::new(),
        set: Vec::new(),
        removed: Vec::new(),
        member: None,
        admit: false,
    })
}

#[test]
fn only_a_vouch_of_the_same_author_is_taken_back() {
    let mut node = Node::founded(4);
    let own = said(&mut node, 1, vouch(2));
    let other = said(&mut node, 2, attest(3));
    assert_eq!(refused(&mut node, 2, revoke_vouch(own)), "TARGET_UNKNOWN");
    assert_eq!(refused(&mut node, 1, revoke_vouch(other)), "TARGET_UNKNOWN");
    assert_eq!(refused(&mut node, 1, revoke_vouch(EventId::of(b"?"))), "TARGET_UNKNOWN");
    said(&mut node, 1, revoke_vouch(own));
}

#[test]
fn a_credential_is_taken_back_by_its_issuer_and_for_its_subject() {
    let mut node = Node::founded(4);
    let issued = Body::CredentialIssued(CredentialIssued {
        subject: person(2),
        credential_type: "person".into(),
        claim: String::new(),
        content_hash: None,
        expires_at_us: None,
    });
    let credential = said(&mut node, 1, issued);
    let revoked = |subject| {
        Body::CredentialRevoked(CredentialRevoked {
            credential,
            subject: person(subject),
            fraud: true,
            reason: String::new(),
        })
    };
    assert_eq!(refused(&mut node, 3, revoked(2)), "TARGET_UNKNOWN");
    assert_eq!(refused(&mut node, 1, revoked(3)), "TARGET_UNKNOWN");
    said(&mut node, 1, revoked(2));
}

#[test]
fn a_judgement_names_an_event_of_its_kind_by_its_subject() {
    let mut node = Node::founded(4);
    let claim = said(&mut node, 2, attest(3));
    let idea = said(&mut node, 2, proposal());
    let any = said(&mut node, 2, custom(b"x"));
    for (finding, right, wrong) in [
        (Finding::ClaimTrue, claim, idea),
        (Finding::ClaimFalseFraud, claim, any),
        (Finding::ProposalSpam, idea, claim),
    ] {
        assert_eq!(refused(&mut node, 1, judge(person(2), finding, wrong)), "TARGET_UNKNOWN");
        assert_eq!(refused(&mut node, 1, judge(person(3), finding, right)), "TARGET_UNKNOWN");
        said(&mut node, 1, judge(person(2), finding, right));
    }
    let at_fault = |subject| judge(person(subject), Finding::MemberAtFault, any);
    assert_eq!(refused(&mut node, 1, at_fault(3)), "TARGET_UNKNOWN");
    said(&mut node, 1, at_fault(2));
}

#[test]
fn a_report_is_judged_for_its_reporter_and_shows_events_of_the_log() {
    let mut node = Node::founded(4);
    let report = |evidence| {
        Body::AnomalyReported(AnomalyReported {
            subjects: vec![person(2)],
            class: AnomalyClass::Rate,
            severity: Severity::Low,
            evidence,
            comment: String::new(),
        })
    };
    assert_eq!(refused(&mut node, 1, report(vec![EventId::of(b"?")])), "TARGET_UNKNOWN");
    let filed = said(&mut node, 1, report(Vec::new()));
    let judged = |reporter| {
        Body::AnomalyJudged(AnomalyJudged {
            report: filed,
            reporter: person(reporter),
            confirmed: Some(Severity::Low),
            reason: String::new(),
        })
    };
    assert_eq!(refused(&mut node, 3, judged(2)), "TARGET_UNKNOWN");
    said(&mut node, 3, judged(1));
}

#[test]
fn a_vote_names_a_proposal() {
    let mut node = Node::founded(4);
    let idea = said(&mut node, 2, proposal());
    let claim = said(&mut node, 2, attest(3));
    let vote =
        |proposal| Body::Vote(Vote { proposal, votes: 1, veto: false, comment: String::new() });
    assert_eq!(refused(&mut node, 1, vote(claim)), "TARGET_UNKNOWN");
    said(&mut node, 1, vote(idea));
}

#[test]
fn only_the_log_announces_decisions() {
    let mut node = Node::founded(4);
    let idea = said(&mut node, 2, proposal());
    let closed = Body::ProposalClosed(ProposalClosed {
        proposal: idea,
        proposer: person(2),
        outcome: ProposalOutcome::Defeated,
        tally_for: 0,
        tally_against: 0,
        voters: 0,
        eligible: 0,
        veto_weight: 0,
        eligible_weight: 0,
    });
    let banned =
        Body::MemberBanned(MemberBanned { member: person(3), proposal: idea, lifted: false });
    for body in [closed, banned] {
        assert_eq!(refused(&mut node, 1, body.clone()), "EVENT_KEY_PURPOSE");
        let by_log = sign(&node.next(LOG, log_identity(), Vec::new(), body), LOG);
        node.must(&by_log);
    }
}

#[test]
fn a_cosignature_agrees_with_the_log() {
    let mut node = Node::founded(4);
    let closed = Body::EpochClosed(EpochClosed {
        epoch: 1,
        closed_at_us: NOW_US,
        size: node.log.size(),
        state_root: [7; 32],
        parameters_hash: [8; 32],
    });
    let end = sign(&node.next(LOG, log_identity(), Vec::new(), closed), LOG);
    node.must(&end);
    let size = node.log.size();
    let right = EpochCosigned {
        log_key: public(LOG),
        epoch: 1,
        size,
        root: node.log.tree().root_at(size).expect("its own size"),
        state_root: [7; 32],
    };
    for wrong in [
        EpochCosigned { log_key: public(1), ..right },
        EpochCosigned { epoch: 2, ..right },
        EpochCosigned { size: size - 1, ..right },
        EpochCosigned { root: [0; 32], ..right },
        EpochCosigned { state_root: [0; 32], ..right },
    ] {
        let code = refused(&mut node, 1, Body::EpochCosigned(wrong));
        assert_eq!(code, "COSIGNATURE_MISMATCH", "{wrong:?}");
    }
    said(&mut node, 1, Body::EpochCosigned(right));
}

#[test]
fn events_about_strangers_are_refused() {
    let mut node = Node::founded(2);
    for body in [
        vouch(9),
        judge(person(9), Finding::MemberAtFault, EventId::of(b"?")),
        Body::AnomalyReported(AnomalyReported {
            subjects: vec![person(9)],
            class: AnomalyClass::Rate,
            severity: Severity::Low,
            evidence: Vec::new(),
            comment: String::new(),
        }),
    ] {
        assert_eq!(refused(&mut node, 1, body), "IDENTITY_UNKNOWN");
    }
}

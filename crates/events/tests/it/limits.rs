//! Every limit, on both of its sides (protocol §2).

use erynoa_events::{
    Admitted, Attestation, Body, Dimension, Event, EventError, IdentityCreated, KeyAdded,
    MAX_AHEAD_US, MAX_ENTRY_BYTES, VerifiedEvent, sign_event, verify,
};
use erynoa_kernel::{Coordinate, Namespace};

use crate::cases;
use crate::world::{NOW_US, Node, custom, key, person, sign};

fn signed(event: &Event) -> Result<VerifiedEvent, EventError> {
    sign_event(event, &cases::key(cases::ALICE))
}

fn refused(event: &Event, field: &str) {
    let error = signed(event).expect_err(field);
    assert_eq!((error.code, error.field), ("EVENT_FIELD_INVALID", field));
}

fn accepted(event: &Event) {
    let entry = signed(event).expect("within the limit").entry().clone();
    verify(entry).expect("within the limit");
}

fn attesting(change: impl FnOnce(&mut Attestation)) -> Event {
    let mut attestation = cases::attestation();
    change(&mut attestation);
    cases::by_alice(Body::Attestation(attestation))
}

fn creating(change: impl FnOnce(&mut IdentityCreated)) -> Event {
    let mut event = cases::created(Namespace::SelfHood, cases::ALICE);
    let Body::IdentityCreated(body) = &mut event.body else { unreachable!("made so") };
    change(body);
    event
}

fn adding(change: impl FnOnce(&mut KeyAdded)) -> Event {
    let mut added = cases::key_added(5, &[erynoa_events::KeyPurpose::Assertion]);
    change(&mut added);
    cases::by_alice(Body::KeyAdded(added))
}

/// Custom data with which an entry has exactly `len` bytes.
fn entry_of(len: usize) -> Result<VerifiedEvent, EventError> {
    let with = |data: usize| cases::by_alice(custom(&vec![1; data]));
    // Lengths near the limit all take the same number of varint bytes.
    let around = 65_000;
    let overhead = signed(&with(around)).expect("below the limit").entry().len() - around;
    signed(&with(len - overhead))
}

#[test]
fn an_entry_has_at_most_65_535_bytes() {
    assert_eq!(MAX_ENTRY_BYTES, 65_535);
    let largest = entry_of(65_535).expect("at the limit");
    assert_eq!(largest.entry().len(), 65_535);
    assert_eq!(verify(largest.entry().clone()), Ok(largest));
    let error = entry_of(65_536).expect_err("one byte more");
    assert_eq!(error.code, "EVENT_TOO_LARGE");
    let error = verify(vec![0; 65_536].into()).expect_err("one byte more");
    assert_eq!(error.code, "EVENT_TOO_LARGE");
}

#[test]
fn an_event_has_at_most_9_parents() {
    let with = |count: u8| {
        let mut event = attesting(|_| ());
        event.parents = (1..=count).map(cases::earlier).collect();
        event.parents.sort();
        event
    };
    accepted(&with(0));
    accepted(&with(9));
    refused(&with(10), "event.parents");
}

#[test]
fn a_text_has_at_most_4096_bytes() {
    accepted(&attesting(|body| body.comment = "c".repeat(4096)));
    refused(&attesting(|body| body.comment = "c".repeat(4097)), "attestation.comment");
    // Bytes are counted, not characters.
    accepted(&attesting(|body| body.comment = "é".repeat(2048)));
    refused(&attesting(|body| body.comment = "é".repeat(2049)), "attestation.comment");
}

#[test]
fn a_label_has_at_most_64_bytes() {
    accepted(&creating(|body| body.key_label = "l".repeat(64)));
    refused(&creating(|body| body.key_label = "l".repeat(65)), "identity_created.key_label");
    accepted(&adding(|body| body.label = "l".repeat(64)));
    refused(&adding(|body| body.label = "l".repeat(65)), "key_added.label");
    accepted(&attesting(|body| body.domain = "d".repeat(64)));
    refused(&attesting(|body| body.domain = "d".repeat(65)), "attestation.domain");
}

#[test]
fn a_name_has_at_most_128_bytes() {
    accepted(&creating(|body| body.display_name = "n".repeat(128)));
    refused(&creating(|body| body.display_name = "n".repeat(129)), "identity_created.display_name");
}

#[test]
fn a_name_and_a_label_have_no_control_characters() {
    for control in ['\0', '\n', '\t', '\u{1f}', '\u{7f}', '\u{80}', '\u{9f}'] {
        let text = format!("a{control}b");
        refused(
            &creating(|body| body.display_name.clone_from(&text)),
            "identity_created.display_name",
        );
        refused(&creating(|body| body.key_label.clone_from(&text)), "identity_created.key_label");
        refused(&adding(|body| body.label.clone_from(&text)), "key_added.label");
    }
    accepted(&creating(|body| {
        body.display_name = "Zoë 信頼 🦀\u{a0}".into();
    }));
}

#[test]
fn a_realm_has_1_to_7_founders() {
    let with = |count: u8| {
        let mut event = attesting(|_| ());
        event.body = Body::RealmCreated(erynoa_events::RealmCreated {
            realm: cases::realm(),
            name: "root".into(),
            founders: (1..=count)
                .map(|byte| erynoa_kernel::IdentityId::from_bytes([byte; 32]))
                .collect(),
            ..erynoa_events::RealmCreated::default()
        });
        event
    };
    refused(&with(0), "realm_created.founders");
    accepted(&with(1));
    accepted(&with(7));
    refused(&with(8), "realm_created.founders");
}

#[test]
fn an_expiry_is_after_the_event() {
    let at = cases::at(60).wall_us;
    refused(&attesting(|body| body.expires_at_us = Some(at)), "attestation.expires_at_us");
    accepted(&attesting(|body| body.expires_at_us = Some(at + 1)));
}

#[test]
fn only_four_dimensions_are_attested_and_only_competence_has_domains() {
    for dimension in Dimension::ALL {
        let plain = attesting(|body| {
            body.dimension = dimension;
            body.domain.clear();
        });
        let with_domain = attesting(|body| body.dimension = dimension);
        match dimension {
            Dimension::Competence => {
                accepted(&plain);
                accepted(&with_domain);
            }
            Dimension::Vigilance | Dimension::Fidelity => {
                refused(&plain, "attestation.dimension");
            }
            _ => {
                accepted(&plain);
                refused(&with_domain, "attestation.domain");
            }
        }
    }
}

#[test]
fn an_event_is_at_most_120_seconds_ahead() {
    assert_eq!(MAX_AHEAD_US, 120_000_000);
    let mut node = Node::founded(2);
    let ahead = |node: &Node, us| {
        let mut event = node.next(1, person(1), Vec::new(), custom(b"ahead"));
        event.coordinate = Coordinate { wall_us: NOW_US + us, counter: u32::MAX };
        sign(&event, 1)
    };
    let early = ahead(&node, 120_000_001);
    let error = node.submit(&early).expect_err("one microsecond more");
    assert_eq!((error.code, error.retry_after_ms), ("EVENT_FROM_FUTURE", Some(1)));
    let error = node.submit(&ahead(&node, 125_000_000)).expect_err("five seconds more");
    assert_eq!(error.retry_after_ms, Some(5_000));
    assert_eq!(node.submit_at(&early, NOW_US + 1), Ok(Admitted::New { sequence: 4 }));

    let mut node = Node::founded(2);
    assert_eq!(node.submit(&ahead(&node, 120_000_000)), Ok(Admitted::New { sequence: 4 }));
}

#[test]
fn time_at_the_end_of_its_range_is_judged_without_overflow() {
    let mut node = Node::founded(2);
    let mut event = node.next(1, person(1), Vec::new(), custom(b"late"));
    event.coordinate = Coordinate { wall_us: u64::MAX, counter: u32::MAX };
    let event = sign_event(&event, &key(1)).expect("well-formed");
    assert_eq!(node.submit(&event).expect_err("far ahead").code, "EVENT_FROM_FUTURE");
    assert_eq!(node.submit_at(&event, u64::MAX), Ok(Admitted::New { sequence: 4 }));
}

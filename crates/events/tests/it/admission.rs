//! Whether an event fits the log (protocol §2, "Valid iff").

use erynoa_events::{
    Admission, Admitted, Attestation, AttestationRevoked, Body, EpochClosed, EventError,
    RealmCreated, VerifiedEvent,
};
use erynoa_kernel::{Coordinate, EventId, Namespace, RealmId};
use proptest::prelude::*;

use crate::world::{
    Book, LOG, NOW_US, Node, PEOPLE, add_key, attest, attestation, created, custom, log_identity,
    person, play, public, realm, receipt, revoke_key, script, sign,
};

fn code(result: Result<Admitted, EventError>) -> (&'static str, &'static str) {
    let error = result.expect_err("refused");
    (error.code, error.field)
}

/// An event of the log's own key.
fn of_log(node: &Node, body: Body) -> VerifiedEvent {
    sign(&node.next(LOG, log_identity(), Vec::new(), body), LOG)
}

fn epoch(epoch: u64, size: u64, closed_at_us: u64) -> Body {
    Body::EpochClosed(EpochClosed {
        epoch,
        closed_at_us,
        size,
        state_root: [1; 32],
        parameters_hash: [2; 32],
    })
}

#[test]
fn positions_count_from_zero_without_gaps() {
    let mut node = Node::empty();
    for (sequence, event) in (0..).zip(crate::world::beginning(3)) {
        assert_eq!(node.submit(&event), Ok(Admitted::New { sequence }));
    }
}

#[test]
fn the_events_of_one_key_are_a_chain() {
    let mut node = Node::founded(2);
    for number in 0..3 {
        let event = node.says(1, custom(&[number]));
        node.must(&event);
        assert_eq!(node.log.head(&public(1)).map(|(id, _)| id), Some(event.id()));
    }
}

#[test]
fn two_devices_of_one_person_do_not_collide() {
    let mut node = Node::founded(2);
    let added = node.says(1, add_key(1, 11));
    node.must(&added);
    let from_phone = node.next(11, person(1), Vec::new(), custom(b"phone"));
    assert_eq!(from_phone.prev, None);
    let from_laptop = node.says(1, custom(b"laptop"));
    node.must(&sign(&from_phone, 11));
    node.must(&from_laptop);
}

#[test]
fn a_second_event_on_the_same_prev_is_stale_and_names_the_head() {
    let mut node = Node::founded(2);
    let first = node.says(1, custom(b"first"));
    let second = node.says(1, custom(b"second"));
    node.must(&first);
    let error = node.submit(&second).expect_err("stale");
    assert_eq!((error.code, error.field), ("EVENT_PREV_STALE", "event.prev"));
    assert!(error.message.contains(&first.id().to_string()), "{}", error.message);
    assert_eq!(node.log.find(&second.id()), None);
}

#[test]
fn a_missing_prev_is_stale_when_the_key_has_signed_before() {
    let mut node = Node::founded(2);
    let mut event = node.next(1, person(1), Vec::new(), custom(b"x"));
    event.prev = None;
    assert_eq!(code(node.submit(&sign(&event, 1))), ("EVENT_PREV_STALE", "event.prev"));
}

#[test]
fn the_event_of_another_key_is_no_prev() {
    let mut node = Node::founded(2);
    let mut event = node.next(1, person(1), Vec::new(), custom(b"x"));
    event.prev = node.log.head(&public(2)).map(|(id, _)| id);
    assert_eq!(code(node.submit(&sign(&event, 1))), ("EVENT_PREV_STALE", "event.prev"));
    let added = node.says(1, add_key(1, 11));
    node.must(&added);
    let mut event = node.next(11, person(1), Vec::new(), custom(b"x"));
    event.prev = Some(added.id());
    let error = node.submit(&sign(&event, 11)).expect_err("the new key has signed nothing");
    assert_eq!(error.code, "EVENT_PREV_STALE");
    assert!(error.message.contains("nothing yet"), "{}", error.message);
}

#[test]
fn prev_and_parents_are_in_the_log() {
    let mut node = Node::founded(2);
    let unknown = EventId::of(b"unknown");
    let mut event = node.next(1, person(1), Vec::new(), custom(b"x"));
    event.prev = Some(unknown);
    assert_eq!(code(node.submit(&sign(&event, 1))), ("EVENT_PREV_UNKNOWN", "event.prev"));
    let event = node.next(1, person(1), vec![unknown], custom(b"x"));
    assert_eq!(code(node.submit(&sign(&event, 1))), ("EVENT_PARENT_UNKNOWN", "event.parents"));
}

#[test]
fn a_coordinate_is_greater_than_those_of_prev_and_of_every_parent() {
    let mut node = Node::founded(2);
    let mut parent = node.next(2, person(2), Vec::new(), custom(b"parent"));
    parent.coordinate = Coordinate { wall_us: NOW_US + 5, counter: 7 };
    let parent = sign(&parent, 2);
    node.must(&parent);
    let prev = node.log.head(&public(1)).expect("created").1;
    let refused = ("EVENT_COORDINATE_NOT_AFTER", "event.coordinate");
    for (parents, at) in [
        (vec![], prev),
        (vec![], Coordinate { wall_us: prev.wall_us - 1, counter: u32::MAX }),
        (vec![parent.id()], parent.event().coordinate),
        (vec![parent.id()], Coordinate { wall_us: NOW_US + 5, counter: 6 }),
        (vec![parent.id()], Coordinate { wall_us: NOW_US, counter: 0 }),
    ] {
        let mut event = node.next(1, person(1), parents, custom(b"x"));
        event.coordinate = at;
        assert_eq!(code(node.submit(&sign(&event, 1))), refused, "{at:?}");
    }
    let mut event = node.next(1, person(1), vec![parent.id()], custom(b"x"));
    event.coordinate = Coordinate { wall_us: NOW_US + 5, counter: 8 };
    node.must(&sign(&event, 1));
}

#[test]
fn the_directory_has_the_word_on_keys() {
    let mut node = Node::founded(2);
    let stranger = created(Namespace::SelfHood, 50);
    let mut event = node.next(50, person(50), Vec::new(), attest(1));
    assert_eq!(code(node.submit(&sign(&event, 50))).0, "EVENT_KEY_UNKNOWN");
    node.must(&stranger);
    event = node.next(50, person(1), Vec::new(), attest(2));
    assert_eq!(code(node.submit(&sign(&event, 50))).0, "EVENT_KEY_UNKNOWN");
    let added = node.says(1, add_key(1, 11));
    node.must(&added);
    let revoked = node.says(1, revoke_key(11));
    node.must(&revoked);
    event = node.next(11, person(1), Vec::new(), attest(2));
    assert_eq!(code(node.submit(&sign(&event, 11))).0, "EVENT_KEY_REVOKED");
}

#[test]
fn statements_are_about_identities_in_the_log() {
    let mut node = Node::founded(2);
    let event = node.says(1, attest(50));
    assert_eq!(code(node.submit(&event)), ("IDENTITY_UNKNOWN", "attestation.subject"));
    let event = node.says(1, receipt(1, 50, 50, 0));
    assert_eq!(code(node.submit(&event)), ("IDENTITY_UNKNOWN", "receipt.terms.client"));
    let event = node.says(1, receipt(50, 1, 50, 0));
    assert_eq!(code(node.submit(&event)), ("IDENTITY_UNKNOWN", "receipt.terms.performer"));
}

#[test]
fn statements_are_made_in_a_realm_of_the_log() {
    let mut node = Node::empty();
    for event in crate::world::beginning(2).iter().take(3) {
        node.must(event);
    }
    let event = node.says(1, attest(2));
    assert_eq!(code(node.submit(&event)), ("REALM_UNKNOWN", "event.realm"));
}

#[test]
fn a_receipt_is_countersigned_with_a_live_key_of_the_other_side() {
    let mut node = Node::founded(3);
    for (performer, client, countersigner) in [(1, 2, 3), (1, 2, 1), (2, 1, 3)] {
        let event = node.says(1, receipt(performer, client, countersigner, 0));
        assert_eq!(
            code(node.submit(&event)),
            ("EVENT_COUNTERSIGNATURE_INVALID", "receipt.countersigner_key")
        );
    }
    let added = node.says(2, add_key(2, 12));
    node.must(&added);
    let event = node.says(1, receipt(1, 2, 12, 0));
    node.must(&event);
    let revoked = node.says(2, revoke_key(12));
    node.must(&revoked);
    let event = node.says(1, receipt(1, 2, 12, 1));
    assert_eq!(code(node.submit(&event)).0, "EVENT_COUNTERSIGNATURE_INVALID");
}

#[test]
fn only_one_s_own_attestations_are_revoked() {
    let mut node = Node::founded(3);
    let mine = node.says(1, attest(2));
    node.must(&mine);
    let theirs = node.says(3, attest(2));
    node.must(&theirs);
    let something = node.says(1, custom(b"no attestation"));
    node.must(&something);
    let revoke = |attestation| {
        Body::AttestationRevoked(AttestationRevoked { attestation, reason: String::new() })
    };
    for id in [theirs.id(), something.id(), EventId::of(b"unknown")] {
        let event = node.says(1, revoke(id));
        assert_eq!(
            code(node.submit(&event)),
            ("ATTESTATION_UNKNOWN", "attestation_revoked.attestation")
        );
    }
    let event = node.says(1, revoke(mine.id()));
    node.must(&event);
}

#[test]
fn only_the_log_closes_epochs_and_creates_the_root_realm() {
    let mut node = Node::founded(2);
    let size = node.log.size();
    let by_person = node.says(1, epoch(1, size, NOW_US));
    assert_eq!(code(node.submit(&by_person)), ("EVENT_KEY_PURPOSE", "public_key"));
    let founding = Body::RealmCreated(RealmCreated {
        realm: realm(),
        name: "mine".into(),
        founders: vec![person(1)],
        ..erynoa_events::RealmCreated::default()
    });
    let by_person = node.says(1, founding.clone());
    assert_eq!(code(node.submit(&by_person)), ("EVENT_KEY_PURPOSE", "public_key"));
    let twice = of_log(&node, founding);
    assert_eq!(code(node.submit(&twice)), ("EVENT_FIELD_INVALID", "realm_created.realm"));
    let elsewhere = RealmId::from_bytes([1; 32]);
    let mut other = node.next(
        LOG,
        log_identity(),
        Vec::new(),
        Body::RealmCreated(RealmCreated {
            realm: elsewhere,
            name: "other".into(),
            founders: vec![person(1)],
            ..erynoa_events::RealmCreated::default()
        }),
    );
    other.realm = elsewhere;
    assert_eq!(
        code(node.submit(&sign(&other, LOG))),
        ("EVENT_FIELD_INVALID", "realm_created.realm")
    );
}

#[test]
fn founders_are_identities_in_the_log() {
    let mut node = Node::empty();
    let beginning = crate::world::beginning(1);
    node.must(&beginning[0]);
    assert_eq!(code(node.submit(&beginning[2])), ("IDENTITY_UNKNOWN", "realm_created.founders"));
    node.must(&beginning[1]);
    node.must(&beginning[2]);
}

#[test]
fn epochs_follow_one_another_in_number_size_and_time() {
    let mut node = Node::founded(2);
    let size = node.log.size();
    let refusals = [
        (epoch(2, size, NOW_US), "epoch_closed.epoch"),
        (epoch(1, size - 1, NOW_US), "epoch_closed.size"),
        (epoch(1, size + 1, NOW_US), "epoch_closed.size"),
    ];
    for (body, field) in refusals {
        let event = of_log(&node, body);
        assert_eq!(code(node.submit(&event)), ("EVENT_FIELD_INVALID", field));
    }
    let first = of_log(&node, epoch(1, size, NOW_US));
    node.must(&first);
    let early = of_log(&node, epoch(2, size + 1, NOW_US - 1));
    assert_eq!(code(node.submit(&early)), ("EVENT_FIELD_INVALID", "epoch_closed.closed_at_us"));
    let again = of_log(&node, epoch(1, size + 1, NOW_US));
    assert_eq!(code(node.submit(&again)), ("EVENT_FIELD_INVALID", "epoch_closed.epoch"));
    let second = of_log(&node, epoch(2, size + 1, NOW_US));
    node.must(&second);
}

#[test]
fn an_event_may_build_on_an_earlier_one_of_its_batch() {
    let node = Node::founded(1);
    let mut ahead = node.clone();
    let newcomer = created(Namespace::SelfHood, 60);
    ahead.must(&newcomer);
    let hello = ahead.says(60, attest(1));
    ahead.must(&hello);
    let mut retracted = ahead.next(
        60,
        person(60),
        vec![newcomer.id()],
        Body::AttestationRevoked(AttestationRevoked {
            attestation: hello.id(),
            reason: String::new(),
        }),
    );
    retracted.parents.push(hello.id());
    retracted.parents.sort();
    let retracted = sign(&retracted, 60);
    let mut batch = Admission::new(&node.log, NOW_US);
    let mut book = node.book.clone();
    for (sequence, event) in (node.log.size()..).zip([&newcomer, &hello, &retracted]) {
        assert_eq!(batch.admit(event, &book, &book), Ok(Admitted::New { sequence }));
        assert_eq!(batch.admit(event, &book, &book), Ok(Admitted::Duplicate { sequence }));
        book.apply(event);
    }
    assert_eq!(node.log.find(&newcomer.id()), None, "the log itself has not changed");
}

/// Events that do not fit after the given ones, of many kinds.
fn misfits(node: &Node) -> Vec<VerifiedEvent> {
    let mut stale = node.next(1, person(1), Vec::new(), custom(b"stale"));
    stale.prev = None;
    let mut future = node.next(1, person(1), Vec::new(), custom(b"future"));
    future.coordinate.wall_us = NOW_US + 121_000_000;
    vec![
        sign(&stale, 1),
        sign(&future, 1),
        sign(&node.next(1, person(1), vec![EventId::of(b"?")], custom(b"orphan")), 1),
        node.says(1, attest(99)),
        node.says(1, Body::Attestation(Attestation { comment: "!".into(), ..attestation(99) })),
        node.says(1, epoch(9, 9, 9)),
        node.says(99, attest(1)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_failed_admit_changes_nothing(
        script in script(1..8),
        trouble in any::<prop::sample::Index>(),
    ) {
        let (_, events) = play(&script);
        let fresh = Node::empty();
        let (mut plain, mut troubled) =
            (Admission::new(&fresh.log, NOW_US), Admission::new(&fresh.log, NOW_US));
        let mut book = Book::default();
        let mut node = Node::empty();
        // Anywhere after the beginning, at which everybody is there.
        let beginning = usize::from(PEOPLE) + 2;
        let trouble = beginning + trouble.index(events.len() - beginning);
        for (at, event) in events.iter().enumerate() {
            for misfit in if at == trouble { misfits(&node) } else { Vec::new() } {
                prop_assert!(troubled.admit(&misfit, &book, &book).is_err());
            }
            prop_assert_eq!(troubled.admit(event, &book, &book), plain.admit(event, &book, &book));
            book.apply(event);
            node.must(event);
        }
        prop_assert_eq!(format!("{plain:?}"), format!("{troubled:?}"));
    }
}

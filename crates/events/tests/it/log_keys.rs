//! A log that goes from home to home (protocol §3).

use erynoa_events::{
    Body, Checkpoint, EpochClosed, KeyAdded, KeyPurpose, LogKeys, code, key_added_message,
};

use crate::world::{LOG, NOW_US, Node, add_key, attest, key, log_identity, public, sign};

/// The next home.
const NEXT: u8 = 201;
const ORIGIN: &str = "home.example/log";

fn closed(node: &Node) -> Body {
    let epoch = node.log.epochs().len() as u64 + 1;
    Body::EpochClosed(EpochClosed {
        epoch,
        closed_at_us: NOW_US + epoch,
        size: node.log.size(),
        state_root: [7; 32],
        parameters_hash: [0; 32],
    })
}

/// What the log's identity says to hand the log over to `seed`.
fn next_home(seed: u8) -> Body {
    let message = key_added_message(&log_identity(), &public(seed));
    Body::KeyAdded(KeyAdded {
        public_key: public(seed),
        purposes: vec![KeyPurpose::Assertion],
        label: "log".to_owned(),
        countersignature: key(seed).sign(&message),
    })
}

fn log_says(node: &Node, seed: u8, body: Body) -> erynoa_events::VerifiedEvent {
    sign(&node.next(seed, log_identity(), Vec::new(), body), seed)
}

/// The log with a key added by the log's identity, its epoch still open.
fn announced() -> Node {
    let mut node = Node::founded(2);
    let added = log_says(&node, LOG, next_home(NEXT));
    node.must(&added);
    node
}

fn handed_over() -> Node {
    let mut node = announced();
    let end = log_says(&node, LOG, closed(&node));
    node.must(&end);
    node
}

#[test]
fn a_log_is_handed_over_when_the_epoch_ends_in_which_its_identity_adds_a_key() {
    let node = announced();
    assert_eq!(node.log.next_key(), Some(&public(NEXT)));
    assert_eq!(*node.log.keys().current(), public(LOG), "until the epoch ends");
    let node = handed_over();
    assert_eq!(node.log.next_key(), None);
    assert_eq!(*node.log.keys().current(), public(NEXT));
    assert_eq!(*node.log.log_key(), public(LOG), "the log and its root realm keep their name");
    assert_eq!(*node.log.identity(), log_identity());
}

#[test]
fn after_the_hand_over_only_the_next_key_speaks_for_the_log() {
    let mut node = handed_over();
    let person = node.says(1, attest(2));
    node.must(&person);
    let late = log_says(&node, LOG, closed(&node));
    assert_eq!(node.submit(&late).unwrap_err().code, code::EVENT_KEY_PURPOSE.0);
    let again = log_says(&node, LOG, next_home(202));
    assert_eq!(node.submit(&again).unwrap_err().code, code::EVENT_KEY_PURPOSE.0);
    let end = log_says(&node, NEXT, closed(&node));
    node.must(&end);
    let onward = log_says(&node, NEXT, next_home(202));
    node.must(&onward);
}

#[test]
fn before_the_hand_over_the_next_key_does_not_speak_for_the_log() {
    let mut node = announced();
    let early = log_says(&node, NEXT, closed(&node));
    assert_eq!(node.submit(&early).unwrap_err().code, code::EVENT_KEY_PURPOSE.0);
}

#[test]
fn a_key_that_somebody_else_adds_hands_nothing_over() {
    let mut node = Node::founded(2);
    let added = node.says(1, add_key(1, NEXT));
    node.must(&added);
    let end = log_says(&node, LOG, closed(&node));
    node.must(&end);
    assert_eq!(*node.log.keys(), LogKeys::of(public(LOG)));
}

#[test]
fn each_key_signs_the_heads_of_its_time_and_no_others() {
    let mut keys = LogKeys::of(public(LOG));
    keys.hand_over(10, public(NEXT));
    keys.hand_over(20, public(202));
    let note = |seed: u8, size| {
        Checkpoint { origin: ORIGIN.to_owned(), size, root: [3; 32] }.sign(&key(seed))
    };
    for (seed, sizes) in [(LOG, 0..=10), (NEXT, 11..=20), (202, 21..=30)] {
        for size in 0..=30 {
            let head = keys.head(ORIGIN, &note(seed, size));
            assert_eq!(head.is_some(), sizes.contains(&size), "{size} by {seed}");
        }
    }
    assert_eq!(keys.head("other.example/log", &note(LOG, 5)), None);
    assert_eq!(keys.head(ORIGIN, "no note"), None);
}

//! Two events of one key on one prev can be proven by anybody (protocol §2).

use erynoa_events::{
    Admitted, Body, Contradiction, EquivocationProof, VerifiedEvent, decode_event, encode_event,
    sign_event, verify,
};
use erynoa_kernel::Namespace;

use crate::world::{Node, add_key, attest, created, custom, person, public, realm, sign};

fn proof(one: &VerifiedEvent, other: &VerifiedEvent) -> EquivocationProof {
    let (first, second) = if one.id() < other.id() { (one, other) } else { (other, one) };
    EquivocationProof {
        first: first.entry().clone(),
        second: second.entry().clone(),
        accused: first.event().author,
        key: first.signer(),
        about: Contradiction::Prev(first.event().prev),
    }
}

/// Two events of person 2 on one prev.
fn two_faces(node: &Node) -> [VerifiedEvent; 2] {
    [node.says(2, attest(1)), node.says(2, custom(b"the other face"))]
}

#[test]
fn a_proof_is_accepted_from_anybody_and_is_about_the_author() {
    let mut node = Node::founded(3);
    let [one, other] = two_faces(&node);
    node.must(&one);
    let accusation = node.says(3, Body::EquivocationProof(proof(&one, &other)));
    verify(accusation.entry().clone()).expect("genuine");
    assert_eq!(node.submit(&accusation), Ok(Admitted::New { sequence: 6 }));
    let meta = node.log.at(6).expect("appended");
    assert_eq!((meta.author, meta.subject), (person(3), Some(person(2))));
}

#[test]
fn neither_of_the_two_events_must_be_in_the_log() {
    let mut node = Node::founded(3);
    let [one, other] = two_faces(&node);
    let accusation = node.says(3, Body::EquivocationProof(proof(&one, &other)));
    node.must(&accusation);
}

#[test]
fn what_the_two_events_say_does_not_matter() {
    // The second is no valid event anywhere: it speaks of nobody, of no realm.
    let mut node = Node::founded(3);
    let one = node.says(2, attest(1));
    let mut other = node.next(2, person(2), Vec::new(), attest(77));
    other.realm = erynoa_kernel::RealmId::from_bytes([5; 32]);
    let accusation = node.says(3, Body::EquivocationProof(proof(&one, &sign(&other, 2))));
    node.must(&accusation);
}

#[test]
fn two_first_events_of_a_key_are_an_equivocation() {
    let mut node = Node::founded(3);
    let added = node.says(2, add_key(2, 12));
    node.must(&added);
    let [one, other] =
        [b"a", b"b"].map(|data| sign(&node.next(12, person(2), Vec::new(), custom(data)), 12));
    let accusation = node.says(3, Body::EquivocationProof(proof(&one, &other)));
    node.must(&accusation);
}

#[test]
fn a_revoked_key_can_still_be_accused() {
    let mut node = Node::founded(3);
    let added = node.says(2, add_key(2, 12));
    node.must(&added);
    let [one, other] =
        [b"a", b"b"].map(|data| sign(&node.next(12, person(2), Vec::new(), custom(data)), 12));
    let revoked = node.says(2, crate::world::revoke_key(12));
    node.must(&revoked);
    let accusation = node.says(3, Body::EquivocationProof(proof(&one, &other)));
    node.must(&accusation);
}

#[test]
fn a_proof_can_itself_be_part_of_a_proof() {
    let mut node = Node::founded(3);
    let [one, other] = two_faces(&node);
    let inner = Body::EquivocationProof(proof(&one, &other));
    let [one, other] = [node.says(3, inner), node.says(3, custom(b"instead"))];
    let accusation = node.says(1, Body::EquivocationProof(proof(&one, &other)));
    verify(accusation.entry().clone()).expect("genuine");
    node.must(&accusation);
}

#[test]
fn a_key_that_was_never_the_author_s_accuses_nobody() {
    let mut node = Node::founded(3);
    // Signed with key 3 in the name of person 2.
    let [one, other] =
        [b"a", b"b"].map(|data| sign(&node.next(3, person(2), Vec::new(), custom(data)), 3));
    let accusation = node.says(1, Body::EquivocationProof(proof(&one, &other)));
    let error = node.submit(&accusation).expect_err("anybody could make it");
    assert_eq!((error.code, error.field), ("EQUIVOCATION_INVALID", "equivocation_proof.first"));
}

#[test]
fn the_accused_is_in_the_log() {
    let mut node = Node::founded(3);
    let stranger = created(Namespace::SelfHood, 90);
    let mut elsewhere = node.clone();
    elsewhere.must(&stranger);
    let [one, other] = [elsewhere.says(90, attest(1)), elsewhere.says(90, attest(2))];
    let accusation = node.says(3, Body::EquivocationProof(proof(&one, &other)));
    let error = node.submit(&accusation).expect_err("unknown here");
    assert_eq!(error.code, "IDENTITY_UNKNOWN");
    node.must(&stranger);
    node.must(&accusation);
    assert_eq!(node.log.head(&public(90)).map(|(id, _)| id), Some(stranger.id()));
    assert!(node.log.find(&accusation.id()).is_some_and(|meta| meta.realm == realm()));
}

#[test]
fn two_cosignatures_with_different_roots_are_a_contradiction_whatever_their_prev() {
    let proof = crate::cases::contradiction();
    let node = crate::cases::by_alice(Body::EquivocationProof(proof.clone()));
    let decoded = decode_event(&encode_event(&node)).expect("well-formed");
    assert_eq!(decoded.body, Body::EquivocationProof(proof));
}

#[test]
fn two_cosignatures_that_agree_prove_nothing() {
    let halves = [3, 4].map(|number| {
        let body = Body::EpochCosigned(crate::cases_of_realms::cosigned(1));
        let mut event = crate::cases::by_alice(body);
        event.prev = Some(crate::cases::earlier(number));
        sign_event(&event, &crate::cases::key(crate::cases::ALICE)).expect("well-formed")
    });
    let mut halves = halves;
    halves.sort_by_key(erynoa_events::VerifiedEvent::id);
    let mut proof = crate::cases::contradiction();
    proof.first = halves[0].entry().clone();
    proof.second = halves[1].entry().clone();
    let event = crate::cases::by_alice(Body::EquivocationProof(proof));
    let error = decode_event(&encode_event(&event)).expect_err("no contradiction");
    assert_eq!(error.code, "EQUIVOCATION_INVALID");
}

//! Entries that must be refused, each with its code.

use erynoa_events::{Body, SigningKey, encode_event, event_message};
use erynoa_kernel::Namespace;
use erynoa_proto::protocol::v1 as pb;
use prost::Message;
use serde_json::{Value, json};

use crate::cases::{ALICE, BOB, attestation, by_alice, created, earlier, equivocation, key};
use crate::{refused_bodies, refused_of_realms};

/// The event with these bytes, genuinely signed.
pub(crate) fn signed(event: Vec<u8>, key: &SigningKey) -> Vec<u8> {
    let signature = key.sign(&event_message(&event));
    envelope(event, key, signature.as_bytes())
}

fn envelope(event: Vec<u8>, key: &SigningKey, signature: &[u8]) -> Vec<u8> {
    pb::SignedEvent {
        event: event.into(),
        public_key: key.public_key().as_bytes().to_vec().into(),
        signature: signature.to_vec().into(),
    }
    .encode_to_vec()
}

pub(crate) fn wire(body: Body) -> pb::Event {
    let event = if matches!(body, Body::IdentityCreated(_)) {
        created(Namespace::SelfHood, ALICE)
    } else {
        by_alice(body)
    };
    pb::Event::decode(encode_event(&event).as_slice()).expect("just encoded")
}

/// An attestation of Alice, changed.
pub(crate) fn with(change: impl FnOnce(&mut pb::Event)) -> Vec<u8> {
    let mut event = wire(Body::Attestation(attestation()));
    change(&mut event);
    signed(event.encode_to_vec(), &key(ALICE))
}

/// A good proof, changed.
fn prove(change: impl FnOnce(&mut pb::EquivocationProof)) -> Vec<u8> {
    let mut event = wire(Body::EquivocationProof(equivocation()));
    let Some(pb::event::Body::EquivocationProof(body)) = &mut event.body else {
        unreachable!("made of this body")
    };
    change(body);
    signed(event.encode_to_vec(), &key(ALICE))
}

fn encoding() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    const CODE: &str = "EVENT_NOT_CANONICAL";
    let good = encode_event(&by_alice(Body::Attestation(attestation())));
    let entry = signed(good.clone(), &key(ALICE));
    let resigned = |event: Vec<u8>| signed(event, &key(ALICE));
    let mut cut = entry.clone();
    cut.pop();
    let version = |bytes: &[u8]| [bytes, &good[2..]].concat();
    let two_bodies = {
        let mut other = pb::Event::decode(good.as_slice()).expect("just encoded");
        other.body = Some(pb::event::Body::Custom(pb::Custom::default()));
        let body = pb::Event { body: other.body.take(), ..pb::Event::default() };
        [good.clone(), body.encode_to_vec()].concat()
    };
    vec![
        ("a byte is missing", cut, CODE),
        ("a byte too many", [entry.clone(), vec![0]].concat(), CODE),
        ("an unknown field of the envelope", [entry.clone(), vec![0x20, 1]].concat(), CODE),
        ("a field of the envelope twice", [entry.clone(), entry.clone()].concat(), CODE),
        ("an unknown field of the event", resigned([good.clone(), vec![0x38, 1]].concat()), CODE),
        ("a varint longer than needed", resigned(version(&[8, 0x81, 0])), CODE),
        ("a default that is written", resigned([good.clone(), vec![0x2a, 0]].concat()), CODE),
        ("fields in another order", resigned([&good[2..], &good[..2]].concat()), CODE),
        ("two bodies", resigned(two_bodies), CODE),
        (
            "text that is not UTF-8",
            resigned({
                let mut event = good.clone();
                let at = event.windows(4).position(|w| w == b"rust").expect("the domain");
                event[at] = 0xff;
                event
            }),
            CODE,
        ),
        (
            "a body that is reserved",
            resigned([without_body(), vec![0xb2, 0x01, 0]].concat()),
            "EVENT_KIND_RESERVED",
        ),
        ("no bytes", Vec::new(), "EVENT_FIELD_INVALID"),
    ]
}

fn without_body() -> Vec<u8> {
    let mut event = wire(Body::Attestation(attestation()));
    event.body = None;
    event.encode_to_vec()
}

fn header() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    const CODE: &str = "EVENT_FIELD_INVALID";
    let parents = |numbers: std::ops::RangeInclusive<u8>| {
        let mut parents: Vec<_> = numbers.map(|n| earlier(n).as_bytes().to_vec()).collect();
        parents.sort();
        parents
    };
    let created = wire(created(Namespace::SelfHood, ALICE).body);
    let in_a_realm = pb::Event { realm: vec![1; 32], ..created.clone() };
    let with_prev = pb::Event { prev: vec![1; 32], ..created.clone() };
    let of_bob = pb::Event { author: vec![1; 32], ..created };
    let sign = |event: pb::Event| signed(event.encode_to_vec(), &key(ALICE));
    vec![
        ("version 2", with(|event| event.version = 2), CODE),
        ("author of 31 bytes", with(|event| event.author.truncate(31)), CODE),
        ("realm of 33 bytes", with(|event| event.realm.push(1)), CODE),
        ("no realm", with(|event| event.realm = vec![0; 32]), CODE),
        ("identity_created in a realm", sign(in_a_realm), CODE),
        ("no coordinate", with(|event| event.coordinate = None), CODE),
        ("prev of 31 bytes", with(|event| event.prev.truncate(31)), CODE),
        ("identity_created with a prev", sign(with_prev), CODE),
        ("ten parents", with(|event| event.parents = parents(1..=10)), CODE),
        (
            "parents in descending order",
            with(|event| event.parents = parents(1..=2).into_iter().rev().collect()),
            CODE,
        ),
        ("a parent twice", with(|event| event.parents = vec![parents(1..=1).remove(0); 2]), CODE),
        ("no body", signed(without_body(), &key(ALICE)), CODE),
        ("author who is not named by the first key", sign(of_bob), CODE),
    ]
}

fn signatures() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    const CODE: &str = "EVENT_SIGNATURE_INVALID";
    let event = encode_event(&by_alice(Body::Attestation(attestation())));
    let genuine = *key(ALICE).sign(&event_message(&event)).as_bytes();
    let with_signature = |signature: &[u8]| envelope(event.clone(), &key(ALICE), signature);
    let mut flipped = genuine;
    flipped[0] ^= 1;
    vec![
        ("a signature with one bit changed", with_signature(&flipped), CODE),
        ("the same signature with s + L", with_signature(&plus_group_order(genuine)), CODE),
        (
            "a signature over the bytes and not over their hash",
            with_signature(key(ALICE).sign(&event).as_bytes()),
            CODE,
        ),
        ("the signature of another key", envelope(event.clone(), &key(BOB), &genuine), CODE),
        ("a signature of 63 bytes", with_signature(&genuine[..63]), "EVENT_FIELD_INVALID"),
    ]
}

/// The signature with s + L for s: the same equation, another encoding.
pub(crate) fn plus_group_order(mut signature: [u8; 64]) -> [u8; 64] {
    const L: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    for (byte, add) in signature[32..].iter_mut().zip(L) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
    signature
}

fn proofs() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    const CODE: &str = "EQUIVOCATION_INVALID";
    // In the order of a proof, so that only the named fault is there.
    let ordered = |mut entries: [Vec<u8>; 2]| {
        entries.sort_by_key(|entry| {
            let signed = pb::SignedEvent::decode(entry.as_slice()).expect("an envelope");
            erynoa_kernel::EventId::of(&signed.event)
        });
        let [first, second] = entries;
        prove(move |body| {
            body.first = first;
            body.second = second;
        })
    };
    let first = with(|_| ());
    let other = |change: &dyn Fn(&mut pb::Event)| {
        with(|event| {
            event.coordinate = Some(pb::Coordinate { wall_us: 1, counter: 0 });
            change(event);
        })
    };
    let of_bobs_key = {
        let signed_event = pb::SignedEvent::decode(other(&|_| ()).as_slice()).expect("an envelope");
        signed(signed_event.event.to_vec(), &key(BOB))
    };
    let forged = {
        let good = other(&|_| ());
        let mut entry = pb::SignedEvent::decode(good.as_slice()).expect("an envelope");
        entry.signature = vec![1; 64].into();
        entry.encode_to_vec()
    };
    vec![
        (
            "proof with the greater event first",
            prove(|body| std::mem::swap(&mut body.first, &mut body.second)),
            CODE,
        ),
        ("proof with one event twice", prove(|body| body.second = body.first.clone()), CODE),
        ("proof with two prevs", ordered([first.clone(), other(&|e| e.prev.clear())]), CODE),
        (
            "proof with two authors",
            ordered([first.clone(), other(&|e| e.author = vec![1; 32])]),
            CODE,
        ),
        ("proof with two keys", ordered([first.clone(), of_bobs_key]), CODE),
        ("proof with a forged event", ordered([first, forged]), CODE),
        ("proof with bytes that are no event", prove(|body| body.first = vec![1, 2, 3]), CODE),
    ]
}

/// Every entry with its name and code.
pub(crate) fn entries() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    [
        encoding(),
        header(),
        refused_bodies::identities(),
        refused_bodies::statements(),
        refused_bodies::of_the_log(),
        refused_of_realms::all(),
        signatures(),
        proofs(),
    ]
    .concat()
}

pub(crate) fn all() -> Vec<Value> {
    entries()
        .into_iter()
        .map(|(name, entry, code)| {
            json!({ "name": name, "signed_event": hex::encode(entry), "code": code })
        })
        .collect()
}

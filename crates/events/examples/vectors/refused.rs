//! Entries that must be refused, each with its code.

use erynoa_events::{
    Body, KeyPurpose, ReceiptOutcome, SigningKey, encode_event, event_message, key_added_message,
};
use erynoa_kernel::Namespace;
use erynoa_proto::protocol::v1 as pb;
use prost::Message;
use serde_json::{Value, json};

use crate::cases::{
    ALICE, BOB, SMALL_ORDER, alice, attestation, by_alice, created, earlier, equivocation, key,
    key_added, receipt,
};

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

fn wire(body: Body) -> pb::Event {
    let event = if matches!(body, Body::IdentityCreated(_)) {
        created(Namespace::SelfHood, ALICE)
    } else {
        by_alice(body)
    };
    pb::Event::decode(encode_event(&event).as_slice()).expect("just encoded")
}

/// An attestation of Alice, changed.
fn with(change: impl FnOnce(&mut pb::Event)) -> Vec<u8> {
    let mut event = wire(Body::Attestation(attestation()));
    change(&mut event);
    signed(event.encode_to_vec(), &key(ALICE))
}

macro_rules! change_of {
    ($name:ident, $variant:ident, $message:ident, $body:expr) => {
        fn $name(change: impl FnOnce(&mut pb::$message)) -> Vec<u8> {
            let mut event = wire($body);
            let Some(pb::event::Body::$variant(body)) = &mut event.body else {
                unreachable!("made of this body")
            };
            change(body);
            signed(event.encode_to_vec(), &key(ALICE))
        }
    };
}

change_of!(
    attest,
    Attestation,
    Attestation,
    Body::Attestation(attestation())
);
change_of!(
    create,
    IdentityCreated,
    IdentityCreated,
    created(Namespace::SelfHood, ALICE).body
);
change_of!(
    add_key,
    KeyAdded,
    KeyAdded,
    Body::KeyAdded(key_added(5, &[KeyPurpose::SignIn, KeyPurpose::Assertion]))
);
change_of!(
    confirm,
    Receipt,
    Receipt,
    Body::Receipt(receipt(ReceiptOutcome::Kept))
);
change_of!(
    prove,
    EquivocationProof,
    EquivocationProof,
    Body::EquivocationProof(equivocation())
);

fn terms(change: impl FnOnce(&mut pb::ReceiptTerms)) -> Vec<u8> {
    confirm(|receipt| change(receipt.terms.as_mut().expect("there")))
}

/// An event of Alice with this body.
fn saying(body: pb::event::Body) -> Vec<u8> {
    with(|event| event.body = Some(body))
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
        let body = pb::Event {
            body: other.body.take(),
            ..pb::Event::default()
        };
        [good.clone(), body.encode_to_vec()].concat()
    };
    vec![
        ("a byte is missing", cut, CODE),
        ("a byte too many", [entry.clone(), vec![0]].concat(), CODE),
        (
            "an unknown field of the envelope",
            [entry.clone(), vec![0x20, 1]].concat(),
            CODE,
        ),
        (
            "a field of the envelope twice",
            [entry.clone(), entry.clone()].concat(),
            CODE,
        ),
        (
            "an unknown field of the event",
            resigned([good.clone(), vec![0x38, 1]].concat()),
            CODE,
        ),
        (
            "a varint longer than needed",
            resigned(version(&[8, 0x81, 0])),
            CODE,
        ),
        (
            "a default that is written",
            resigned([good.clone(), vec![0x2a, 0]].concat()),
            CODE,
        ),
        (
            "fields in another order",
            resigned([&good[2..], &good[..2]].concat()),
            CODE,
        ),
        ("two bodies", resigned(two_bodies), CODE),
        (
            "text that is not UTF-8",
            resigned({
                let mut event = good.clone();
                let at = event
                    .windows(4)
                    .position(|w| w == b"rust")
                    .expect("the domain");
                event[at] = 0xff;
                event
            }),
            CODE,
        ),
        (
            "a body that is reserved",
            resigned([without_body(), vec![0x9a, 0x01, 0]].concat()),
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
    let in_a_realm = pb::Event {
        realm: vec![1; 32],
        ..created.clone()
    };
    let with_prev = pb::Event {
        prev: vec![1; 32],
        ..created.clone()
    };
    let of_bob = pb::Event {
        author: vec![1; 32],
        ..created
    };
    let sign = |event: pb::Event| signed(event.encode_to_vec(), &key(ALICE));
    vec![
        ("version 2", with(|event| event.version = 2), CODE),
        (
            "author of 31 bytes",
            with(|event| event.author.truncate(31)),
            CODE,
        ),
        ("realm of 33 bytes", with(|event| event.realm.push(1)), CODE),
        ("no realm", with(|event| event.realm = vec![0; 32]), CODE),
        ("identity_created in a realm", sign(in_a_realm), CODE),
        ("no coordinate", with(|event| event.coordinate = None), CODE),
        (
            "prev of 31 bytes",
            with(|event| event.prev.truncate(31)),
            CODE,
        ),
        ("identity_created with a prev", sign(with_prev), CODE),
        (
            "ten parents",
            with(|event| event.parents = parents(1..=10)),
            CODE,
        ),
        (
            "parents in descending order",
            with(|event| event.parents = parents(1..=2).into_iter().rev().collect()),
            CODE,
        ),
        (
            "a parent twice",
            with(|event| event.parents = vec![parents(1..=1).remove(0); 2]),
            CODE,
        ),
        ("no body", signed(without_body(), &key(ALICE)), CODE),
        (
            "author who is not named by the first key",
            sign(of_bob),
            CODE,
        ),
    ]
}

fn identities() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    const CODE: &str = "EVENT_FIELD_INVALID";
    let controller = pb::Controller {
        identity: vec![1; 32],
        public_key: key(BOB).public_key().as_bytes().to_vec(),
        signature: vec![1; 64],
    };
    let mut agent = wire(created(Namespace::SelfHood, ALICE).body);
    agent.author = crate::cases::identity(Namespace::Spirit, ALICE)
        .as_bytes()
        .to_vec();
    let agent = |controller| {
        let mut event = agent.clone();
        event.body = Some(pb::event::Body::IdentityCreated(pb::IdentityCreated {
            namespace: 3,
            controller,
            ..pb::IdentityCreated::default()
        }));
        signed(event.encode_to_vec(), &key(ALICE))
    };
    let small = hex::decode(SMALL_ORDER[10]).expect("hexadecimal");
    let possession = |new: u8| {
        let public_key = key(new).public_key();
        key(new)
            .sign(&key_added_message(&alice(), &public_key))
            .as_bytes()
            .to_vec()
    };
    vec![
        ("namespace 0", create(|body| body.namespace = 0), CODE),
        ("namespace 11", create(|body| body.namespace = 11), CODE),
        (
            "display name of 129 bytes",
            create(|body| body.display_name = "n".repeat(129)),
            CODE,
        ),
        (
            "display name of two lines",
            create(|body| body.display_name = "a\nb".into()),
            CODE,
        ),
        (
            "display name with a C1 control",
            create(|body| body.display_name = "a\u{85}b".into()),
            CODE,
        ),
        (
            "key label of 65 bytes",
            create(|body| body.key_label = "l".repeat(65)),
            CODE,
        ),
        (
            "recovery key of 31 bytes",
            create(|body| body.recovery_key = vec![1; 31]),
            CODE,
        ),
        (
            "recovery key of small order",
            create(|body| body.recovery_key.clone_from(&small)),
            "KEY_SMALL_ORDER",
        ),
        (
            "recovery key that is the first key",
            create(|body| body.recovery_key = key(ALICE).public_key().as_bytes().to_vec()),
            CODE,
        ),
        (
            "agent without a controller",
            agent(None),
            "CONTROLLER_REQUIRED",
        ),
        (
            "person with a controller",
            create(|body| body.controller = Some(controller.clone())),
            "CONTROLLER_INVALID",
        ),
        (
            "controller that did not sign",
            agent(Some(controller.clone())),
            "EVENT_COUNTERSIGNATURE_INVALID",
        ),
        (
            "key without purposes",
            add_key(|body| body.purposes.clear()),
            CODE,
        ),
        (
            "purposes in descending order",
            add_key(|body| body.purposes = vec![2, 1]),
            CODE,
        ),
        (
            "unknown purpose",
            add_key(|body| body.purposes = vec![4]),
            CODE,
        ),
        (
            "recovery with another purpose",
            add_key(|body| body.purposes = vec![2, 3]),
            CODE,
        ),
        (
            "label of a key of 65 bytes",
            add_key(|body| body.label = "l".repeat(65)),
            CODE,
        ),
        (
            "new key of small order",
            add_key(|body| body.public_key.clone_from(&small)),
            "KEY_SMALL_ORDER",
        ),
        (
            "new key that did not sign",
            add_key(|body| body.countersignature = possession(BOB)),
            "EVENT_COUNTERSIGNATURE_INVALID",
        ),
        (
            "reason of 4097 bytes",
            saying(pb::event::Body::KeyRevoked(pb::KeyRevoked {
                public_key: vec![1; 32],
                reason: "r".repeat(4097),
            }))
            .without_realm(),
            CODE,
        ),
    ]
}

fn statements() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    const CODE: &str = "EVENT_FIELD_INVALID";
    let third = key(4).public_key().as_bytes().to_vec();
    vec![
        (
            "attestation of oneself",
            attest(|body| body.subject = alice().as_bytes().to_vec()),
            "ATTESTATION_SELF",
        ),
        (
            "subject of 31 bytes",
            attest(|body| body.subject.truncate(31)),
            CODE,
        ),
        ("dimension 0", attest(|body| body.dimension = 0), CODE),
        ("dimension 7", attest(|body| body.dimension = 7), CODE),
        (
            "vigilance is not attested",
            attest(|body| {
                body.dimension = 5;
                body.domain.clear();
            }),
            CODE,
        ),
        (
            "domain without competence",
            attest(|body| body.dimension = 1),
            CODE,
        ),
        (
            "domain with a capital",
            attest(|body| body.domain = "Rust".into()),
            CODE,
        ),
        (
            "domain of 65 bytes",
            attest(|body| body.domain = "d".repeat(65)),
            CODE,
        ),
        ("polarity 0", attest(|body| body.polarity = 0), CODE),
        (
            "negative polarity number",
            attest(|body| body.polarity = -1),
            CODE,
        ),
        (
            "comment of 4097 bytes",
            attest(|body| body.comment = "c".repeat(4097)),
            CODE,
        ),
        (
            "expiry at the time of the event",
            with(|event| {
                let now = event.coordinate.as_ref().map_or(0, |at| at.wall_us);
                let Some(pb::event::Body::Attestation(body)) = &mut event.body else {
                    unreachable!("made of an attestation")
                };
                body.expires_at_us = now;
            }),
            CODE,
        ),
        (
            "revoked attestation of 31 bytes",
            saying(pb::event::Body::AttestationRevoked(
                pb::AttestationRevoked {
                    attestation: vec![1; 31],
                    reason: String::new(),
                },
            )),
            CODE,
        ),
        (
            "receipt without terms",
            confirm(|body| body.terms = None),
            CODE,
        ),
        (
            "receipt of another realm",
            terms(|terms| terms.realm = vec![1; 32]),
            CODE,
        ),
        (
            "receipt with oneself",
            terms(|terms| terms.client = terms.performer.clone()),
            CODE,
        ),
        (
            "receipt of two others",
            terms(|terms| terms.client = vec![1; 32]),
            CODE,
        ),
        (
            "receipt with outcome 5",
            terms(|terms| terms.outcome = 5),
            CODE,
        ),
        (
            "receipt with a nonce of 15 bytes",
            terms(|terms| terms.nonce.truncate(15)),
            CODE,
        ),
        (
            "receipt whose terms were changed after signing",
            terms(|terms| terms.outcome = 2),
            "EVENT_COUNTERSIGNATURE_INVALID",
        ),
        (
            "receipt with another countersigner",
            confirm(|body| body.countersigner_key = third),
            "EVENT_COUNTERSIGNATURE_INVALID",
        ),
        (
            "custom type 65536",
            saying(pb::event::Body::Custom(pb::Custom {
                r#type: 65_536,
                ..Default::default()
            })),
            CODE,
        ),
    ]
}

fn of_the_log() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    const CODE: &str = "EVENT_FIELD_INVALID";
    let realm = |name: &str, founders: Vec<Vec<u8>>, id: Vec<u8>| {
        saying(pb::event::Body::RealmCreated(pb::RealmCreated {
            realm: id,
            name: name.into(),
            founders,
        }))
    };
    let root = crate::cases::realm().as_bytes().to_vec();
    let founders = |count: u8| (1..=count).map(|n| vec![n; 32]).collect::<Vec<_>>();
    let epoch = |epoch, state_root: usize, parameters: usize| {
        saying(pb::event::Body::EpochClosed(pb::EpochClosed {
            epoch,
            state_root: vec![1; state_root],
            parameters_hash: vec![1; parameters],
            ..Default::default()
        }))
        .without_realm()
    };
    vec![
        (
            "realm without a name",
            realm("", founders(1), root.clone()),
            CODE,
        ),
        (
            "realm with a name of 129 bytes",
            realm(&"n".repeat(129), founders(1), root.clone()),
            CODE,
        ),
        (
            "realm without founders",
            realm("r", founders(0), root.clone()),
            CODE,
        ),
        (
            "realm with eight founders",
            realm("r", founders(8), root.clone()),
            CODE,
        ),
        (
            "realm with a founder twice",
            realm("r", vec![vec![1; 32]; 2], root),
            CODE,
        ),
        (
            "realm created in another realm",
            realm("r", founders(1), vec![1; 32]),
            CODE,
        ),
        ("epoch 0", epoch(0, 32, 32), CODE),
        ("state root of 31 bytes", epoch(1, 31, 32), CODE),
        ("no parameters hash", epoch(1, 32, 0), CODE),
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
        (
            "a signature with one bit changed",
            with_signature(&flipped),
            CODE,
        ),
        (
            "the same signature with s + L",
            with_signature(&plus_group_order(genuine)),
            CODE,
        ),
        (
            "a signature over the bytes and not over their hash",
            with_signature(key(ALICE).sign(&event).as_bytes()),
            CODE,
        ),
        (
            "the signature of another key",
            envelope(event.clone(), &key(BOB), &genuine),
            CODE,
        ),
        (
            "a signature of 63 bytes",
            with_signature(&genuine[..63]),
            "EVENT_FIELD_INVALID",
        ),
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
            event.coordinate = Some(pb::Coordinate {
                wall_us: 1,
                counter: 0,
            });
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
        (
            "proof with one event twice",
            prove(|body| body.second = body.first.clone()),
            CODE,
        ),
        (
            "proof with two prevs",
            ordered([first.clone(), other(&|e| e.prev.clear())]),
            CODE,
        ),
        (
            "proof with two authors",
            ordered([first.clone(), other(&|e| e.author = vec![1; 32])]),
            CODE,
        ),
        (
            "proof with two keys",
            ordered([first.clone(), of_bobs_key]),
            CODE,
        ),
        ("proof with a forged event", ordered([first, forged]), CODE),
        (
            "proof with bytes that are no event",
            prove(|body| body.first = vec![1, 2, 3]),
            CODE,
        ),
    ]
}

/// Changes of an entry that need its inside.
trait Entry {
    /// The same event with the null realm, signed again.
    fn without_realm(self) -> Vec<u8>;
}

impl Entry for Vec<u8> {
    fn without_realm(self) -> Vec<u8> {
        let entry = pb::SignedEvent::decode(self.as_slice()).expect("an envelope");
        let mut event = pb::Event::decode(entry.event).expect("an event");
        event.realm = vec![0; 32];
        signed(event.encode_to_vec(), &key(ALICE))
    }
}

/// Every entry with its name and code.
pub(crate) fn entries() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    [
        encoding(),
        header(),
        identities(),
        statements(),
        of_the_log(),
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

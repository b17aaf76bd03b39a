//! The known answers. Deterministic: keys are seeds of one repeated byte.

use erynoa_events::{
    Attestation, AttestationRevoked, Body, Contradiction, Controller, Custom, Dimension,
    EpochClosed, EquivocationProof, Event, IdentityCreated, KeyAdded, KeyPurpose, KeyRevoked,
    Polarity, RECOVERY_DELAY_S, RealmCreated, Receipt, ReceiptOutcome, SigningKey, VerifiedEvent,
    controller_message, encode_event, key_added_message, receipt_message, receipt_terms_hash,
    sign_event, sign_in_message,
};
use erynoa_kernel::{
    Coordinate, Did, EventId, IdentityId, Namespace, PublicKey, RealmId, Tag, UniversalId,
};
use serde_json::{Value, json};

use crate::{cases_of_realms, proofs, refused};

/// 2023-11-14T22:13:20Z
pub(crate) const START_US: u64 = 1_700_000_000_000_000;

/// The key whose seed is 32 times `byte`.
pub(crate) fn key(byte: u8) -> SigningKey {
    SigningKey::from_seed([byte; 32])
}

/// The identity that [`key`] founds.
pub(crate) fn identity(namespace: Namespace, byte: u8) -> IdentityId {
    IdentityId::of(namespace, &key(byte).public_key())
}

pub(crate) const ALICE: u8 = 1;
pub(crate) const BOB: u8 = 2;
pub(crate) const LOG: u8 = 9;

pub(crate) fn alice() -> IdentityId {
    identity(Namespace::SelfHood, ALICE)
}

pub(crate) fn bob() -> IdentityId {
    identity(Namespace::SelfHood, BOB)
}

pub(crate) fn realm() -> RealmId {
    RealmId::root_of(&key(LOG).public_key())
}

pub(crate) fn at(seconds: u64) -> Coordinate {
    Coordinate { wall_us: START_US + seconds * 1_000_000, counter: 0 }
}

/// Something earlier to refer to.
pub(crate) fn earlier(number: u8) -> EventId {
    EventId::of(&[number])
}

pub(crate) fn attestation() -> Attestation {
    Attestation {
        subject: bob(),
        dimension: Dimension::Competence,
        polarity: Polarity::Positive,
        domain: "rust-2024".into(),
        comment: "Grüße — 信頼 🦀\nsecond line".into(),
        expires_at_us: Some(START_US + 31_536_000_000_000),
    }
}

/// An event of Alice in the realm.
pub(crate) fn by_alice(body: Body) -> Event {
    Event {
        author: alice(),
        realm: match &body {
            Body::RealmCreated(created) => created.realm,
            body if body.kind().is_realmless() => RealmId::NULL,
            _ => realm(),
        },
        coordinate: at(60),
        prev: Some(earlier(0)),
        parents: Vec::new(),
        body,
    }
}

pub(crate) fn created(namespace: Namespace, byte: u8) -> Event {
    Event {
        author: identity(namespace, byte),
        realm: RealmId::NULL,
        coordinate: at(0),
        prev: None,
        parents: Vec::new(),
        body: Body::IdentityCreated(IdentityCreated {
            namespace,
            display_name: String::new(),
            key_label: String::new(),
            recovery_key: None,
            recovery_delay_s: RECOVERY_DELAY_S.1,
            controller: None,
        }),
    }
}

pub(crate) fn key_added(byte: u8, purposes: &[KeyPurpose]) -> KeyAdded {
    let new = key(byte);
    KeyAdded {
        public_key: new.public_key(),
        purposes: purposes.to_vec(),
        label: "phone".into(),
        countersignature: new.sign(&key_added_message(&alice(), &new.public_key())),
    }
}

pub(crate) fn receipt(outcome: ReceiptOutcome) -> Receipt {
    let (description, nonce) = ("one logo, delivered", [7; 16]);
    let terms_hash = receipt_terms_hash(&realm(), &bob(), &alice(), outcome, description, &nonce);
    Receipt {
        performer: bob(),
        client: alice(),
        outcome,
        description: description.into(),
        nonce,
        terms_hash,
        countersigner_key: key(BOB).public_key(),
        countersignature: key(BOB).sign(&receipt_message(&terms_hash)),
    }
}

/// Two attestations of Alice on one prev, in the order of a proof.
pub(crate) fn equivocation() -> EquivocationProof {
    let [first, second] = {
        let other = Attestation { polarity: Polarity::Negative, ..attestation() };
        let mut events = [attestation(), other].map(|body| {
            sign_event(&by_alice(Body::Attestation(body)), &key(ALICE)).expect("well-formed")
        });
        events.sort_by_key(VerifiedEvent::id);
        events
    };
    EquivocationProof {
        first: first.entry().clone(),
        second: second.entry().clone(),
        accused: alice(),
        key: key(ALICE).public_key(),
        about: Contradiction::Prev(Some(earlier(0))),
    }
}

/// Two cosignatures of Alice that contradict each other.
pub(crate) fn contradiction() -> EquivocationProof {
    let mut halves = [1, 2].map(|byte| {
        let mut event = by_alice(Body::EpochCosigned(cases_of_realms::cosigned(byte)));
        event.prev = Some(earlier(byte));
        sign_event(&event, &key(ALICE)).expect("well-formed")
    });
    halves.sort_by_key(VerifiedEvent::id);
    let [first, second] = halves;
    EquivocationProof {
        first: first.entry().clone(),
        second: second.entry().clone(),
        accused: alice(),
        key: key(ALICE).public_key(),
        about: Contradiction::Cosignature { log_key: key(LOG).public_key(), epoch: 7 },
    }
}

/// Good events of every kind, each with its signer.
pub(crate) fn events() -> Vec<(&'static str, Event, u8)> {
    let mut founding = created(Namespace::SelfHood, ALICE);
    if let Body::IdentityCreated(body) = &mut founding.body {
        body.display_name = "Alice Müller".into();
        body.key_label = "laptop".into();
        body.recovery_key = Some(key(3).public_key());
        body.recovery_delay_s = RECOVERY_DELAY_S.0;
    }
    let mut agent = created(Namespace::Spirit, 4);
    let consent = key(ALICE).sign(&controller_message(&agent.author));
    if let Body::IdentityCreated(body) = &mut agent.body {
        body.controller = Some(Controller {
            identity: alice(),
            public_key: key(ALICE).public_key(),
            signature: consent,
        });
    }
    let mut minimal = by_alice(Body::Attestation(Attestation {
        dimension: Dimension::Reliability,
        polarity: Polarity::Negative,
        domain: String::new(),
        comment: String::new(),
        expires_at_us: None,
        ..attestation()
    }));
    minimal.prev = None;
    let mut founders = vec![alice(), bob()];
    founders.sort();
    let of_log = |realm, seconds, body| Event {
        author: identity(Namespace::Craft, LOG),
        realm,
        coordinate: at(seconds),
        prev: Some(earlier(1)),
        parents: Vec::new(),
        body,
    };
    let mut many_parents = by_alice(Body::Custom(Custom {
        type_number: u16::MAX,
        version: u32::MAX,
        data: (0..=u8::MAX).collect(),
    }));
    many_parents.coordinate = Coordinate { wall_us: u64::MAX, counter: u32::MAX };
    many_parents.parents = (1..=9).map(earlier).collect();
    many_parents.parents.sort();
    let empty_custom = Custom { type_number: 0, version: 0, data: Default::default() };
    let mut events = vec![
        ("identity_created with all fields", founding, ALICE),
        ("identity_created with no name", created(Namespace::SelfHood, BOB), BOB),
        ("identity_created of a service", created(Namespace::Craft, LOG), LOG),
        ("identity_created of a controlled agent", agent, 4),
        (
            "key_added",
            by_alice(Body::KeyAdded(key_added(5, &[KeyPurpose::SignIn, KeyPurpose::Assertion]))),
            ALICE,
        ),
        (
            "key_added for recovery",
            by_alice(Body::KeyAdded(key_added(6, &[KeyPurpose::Recovery]))),
            ALICE,
        ),
        (
            "key_revoked",
            by_alice(Body::KeyRevoked(KeyRevoked {
                public_key: key(5).public_key(),
                reason: "lost".into(),
            })),
            ALICE,
        ),
        ("attestation with all fields", by_alice(Body::Attestation(attestation())), ALICE),
        ("attestation with the fewest fields, first of its key", minimal, ALICE),
        (
            "attestation with the longest comment and domain",
            by_alice(Body::Attestation(Attestation {
                domain: "d".repeat(64),
                comment: "c".repeat(4096),
                ..attestation()
            })),
            ALICE,
        ),
        (
            "attestation_revoked",
            by_alice(Body::AttestationRevoked(AttestationRevoked {
                attestation: earlier(2),
                reason: "mistaken".into(),
            })),
            ALICE,
        ),
        ("receipt kept", by_alice(Body::Receipt(receipt(ReceiptOutcome::Kept))), ALICE),
        (
            "receipt aborted by client",
            by_alice(Body::Receipt(receipt(ReceiptOutcome::AbortedByClient))),
            ALICE,
        ),
        (
            "realm_created",
            of_log(
                realm(),
                10,
                Body::RealmCreated(RealmCreated {
                    realm: realm(),
                    name: "Root".into(),
                    founders,
                    ..RealmCreated::default()
                }),
            ),
            LOG,
        ),
        ("equivocation_proof", by_alice(Body::EquivocationProof(equivocation())), ALICE),
        (
            "epoch_closed",
            of_log(
                RealmId::NULL,
                20,
                Body::EpochClosed(EpochClosed {
                    epoch: 1,
                    closed_at_us: START_US + 20_000_000,
                    size: 12,
                    state_root: [0xaa; 32],
                    parameters_hash: [0xbb; 32],
                }),
            ),
            LOG,
        ),
        ("custom with nine parents and the greatest numbers", many_parents, ALICE),
        ("custom with nothing in it", by_alice(Body::Custom(empty_custom)), ALICE),
        (
            "equivocation_proof of two cosignatures",
            by_alice(Body::EquivocationProof(contradiction())),
            ALICE,
        ),
    ];
    let others = cases_of_realms::bodies();
    events.extend(others.into_iter().map(|(name, body)| (name, by_alice(body), ALICE)));
    events
}

/// The 32-byte keys under which anybody can sign: the points of small order in
/// every encoding that ZIP 215 accepts.
pub(crate) const SMALL_ORDER: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

fn uids() -> Vec<Value> {
    [(Tag::Did, 1, "alice"), (Tag::Event, 1, "test content"), (Tag::Realm, 7, "")]
        .map(|(tag, version, content)| {
            json!({
                "tag": tag as u16,
                "version": version,
                "content_utf8": content,
                "uid": UniversalId::new(tag, version, &[content.as_bytes()]).to_string(),
            })
        })
        .to_vec()
}

fn dids() -> Vec<Value> {
    let counting = PublicKey::from_bytes(std::array::from_fn(|i| i.to_le_bytes()[0]));
    let keys = [counting, key(ALICE).public_key()];
    let all = Namespace::ALL.into_iter().flat_map(|namespace| keys.map(|key| (namespace, key)));
    all.map(|(namespace, key)| {
        let identity = IdentityId::of(namespace, &key);
        json!({
            "namespace": namespace as u8,
            "public_key": key.to_string(),
            "did": Did { namespace, identity }.to_string(),
        })
    })
    .collect()
}

fn signed() -> Vec<Value> {
    events()
        .into_iter()
        .map(|(name, event, byte)| {
            let signed = sign_event(&event, &key(byte)).expect(name);
            json!({
                "name": name,
                "secret_key": hex::encode([byte; 32]),
                "public_key": key(byte).public_key().to_string(),
                "event": hex::encode(encode_event(&event)),
                "id": signed.id().to_string(),
                "signed_event": hex::encode(signed.entry()),
            })
        })
        .collect()
}

fn sign_ins() -> Vec<Value> {
    let (challenge, origin) = ([0x5a; 32], "https://erynoa.example");
    let message = sign_in_message(&challenge, &alice(), origin);
    vec![json!({
        "challenge": hex::encode(challenge),
        "identity": alice().to_string(),
        "origin": origin,
        "message": hex::encode(&message),
        "secret_key": hex::encode([ALICE; 32]),
        "signature": key(ALICE).sign(&message).to_string(),
    })]
}

/// The whole file.
pub(crate) fn all() -> String {
    let all = json!({
        "uid": uids(),
        "did": dids(),
        "events": signed(),
        "refused": refused::all(),
        "small_order": SMALL_ORDER,
        "sign_in": sign_ins(),
        "tree": proofs::trees(),
        "inclusion": proofs::inclusions(),
        "consistency": proofs::consistencies(),
        "checkpoint": proofs::checkpoints(),
        "cosignatures": proofs::cosignatures(),
    });
    serde_json::to_string_pretty(&all).expect("strings and numbers")
}

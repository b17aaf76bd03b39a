//! Bodies that break a rule.

use erynoa_events::{Body, KeyPurpose, ReceiptOutcome, key_added_message};
use erynoa_kernel::Namespace;
use erynoa_proto::protocol::v1 as pb;
use prost::Message;

use crate::cases::{ALICE, BOB, SMALL_ORDER, alice, attestation, created, key, key_added, receipt};
use crate::refused::{signed, wire, with};

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

change_of!(attest, Attestation, Attestation, Body::Attestation(attestation()));
change_of!(create, IdentityCreated, IdentityCreated, created(Namespace::SelfHood, ALICE).body);
change_of!(
    add_key,
    KeyAdded,
    KeyAdded,
    Body::KeyAdded(key_added(5, &[KeyPurpose::SignIn, KeyPurpose::Assertion]))
);
change_of!(confirm, Receipt, Receipt, Body::Receipt(receipt(ReceiptOutcome::Kept)));
fn terms(change: impl FnOnce(&mut pb::ReceiptTerms)) -> Vec<u8> {
    confirm(|receipt| change(receipt.terms.as_mut().expect("there")))
}

/// An event of Alice with this body.
fn saying(body: pb::event::Body) -> Vec<u8> {
    with(|event| event.body = Some(body))
}

/// The same in no realm.
fn saying_nowhere(body: pb::event::Body) -> Vec<u8> {
    with(|event| {
        event.body = Some(body);
        event.realm = vec![0; 32];
    })
}

pub(crate) fn identities() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    const CODE: &str = "EVENT_FIELD_INVALID";
    let controller = pb::Controller {
        identity: vec![1; 32],
        public_key: key(BOB).public_key().as_bytes().to_vec(),
        signature: vec![1; 64],
    };
    let mut agent = wire(created(Namespace::SelfHood, ALICE).body);
    agent.author = crate::cases::identity(Namespace::Spirit, ALICE).as_bytes().to_vec();
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
        key(new).sign(&key_added_message(&alice(), &public_key)).as_bytes().to_vec()
    };
    vec![
        ("namespace 0", create(|body| body.namespace = 0), CODE),
        ("namespace 11", create(|body| body.namespace = 11), CODE),
        ("a recovery within an hour", create(|body| body.recovery_delay_s = 3_599), CODE),
        ("a recovery after a month", create(|body| body.recovery_delay_s = 2_592_001), CODE),
        ("the usual delay, written", create(|body| body.recovery_delay_s = 259_200), CODE),
        ("display name of 129 bytes", create(|body| body.display_name = "n".repeat(129)), CODE),
        ("display name of two lines", create(|body| body.display_name = "a\nb".into()), CODE),
        (
            "display name with a C1 control",
            create(|body| body.display_name = "a\u{85}b".into()),
            CODE,
        ),
        ("key label of 65 bytes", create(|body| body.key_label = "l".repeat(65)), CODE),
        ("recovery key of 31 bytes", create(|body| body.recovery_key = vec![1; 31]), CODE),
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
        ("agent without a controller", agent(None), "CONTROLLER_REQUIRED"),
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
        ("key without purposes", add_key(|body| body.purposes.clear()), CODE),
        ("purposes in descending order", add_key(|body| body.purposes = vec![2, 1]), CODE),
        ("unknown purpose", add_key(|body| body.purposes = vec![4]), CODE),
        ("recovery with another purpose", add_key(|body| body.purposes = vec![2, 3]), CODE),
        ("label of a key of 65 bytes", add_key(|body| body.label = "l".repeat(65)), CODE),
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
            saying_nowhere(pb::event::Body::KeyRevoked(pb::KeyRevoked {
                public_key: vec![1; 32],
                reason: "r".repeat(4097),
            })),
            CODE,
        ),
    ]
}

pub(crate) fn statements() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    const CODE: &str = "EVENT_FIELD_INVALID";
    let third = key(4).public_key().as_bytes().to_vec();
    vec![
        (
            "attestation of oneself",
            attest(|body| body.subject = alice().as_bytes().to_vec()),
            "ATTESTATION_SELF",
        ),
        ("subject of 31 bytes", attest(|body| body.subject.truncate(31)), CODE),
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
        ("domain without competence", attest(|body| body.dimension = 1), CODE),
        ("domain with a capital", attest(|body| body.domain = "Rust".into()), CODE),
        ("domain of 65 bytes", attest(|body| body.domain = "d".repeat(65)), CODE),
        ("polarity 0", attest(|body| body.polarity = 0), CODE),
        ("negative polarity number", attest(|body| body.polarity = -1), CODE),
        ("comment of 4097 bytes", attest(|body| body.comment = "c".repeat(4097)), CODE),
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
            saying(pb::event::Body::AttestationRevoked(pb::AttestationRevoked {
                attestation: vec![1; 31],
                reason: String::new(),
            })),
            CODE,
        ),
        ("receipt without terms", confirm(|body| body.terms = None), CODE),
        ("receipt of another realm", terms(|terms| terms.realm = vec![1; 32]), CODE),
        ("receipt with oneself", terms(|terms| terms.client = terms.performer.clone()), CODE),
        ("receipt of two others", terms(|terms| terms.client = vec![1; 32]), CODE),
        ("receipt with outcome 5", terms(|terms| terms.outcome = 5), CODE),
        ("receipt with a nonce of 15 bytes", terms(|terms| terms.nonce.truncate(15)), CODE),
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
            saying(pb::event::Body::Custom(pb::Custom { r#type: 65_536, ..Default::default() })),
            CODE,
        ),
    ]
}

pub(crate) fn of_the_log() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    const CODE: &str = "EVENT_FIELD_INVALID";
    let realm = |name: &str, founders: Vec<Vec<u8>>, id: Vec<u8>| {
        saying(pb::event::Body::RealmCreated(pb::RealmCreated {
            realm: id,
            name: name.into(),
            founders,
            ..Default::default()
        }))
    };
    let root = crate::cases::realm().as_bytes().to_vec();
    let founders = |count: u8| (1..=count).map(|n| vec![n; 32]).collect::<Vec<_>>();
    let epoch = |epoch, state_root: usize, parameters: usize| {
        saying_nowhere(pb::event::Body::EpochClosed(pb::EpochClosed {
            epoch,
            state_root: vec![1; state_root],
            parameters_hash: vec![1; parameters],
            ..Default::default()
        }))
    };
    vec![
        ("realm without a name", realm("", founders(1), root.clone()), CODE),
        (
            "realm with a name of 129 bytes",
            realm(&"n".repeat(129), founders(1), root.clone()),
            CODE,
        ),
        ("realm without founders", realm("r", founders(0), root.clone()), CODE),
        ("realm with eight founders", realm("r", founders(8), root.clone()), CODE),
        ("realm with a founder twice", realm("r", vec![vec![1; 32]; 2], root), CODE),
        ("realm created in another realm", realm("r", founders(1), vec![1; 32]), CODE),
        ("epoch 0", epoch(0, 32, 32), CODE),
        ("state root of 31 bytes", epoch(1, 31, 32), CODE),
        ("no parameters hash", epoch(1, 32, 0), CODE),
    ]
}

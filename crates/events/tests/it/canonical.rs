//! One event has one encoding, and no other bytes pass for it (protocol §0, §2).

use bytes::Bytes;
use erynoa_events::{
    Attestation, AttestationRevoked, Body, Controller, Custom, Dimension, EpochClosed, Event,
    IdentityCreated, KeyAdded, KeyPurpose, KeyRevoked, Polarity, RECOVERY_DELAY_S, RealmCreated,
    Receipt, ReceiptOutcome, controller_message, decode_event, encode_event, from_own_log,
    key_added_message, receipt_message, receipt_terms_hash, sign_event, verify, verify_batch,
};
use erynoa_kernel::{Coordinate, EventId, IdentityId, Namespace, PublicKey, RealmId};
use erynoa_proto::protocol::v1 as pb;
use proptest::prelude::*;
use prost::Message;

use crate::{cases, cases_of_realms, refused};

fn coordinate() -> impl Strategy<Value = Coordinate> {
    (0u64..u64::MAX, any::<u32>()).prop_map(|(wall_us, counter)| Coordinate { wall_us, counter })
}

fn event_ids(count: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = Vec<EventId>> {
    prop::collection::btree_set(any::<[u8; 32]>(), count)
        .prop_map(|ids| ids.into_iter().map(EventId::from_bytes).collect())
}

fn line(most: usize) -> impl Strategy<Value = String> {
    // At most four bytes a character.
    prop::collection::vec(
        any::<char>().prop_filter("no control", |c| !c.is_control()),
        0..=most / 4,
    )
    .prop_map(String::from_iter)
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<char>(), 0..60).prop_map(String::from_iter)
}

fn attestation() -> impl Strategy<Value = Attestation> {
    let dimension = prop_oneof![
        Just((Dimension::Reliability, String::new())),
        Just((Dimension::Integrity, String::new())),
        Just((Dimension::Prestige, String::new())),
        "[a-z0-9-]{0,64}".prop_map(|domain| (Dimension::Competence, domain)),
    ];
    let polarity = prop_oneof![Just(Polarity::Positive), Just(Polarity::Negative)];
    (any::<[u8; 32]>(), dimension, polarity, text(), any::<bool>()).prop_map(
        |(subject, (dimension, domain), polarity, comment, expires)| Attestation {
            subject: IdentityId::from_bytes(subject),
            dimension,
            polarity,
            domain,
            comment,
            expires_at_us: expires.then_some(u64::MAX),
        },
    )
}

fn outcome() -> impl Strategy<Value = ReceiptOutcome> {
    prop_oneof![
        Just(ReceiptOutcome::Kept),
        Just(ReceiptOutcome::Broken),
        Just(ReceiptOutcome::AbortedByPerformer),
        Just(ReceiptOutcome::AbortedByClient),
    ]
}

fn receipt() -> impl Strategy<Value = Body> {
    (outcome(), text(), any::<[u8; 16]>(), any::<bool>()).prop_map(
        |(outcome, description, nonce, performs)| {
            let (performer, client) = if performs {
                (cases::alice(), cases::bob())
            } else {
                (cases::bob(), cases::alice())
            };
            let terms_hash = receipt_terms_hash(
                &cases::realm(),
                &performer,
                &client,
                outcome,
                &description,
                &nonce,
            );
            let other = cases::key(cases::BOB);
            Body::Receipt(Receipt {
                performer,
                client,
                outcome,
                description,
                nonce,
                terms_hash,
                countersigner_key: other.public_key(),
                countersignature: other.sign(&receipt_message(&terms_hash)),
            })
        },
    )
}

fn identity_created() -> impl Strategy<Value = (Namespace, Body)> {
    (1u8..=10, line(128), line(64), any::<bool>()).prop_map(
        |(number, display_name, key_label, recovery)| {
            let namespace = Namespace::from_number(number).expect("1 to 10");
            let child = cases::identity(namespace, cases::ALICE);
            let consent = cases::key(cases::BOB);
            let body = Body::IdentityCreated(IdentityCreated {
                namespace,
                display_name,
                key_label,
                recovery_key: recovery.then(|| cases::key(3).public_key()),
                recovery_delay_s: if recovery { 3_600 } else { RECOVERY_DELAY_S.1 },
                controller: namespace.needs_controller().then(|| Controller {
                    identity: cases::bob(),
                    public_key: consent.public_key(),
                    signature: consent.sign(&controller_message(&child)),
                }),
            });
            (namespace, body)
        },
    )
}

fn key_added() -> impl Strategy<Value = Body> {
    let purposes = prop_oneof![
        Just(vec![KeyPurpose::SignIn]),
        Just(vec![KeyPurpose::Assertion]),
        Just(vec![KeyPurpose::SignIn, KeyPurpose::Assertion]),
        Just(vec![KeyPurpose::Recovery]),
    ];
    (4u8..250, purposes, line(64)).prop_map(|(seed, purposes, label)| {
        let new = cases::key(seed);
        let message = key_added_message(&cases::alice(), &new.public_key());
        Body::KeyAdded(KeyAdded {
            public_key: new.public_key(),
            purposes,
            label,
            countersignature: new.sign(&message),
        })
    })
}

fn realm_created() -> impl Strategy<Value = Body> {
    let founders = prop::collection::btree_set(any::<[u8; 32]>(), 1..=7);
    let name = line(128).prop_filter("1 byte at least", |name| !name.is_empty());
    (name, founders).prop_map(|(name, founders)| {
        Body::RealmCreated(RealmCreated {
            realm: cases::realm(),
            name,
            founders: founders.into_iter().map(IdentityId::from_bytes).collect(),
            ..RealmCreated::default()
        })
    })
}

fn epoch_closed() -> impl Strategy<Value = Body> {
    (1u64.., any::<u64>(), any::<u64>(), any::<[u8; 32]>(), any::<[u8; 32]>()).prop_map(
        |(epoch, closed_at_us, size, state_root, parameters_hash)| {
            Body::EpochClosed(EpochClosed {
                epoch,
                closed_at_us,
                size,
                state_root,
                parameters_hash,
            })
        },
    )
}

/// The body with its end after every coordinate.
fn never_ending(mut body: Body) -> Body {
    let end = match &mut body {
        Body::Delegation(body) => &mut body.expires_at_us,
        Body::Vouch(body) => &mut body.expires_at_us,
        Body::CredentialIssued(body) => &mut body.expires_at_us,
        _ => return body,
    };
    *end = end.map(|_| u64::MAX);
    body
}

/// Bodies that Alice can say.
fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        4 => attestation().prop_map(Body::Attestation),
        1 => (any::<[u8; 32]>(), text()).prop_map(|(id, reason)| {
            Body::AttestationRevoked(AttestationRevoked { attestation: EventId::from_bytes(id), reason })
        }),
        1 => (any::<[u8; 32]>(), text()).prop_map(|(key, reason)| {
            Body::KeyRevoked(KeyRevoked { public_key: PublicKey::from_bytes(key), reason })
        }),
        2 => receipt(),
        2 => key_added(),
        1 => realm_created(),
        1 => epoch_closed(),
        1 => Just(Body::EquivocationProof(cases::equivocation())),
        8 => prop::sample::select(cases_of_realms::bodies()).prop_map(|(_, body)| never_ending(body)),
        1 => (any::<u16>(), any::<u32>(), prop::collection::vec(any::<u8>(), 0..200)).prop_map(
            |(type_number, version, data)| {
                Body::Custom(Custom { type_number, version, data: data.into() })
            },
        ),
    ]
}

/// A well-formed event that key [`cases::ALICE`] signs.
pub(crate) fn event() -> impl Strategy<Value = Event> {
    let said = (body(), coordinate(), any::<Option<[u8; 32]>>(), event_ids(0..=9)).prop_map(
        |(body, coordinate, prev, parents)| Event {
            author: cases::alice(),
            realm: match &body {
                Body::RealmCreated(created) => created.realm,
                body if body.kind().is_realmless() => RealmId::NULL,
                _ => cases::realm(),
            },
            coordinate,
            prev: prev.map(EventId::from_bytes),
            parents,
            body,
        },
    );
    let created = (identity_created(), coordinate(), event_ids(0..=9)).prop_map(
        |((namespace, body), coordinate, parents)| Event {
            author: cases::identity(namespace, cases::ALICE),
            realm: RealmId::NULL,
            coordinate,
            prev: None,
            parents,
            body,
        },
    );
    prop_oneof![4 => said, 1 => created]
}

#[test]
fn every_single_byte_of_every_kind_of_entry_is_protected() {
    for (name, event, byte) in cases::events() {
        let entry = sign_event(&event, &cases::key(byte)).expect(name).entry().to_vec();
        // Long entries repeat one letter: every seventh byte is enough of it.
        let stride = if entry.len() > 1000 { 7 } else { 1 };
        for at in (0..entry.len()).step_by(stride) {
            let mut changed = entry.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(verify(changed.into()).is_err(), "{name}: byte {at}");
        }
    }
}

#[test]
fn what_is_refused_is_refused_in_our_own_log_too_unless_only_a_signature_is_wrong() {
    for (name, entry, code) in refused::entries() {
        let read = from_own_log(entry.into());
        let by_signature_alone = matches!(
            code,
            "EVENT_SIGNATURE_INVALID" | "EVENT_COUNTERSIGNATURE_INVALID" | "KEY_SMALL_ORDER"
        ) || name == "proof with a forged event"
            || name == "author who is not named by the first key"
            || name == "recovery key that is the first key";
        assert_eq!(read.is_ok(), by_signature_alone, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn decoding_after_encoding_is_the_event(event in event()) {
        prop_assert_eq!(decode_event(&encode_event(&event)), Ok(event));
    }

    #[test]
    fn what_decodes_encodes_to_the_same_bytes(
        event in event(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = encode_event(&event);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(decoded) = decode_event(&bytes) {
            prop_assert_eq!(encode_event(&decoded), bytes);
        }
    }

    #[test]
    fn any_bytes_are_decoded_or_refused_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        if let Ok(decoded) = decode_event(&bytes) {
            prop_assert_eq!(encode_event(&decoded), bytes.clone());
        }
        prop_assert!(verify(bytes.into()).is_err());
    }

    #[test]
    fn a_signed_event_verifies_to_itself(event in event()) {
        let signed = sign_event(&event, &cases::key(cases::ALICE)).unwrap();
        prop_assert_eq!(verify(signed.entry().clone()), Ok(signed.clone()));
        prop_assert_eq!(from_own_log(signed.entry().clone()), Ok(signed.clone()));
        prop_assert_eq!(signed.event(), &event);
        prop_assert_eq!(signed.id(), EventId::of(&encode_event(&event)));
    }

    #[test]
    fn mutation_of_any_byte_is_refused(
        event in event(),
        at in any::<prop::sample::Index>(),
        xor in 1u8..,
    ) {
        let signed = sign_event(&event, &cases::key(cases::ALICE)).unwrap();
        let mut entry = signed.entry().to_vec();
        let at = at.index(entry.len());
        entry[at] ^= xor;
        prop_assert!(verify(entry.into()).is_err());
    }

    #[test]
    fn an_entry_cut_or_continued_anywhere_is_refused(
        event in event(),
        at in any::<prop::sample::Index>(),
        more in prop::collection::vec(any::<u8>(), 1..20),
    ) {
        let signed = sign_event(&event, &cases::key(cases::ALICE)).unwrap();
        let entry = signed.entry();
        prop_assert!(verify(entry.slice(..at.index(entry.len()))).is_err());
        let longer = [entry.as_ref(), more.as_slice()].concat();
        prop_assert!(verify(longer.into()).is_err());
    }

    #[test]
    fn unknown_fields_of_any_message_are_not_canonical(event in event(), number in 128u32..10_000) {
        let mut bytes = encode_event(&event);
        prost::encoding::uint64::encode(number, &7, &mut bytes);
        prop_assert_eq!(decode_event(&bytes).unwrap_err().code, "EVENT_NOT_CANONICAL");
        // The same inside the body.
        let mut inner = pb::Attestation::default().encode_to_vec();
        prost::encoding::uint64::encode(number, &7, &mut inner);
        let mut wire = pb::Event::decode(encode_event(&event).as_slice()).unwrap();
        wire.body = None;
        let mut bytes = wire.encode_to_vec();
        prost::encoding::bytes::encode(32, &inner, &mut bytes);
        prop_assert_eq!(decode_event(&bytes).unwrap_err().code, "EVENT_NOT_CANONICAL");
    }

    #[test]
    fn single_and_batch_verdicts_agree_in_any_mix(
        events in prop::collection::vec((event(), prop::option::of((any::<prop::sample::Index>(), 1u8..))), 1..8),
    ) {
        let entries: Vec<Bytes> = events
            .into_iter()
            .map(|(event, change)| {
                let signed = sign_event(&event, &cases::key(cases::ALICE)).unwrap();
                let mut entry = signed.entry().to_vec();
                if let Some((at, xor)) = change {
                    let at = at.index(entry.len());
                    entry[at] ^= xor;
                }
                entry.into()
            })
            .collect();
        let single: Vec<_> = entries.iter().cloned().map(verify).collect();
        prop_assert_eq!(verify_batch(entries), single);
    }
}

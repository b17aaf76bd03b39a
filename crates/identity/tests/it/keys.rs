//! Keys: who may sign, one identity a key, never without one.

use erynoa_events::Body;
use erynoa_events::{Custom, KeyDirectory, KeyPurpose};
use erynoa_kernel::Namespace;
use proptest::prelude::*;

use crate::world::{World, added, code, creation, key, revoked, who};

fn note() -> Body {
    Body::Custom(Custom { type_number: 7, version: 1, data: bytes::Bytes::new() })
}

#[test]
fn the_first_key_signs_in_and_signs_events() {
    let mut world = World::new();
    let anna = world.person(1);
    assert!(world.directory.is_live(&anna.id, &anna.key));
    assert!(world.directory.may_sign_in(&anna.id, &anna.key));
    assert_eq!(world.directory.find_by_key(&anna.key).map(|i| i.did.identity), Some(anna.id));
    assert!(world.says_in(1, anna, note()).is_ok());
}

#[test]
fn an_identity_is_created_once() {
    let mut world = World::new();
    world.person(1);
    let again = world.born(1, creation(Namespace::SelfHood, None));
    assert_eq!(code(again), "IDENTITY_EXISTS");
}

#[test]
fn only_a_live_assertion_key_of_the_author_speaks() {
    let mut world = World::new();
    let anna = world.person(1);
    let bert = world.person(2);
    let stranger = who(Namespace::SelfHood, 3);
    assert_eq!(code(world.says_in(1, stranger, note())), "EVENT_KEY_UNKNOWN");
    let forged = world.event(anna.id, crate::world::realm(1), note());
    assert_eq!(code(world.submit(&forged, bert.key)), "EVENT_KEY_UNKNOWN");
    world.says(anna, added(key(10), &[KeyPurpose::SignIn])).expect("a new key");
    assert_eq!(code(world.submit(&forged, key(10))), "EVENT_KEY_PURPOSE");
    world.says(anna, added(key(11), &[KeyPurpose::Assertion])).expect("a new key");
    assert!(world.submit(&forged, key(11)).is_ok());
    world.says(anna, revoked(key(11))).expect("a live key");
    assert_eq!(code(world.submit(&forged, key(11))), "EVENT_KEY_REVOKED");
    assert!(!world.directory.is_live(&anna.id, &key(11)));
    assert!(world.directory.ever_owned(&anna.id, &key(11)));
}

#[test]
fn a_key_belongs_to_one_identity_for_ever() {
    let mut world = World::new();
    let mut with_recovery = creation(Namespace::SelfHood, None);
    with_recovery.recovery_key = Some(key(90));
    let anna = world.born(1, with_recovery.clone()).expect("a person");
    let bert = world.person(2);
    world.says(anna, added(key(10), &[KeyPurpose::Assertion])).expect("a new key");
    world.says(anna, revoked(key(10))).expect("a live key");
    for taken in [anna.key, key(10), key(90), bert.key] {
        assert_eq!(code(world.says(bert, added(taken, &[KeyPurpose::SignIn]))), "KEY_IN_USE");
    }
    assert_eq!(code(world.born(10, creation(Namespace::SelfHood, None))), "KEY_IN_USE");
    assert_eq!(code(world.born(3, with_recovery)), "KEY_IN_USE");
    assert_eq!(code(world.born(1, creation(Namespace::Guild, None))), "KEY_IN_USE");
}

#[test]
fn only_a_live_key_of_the_author_is_revoked() {
    let mut world = World::new();
    let anna = world.person(1);
    let bert = world.person(2);
    world.says(anna, added(key(10), &[KeyPurpose::Assertion])).expect("a new key");
    assert_eq!(code(world.says(anna, revoked(bert.key))), "KEY_UNKNOWN");
    world.says(anna, revoked(key(10))).expect("a live key");
    assert_eq!(code(world.says(anna, revoked(key(10)))), "KEY_UNKNOWN");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Whatever keys come and go, one that signs events is always left.
    #[test]
    fn nobody_revokes_their_last_assertion_key(
        steps in prop::collection::vec((any::<bool>(), 0u32..6, 0u8..3), 1..40),
    ) {
        let mut world = World::new();
        let anna = world.person(0);
        let id = anna.id;
        for (adds, number, purpose) in steps {
            let purposes: &[KeyPurpose] = match purpose {
                0 => &[KeyPurpose::SignIn],
                1 => &[KeyPurpose::Assertion],
                _ => &[KeyPurpose::SignIn, KeyPurpose::Assertion],
            };
            let body = if adds { added(key(number), purposes) } else { revoked(key(number)) };
            let signers: Vec<_> = (0..6).map(key).filter(|k| world.directory.is_live(&id, k)).collect();
            let signer = *signers.first().expect("one is left");
            let event = world.event(id, erynoa_kernel::RealmId::NULL, body);
            let last = signers == [key(number)] && !adds;
            match world.submit(&event, signer) {
                Err(error) if last => prop_assert_eq!(error.code, "KEY_LAST"),
                Err(error) => prop_assert!(matches!(error.code, "KEY_IN_USE" | "KEY_UNKNOWN")),
                Ok(_) => prop_assert!(!last),
            }
        }
    }
}

//! What is staged answers as if it had been folded.

use erynoa_events::{Body, Event, KeyDirectory, KeyPurpose};
use erynoa_identity::Staged;
use erynoa_kernel::{EventId, Namespace, PublicKey, RealmId};
use proptest::prelude::*;

use crate::world::{World, added, creation, ended, judge, key, recovered, revoked, who};

/// Keys and people that the histories are about.
const KEYS: u32 = 8;
const PEOPLE: u32 = 3;

/// Who, signing with which key, does what, to which key or person.
type Step = (u32, u32, u8, u32);

fn step() -> impl Strategy<Value = Step> {
    (0..PEOPLE, 0..KEYS, 0u8..6, 0..KEYS)
}

/// An event by one of the people, and the key that signs it.
fn event_of(world: &World, (person, signer, what, other): Step) -> (Event, PublicKey) {
    let anna = who(Namespace::SelfHood, person);
    let body = match what {
        0 => {
            let mut body = creation(Namespace::SelfHood, None);
            body.recovery_key = Some(key(100 + other));
            Body::IdentityCreated(body)
        }
        1 => added(key(other), &[KeyPurpose::SignIn, KeyPurpose::Assertion]),
        2 => added(key(100 + other), &[KeyPurpose::Recovery]),
        3 => revoked(key(other)),
        4 => recovered(key(50 + other), None),
        _ => ended(who(Namespace::SelfHood, other % PEOPLE).id),
    };
    let signer = match what {
        0 => anna.key,
        4 => key(100 + signer),
        _ => key(signer),
    };
    (world.event(anna.id, RealmId::NULL, body), signer)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Some events are folded, the next are staged over them: the judgement of
    /// every event and every answer are those of a directory that folded all.
    #[test]
    fn a_batch_is_judged_as_if_it_had_been_folded(
        before in prop::collection::vec(step(), 0..15),
        batch in prop::collection::vec(step(), 1..15),
    ) {
        let mut world = World::new();
        for step in before {
            let (event, signer) = event_of(&world, step);
            // Bad ones change nothing.
            let _ = world.submit(&event, signer);
        }
        let base = world.directory.clone();
        let mut staged = Staged::over(&base);
        for (at, step) in (0u8..).zip(batch) {
            let (event, signer) = event_of(&world, step);
            let expected = judge(&world.directory, &event, &signer);
            prop_assert_eq!(&judge(&staged, &event, &signer), &expected);
            if expected.is_ok() {
                staged.apply(EventId::of(&[at]), &event, &signer);
                world.submit(&event, signer).expect("judged good");
            }
            for person in 0..PEOPLE {
                let id = who(Namespace::SelfHood, person).id;
                prop_assert_eq!(staged.knows(&id), world.directory.knows(&id));
                for number in (0..KEYS).chain(50..50 + KEYS).chain(100..100 + KEYS) {
                    let key = key(number);
                    prop_assert_eq!(staged.is_live(&id, &key), world.directory.is_live(&id, &key));
                    prop_assert_eq!(
                        staged.ever_owned(&id, &key),
                        world.directory.ever_owned(&id, &key)
                    );
                }
            }
        }
    }
}

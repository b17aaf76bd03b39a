//! Recovery: public, late, and to be stopped by any key that is still there.

use erynoa_events::{Body, EventError, KeyDirectory, KeyPurpose};
use erynoa_kernel::{EventId, Namespace, PublicKey, RealmId};
use proptest::prelude::*;

use crate::world::{HOUR_US, START_US, Who, World, added, code, creation, key, recovered, revoked};

/// Number of the recovery key, and of the key that a recovery brings.
const RECOVERY: u32 = 90;
const NEW: u32 = 50;

fn with_recovery(world: &mut World, number: u32, delay_s: u32) -> Who {
    let mut body = creation(Namespace::SelfHood, None);
    body.recovery_key = Some(key(RECOVERY + number));
    body.recovery_delay_s = delay_s;
    world.born(number, body).expect("a person")
}

fn ask(world: &mut World, who: Who, signer: u32, body: Body) -> Result<EventId, EventError> {
    let event = world.event(who.id, RealmId::NULL, body);
    world.submit(&event, key(signer))
}

fn live(world: &World, who: Who, key: PublicKey) -> bool {
    world.directory.is_live(&who.id, &key)
}

#[test]
fn a_recovery_takes_effect_when_its_delay_is_over_and_not_a_microsecond_before() {
    for missing in [1, 0] {
        let mut world = World::new();
        let anna = with_recovery(&mut world, 1, 3_600);
        world.close(START_US);
        ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW), None)).expect("a recovery key");
        // The delay counts from the end of the epoch that includes the request.
        world.close(START_US + 5);
        assert_eq!(world.directory.next_deadline_us(), Some(START_US + 5 + HOUR_US));
        world.close(START_US + 5 + HOUR_US - missing);
        assert_eq!(live(&world, anna, key(NEW)), missing == 0);
        assert_eq!(live(&world, anna, anna.key), missing == 1);
        assert_eq!(world.directory.may_sign_in(&anna.id, &key(NEW)), missing == 0);
        assert_eq!(world.directory.next_deadline_us().is_none(), missing == 0);
    }
}

#[test]
fn on_effect_every_device_is_new_and_the_recovery_key_stays() {
    let mut world = World::new();
    let anna = with_recovery(&mut world, 1, 3_600);
    world.says(anna, added(key(2), &[KeyPurpose::SignIn])).expect("a key");
    let request =
        ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW), None)).expect("a recovery key");
    // Until then the old keys go on, and what they add goes with them.
    world.says(anna, added(key(3), &[KeyPurpose::Assertion])).expect("a key");
    world.close(START_US);
    world.says(anna, added(key(4), &[KeyPurpose::Recovery])).expect("a key");
    world.close(START_US + HOUR_US);
    let identity = world.directory.find(&anna.id).expect("permanent");
    assert!(identity.recovery.is_none());
    for key in &identity.keys {
        let stays =
            key.public_key == crate::world::key(NEW) || key.purposes == [KeyPurpose::Recovery];
        assert_eq!(key.revoked.is_none(), stays);
        if !stays {
            assert_eq!(key.revoked, Some((request, START_US + HOUR_US)));
        }
    }
    let new = identity.key(&key(NEW)).expect("it is there");
    assert_eq!(new.purposes, [KeyPurpose::SignIn, KeyPurpose::Assertion]);
    assert_eq!((new.label.as_str(), new.added), ("new", (request, START_US + HOUR_US)));
    assert_eq!(code(world.says(anna, revoked(key(NEW)))), "EVENT_KEY_REVOKED");
}

#[test]
fn a_new_recovery_key_takes_the_place_of_the_old_ones() {
    let mut world = World::new();
    let anna = with_recovery(&mut world, 1, 3_600);
    world.says(anna, added(key(4), &[KeyPurpose::Recovery])).expect("a key");
    ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW), Some(key(5)))).expect("a recovery key");
    world.close(START_US);
    world.close(START_US + HOUR_US);
    let identity = world.directory.find(&anna.id).expect("permanent");
    let recovery_keys: Vec<PublicKey> = identity
        .keys
        .iter()
        .filter(|key| key.may(KeyPurpose::Recovery))
        .map(|key| key.public_key)
        .collect();
    assert_eq!(recovery_keys, [key(5)]);
    let late = ask(&mut world, anna, RECOVERY + 1, recovered(key(6), None));
    assert_eq!(code(late), "EVENT_KEY_REVOKED");
    ask(&mut world, anna, 5, recovered(key(6), None)).expect("the present recovery key");
}

#[test]
fn any_live_key_cancels_a_recovery_before_and_after_its_epoch() {
    for closes_before in [false, true] {
        let mut world = World::new();
        let anna = with_recovery(&mut world, 1, 3_600);
        world.says(anna, added(key(2), &[KeyPurpose::Assertion])).expect("a key");
        ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW), None)).expect("a recovery key");
        if closes_before {
            world.close(START_US);
        }
        ask(&mut world, anna, 2, revoked(key(NEW))).expect("the other device");
        assert!(world.directory.find(&anna.id).expect("permanent").recovery.is_none());
        assert_eq!(world.directory.next_deadline_us(), None);
        world.close(START_US + 1);
        world.close(START_US + 2 * HOUR_US);
        assert!(live(&world, anna, anna.key) && live(&world, anna, key(2)));
        assert!(!live(&world, anna, key(NEW)));
        assert!(!world.directory.ever_owned(&anna.id, &key(NEW)));
        let again = ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW), None));
        assert_eq!(code(again), "KEY_IN_USE");
        ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW + 1), None)).expect("another key");
    }
}

#[test]
fn asking_anew_in_the_same_epoch_waits_once() {
    let mut world = World::new();
    let anna = with_recovery(&mut world, 1, 3_600);
    ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW), None)).expect("a recovery key");
    world.says(anna, revoked(key(NEW))).expect("a live key");
    ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW + 1), None)).expect("a recovery key");
    world.close(START_US);
    world.close(START_US + HOUR_US);
    assert!(live(&world, anna, key(NEW + 1)) && !live(&world, anna, key(NEW)));
    assert_eq!(world.directory.next_deadline_us(), None);
}

#[test]
fn one_recovery_waits_at_a_time() {
    let mut world = World::new();
    let anna = with_recovery(&mut world, 1, 3_600);
    ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW), None)).expect("a recovery key");
    let second = ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW + 1), None));
    assert_eq!(code(second), "RECOVERY_PENDING");
    world.close(START_US);
    let second = ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW + 1), None));
    assert_eq!(code(second), "RECOVERY_PENDING");
    world.close(START_US + HOUR_US);
    ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW + 1), None)).expect("none waits");
}

#[test]
fn only_a_live_recovery_key_recovers_and_it_does_nothing_else() {
    let mut world = World::new();
    let anna = with_recovery(&mut world, 1, 3_600);
    let bert = world.person(2);
    assert_eq!(code(world.says(anna, recovered(key(NEW), None))), "EVENT_KEY_PURPOSE");
    assert_eq!(code(world.says(bert, recovered(key(NEW), None))), "RECOVERY_UNAVAILABLE");
    let foreign = ask(&mut world, bert, RECOVERY + 1, recovered(key(NEW), None));
    assert_eq!(code(foreign), "EVENT_KEY_UNKNOWN");
    let other = ask(&mut world, anna, RECOVERY + 1, revoked(anna.key));
    assert_eq!(code(other), "EVENT_KEY_PURPOSE");
    assert!(!world.directory.may_sign_in(&anna.id, &key(RECOVERY + 1)));
    world.says(anna, revoked(key(RECOVERY + 1))).expect("a live key");
    let late = ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW), None));
    assert_eq!(code(late), "EVENT_KEY_REVOKED");
    assert_eq!(code(world.says(anna, recovered(key(NEW), None))), "RECOVERY_UNAVAILABLE");
}

#[test]
fn the_keys_of_a_recovery_are_new_and_belong_to_nobody_else() {
    let mut world = World::new();
    let anna = with_recovery(&mut world, 1, 3_600);
    let bert = with_recovery(&mut world, 2, 3_600);
    for body in [
        recovered(bert.key, None),
        recovered(anna.key, None),
        recovered(key(NEW), Some(key(RECOVERY + 1))),
        recovered(key(NEW), Some(key(RECOVERY + 2))),
    ] {
        assert_eq!(code(ask(&mut world, anna, RECOVERY + 1, body)), "KEY_IN_USE");
    }
    ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW), Some(key(NEW + 1)))).expect("new");
    for number in [NEW, NEW + 1] {
        let taken = world.says(bert, added(key(number), &[KeyPurpose::Assertion]));
        assert_eq!(code(taken), "KEY_IN_USE");
        assert_eq!(
            world.directory.find_by_key(&key(number)).map(|i| i.did.identity),
            Some(anna.id)
        );
    }
}

#[test]
fn to_close_once_more_with_the_same_time_changes_nothing() {
    let mut world = World::new();
    let anna = with_recovery(&mut world, 1, 3_600);
    ask(&mut world, anna, RECOVERY + 1, recovered(key(NEW), None)).expect("a recovery key");
    world.close(START_US);
    world.directory.close(START_US);
    assert_eq!(world.directory.next_deadline_us(), Some(START_US + HOUR_US));
    world.close(START_US + HOUR_US);
    let once = world.directory.find(&anna.id).cloned();
    world.directory.close(START_US + HOUR_US);
    assert_eq!(world.directory.find(&anna.id).cloned(), once);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Several people recover at random times, epochs close at random times:
    /// each recovery takes effect in the first epoch that closes at or after
    /// the end of its own epoch plus its delay, unless it was cancelled.
    #[test]
    fn a_recovery_takes_effect_in_the_first_epoch_that_closes_late_enough(
        delays in prop::collection::vec(3_600u32..10_000, 3),
        steps in prop::collection::vec((0u32..3, 0u8..3, 0u64..4_000), 1..30),
    ) {
        let mut world = World::new();
        let people: Vec<Who> =
            (0..3).map(|n| with_recovery(&mut world, n, delays[n as usize])).collect();
        // Per person: the key that waits, and since which end of an epoch.
        let mut waiting: Vec<Option<(u32, Option<u64>)>> = vec![None; 3];
        let mut present = [0, 1, 2];
        let mut next = 200;
        let mut now_us = START_US;
        for (person, what, seconds) in steps {
            let at = person as usize;
            match what {
                0 => {
                    next += 1;
                    let asked =
                        ask(&mut world, people[at], RECOVERY + person, recovered(key(next), None));
                    prop_assert_eq!(asked.is_ok(), waiting[at].is_none());
                    if asked.is_ok() {
                        waiting[at] = Some((next, None));
                    }
                }
                1 => if let Some((key_, _)) = waiting[at].take() {
                    ask(&mut world, people[at], present[at], revoked(key(key_))).expect("a live key");
                },
                _ => {
                    now_us += seconds * 1_000_000;
                    for (at, wait) in waiting.iter_mut().enumerate() {
                        let delay_us = u64::from(delays[at]) * 1_000_000;
                        match wait {
                            Some((_, since @ None)) => *since = Some(now_us),
                            Some((key, Some(since))) if now_us >= *since + delay_us => {
                                present[at] = *key;
                                *wait = None;
                            }
                            _ => {}
                        }
                    }
                    world.close(now_us);
                }
            }
            for (at, who) in people.iter().enumerate() {
                for number in (0..3).chain(200..=next) {
                    prop_assert_eq!(
                        world.directory.is_live(&who.id, &key(number)),
                        present[at] == number
                    );
                }
            }
        }
    }
}

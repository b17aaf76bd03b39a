//! Ended identities: no key signs again, the name stays.

use erynoa_events::{Body, Custom, KeyDirectory, KeyPurpose};
use erynoa_kernel::Namespace;

use crate::world::{World, added, code, creation, ended, key, recovered, revoked, who};

fn note() -> Body {
    Body::Custom(Custom { type_number: 7, version: 1, data: bytes::Bytes::new() })
}

#[test]
fn an_identity_is_ended_by_itself_or_by_any_of_its_chain_and_by_nobody_else() {
    let mut world = World::new();
    let anna = world.person(1);
    let bert = world.person(2);
    let upper = world.agent(10, anna);
    let lower = world.agent(11, upper);
    let sibling = world.agent(12, anna);
    for other in [bert, sibling] {
        assert_eq!(code(world.says(other, ended(lower.id))), "CONTROLLER_FOREIGN");
    }
    assert_eq!(code(world.says(lower, ended(upper.id))), "CONTROLLER_FOREIGN");
    assert_eq!(code(world.says(upper, ended(anna.id))), "CONTROLLER_FOREIGN");
    world.says(anna, ended(lower.id)).expect("the end of its chain");
    world.says(anna, ended(upper.id)).expect("its controller");
    world.says(sibling, ended(sibling.id)).expect("itself");
    assert_eq!(code(world.says(anna, ended(lower.id))), "IDENTITY_DEACTIVATED");
    assert_eq!(code(world.says(anna, ended(who(Namespace::Spirit, 99).id))), "IDENTITY_UNKNOWN");
}

#[test]
fn no_key_of_an_ended_identity_is_live() {
    let mut world = World::new();
    let mut with_recovery = creation(Namespace::SelfHood, None);
    with_recovery.recovery_key = Some(key(90));
    let anna = world.born(1, with_recovery).expect("a person");
    world.says(anna, added(key(2), &[KeyPurpose::SignIn, KeyPurpose::Assertion])).expect("a key");
    let end = world.says(anna, ended(anna.id)).expect("itself");
    for number in [1, 2, 90] {
        assert!(!world.directory.is_live(&anna.id, &key(number)));
        assert!(!world.directory.may_sign_in(&anna.id, &key(number)));
        assert!(world.directory.ever_owned(&anna.id, &key(number)));
        let event = world.event(anna.id, crate::world::realm(1), note());
        assert_eq!(code(world.submit(&event, key(number))), "EVENT_AUTHOR_INACTIVE");
    }
    let late = world.event(anna.id, erynoa_kernel::RealmId::NULL, recovered(key(3), None));
    assert_eq!(code(world.submit(&late, key(90))), "EVENT_AUTHOR_INACTIVE");
    let identity = world.directory.find(&anna.id).expect("permanent");
    assert_eq!(identity.deactivated.map(|(event, _)| event), Some(end));
    assert!(!world.directory.is_active(&anna.id));
}

#[test]
fn whoever_is_controlled_by_an_ended_identity_exists_and_says_nothing() {
    let mut world = World::new();
    let anna = world.person(1);
    let upper = world.agent(10, anna);
    let lower = world.agent(11, upper);
    assert!(world.says(lower, added(key(20), &[KeyPurpose::SignIn])).is_ok());
    world.says(anna, ended(anna.id)).expect("itself");
    for agent in [upper, lower] {
        assert!(world.directory.knows(&agent.id));
        assert!(world.directory.find(&agent.id).expect("it exists").deactivated.is_none());
        assert!(!world.directory.is_active(&agent.id));
        let refused = world.says(agent, added(key(21), &[KeyPurpose::SignIn]));
        assert_eq!(code(refused), "EVENT_AUTHOR_INACTIVE");
    }
    let below = world.born(30, creation(Namespace::Spirit, Some(upper)));
    assert_eq!(code(below), "CONTROLLER_INVALID");
}

#[test]
fn an_end_cancels_a_recovery_that_waits() {
    let mut world = World::new();
    let mut with_recovery = creation(Namespace::SelfHood, None);
    with_recovery.recovery_key = Some(key(90));
    with_recovery.recovery_delay_s = 3_600;
    let anna = world.born(1, with_recovery).expect("a person");
    let ask = world.event(anna.id, erynoa_kernel::RealmId::NULL, recovered(key(2), None));
    world.submit(&ask, key(90)).expect("a recovery key");
    world.close(crate::world::START_US);
    assert!(world.directory.next_deadline_us().is_some());
    world.says(anna, ended(anna.id)).expect("itself");
    assert_eq!(world.directory.next_deadline_us(), None);
    world.close(crate::world::START_US + 2 * crate::world::HOUR_US);
    assert!(!world.directory.is_live(&anna.id, &key(2)));
    assert!(!world.directory.is_live(&anna.id, &anna.key));
    assert_eq!(code(world.says(anna, revoked(key(2)))), "EVENT_AUTHOR_INACTIVE");
}

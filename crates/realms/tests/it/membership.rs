//! Who may speak, and about whom.

use erynoa_events::{
    Attestation, AttestationRevoked, Body, Custom, Dimension, Isolation, Polarity, RuleParameters,
};
use erynoa_kernel::EventId;
use erynoa_realms::MemberState;

use crate::world::{HOUR_US, People, World, below, excludes, joins, least, realm, root, rule, who};

fn about(subject: u8) -> Body {
    Body::Attestation(Attestation {
        subject: who(subject),
        dimension: Dimension::Reliability,
        polarity: Polarity::Positive,
        domain: String::new(),
        comment: String::new(),
        expires_at_us: None,
    })
}

fn custom() -> Body {
    Body::Custom(Custom { type_number: 9, version: 1, data: Vec::new().into() })
}

fn closed(level: Isolation) -> World {
    let mut world = World::new();
    world.found(
        realm(1),
        root(),
        1,
        vec![least(0), rule("closed", RuleParameters::Isolation(level))],
    );
    world
}

/// Bans without the vote before it.
fn ban(world: &mut World, at: erynoa_kernel::RealmId, n: u8) {
    let log = world.fold.log_identity();
    let event = world.event(log, at, excludes(n, EventId::default()));
    world.apply(&event);
}

#[test]
fn isolation_decides_who_speaks_and_about_whom() {
    for (level, stranger, about_stranger) in [
        (Isolation::Public, vec![], vec![]),
        (Isolation::Members, vec!["MEMBER_REQUIRED"], vec![]),
        (Isolation::Strict, vec!["MEMBER_REQUIRED"], vec!["MEMBER_REQUIRED"]),
    ] {
        let mut world = closed(level);
        world.enter(realm(1), 2);
        assert_eq!(world.refused(who(9), realm(1), about(2)), stranger, "{level:?}");
        assert_eq!(world.refused(who(2), realm(1), about(9)), about_stranger, "{level:?}");
        assert!(world.refused(who(2), realm(1), about(1)).is_empty(), "{level:?}");
    }
}

#[test]
fn a_realm_is_for_members_unless_a_rule_opens_it() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, Vec::new());
    assert_eq!(world.refused(who(9), realm(1), custom()), ["MEMBER_REQUIRED"]);
    assert!(world.refused(who(9), root(), custom()).is_empty());
    let refused = world.create(below(
        realm(2),
        realm(1),
        1,
        vec![rule("open", RuleParameters::Isolation(Isolation::Public))],
    ));
    assert_eq!(refused.expect_err("looser than the realm above").code, "RULE_LOOSENS");
}

#[test]
fn membership_of_a_controller_is_that_of_what_it_controls() {
    let mut world = closed(Isolation::Strict);
    world.enter(realm(1), 2);
    assert!(world.refused(who(102), realm(1), custom()).is_empty());
    assert!(world.refused(who(2), realm(1), about(102)).is_empty());
    assert_eq!(world.refused(who(103), realm(1), custom()), ["MEMBER_REQUIRED"]);
}

#[test]
fn the_excluded_say_nothing_there_or_below_but_may_take_back() {
    let mut world = closed(Isolation::Public);
    world.enter(realm(1), 2);
    world.found(realm(2), realm(1), 1, Vec::new());
    world.enter(realm(2), 2);
    ban(&mut world, realm(1), 2);
    let revoked = || {
        Body::AttestationRevoked(AttestationRevoked {
            attestation: EventId::default(),
            reason: String::new(),
        })
    };
    for at in [realm(1), realm(2)] {
        assert_eq!(world.refused(who(2), at, custom()), ["MEMBER_BANNED"]);
        assert_eq!(world.refused(who(102), at, custom()), ["MEMBER_BANNED"]);
        assert!(world.refused(who(2), at, revoked()).is_empty());
        assert_eq!(world.fold.member_state(&at, &who(2)), MemberState::Banned);
        assert!(!world.fold.is_member(&at, &who(2), &People));
    }
    assert!(world.refused(who(2), root(), custom()).is_empty());
    assert_eq!(world.refused(who(2), realm(1), joins()), ["MEMBER_BANNED"]);
}

#[test]
fn an_exclusion_from_the_root_is_one_from_everywhere() {
    let mut world = closed(Isolation::Members);
    world.enter(realm(1), 2);
    ban(&mut world, root(), 2);
    assert_eq!(world.refused(who(2), root(), custom()), ["MEMBER_BANNED"]);
    assert_eq!(world.refused(who(2), realm(1), custom()), ["MEMBER_BANNED"]);
    assert!(!world.fold.is_member(&root(), &who(2), &People));
}

#[test]
fn an_exclusion_that_is_lifted_lets_them_come_back() {
    let mut world = closed(Isolation::Members);
    world.enter(realm(1), 2);
    ban(&mut world, realm(1), 2);
    let log = world.fold.log_identity();
    let mut lifts = excludes(2, EventId::default());
    if let Body::MemberBanned(banned) = &mut lifts {
        banned.lifted = true;
    }
    let event = world.event(log, realm(1), lifts);
    world.apply(&event);
    assert_eq!(world.fold.member_state(&realm(1), &who(2)), MemberState::Left);
    world.say(who(2), realm(1), joins()).expect("open");
}

#[test]
fn a_partition_has_the_members_of_the_realm_above() {
    let mut world = closed(Isolation::Members);
    let mut created = below(realm(2), realm(1), 1, Vec::new());
    created.partition = true;
    world.create(created).expect("a partition");
    world.enter(realm(1), 2);
    assert!(world.refused(who(2), realm(2), custom()).is_empty());
    assert_eq!(world.refused(who(9), realm(2), custom()), ["MEMBER_REQUIRED"]);
    assert_eq!(world.refused(who(9), realm(2), joins()), ["REALM_PARTITION"]);
    assert_eq!(world.refused(who(2), realm(2), crate::world::leaves()), ["REALM_PARTITION"]);
    assert_eq!(world.fold.member_state(&realm(2), &who(2)), MemberState::Member);
}

#[test]
fn membership_is_dated_by_the_end_of_its_epoch() {
    let mut world = closed(Isolation::Members);
    world.say(who(5), realm(1), joins()).expect("open");
    let since = |world: &World| {
        world.fold.find(&realm(1)).and_then(|r| r.members.find(&who(5))).map(|m| m.since_us)
    };
    assert_eq!(since(&world), Some(0));
    world.pass(HOUR_US);
    assert_eq!(since(&world), Some(world.now_us));
    let then = world.now_us;
    world.pass(HOUR_US);
    assert_eq!(since(&world), Some(then));
}

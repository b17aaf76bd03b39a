//! What a realm may use of an epoch.

use erynoa_events::{Body, Custom, RealmUse, RuleParameters};
use erynoa_realms::Judge;

use crate::world::{HOUR_US, People, World, joins, least, realm, root, rule, who};

fn custom() -> Body {
    Body::Custom(Custom { type_number: 9, version: 1, data: Vec::new().into() })
}

fn quota(events: u32, bytes: u64, gas: u64, crossings: u32) -> Vec<erynoa_events::Rule> {
    vec![least(0), rule("quota", RuleParameters::Quota { events, bytes, gas, crossings })]
}

#[test]
fn a_realm_uses_no_more_events_than_its_rule_allows_and_the_next_epoch_begins_anew() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, quota(10, 0, 0, 0));
    world.trust.voices.push((realm(1), who(1)));
    world.close();
    for _ in 0..10 {
        world.say(who(1), realm(1), custom()).expect("within");
    }
    let error = world.say(who(1), realm(1), custom()).expect_err("used up");
    assert_eq!((error.code, error.retry_after_ms), ("REALM_QUOTA_EXCEEDED", Some(10_000)));
    assert_eq!(error.violations[0].field, "quota.events");
    assert_eq!(error.violations[0].rule, Some((realm(1), "quota".to_owned())));
    world.pass(HOUR_US);
    world.say(who(1), realm(1), custom()).expect("a new epoch");
}

#[test]
fn the_last_fifth_is_for_members_with_a_voice() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, quota(10, 0, 0, 0));
    world.close();
    for _ in 0..8 {
        world.say(who(1), realm(1), custom()).expect("within");
    }
    assert_eq!(world.fold.quota(&realm(1)).map(|quota| quota.throttled), Some(false));
    let error = world.say(who(1), realm(1), custom()).expect_err("no voice");
    assert_eq!((error.code, error.retry_after_ms), ("REALM_THROTTLED", Some(10_000)));
    world.trust.voices.push((realm(1), who(1)));
    world.say(who(1), realm(1), custom()).expect("a voice");
    assert_eq!(world.fold.quota(&realm(1)).map(|quota| quota.throttled), Some(true));
}

#[test]
fn bytes_gas_and_crossings_are_counted_too() {
    for (rules, refused) in
        [(quota(0, 599, 0, 0), "quota.bytes"), (quota(0, 0, 725 * 2 - 1, 0), "quota.gas")]
    {
        let mut world = World::new();
        world.found(realm(1), root(), 1, rules);
        world.trust.voices.push((realm(1), who(1)));
        world.close();
        world.say(who(1), realm(1), custom()).expect("one event has 300 bytes and 725 gas");
        let error = world.say(who(1), realm(1), custom()).expect_err("two are too many");
        assert_eq!(error.violations[0].field, refused);
    }
    let mut world = World::new();
    world.found(realm(1), root(), 1, quota(0, 0, 0, 1));
    world.close();
    world.trust.voices.extend([(realm(1), who(5)), (realm(1), who(6))]);
    world.say(who(5), realm(1), joins()).expect("one crossing");
    assert_eq!(world.refused(who(6), realm(1), joins()), ["REALM_QUOTA_EXCEEDED"]);
    assert_eq!(world.fold.quota(&realm(1)).map(|quota| quota.used[3]), Some(1));
}

#[test]
fn a_join_is_an_event_too() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, quota(1, 0, 0, 0));
    world.close();
    world.trust.voices.push((realm(1), who(1)));
    world.say(who(1), realm(1), custom()).expect("the only one");
    assert_eq!(world.refused(who(5), realm(1), joins()), ["REALM_QUOTA_EXCEEDED"]);
}

#[test]
fn what_a_batch_has_staged_counts() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, quota(10, 0, 0, 0));
    world.trust.voices.push((realm(1), who(1)));
    world.close();
    let event = world.event(who(1), realm(1), custom());
    let judge = Judge {
        fold: &world.fold,
        trust: &world.trust,
        identities: &People,
        subject_of: &|_| None,
    };
    let staged = |events| RealmUse { events, ..RealmUse::default() };
    assert!(judge.judge(&event, 1, staged(9)).is_ok());
    assert!(judge.judge(&event, 1, staged(10)).is_err());
}

#[test]
fn the_root_realm_is_bounded_by_the_epoch_alone() {
    let world = World::new();
    let event = world.event(who(9), root(), custom());
    let judge = Judge {
        fold: &world.fold,
        trust: &world.trust,
        identities: &People,
        subject_of: &|_| None,
    };
    let staged = RealmUse { events: 1_000_000, bytes: 1 << 40, gas: 1 << 40 };
    assert!(judge.judge(&event, 65_535, staged).is_ok());
}

#[test]
fn an_event_uses_gas_for_its_causes_its_signature_and_the_rules_in_force() {
    let mut world = World::new();
    let text = "permit(principal, action, resource);";
    world.found(realm(1), root(), 1, vec![least(0), crate::world::cedar(text)]);
    let mut event = world.event(who(1), realm(1), custom());
    let rules = world.fold.effective(&realm(1)).expect("exists").expression_gas;
    assert!(rules > 0);
    assert_eq!(world.judge(&event), Ok(RealmUse { events: 1, bytes: 300, gas: 725 + rules }));
    event.parents = vec![erynoa_kernel::EventId::default(); 2];
    assert_eq!(world.fold.use_of(&event, 10).gas, 825 + rules);
    // Taking back runs no rule.
    let leaves = world.event(who(1), realm(1), crate::world::leaves());
    assert_eq!(world.fold.use_of(&leaves, 10).gas, 725);
}

//! What people look at, and limits that are far away.

use erynoa_events::{Body, Custom, Isolation, JoinPolicy, RealmCreated, Rule, RuleParameters};
use erynoa_kernel::{EventId, RealmId, Tag, UniversalId};
use erynoa_realms::parameters::MAX_REALMS;

use crate::world::{
    HOUR_US, World, below, cedar, join, joins, least, proposal, realm, root, rule, who,
};

fn named(id: &str, parameters: RuleParameters) -> Rule {
    rule(id, parameters)
}

#[test]
fn a_realm_knows_what_is_above_and_below_it() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, Vec::new());
    world.found(realm(2), root(), 1, Vec::new());
    world.found(realm(3), realm(1), 1, Vec::new());
    let fold = &world.fold;
    let ids = |realms: Vec<&erynoa_realms::Realm>| -> Vec<RealmId> {
        realms.into_iter().map(|realm| realm.id).collect()
    };
    assert_eq!(ids(fold.children(&root()).collect()), [realm(1), realm(2)]);
    assert_eq!(ids(fold.ancestors(&realm(3)).collect()), [root(), realm(1)]);
    assert_eq!(ids(fold.realms().collect()), [root(), realm(1), realm(2), realm(3)]);
    assert_eq!(fold.ancestors(&root()).count() + fold.children(&realm(9)).count(), 0);
    for (inner, outer, is) in [
        (realm(3), root(), true),
        (realm(3), realm(1), true),
        (realm(3), realm(3), true),
        (realm(3), realm(2), false),
        (realm(1), realm(3), false),
        (root(), realm(1), false),
        (realm(9), root(), false),
        (root(), realm(9), false),
    ] {
        assert_eq!(fold.is_within(&inner, &outer), is, "{inner} in {outer}");
    }
}

#[test]
fn every_category_shows_which_rule_stands_in_for_another() {
    let issuers = |people: Vec<u8>| RuleParameters::Issuers {
        credential_type: "person".to_owned(),
        identities: people.into_iter().map(who).collect(),
    };
    let judges = |people: Vec<u8>| RuleParameters::Judges(people.into_iter().map(who).collect());
    let times =
        |all| RuleParameters::GovernanceTimes { discussion_s: all, voting_s: all, timelock_s: all };
    let credential = || RuleParameters::CredentialRequired { credential_type: "x".to_owned() };
    let witnesses = |n| RuleParameters::Witnesses(vec![(who(n), 1)]);
    let permit = "permit(principal, action, resource);";
    let mut world = World::new();
    let rules = |suffix: &str, strict: bool| -> Vec<Rule> {
        let pick = |loose: RuleParameters, stricter| if strict { stricter } else { loose };
        let isolation = |level| RuleParameters::Isolation(level);
        [
            ("closed", pick(isolation(Isolation::Members), isolation(Isolation::Strict))),
            ("credential", credential()),
            ("expression", cedar(permit).parameters),
            ("issuers", issuers(if strict { vec![1] } else { vec![1, 2] })),
            ("join", RuleParameters::Join(pick_join(strict))),
            ("judges", judges(if strict { vec![1] } else { vec![1, 2] })),
            ("times", times(if strict { 7_200 } else { 3_600 })),
            ("witnesses", witnesses(if strict { 2 } else { 1 })),
        ]
        .into_iter()
        .map(|(id, parameters)| named(&format!("{id}-{suffix}"), parameters))
        .collect()
    };
    world.found(realm(1), root(), 1, rules("above", false));
    world.found(realm(2), realm(1), 1, rules("below", true));
    let overruled: Vec<(String, String)> = world
        .fold
        .rules(&realm(2))
        .into_iter()
        .filter_map(|view| view.overruled_by.map(|by| (view.rule.id, by.rule)))
        .collect();
    let pairs = ["closed", "issuers", "judges", "times", "witnesses"];
    let expected = pairs.map(|id| (format!("{id}-above"), format!("{id}-below")));
    // An invitation is needed besides a vote, so it stands.
    assert_eq!(overruled, expected);
}

fn pick_join(strict: bool) -> JoinPolicy {
    if strict { JoinPolicy::Vote } else { JoinPolicy::Invitation }
}

#[test]
fn rules_of_one_realm_add_up_and_stand_beside_each_other() {
    let mut world = World::new();
    let judges = |n| RuleParameters::Judges(vec![who(n)]);
    world.found(realm(1), root(), 1, vec![named("a", judges(1)), named("b", judges(2))]);
    assert!(world.fold.rules(&realm(1)).iter().all(|view| view.overruled_by.is_none()));
    let all = world.fold.effective(&realm(1)).expect("exists");
    assert_eq!(all.judges.as_ref().expect("rules").value, [who(1), who(2)]);
}

#[test]
fn a_realm_has_at_most_32_rules_of_its_own() {
    let rules = |count: usize| -> Vec<Rule> {
        (0..count).map(|n| named(&format!("r{n:02}"), least(0).parameters)).collect()
    };
    let mut world = World::new();
    let refused = world.create(below(realm(1), root(), 1, rules(33))).expect_err("33");
    assert_eq!(refused.code, "RULE_INVALID");
    world.create(below(realm(1), root(), 1, rules(32))).expect("32");
    let kind = erynoa_events::ProposalKind::Parameter;
    let one_more = crate::world::sets(kind, vec![named("z", least(0).parameters)]);
    let body = |said| Body::Proposal(said);
    assert_eq!(world.refused(who(1), realm(1), body(one_more.clone())), ["RULE_INVALID"]);
    // In place of another, or after taking one away, there is room.
    let replaces = crate::world::sets(kind, vec![named("r00", least(0).parameters)]);
    assert!(world.refused(who(1), realm(1), body(replaces)).is_empty());
    let mut exchanges = one_more;
    exchanges.removed = vec!["r01".to_owned()];
    assert!(world.refused(who(1), realm(1), body(exchanges)).is_empty());
}

#[test]
fn a_log_has_at_most_65_000_realms() {
    let mut world = World::new();
    let id = |n: usize| RealmId(UniversalId::new(Tag::Realm, 1, &[&n.to_be_bytes()]));
    for n in 1..MAX_REALMS - 1 {
        let created = RealmCreated {
            realm: id(n),
            founders: vec![who(1)],
            parent: Some(root()),
            partition: true,
            ..RealmCreated::default()
        };
        let event = world.event(who(9), id(n), Body::RealmCreated(created));
        world.apply(&event);
    }
    world.create(below(realm(1), root(), 1, Vec::new())).expect("the last");
    let error = world.create(below(realm(2), root(), 1, Vec::new())).expect_err("one too many");
    assert_eq!(error.code, "REALM_QUOTA_EXCEEDED");
}

#[test]
fn an_expression_sees_how_long_somebody_has_been_a_member() {
    let text = "permit(principal, action, resource) when { action == Action::\"join\" || principal.member_since_days >= 2 };";
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![cedar(text), least(0)]);
    world.say(who(5), realm(1), joins()).expect("open");
    let custom = || Body::Custom(Custom { type_number: 9, version: 1, data: Vec::new().into() });
    world.pass(1);
    world.pass(48 * HOUR_US - 1);
    assert_eq!(world.refused(who(5), realm(1), custom()), ["RULE_DENIES"]);
    world.pass(1);
    assert!(world.refused(who(5), realm(1), custom()).is_empty());
    assert_eq!(world.refused(who(6), realm(1), custom()), ["MEMBER_REQUIRED", "RULE_DENIES"]);
}

#[test]
fn a_comment_is_of_type_1_version_1_in_the_realm_of_its_first_parent() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    let id = world.propose(1, realm(1), proposal(erynoa_events::ProposalKind::Treasury));
    let says = |world: &mut World, at, type_number, version, parents: Vec<EventId>| {
        let custom = Custom { type_number, version, data: b"text".to_vec().into() };
        let mut event = world.event(who(1), at, Body::Custom(custom));
        event.parents = parents;
        world.apply(&event);
        world.fold.proposal(&id).expect("known").comments.len()
    };
    let other = EventId::from_bytes([1; 32]);
    assert_eq!(says(&mut world, realm(1), 1, 2, vec![id]), 0);
    assert_eq!(says(&mut world, realm(1), 2, 1, vec![id]), 0);
    assert_eq!(says(&mut world, root(), 1, 1, vec![id]), 0);
    assert_eq!(says(&mut world, realm(1), 1, 1, vec![other, id]), 0);
    assert_eq!(says(&mut world, realm(1), 1, 1, vec![]), 0);
    assert_eq!(says(&mut world, realm(1), 1, 1, vec![id, other]), 1);
    let sequence = world.sequence - 1;
    assert_eq!(world.fold.proposal(&id).expect("known").comments, [sequence]);
}

#[test]
fn what_the_log_itself_says_uses_no_quota() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    world.close();
    let used = |world: &World| world.fold.quota(&realm(1)).expect("exists").used;
    let custom = || Body::Custom(Custom { type_number: 9, version: 1, data: Vec::new().into() });
    let event = world.event(world.fold.log_identity(), realm(1), custom());
    world.apply(&event);
    assert_eq!(used(&world), [0; 4]);
    world.say(who(1), realm(1), custom()).expect("a member");
    assert_eq!(used(&world), [1, 300, 725, 0]);
    assert_eq!(
        world.fold.quota(&realm(1)).expect("exists").limits,
        [10_000, 10_000_000, 1_000_000, 1_000]
    );
}

#[test]
fn both_policies_are_named_when_joining_needs_two() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0), join(JoinPolicy::Invitation)]);
    world.found(realm(2), realm(1), 1, vec![named("own", RuleParameters::Join(JoinPolicy::Vote))]);
    let from =
        Body::RealmJoined(erynoa_events::RealmJoined { from: Some(root()), endorsements: vec![] });
    assert_eq!(world.refused(who(5), realm(2), from), ["ENDORSEMENTS_MISSING", "VOTE_NEEDED"]);
}

//! What nobody can fill, lend to themselves or slip past a decision.

use std::sync::Arc;

use erynoa_events::{
    Body, CredentialIssued, Custom, MAX_ENTRY_BYTES, Proposal, ProposalKind, RealmCreated,
    RealmJoined, RealmRulesChanged, Rule, RuleParameters, encode_event,
};
use erynoa_kernel::EventId;
use erynoa_realms::parameters::MAX_CHANGE_BYTES;
use erynoa_realms::{Endorsers, Expression, Phase};

use crate::governance::{changes, council, phase};
use crate::world::{
    HOUR_US, NEWCOMER, People, World, below, least, proposal, realm, root, rule, sets, who,
};

const DAY_US: u64 = 24 * HOUR_US;

/// An expression of this many bytes.
fn long(id: &str, bytes: usize) -> Rule {
    let mut cedar = "permit(principal, action, resource); //".to_owned();
    cedar.extend(std::iter::repeat_n('x', bytes - cedar.len()));
    rule(id, RuleParameters::Expression { cedar })
}

/// Sixteen rules, the last one of this many bytes.
fn large(last: usize) -> Proposal {
    let mut rules: Vec<Rule> = (0..15).map(|n| long(&format!("r{n:02}"), 4_096)).collect();
    rules.push(long("r15", last));
    sets(ProposalKind::Rule, rules)
}

/// The greatest last rule with which the rules of a proposal can be announced.
fn largest() -> usize {
    let bytes = |last| {
        let said = Proposal { title: String::new(), ..large(last) };
        erynoa_events::encode_proposal(&said).len()
    };
    let last = 3_000 + MAX_CHANGE_BYTES - bytes(3_000);
    assert_eq!(bytes(last), MAX_CHANGE_BYTES);
    last
}

/// Passes the vote of the only voter and waits for the end of the timelock.
fn pass_vote(world: &mut World, ids: &[EventId]) {
    world.begin_voting();
    for &id in ids {
        world.vote(1, realm(1), id, 5).expect("votes");
    }
    world.pass(72 * HOUR_US);
    world.pass(30 * DAY_US);
}

#[test]
fn rules_that_cannot_be_announced_are_not_proposed() {
    let last = largest();
    let mut world = council(1);
    let refused = world.refused(who(1), realm(1), Body::Proposal(large(last + 1)));
    assert_eq!(refused, ["EVENT_TOO_LARGE"]);
    let id = world.propose(1, realm(1), large(last));
    pass_vote(&mut world, &[id]);
    let (at, body) = world.fold.due().remove(0);
    let announced = world.event(world.fold.log_identity(), at, body);
    assert!(encode_event(&announced).len() + 512 < MAX_ENTRY_BYTES);
    world.announce();
    assert_eq!(phase(&world, id), Phase::Executed);
}

#[test]
fn rules_that_cannot_be_announced_do_not_take_effect() {
    let mut world = council(1);
    let event = world.event(who(1), realm(1), Body::Proposal(large(4_096)));
    let id = world.apply(&event);
    pass_vote(&mut world, &[id]);
    world.announce();
    assert_eq!(phase(&world, id), Phase::Defeated);
}

#[test]
fn who_creates_a_partition_is_no_verified_person_by_it() {
    let mut world = World::new();
    let partition = RealmCreated { partition: true, ..below(realm(1), root(), 5, Vec::new()) };
    world.create(partition).expect("a partition of the root");
    assert!(!world.fold.is_verified(&realm(1), &who(5), &People));
    assert!(world.fold.is_verified(&realm(1), &who(1), &People));
}

#[test]
fn the_kind_of_a_proposal_still_fits_when_it_takes_effect() {
    let mut world = council(1);
    let same = |norm_ppm| rule("same", RuleParameters::MinTrust { norm_ppm });
    let id = world.propose(1, realm(1), changes(vec![same(400_000)]));
    // Meanwhile the id has become a rule that asks for another kind.
    let governs = rule("same", RuleParameters::Judges(vec![who(3)]));
    let changed = RealmRulesChanged { proposal: id, set: vec![governs], removed: vec![] };
    let log = world.fold.log_identity();
    let event = world.event(log, realm(1), Body::RealmRulesChanged(changed));
    world.apply(&event);
    pass_vote(&mut world, &[id]);
    world.announce();
    assert_eq!(phase(&world, id), Phase::Defeated);
    assert!(world.fold.effective(&realm(1)).expect("exists").judges.is_some());
}

#[test]
fn changes_of_rules_take_effect_one_after_the_other() {
    let mut world = council(1);
    let removes =
        || Proposal { removed: vec!["least".to_owned()], ..proposal(ProposalKind::Parameter) };
    let ids = [
        world.propose(1, realm(1), removes()),
        world.propose(1, realm(1), removes()),
        world.propose(1, realm(1), changes(vec![least(700_000)])),
    ];
    pass_vote(&mut world, &ids);
    let decided =
        |world: &World| ids.map(|id| world.fold.proposal(&id).expect("known").decided.is_some());
    assert_eq!(decided(&world), [true, false, false]);
    // Before the first is announced nothing else moves.
    assert_eq!(world.fold.next_deadline_us(), Some(world.now_us + 1_000_000));
    world.pass(1_000_000);
    assert_eq!(decided(&world), [true, false, false]);
    world.announce();
    world.pass(1_000_000);
    world.announce();
    assert_eq!(decided(&world), [true, true, true]);
    // What the second would remove is no longer there.
    assert_eq!(
        ids.map(|id| phase(&world, id)),
        [Phase::Executed, Phase::Defeated, Phase::Executed]
    );
    assert_eq!(world.fold.effective(&realm(1)).expect("exists").min_trust.value, 700_000);
    assert_eq!(world.fold.next_deadline_us(), None);
}

#[test]
fn what_one_is_in_a_realm_of_ones_own_opens_only_what_lies_below_it() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(300_000)]);
    world.found(realm(2), root(), 5, Vec::new());
    world.found(realm(3), realm(2), 5, Vec::new());
    let founder = [900_000; 6];
    world.trust.values.insert((realm(2), who(5)), founder);
    world.trust.earned.insert((realm(2), who(5)), NEWCOMER);
    let from_own =
        || Body::RealmJoined(RealmJoined { from: Some(realm(2)), endorsements: Vec::new() });
    assert_eq!(world.refused(who(5), realm(1), from_own()), ["TRUST_TOO_LOW"]);
    let crosses = |at| world.event(who(5), at, from_own());
    let carried = world.fold.carries_over(&crosses(realm(1)), &world.trust).expect("a first join");
    assert_eq!(carried.means_ppm, NEWCOMER);
    // Below it the founder's own prior counts, and what was earned counts anywhere.
    let below = |fold: &erynoa_realms::RealmFold, trust: &crate::world::Trust, to| {
        fold.check_crossing(&who(5), Some(realm(2)), &to, Endorsers::Named(&[]), trust, &People)
            .expect("exists")
            .view_ppm
    };
    let seen_below = below(&world.fold, &world.trust, realm(3));
    assert_eq!(seen_below[0], 648_000);
    world.trust.earned.remove(&(realm(2), who(5)));
    let seen_beside = below(&world.fold, &world.trust, realm(1));
    assert_eq!(seen_beside[0], 583_200);
    assert!(world.refused(who(5), realm(1), from_own()).is_empty());
}

#[test]
fn one_root_creates_at_most_64_realms() {
    let mut world = World::new();
    for n in 0..64 {
        let author = if n % 2 == 0 { 5 } else { 105 };
        world.found(realm(n), root(), author, Vec::new());
    }
    let one_more = |founder| {
        let created = below(realm(70), root(), founder, Vec::new());
        (who(founder), realm(70), Body::RealmCreated(created))
    };
    let (author, at, body) = one_more(5);
    assert_eq!(world.refused(author, at, body), ["REALM_LIMIT"]);
    let (author, at, body) = one_more(105);
    assert_eq!(world.refused(author, at, body), ["REALM_LIMIT"]);
    let (author, at, body) = one_more(6);
    assert!(world.refused(author, at, body).is_empty());
}

#[test]
fn a_new_realm_uses_the_quota_of_the_one_above_and_pays_for_each_expression() {
    let mut world = World::new();
    let quota = RuleParameters::Quota { events: 0, bytes: 0, gas: 4_000, crossings: 0 };
    world.found(realm(1), root(), 1, vec![least(0), rule("quota", quota)]);
    world.trust.voices.push((realm(1), who(1)));
    world.close();
    let created = |n: u8, count: usize| {
        let rules = (0..count).map(|n| long(&format!("e{n}"), 60)).collect();
        below(realm(n), realm(1), 1, rules)
    };
    let event = world.event(who(1), realm(2), Body::RealmCreated(created(2, 2)));
    assert_eq!(world.judge(&event).expect("within").gas, 725 + 2_000);
    world.create(created(2, 2)).expect("within");
    let used = |world: &World, at| world.fold.find(&at).expect("exists").used;
    assert_eq!(used(&world, realm(1)), [1, 300, 2_725, 0]);
    assert_eq!(used(&world, realm(2)), [0; 4]);
    let again = Body::RealmCreated(created(3, 1));
    assert_eq!(world.refused(who(1), realm(3), again), ["REALM_QUOTA_EXCEEDED"]);
    world.create(created(3, 0)).expect("within");
    // A proposal pays for what it sets, too.
    let said = Body::Proposal(sets(ProposalKind::Rule, vec![long("e", 60)]));
    assert_eq!(world.fold.use_of(&world.event(who(1), realm(1), said), 1).gas, 1_725);
}

#[test]
fn an_expression_is_parsed_once() {
    let text = "permit(principal, action, resource) when { principal.norm > 123457 };";
    let first = Expression::shared(text).expect("a policy");
    let second = Expression::shared(text).expect("a policy");
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(first.gas(), Expression::parse(text).expect("a policy").gas());
    assert!(Expression::shared("permit").is_err());
}

#[test]
fn nobody_holds_more_than_64_types_of_credentials_in_a_realm() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    let issues = |world: &World, n: usize, expires_at_us| {
        let credential_type = format!("type-{n}");
        let body = Body::CredentialIssued(CredentialIssued {
            subject: who(5),
            credential_type,
            claim: String::new(),
            content_hash: None,
            expires_at_us,
        });
        world.event(who(1), realm(1), body)
    };
    let end = world.now_us + DAY_US;
    for n in 0..64 {
        let event = issues(&world, n, (n == 0).then_some(end));
        world.judge(&event).expect("64");
        world.apply(&event);
    }
    let one_more = issues(&world, 64, None);
    assert_eq!(world.judge(&one_more).expect_err("65").code, "CREDENTIAL_LIMIT");
    // One that is held may be renewed, and one that has ended makes room.
    assert!(world.judge(&issues(&world, 63, None)).is_ok());
    world.pass(DAY_US);
    assert!(world.judge(&one_more).is_ok());
}

#[test]
fn expressions_that_are_set_for_later_count_above_and_below() {
    let later = |n: usize| Rule { effective_from_us: u64::MAX, ..long(&format!("e{n:03}"), 60) };
    let all = |from: usize, count: usize| (from..from + count).map(later).collect::<Vec<Rule>>();
    let mut world = World::new();
    world.found(realm(1), root(), 1, all(0, 20));
    let error = world.create(below(realm(2), realm(1), 1, all(20, 13))).expect_err("33");
    assert_eq!(error.code, "RULE_INVALID");
    world.create(below(realm(2), realm(1), 1, all(20, 12))).expect("32");
    let said = |rules| Body::Proposal(sets(ProposalKind::Rule, rules));
    assert_eq!(world.refused(who(1), realm(1), said(all(90, 1))), ["RULE_INVALID"]);
    // One that takes the place of another adds nothing.
    assert!(world.refused(who(1), realm(1), said(all(0, 1))).is_empty());
}

#[test]
fn what_is_said_in_a_partition_uses_the_quota_of_the_realm_above_it() {
    let mut world = World::new();
    let quota = RuleParameters::Quota { events: 10, bytes: 0, gas: 0, crossings: 0 };
    world.found(realm(1), root(), 1, vec![least(0), rule("quota", quota)]);
    for n in [2, 3] {
        let created = below(realm(n), realm(1), 1, Vec::new());
        world.create(RealmCreated { partition: true, ..created }).expect("a partition");
    }
    world.trust.voices.push((realm(1), who(1)));
    world.close();
    let said = || Body::Custom(Custom { type_number: 9, version: 1, data: Vec::new().into() });
    for n in 0..10 {
        world.say(who(1), realm(2 + n % 2), said()).expect("within");
    }
    for n in 1..=3 {
        assert_eq!(world.refused(who(1), realm(n), said()), ["REALM_QUOTA_EXCEEDED"]);
    }
    assert_eq!(world.fold.find(&realm(1)).expect("exists").used[0], 10);
    assert_eq!(world.fold.find(&realm(2)).expect("exists").used[0], 5);
    world.pass(HOUR_US);
    assert!(world.refused(who(1), realm(2), said()).is_empty());
}

#[test]
fn a_realm_has_at_most_200_open_proposals_and_20_of_those_without_a_voice() {
    let mut world = World::new();
    let said = || Body::Proposal(proposal(ProposalKind::Treasury));
    for n in 0..20 {
        world.say(who(10 + n / 5), root(), said()).expect("20");
    }
    assert_eq!(world.refused(who(20), root(), said()), ["PROPOSAL_LIMIT"]);
    for n in 0..36 {
        world.trust.voices.push((root(), who(20 + n)));
        for _ in 0..5 {
            world.say(who(20 + n), root(), said()).expect("200");
        }
    }
    world.trust.voices.push((root(), who(90)));
    assert_eq!(world.refused(who(90), root(), said()), ["PROPOSAL_LIMIT"]);
    // Another realm has its own list.
    world.found(realm(1), root(), 90, vec![least(0)]);
    assert!(world.refused(who(90), realm(1), said()).is_empty());
}

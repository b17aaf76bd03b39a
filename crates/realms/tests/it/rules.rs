//! Rules, their inheritance and what may be set.

use erynoa_events::{Dimension, Isolation, JoinPolicy, ProposalKind, Rule, RuleParameters};
use erynoa_kernel::RealmId;
use erynoa_realms::{Effective, parameters::MIN_TRUST_VIRTUAL_PPM};
use proptest::prelude::*;

use crate::world::{
    HOUR_US, World, below, cedar, join, joins, least, realm, root, rule, sets, who,
};

fn quota(events: u32, bytes: u64, gas: u64, crossings: u32) -> Rule {
    rule("quota", RuleParameters::Quota { events, bytes, gas, crossings })
}

fn times(discussion_s: u32, voting_s: u32, timelock_s: u32) -> Rule {
    rule("times", RuleParameters::GovernanceTimes { discussion_s, voting_s, timelock_s })
}

fn minimum(trust_ppm: u32) -> Rule {
    let dimension = Dimension::Competence;
    rule("minimum", RuleParameters::DimensionMinimum { dimension, trust_ppm })
}

fn issuers(people: &[u8]) -> Rule {
    let identities = people.iter().map(|n| who(*n)).collect();
    rule("issuers", RuleParameters::Issuers { credential_type: "person".to_owned(), identities })
}

fn judges(people: &[u8]) -> Rule {
    rule("judges", RuleParameters::Judges(people.iter().map(|n| who(*n)).collect()))
}

fn named(id: &str, of: Rule) -> Rule {
    Rule { id: id.to_owned(), ..of }
}

/// Codes with the numbers for refusing `looser` below a realm with `own`.
fn refusal(own: Rule, looser: Rule) -> Vec<(&'static str, Option<(u32, u32)>)> {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![own]);
    let created = below(realm(2), realm(1), 1, vec![named("other", looser)]);
    match world.create(created) {
        Ok(_) => Vec::new(),
        Err(error) => error.violations.iter().map(|v| (v.code, v.numbers_ppm)).collect(),
    }
}

#[test]
fn a_rule_that_loosens_is_refused_with_what_there_is_and_what_is_asked() {
    let loosens = "RULE_LOOSENS";
    assert_eq!(refusal(least(500_000), least(499_999)), [(loosens, Some((499_999, 500_000)))]);
    assert_eq!(refusal(minimum(2), minimum(1)), [(loosens, Some((1, 2)))]);
    let closed = |level| rule("closed", RuleParameters::Isolation(level));
    assert_eq!(refusal(closed(Isolation::Strict), closed(Isolation::Members)), [(loosens, None)]);
    assert_eq!(refusal(join(JoinPolicy::Vote), join(JoinPolicy::Invitation)), [(loosens, None)]);
    assert_eq!(refusal(quota(9, 0, 0, 0), quota(10, 0, 0, 0)), [(loosens, None)]);
    assert_eq!(
        refusal(quota(0, 9_000, 9_000, 9), quota(0, 9_001, 9_001, 10)),
        [(loosens, None); 3]
    );
    assert_eq!(refusal(times(7_200, 0, 0), times(3_600, 0, 0)), [(loosens, None)]);
    assert_eq!(refusal(times(0, 7_200, 7_200), times(0, 3_600, 3_600)), [(loosens, None); 2]);
    assert_eq!(refusal(judges(&[1, 2]), judges(&[1, 3])), [(loosens, None)]);
    assert_eq!(refusal(issuers(&[2]), issuers(&[1])), [(loosens, None)]);
}

#[test]
fn a_rule_that_is_as_strict_or_stricter_stands() {
    assert_eq!(refusal(least(500_000), least(500_000)), []);
    assert_eq!(refusal(minimum(2), minimum(2)), []);
    assert_eq!(refusal(join(JoinPolicy::Invitation), join(JoinPolicy::Vote)), []);
    assert_eq!(refusal(quota(9, 9_000, 9_000, 9), quota(9, 8_000, 0, 1)), []);
    assert_eq!(refusal(times(7_200, 0, 0), times(7_200, 3_600, 3_600)), []);
    assert_eq!(refusal(judges(&[1, 2]), judges(&[2])), []);
    assert_eq!(refusal(issuers(&[1, 2]), issuers(&[1])), []);
}

#[test]
fn no_rule_exceeds_the_quota_of_the_protocol() {
    for looser in [
        quota(10_001, 0, 0, 0),
        quota(0, 10_000_001, 0, 0),
        quota(0, 0, 1_000_001, 0),
        quota(0, 0, 0, 1_001),
    ] {
        assert_eq!(refusal(least(0), looser), [("RULE_LOOSENS", None)]);
    }
    assert_eq!(refusal(least(0), quota(10_000, 10_000_000, 1_000_000, 1_000)), []);
}

#[test]
fn an_id_is_not_redefined_below_its_definer() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    let error = world.create(below(realm(2), realm(1), 1, vec![named("least", least(900_000))]));
    let error = error.expect_err("the id is taken");
    assert_eq!(error.code, "RULE_ID_TAKEN");
    assert_eq!(error.violations[0].rule, Some((realm(1), "least".to_owned())));
    assert_eq!(error.violations[0].field, "rules.least");
}

#[test]
fn a_virtual_realm_asks_for_0_3_unless_a_rule_says_otherwise() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, Vec::new());
    world.found(realm(2), root(), 1, vec![least(100_000)]);
    world.found(realm(3), realm(2), 1, Vec::new());
    let asked = |id| world.fold.effective(&id).expect("exists").min_trust.value;
    assert_eq!(asked(root()), 0);
    assert_eq!(asked(realm(1)), MIN_TRUST_VIRTUAL_PPM);
    assert_eq!(asked(realm(2)), 100_000);
    assert_eq!(asked(realm(3)), 100_000);
    // The usual value is a limit too: nothing below is looser.
    let refused = world.create(below(realm(4), realm(1), 1, vec![least(299_999)]));
    assert_eq!(refused.expect_err("looser").code, "RULE_LOOSENS");
}

#[test]
fn lists_of_who_may_are_narrowed_and_never_empty() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![judges(&[1, 2, 3])]);
    world.found(realm(2), realm(1), 1, vec![named("own", judges(&[2, 3]))]);
    let named_in = |world: &World, id| {
        world.fold.effective(&id).and_then(|all| all.judges.clone()).expect("a rule").value
    };
    assert_eq!(named_in(&world, realm(2)), [who(2), who(3)]);
    // The realm above names others: nobody is left, so its list stands.
    world.trust.values.insert((realm(1), who(1)), [900_000; 6]);
    let proposal = sets(ProposalKind::Governance, vec![judges(&[1, 4])]);
    let id = world.propose(1, realm(1), proposal);
    world.begin_voting();
    world.vote(1, realm(1), id, 1).expect("votes");
    world.pass(72 * HOUR_US);
    world.pass(7 * 24 * HOUR_US);
    world.announce();
    assert_eq!(named_in(&world, realm(1)), [who(1), who(4)]);
    assert_eq!(named_in(&world, realm(2)), [who(1), who(4)]);
}

#[test]
fn a_rule_takes_effect_with_the_first_epoch_that_reaches_its_time() {
    let mut world = World::new();
    let from = world.now_us + HOUR_US;
    let later = Rule { effective_from_us: from, ..least(900_000) };
    world.found(realm(1), root(), 1, vec![named("now", least(400_000)), later]);
    let asked = |world: &World| world.fold.effective(&realm(1)).expect("exists").min_trust.value;
    assert_eq!(world.fold.next_deadline_us(), Some(from));
    world.pass(HOUR_US - 1);
    assert_eq!(asked(&world), 400_000);
    world.pass(1);
    assert_eq!(asked(&world), 900_000);
    assert_eq!(world.fold.next_deadline_us(), None);
}

#[test]
fn until_its_time_a_new_rule_leaves_the_old_one_of_its_id_in_force() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(400_000)]);
    world.trust.values.insert((realm(1), who(1)), [900_000; 6]);
    let far = world.now_us + 1_000 * HOUR_US;
    let later = Rule { effective_from_us: far, ..least(500_000) };
    let id = world.propose(1, realm(1), sets(ProposalKind::Parameter, vec![later]));
    world.begin_voting();
    world.vote(1, realm(1), id, 1).expect("votes");
    world.pass(72 * HOUR_US);
    world.pass(24 * HOUR_US);
    world.announce();
    let rules: Vec<_> = world.fold.rules(&realm(1)).iter().map(|view| view.future).collect();
    assert_eq!(rules, [false, true]);
    assert_eq!(world.fold.effective(&realm(1)).expect("exists").min_trust.value, 400_000);
    world.now_us = far;
    world.close();
    assert_eq!(world.fold.effective(&realm(1)).expect("exists").min_trust.value, 500_000);
}

#[test]
fn ten_levels_of_realms_and_no_more() {
    let mut world = World::new();
    let mut parent = root();
    for level in 1..10 {
        world.found(realm(level), parent, 1, Vec::new());
        parent = realm(level);
    }
    assert_eq!(world.fold.find(&realm(9)).expect("exists").depth(), 9);
    let error = world.create(below(realm(10), parent, 1, Vec::new())).expect_err("too deep");
    assert_eq!(error.code, "REALM_TOO_DEEP");
}

#[test]
fn a_partition_has_no_rule_of_its_own_but_a_quota_and_nothing_below_it() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    let partition = |id, rules| {
        let mut created = below(id, realm(1), 1, rules);
        created.partition = true;
        created
    };
    let refused = world.create(partition(realm(2), vec![minimum(1)])).expect_err("a rule");
    assert_eq!(refused.code, "REALM_PARTITION");
    world.create(partition(realm(2), vec![quota(5, 0, 0, 0)])).expect("a quota");
    let refused = world.create(below(realm(3), realm(2), 1, Vec::new())).expect_err("below it");
    assert_eq!(refused.code, "REALM_PARTITION");
    let all = world.fold.effective(&realm(2)).expect("exists");
    assert_eq!((all.min_trust.value, all.quota[0].value), (0, 5));
    assert_eq!(world.fold.trust_realm(&realm(2)), Some(realm(1)));
}

#[test]
fn a_realm_is_created_by_a_member_of_the_one_above() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, Vec::new());
    let error = world.create(below(realm(2), realm(1), 2, Vec::new())).expect_err("no member");
    assert_eq!(error.code, "MEMBER_REQUIRED");
    world.create(below(realm(2), root(), 2, Vec::new())).expect("everybody is of the root");
    let again = world.create(below(realm(2), root(), 2, Vec::new())).expect_err("exists");
    assert_eq!(again.code, "REALM_EXISTS");
}

#[test]
fn at_most_32_expressions_are_in_force_in_any_realm() {
    let permit = "permit(principal, action, resource);";
    let texts = |from: usize, count: usize| -> Vec<Rule> {
        (from..from + count).map(|n| named(&format!("e{n:03}"), cedar(permit))).collect()
    };
    let mut world = World::new();
    world.found(realm(1), root(), 1, texts(0, 20));
    let refused = world.create(below(realm(2), realm(1), 1, texts(20, 13))).expect_err("33");
    assert_eq!(refused.code, "RULE_INVALID");
    world.create(below(realm(2), realm(1), 1, texts(20, 12))).expect("32");
    // What would make it too many further down is refused further up.
    let proposal = sets(ProposalKind::Rule, texts(90, 1));
    let refused = world.refused(who(1), realm(1), erynoa_events::Body::Proposal(proposal));
    assert_eq!(refused, ["RULE_INVALID"]);
}

#[test]
fn old_events_stay_judged_by_old_rules() {
    let mut world = World::with_root_rules(Vec::new());
    world.found(realm(1), root(), 1, vec![least(0)]);
    world.say(who(5), realm(1), joins()).expect("open");
    world.trust.values.insert((realm(1), who(1)), [900_000; 6]);
    let id = world.propose(1, realm(1), sets(ProposalKind::Parameter, vec![least(900_000)]));
    let other = world.propose(
        1,
        realm(1),
        sets(ProposalKind::Governance, vec![times(3_600, 3_600, 3_600)]),
    );
    let times_before = world.fold.proposal(&other).expect("known").times_s;
    world.begin_voting();
    world.vote(1, realm(1), id, 1).expect("votes");
    world.pass(72 * HOUR_US);
    world.pass(24 * HOUR_US);
    world.announce();
    assert_eq!(world.refused(who(6), realm(1), joins()), ["TRUST_TOO_LOW"]);
    assert!(world.fold.is_member(&realm(1), &who(5), &crate::world::People));
    assert_eq!(world.fold.proposal(&other).expect("known").times_s, times_before);
}

#[test]
fn rules_are_listed_with_their_origin_and_what_overrules_them() {
    let mut world = World::with_root_rules(vec![quota(100, 5_000, 0, 0)]);
    world.found(realm(1), root(), 1, vec![least(400_000)]);
    world.found(
        realm(2),
        realm(1),
        1,
        vec![named("stricter", least(500_000)), named("z", quota(99, 0, 0, 0))],
    );
    let rules = world.fold.rules(&realm(2));
    let seen: Vec<_> = rules
        .iter()
        .map(|view| {
            let by = view.overruled_by.as_ref().map(|source| source.rule.as_str());
            (view.rule.id.as_str(), view.origin, view.inherited, by)
        })
        .collect();
    assert_eq!(
        seen,
        [
            // Its bytes still stand.
            ("quota", root(), true, None),
            ("least", realm(1), true, Some("stricter")),
            ("stricter", realm(2), false, None),
            ("z", realm(2), false, None),
        ]
    );
}

fn any_rule() -> impl Strategy<Value = RuleParameters> {
    let people = || {
        prop::collection::btree_set(1u8..6, 1..4)
            .prop_map(|set| set.into_iter().map(who).collect::<Vec<_>>())
    };
    let time = || prop_oneof![Just(0u32), 3_600u32..400_000];
    prop_oneof![
        (0u32..=1_000_000).prop_map(|norm_ppm| RuleParameters::MinTrust { norm_ppm }),
        (0usize..6, 0u32..=1_000_000).prop_map(|(at, trust_ppm)| {
            RuleParameters::DimensionMinimum { dimension: Dimension::ALL[at], trust_ppm }
        }),
        prop::sample::select(vec!["person", "pilot"])
            .prop_map(|t| { RuleParameters::CredentialRequired { credential_type: t.to_owned() } }),
        prop::sample::select(vec![
            JoinPolicy::Open,
            JoinPolicy::Credential,
            JoinPolicy::Invitation,
            JoinPolicy::Vote
        ])
        .prop_map(RuleParameters::Join),
        (0u32..20_000, 0u64..20_000_000, 0u64..2_000_000, 0u32..2_000).prop_map(
            |(events, bytes, gas, crossings)| RuleParameters::Quota {
                events,
                bytes,
                gas,
                crossings
            }
        ),
        prop::sample::select(vec![Isolation::Public, Isolation::Members, Isolation::Strict])
            .prop_map(RuleParameters::Isolation),
        people().prop_map(RuleParameters::Judges),
        people().prop_map(|identities| RuleParameters::Issuers {
            credential_type: "person".to_owned(),
            identities
        }),
        (time(), time(), time()).prop_map(|(discussion_s, voting_s, timelock_s)| {
            RuleParameters::GovernanceTimes { discussion_s, voting_s, timelock_s }
        }),
        Just(RuleParameters::Expression {
            cedar: "permit(principal, action, resource);".to_owned()
        }),
    ]
}

/// Everything that the rules of a realm forbid, those of one below forbid too.
fn is_at_least_as_strict(child: &Effective, parent: &Effective) -> bool {
    let within = |child: &[erynoa_kernel::IdentityId], parent: &[erynoa_kernel::IdentityId]| {
        child.iter().all(|who| parent.contains(who)) && !child.is_empty()
    };
    child.min_trust.value >= parent.min_trust.value
        && child.minima.iter().zip(&parent.minima).all(|(c, p)| c.value >= p.value)
        && parent.credentials.iter().all(|(t, _)| child.credentials.iter().any(|(c, _)| c == t))
        && child.join.value >= parent.join.value
        && child.invitation.is_some() >= parent.invitation.is_some()
        && child.by_credential.is_some() >= parent.by_credential.is_some()
        && child.quota.iter().zip(&parent.quota).all(|(c, p)| c.value <= p.value)
        && child.isolation.value >= parent.isolation.value
        && child.times_s.iter().zip(&parent.times_s).all(|(c, p)| c.value >= p.value)
        && child.expression_count() >= parent.expression_count()
        && parent.judges.as_ref().is_none_or(|parent| {
            child.judges.as_ref().is_some_and(|child| within(&child.value, &parent.value))
        })
        && parent.issuers.iter().all(|(t, parent)| {
            child.issuers.get(t).is_some_and(|child| within(&child.value, &parent.value))
        })
}

/// A step in a random history: create a realm below another, or change rules.
#[derive(Clone, Debug)]
struct Step {
    at: prop::sample::Index,
    rules: Vec<RuleParameters>,
    change: bool,
}

fn step() -> impl Strategy<Value = Step> {
    (any::<prop::sample::Index>(), prop::collection::vec(any_rule(), 0..3), any::<bool>())
        .prop_map(|(at, rules, change)| Step { at, rules, change })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn k1_rules_of_a_child_contain_those_of_its_parent(
        steps in prop::collection::vec(step(), 1..14),
    ) {
        let mut world = World::new();
        let mut realms: Vec<RealmId> = vec![root()];
        for (n, step) in steps.into_iter().enumerate() {
            let at = *step.at.get(&realms);
            // Ids differ between realms, so that only what they say decides.
            let rules = step.rules.into_iter().enumerate();
            let rules: Vec<Rule> = rules.map(|(r, p)| rule(&format!("r{n:02}-{r}"), p)).collect();
            if step.change && !rules.is_empty() {
                // As decided by vote, whether or not it would be refused below.
                let changed = erynoa_events::RealmRulesChanged {
                    proposal: erynoa_kernel::EventId::default(),
                    set: rules,
                    removed: Vec::new(),
                };
                let log = world.fold.log_identity();
                let event = world.event(log, at, erynoa_events::Body::RealmRulesChanged(changed));
                world.apply(&event);
            } else {
                let id = realm(u8::try_from(n).expect("few"));
                if world.create(below(id, at, 1, rules)).is_ok() {
                    realms.push(id);
                }
            }
        }
        for realm in world.fold.realms() {
            let Some(parent) = world.fold.ancestors(&realm.id).last() else { continue };
            prop_assert!(is_at_least_as_strict(&realm.effective, &parent.effective));
            let listed = world.fold.rules(&realm.id);
            for above in world.fold.rules(&parent.id) {
                prop_assert!(listed.iter().any(|view| view.rule == above.rule && view.origin == above.origin));
            }
        }
    }
}

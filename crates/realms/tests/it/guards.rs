//! The guard is a pure, total conjunction.

use erynoa_events::{Dimension, Isolation, JoinPolicy, RuleParameters};
use erynoa_kernel::{IdentityId, Violation};
use erynoa_realms::{Effective, Endorsers, Facts, OwnRule, Source, Way, guard};
use erynoa_trust::{Context, norm};
use proptest::prelude::*;

use crate::world::{People, World, least, realm, root, rule, who};

#[test]
fn worked_example_uniform_0_9_from_a_sibling_has_norm_0_6425_and_is_denied_at_0_7() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    world.found(realm(2), root(), 1, vec![least(700_000)]);
    world.enter(realm(1), 5);
    world.trust.values.insert((realm(1), who(5)), [900_000; 6]);
    let from = Some(realm(1));
    let check = world
        .fold
        .check_crossing(&who(5), from, &realm(2), Endorsers::Named(&[]), &world.trust, &People)
        .expect("both exist");
    assert_eq!(check.norm_ppm, 642_484);
    let violations = check.outcome.expect_err("below");
    let found: Vec<_> = violations.iter().map(|v| (v.code, v.numbers_ppm)).collect();
    assert_eq!(found, [("TRUST_TOO_LOW", Some((642_484, 700_000)))]);
    assert_eq!(violations[0].rule, Some((realm(2), "least".to_owned())));
}

#[test]
fn exactly_what_is_asked_for_is_enough() {
    let codes = |asked: RuleParameters| -> Vec<&'static str> {
        let mut world = World::new();
        world.found(realm(1), root(), 1, vec![least(0)]);
        world.found(realm(2), root(), 1, vec![rule("asked", asked)]);
        world.enter(realm(1), 5);
        world.trust.values.insert((realm(1), who(5)), [900_000; 6]);
        let (from, named) = (Some(realm(1)), Endorsers::Named(&[]));
        let check =
            world.fold.check_crossing(&who(5), from, &realm(2), named, &world.trust, &People);
        let outcome = check.expect("both exist").outcome;
        outcome.err().unwrap_or_default().iter().map(|v| v.code).collect()
    };
    let norm_of = |norm_ppm| codes(RuleParameters::MinTrust { norm_ppm });
    assert!(norm_of(642_484).is_empty());
    assert_eq!(norm_of(642_485), ["TRUST_TOO_LOW"]);
    let way = Way { same: false, edges: 2, blocked: false };
    for (dimension, seen) in Dimension::ALL.into_iter().zip(way.view(&[900_000; 6])) {
        let least_of = |trust_ppm| codes(RuleParameters::DimensionMinimum { dimension, trust_ppm });
        assert!(least_of(seen).is_empty(), "{dimension:?}");
        assert_eq!(least_of(seen + 1), ["DIMENSION_TOO_LOW"], "{dimension:?}");
    }
}

#[test]
fn a_token_stands_300_seconds_for_its_subject_and_its_way() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    let check = world
        .fold
        .check_crossing(&who(5), None, &realm(1), Endorsers::Named(&[]), &world.trust, &People)
        .expect("exists");
    let token = check.outcome.expect("open to all");
    let now = world.fold.closed_at_us();
    assert_eq!(token.expires_at_us, now + 300_000_000);
    assert!(token.allows(&who(5), &root(), &realm(1), now + 299_999_999));
    assert!(!token.allows(&who(5), &root(), &realm(1), now + 300_000_000));
    assert!(!token.allows(&who(6), &root(), &realm(1), now));
    assert!(!token.allows(&who(5), &realm(1), &root(), now));
}

#[test]
fn every_reason_is_named_at_once() {
    let mut world = World::new();
    let credential = RuleParameters::CredentialRequired { credential_type: "pilot".to_owned() };
    let minimum =
        RuleParameters::DimensionMinimum { dimension: Dimension::Integrity, trust_ppm: 500_000 };
    let denies = RuleParameters::Expression {
        cedar: "permit(principal, action, resource) when { principal.voice };".to_owned(),
    };
    world.found(
        realm(1),
        root(),
        1,
        vec![
            rule("a", credential),
            rule("b", RuleParameters::Join(JoinPolicy::Invitation)),
            rule("c", minimum),
            rule("d", RuleParameters::Join(JoinPolicy::Vote)),
            rule("e", denies),
            rule("f", RuleParameters::Crossings { allowed: vec![], blocked: vec![root()] }),
        ],
    );
    world.trust.values.insert((root(), who(150)), [40_000; 6]);
    let check = world
        .fold
        .check_crossing(
            &who(150),
            None,
            &realm(1),
            Endorsers::Named(&[who(9)]),
            &world.trust,
            &People,
        )
        .expect("exists");
    let codes: Vec<_> = check.outcome.expect_err("all wrong").iter().map(|v| v.code).collect();
    assert_eq!(
        codes,
        [
            "IDENTITY_UNKNOWN",
            "MEMBER_REQUIRED",
            "CROSSING_BLOCKED",
            "TRUST_TOO_LOW",
            "DIMENSION_TOO_LOW",
            "FIDELITY_TOO_LOW",
            "CREDENTIAL_MISSING",
            "ENDORSEMENT_INVALID",
            "ENDORSEMENTS_MISSING",
            "VOTE_NEEDED",
            "RULE_DENIES",
        ]
    );
}

#[test]
fn fidelity_of_0_05_passes_and_less_does_not() {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    let codes = |world: &World| -> Vec<&str> {
        let named = Endorsers::Named(&[]);
        let check =
            world.fold.check_crossing(&who(5), None, &realm(1), named, &world.trust, &People);
        let outcome = check.expect("exists").outcome;
        outcome.err().unwrap_or_default().iter().map(|v| v.code).collect()
    };
    let mut values = [500_000; 6];
    values[5] = 50_000;
    world.trust.values.insert((root(), who(5)), values);
    assert!(codes(&world).is_empty());
    values[5] = 49_999;
    world.trust.values.insert((root(), who(5)), values);
    assert_eq!(codes(&world), ["FIDELITY_TOO_LOW"]);
}

#[test]
fn nobody_crosses_into_the_root_or_between_what_does_not_exist() {
    let world = World::new();
    let named = Endorsers::Named(&[]);
    let check = |from, to| {
        world.fold.check_crossing(&who(5), from, &to, named, &world.trust, &People).is_some()
    };
    assert!(!check(None, root()));
    assert!(!check(None, realm(9)));
    assert!(!check(Some(realm(9)), root()));
}

/// Everything about a crossing, drawn at random.
#[derive(Clone, Debug)]
struct Drawn {
    bits: [bool; 6],
    edges: u32,
    same: bool,
    values: [u32; 6],
    norm: u32,
    minima: [u32; 6],
    missing: bool,
    endorsements: usize,
    policies: [bool; 3],
    denied: bool,
    quota: bool,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let mostly = || prop::bool::weighted(0.9);
    (
        (mostly(), mostly(), mostly(), mostly(), mostly(), mostly()),
        (0u32..=18, any::<bool>()),
        prop::array::uniform6(0u32..=1_000_000),
        0u32..=700_000,
        prop::array::uniform6(prop_oneof![4 => Just(0u32), 1 => 0u32..=1_000_000]),
        (mostly(), 0usize..4),
        prop::array::uniform3(prop::bool::weighted(0.3)),
        (mostly(), mostly()),
    )
        .prop_map(
            |(
                bits,
                (edges, same),
                values,
                norm,
                minima,
                (missing, endorsements),
                policies,
                (denied, quota),
            )| Drawn {
                bits: [bits.0, bits.1, bits.2, bits.3, bits.4, bits.5],
                edges,
                same,
                values,
                norm,
                minima,
                missing: !missing,
                endorsements,
                policies,
                denied: !denied,
                quota: !quota,
            },
        )
}

fn rules_of(drawn: &Drawn) -> Effective {
    let mut rules = vec![
        rule("a-least", RuleParameters::MinTrust { norm_ppm: drawn.norm }),
        rule("a-closed", RuleParameters::Isolation(Isolation::Strict)),
    ];
    for (dimension, trust_ppm) in Dimension::ALL.into_iter().zip(drawn.minima) {
        rules.push(rule(
            dimension.name(),
            RuleParameters::DimensionMinimum { dimension, trust_ppm },
        ));
    }
    let policies = [JoinPolicy::Credential, JoinPolicy::Invitation, JoinPolicy::Vote];
    for (n, policy) in policies.into_iter().enumerate().filter(|(n, _)| drawn.policies[*n]) {
        rules.push(rule(&format!("join-{n}"), RuleParameters::Join(policy)));
    }
    let mut world = World::new();
    let credential = RuleParameters::CredentialRequired { credential_type: "pilot".to_owned() };
    rules.push(rule("z-credential", credential));
    world.found(realm(1), root(), 1, rules);
    let own: &[OwnRule] = &world.fold.find(&realm(1)).expect("exists").own;
    assert!(!own.is_empty());
    world.fold.effective(&realm(1)).expect("exists").clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// K26 in one direction, totality in the other: leave iff nothing is wrong,
    /// and as many reasons as there are wrong things.
    #[test]
    fn k26_whoever_satisfies_all_rules_is_admitted_and_nobody_else(drawn in drawn()) {
        let rules = rules_of(&drawn);
        let [known, from, not_to, not_banned, not_blocked, active] = drawn.bits;
        let way = Way { same: drawn.same, edges: drawn.edges, blocked: !not_blocked };
        let source = Source { realm: realm(1), rule: "x".to_owned() };
        let facts = Facts {
            subject: who(5),
            from: root(),
            to: realm(1),
            now_us: 77,
            known,
            active,
            member_of_from: from,
            member_of_to: !not_to,
            banned: !not_banned,
            way,
            values_ppm: drawn.values,
            rules: &rules,
            missing: if drawn.missing { rules.credentials.iter().collect() } else { Vec::new() },
            endorsements: drawn.endorsements,
            endorsements_invalid: Vec::new(),
            admitted: false,
            denied: if drawn.denied { vec![&source] } else { Vec::new() },
            quota: if drawn.quota {
                vec![Violation::new("REALM_QUOTA_EXCEEDED", "quota.events", "full")]
            } else {
                Vec::new()
            },
        };
        let view = way.view(&drawn.values);
        let wrong = [
            ("IDENTITY_UNKNOWN", !known),
            ("EVENT_AUTHOR_INACTIVE", known && !active),
            ("MEMBER_BANNED", !not_banned),
            ("ALREADY_MEMBER", !not_to),
            ("MEMBER_REQUIRED", !from),
            ("CROSSING_BLOCKED", !not_blocked),
            ("TRUST_TOO_LOW", norm(&view, Context::Default) < drawn.norm),
            ("DIMENSION_TOO_LOW", view[0] < drawn.minima[0]),
            ("DIMENSION_TOO_LOW", view[1] < drawn.minima[1]),
            ("DIMENSION_TOO_LOW", view[2] < drawn.minima[2]),
            ("DIMENSION_TOO_LOW", view[3] < drawn.minima[3]),
            ("DIMENSION_TOO_LOW", view[4] < drawn.minima[4]),
            ("DIMENSION_TOO_LOW", view[5] < drawn.minima[5]),
            ("FIDELITY_TOO_LOW", view[5] < 50_000),
            ("CREDENTIAL_MISSING", drawn.missing),
            ("ENDORSEMENTS_MISSING", drawn.policies[1] && drawn.endorsements < 2),
            ("VOTE_NEEDED", drawn.policies[2]),
            ("RULE_DENIES", drawn.denied),
            ("REALM_QUOTA_EXCEEDED", drawn.quota),
        ];
        let expected: Vec<&str> =
            wrong.iter().filter(|(_, is)| *is).map(|(code, _)| *code).collect();
        match guard(&facts) {
            Ok(token) => {
                prop_assert!(expected.is_empty(), "{expected:?}");
                prop_assert!(token.allows(&who(5), &root(), &realm(1), 77));
            }
            Err(violations) => {
                let codes: Vec<&str> = violations.iter().map(|v| v.code).collect();
                prop_assert_eq!(codes, expected);
            }
        }
        let never: IdentityId = who(9);
        prop_assert!(guard(&facts).map_or(true, |token| !token.allows(&never, &root(), &realm(1), 77)));
    }
}

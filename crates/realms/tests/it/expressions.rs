//! Rules that are expressions.

use erynoa_events::{AttestationRevoked, Body, Custom, EventKind};
use erynoa_kernel::{EventId, Namespace};
use erynoa_realms::{Attempt, Expression, JOIN, Principal};
use proptest::prelude::*;

use crate::world::{World, cedar, joins, least, realm, root, who};

fn person() -> Principal {
    Principal {
        identity: who(3),
        norm_ppm: 400_000,
        values_ppm: [1, 2, 3, 4, 5, 60_000],
        standing_ppm: 300_000,
        voice: true,
        verified: false,
        namespace: Some(Namespace::SelfHood),
        member: true,
        member_since_days: 12,
        credentials: vec!["pilot".to_owned()],
    }
}

fn permits(text: &str, action: &str) -> bool {
    let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    Attempt::new(&person(), action, &realm(1), 2).is_permitted(&expression)
}

fn when(condition: &str) -> String {
    format!("permit(principal, action, resource) when {{ {condition} }};")
}

#[test]
fn an_expression_sees_who_acts_what_and_where() {
    for holds in [
        "principal.norm == 400000",
        "principal.reliability == 1 && principal.integrity == 2 && principal.competence == 3",
        "principal.prestige == 4 && principal.vigilance == 5 && principal.fidelity == 60000",
        "principal.standing >= 300000 && principal.voice && !principal.verified",
        "principal.namespace == \"self\" && principal.member && principal.member_since_days == 12",
        "principal.credentials.contains(\"pilot\") && !principal.credentials.contains(\"judge\")",
        "action == Action::\"vote\" && resource.depth == 2 && resource.id like \"65*\"",
    ] {
        assert!(permits(&when(holds), "vote"), "{holds}");
    }
    let id = who(3).to_string();
    assert!(permits(&format!("permit(principal == Identity::\"{id}\", action, resource);"), JOIN));
}

#[test]
fn what_nothing_permits_is_denied() {
    assert!(!permits(&when("principal.norm > 400000"), JOIN));
    assert!(!permits("permit(principal, action == Action::\"vote\", resource);", JOIN));
}

#[test]
fn forbid_wins_over_permit() {
    let text = "permit(principal, action, resource);
                forbid(principal, action == Action::\"vote\", resource);";
    assert!(permits(text, "proposal"));
    assert!(!permits(text, "vote"));
}

#[test]
fn a_policy_that_fails_permits_nothing() {
    let overflow = "principal.norm * 9223372036854775807 > 0 || true";
    let text = format!(
        "permit(principal, action, resource); forbid(principal, action, resource) when {{ {overflow} }};"
    );
    assert!(!permits(&text, JOIN));
}

#[test]
fn every_kind_of_event_is_an_action() {
    for kind in EventKind::ALL {
        let text = format!("permit(principal, action == Action::\"{}\", resource);", kind.name());
        assert!(permits(&text, kind.name()), "{}", kind.name());
    }
}

#[test]
fn a_wrong_expression_is_refused_with_its_line() {
    let refused = |text: &str| Expression::parse(text).expect_err(text);
    assert_eq!(
        refused("permit(principal, action, resource)\nwhen { principal.norm >< 3 };").line,
        2
    );
    let misspelt = refused("permit(principal, action, resource)\nwhen {\n  principal.nrom > 3 };");
    assert_eq!(misspelt.line, 3, "{misspelt}");
    assert!(misspelt.message.contains("nrom"), "{misspelt}");
    assert_eq!(refused("permit(principal, action == Action::\"fly\", resource);").line, 1);
    assert!(refused("").to_string().contains("permit"));
    assert!(refused(&when("principal.norm == \"many\"")).line == 1);
}

#[test]
fn what_only_forbids_and_what_nobody_fills_in_are_no_rules() {
    let forbids =
        Expression::parse("forbid(principal, action, resource);").expect_err("denies all");
    assert!(forbids.message.contains("permit"), "{forbids}");
    let template = Expression::parse("permit(principal == ?principal, action, resource);");
    assert!(template.expect_err("a template").message.contains("templates"));
}

#[test]
fn gas_is_one_a_step_and_ten_a_search() {
    let gas = |condition: &str| Expression::parse(&when(condition)).expect(condition).gas();
    let one = gas("principal.norm > 1");
    // and, greater, access, variable, value
    assert_eq!(gas("principal.norm > 1 && principal.norm > 1"), 2 * one - gas("true") + 2);
    let searches = gas("principal.credentials.contains(\"a\")");
    assert_eq!(searches, gas("principal.namespace == \"a\"") + 9);
}

#[test]
fn an_expression_costs_at_most_500_gas() {
    let search = "principal.credentials.contains(\"a\")";
    let many = |n: usize| when(&vec![search; n].join(" || "));
    let most = (1..60).filter(|n| Expression::parse(&many(*n)).is_ok()).max().expect("some");
    let gas = Expression::parse(&many(most)).expect("the most").gas();
    assert!((480..=500).contains(&gas), "{gas}");
    let refused = Expression::parse(&many(most + 1)).expect_err("too much");
    assert!(refused.message.contains("more than 500 gas"), "{refused}");
}

#[test]
fn an_expression_is_not_deep() {
    let nested = |n: usize| when(&format!("{}true{}", "(".repeat(n), ")".repeat(n)));
    assert!(Expression::parse(&nested(31)).is_ok());
    assert!(Expression::parse(&nested(32)).expect_err("deep").message.contains("brackets"));
    let long = when(&vec!["true"; 400].join("&&"));
    assert!(Expression::parse(&long).expect_err("long").message.contains("marks"));
}

#[test]
fn every_expression_in_force_must_permit_and_the_one_that_does_not_is_named() {
    let mut world = World::with_root_rules(vec![cedar(
        "permit(principal, action, resource); forbid(principal, action == Action::\"custom\", resource);",
    )]);
    let own = cedar(&when("principal.namespace == \"self\""));
    world.found(
        realm(1),
        root(),
        1,
        vec![least(0), erynoa_events::Rule { id: "people".to_owned(), ..own }],
    );
    let custom = || Body::Custom(Custom { type_number: 9, version: 1, data: Vec::new().into() });
    let error = world.judge(&world.event(who(1), realm(1), custom())).expect_err("forbidden");
    assert_eq!(error.code, "RULE_DENIES");
    assert_eq!(error.violations[0].rule, Some((root(), "conduct".to_owned())));
    assert_eq!(world.refused(who(5), realm(1), joins()), Vec::<&str>::new());
    assert_eq!(world.refused(who(105), realm(1), joins()), ["RULE_DENIES"]);
}

#[test]
fn the_realm_above_is_asked_about_a_new_one() {
    let mut world = World::with_root_rules(vec![cedar(
        "permit(principal, action, resource) when { principal.voice || action != Action::\"realm_created\" };",
    )]);
    let created = || crate::world::below(realm(1), root(), 5, Vec::new());
    assert_eq!(world.create(created()).expect_err("no voice").code, "RULE_DENIES");
    world.trust.voices.push((root(), who(5)));
    world.create(created()).expect("a voice");
}

#[test]
fn taking_back_asks_no_expression() {
    let mut world = World::new();
    world.found(
        realm(1),
        root(),
        1,
        vec![least(0), cedar("permit(principal, action == Action::\"join\", resource);")],
    );
    let revoked = AttestationRevoked { attestation: EventId::default(), reason: String::new() };
    assert!(world.refused(who(5), realm(1), Body::AttestationRevoked(revoked)).is_empty());
    world.enter(realm(1), 5);
    assert!(world.refused(who(5), realm(1), crate::world::leaves()).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_text_is_an_expression_or_refused(text in "\\PC{0,80}") {
        prop_assert!(Expression::parse(&text).map_or(true, |e| (1..=500).contains(&e.gas())));
    }

    #[test]
    fn the_answer_is_a_function_of_the_text_and_who_acts(
        least in 0i64..1_000_000, norm_ppm in 0u32..1_000_000, voice: bool,
    ) {
        let text = when(&format!("principal.norm >= {least} || principal.voice"));
        let expression = Expression::parse(&text).expect("valid");
        let principal = Principal { norm_ppm, voice, ..person() };
        let answer = || Attempt::new(&principal, JOIN, &realm(1), 1).is_permitted(&expression);
        prop_assert_eq!(answer(), i64::from(norm_ppm) >= least || voice);
        prop_assert_eq!(answer(), answer());
        prop_assert_eq!(Expression::parse(&text).expect("valid").gas(), expression.gas());
    }
}

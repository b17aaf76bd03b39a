//! Capabilities: an order, one text for each.

use erynoa_identity::Capability;
use proptest::prelude::*;

fn parse(text: &str) -> Capability {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn implies(a: &str, b: &str) -> bool {
    parse(a).implies(&parse(b))
}

/// Capabilities over so few names that one often implies another.
pub(crate) fn capability() -> impl Strategy<Value = String> {
    let scope = ("/?", prop::collection::vec("[ab]|aa", 1..4), any::<bool>())
        .prop_map(|(slash, path, all)| slash + &path.join("/") + if all { "/*" } else { "" });
    let scope = prop_oneof![9 => scope, 1 => Just("/*".to_owned())];
    let names = ["reliability", "integrity", "competence", "prestige", "vigilance", "fidelity"];
    let attest = prop::sample::subsequence(names.to_vec(), 1..=6)
        .prop_map(|names| format!("attest:{}", names.join(",")));
    prop_oneof![
        1 => Just("*".to_owned()),
        6 => ("read|write|execute", scope).prop_map(|(kind, scope)| format!("{kind}:{scope}")),
        3 => attest,
        2 => (0u8..=5).prop_map(|links| format!("delegate:{links}")),
    ]
}

/// Implication said in another way: segment by segment, name by name.
pub(crate) fn implies_by_parts(a: &str, b: &str) -> bool {
    if a == "*" {
        return true;
    }
    let (Some((kind, held)), Some((other, wanted))) = (a.split_once(':'), b.split_once(':')) else {
        return false;
    };
    if kind != other {
        return false;
    }
    match kind {
        "attest" => wanted.split(',').all(|name| held.split(',').any(|known| known == name)),
        "delegate" => held >= wanted,
        _ => {
            let (held, wanted): (Vec<_>, Vec<_>) =
                (held.split('/').collect(), wanted.split('/').collect());
            match held.split_last() {
                Some((&"*", above)) => {
                    wanted.len() > above.len() && wanted[..above.len()] == *above
                }
                _ => held == wanted,
            }
        }
    }
}

#[test]
fn a_prefix_ends_at_a_segment_border() {
    assert!(implies("read:notes/*", "read:notes/today"));
    assert!(implies("read:notes/*", "read:notes/2026/may"));
    assert!(implies("read:notes/*", "read:notes/2026/*"));
    assert!(!implies("read:notes/*", "read:notes2/today"));
    assert!(!implies("read:notes/*", "read:notes"));
    assert!(!implies("read:notes/2026/*", "read:notes/*"));
    assert!(!implies("read:notes", "read:notes/today"));
    assert!(implies("read:/*", "read:/notes"));
    assert!(!implies("read:/*", "read:notes"));
    assert!(!implies("read:notes/*", "write:notes/today"));
}

#[test]
fn more_links_and_more_dimensions_imply_fewer() {
    assert!(implies("delegate:3", "delegate:2"));
    assert!(!implies("delegate:2", "delegate:3"));
    assert!(implies("attest:reliability,prestige", "attest:prestige"));
    assert!(!implies("attest:prestige", "attest:reliability,prestige"));
}

#[test]
fn only_the_exact_text_form_is_a_capability() {
    for text in [
        "",
        "**",
        "* ",
        "all",
        "read",
        "read:",
        "read:*",
        "execute:*",
        "read:a*",
        "read:a/*/b",
        "read:a//b",
        "read:a/",
        "read://",
        "read:.",
        "read:a/../b",
        "read:a b",
        "read:ä",
        "Read:a",
        "read:a:b",
        "attest:",
        "attest:*",
        "attest:trust",
        "attest:prestige,reliability",
        "attest:integrity,integrity",
        "attest:integrity,",
        "attest: integrity",
        "delegate:",
        "delegate:6",
        "delegate:-1",
        "delegate:01",
        "delegate:+1",
        "delegate:1 ",
        "fly:a",
    ] {
        assert!(text.parse::<Capability>().is_err(), "{text:?}");
    }
    let longest = format!("read:{}", "a".repeat(123));
    assert_eq!(longest.len(), 128);
    assert!(longest.parse::<Capability>().is_ok());
    assert!(format!("{longest}a").parse::<Capability>().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn parse_after_print_is_the_capability(text in capability()) {
        prop_assert_eq!(parse(&text).to_string(), text);
    }

    #[test]
    fn whatever_parses_prints_as_it_was(
        text in "(\\*|read|write|execute|attest|delegate)?:?[a-c./*,0-9]{0,8}(integrity|,prestige)?",
    ) {
        if let Ok(capability) = text.parse::<Capability>() {
            prop_assert_eq!(capability.to_string(), text);
        }
    }

    #[test]
    fn implication_is_what_its_parts_say(a in capability(), b in capability()) {
        prop_assert_eq!(implies(&a, &b), implies_by_parts(&a, &b));
    }

    #[test]
    fn implication_is_reflexive_and_antisymmetric(a in capability(), b in capability()) {
        prop_assert!(implies(&a, &a));
        prop_assert_eq!(implies(&a, &b) && implies(&b, &a), a == b);
    }

    #[test]
    fn implication_is_transitive(a in capability(), b in capability(), c in capability()) {
        prop_assert!(!(implies(&a, &b) && implies(&b, &c)) || implies(&a, &c));
    }

    #[test]
    fn everything_implies_all_and_nothing_else_implies_everything(a in capability()) {
        prop_assert!(implies("*", &a));
        prop_assert_eq!(implies(&a, "*"), a == "*");
    }

    /// Antitone: the narrower the prefix, the less it covers.
    #[test]
    fn a_longer_prefix_covers_no_more(
        path in prop::collection::vec("[ab]", 1..4),
        more in "[ab]",
        wanted in prop::collection::vec("[ab]", 1..6),
    ) {
        let short = format!("read:{}/*", path.join("/"));
        let long = format!("read:{}/{more}/*", path.join("/"));
        let wanted = format!("read:{}", wanted.join("/"));
        prop_assert!(implies(&short, &long) && !implies(&long, &short));
        prop_assert!(!implies(&long, &wanted) || implies(&short, &wanted));
    }
}

//! A whole run, small.

use erynoa_bench::attacks::Town;
use erynoa_bench::measure::{Effort, measure};
use erynoa_bench::report::tables;
use erynoa_bench::rules;
use erynoa_bench::table::Table;

use crate::data::village;

fn run(seed: u64) -> Vec<Table> {
    let data = village(700);
    let town = Town::new(&data);
    let effort = Effort { quarters: 6, samples: 20, labelled_step: 10, seed, ..Effort::QUICK };
    let findings = measure(&rules::all(), &data, &town, effort, &|_| {});
    tables(&findings, &town, data.people(), effort)
}

#[test]
fn a_run_prints_every_column_and_depends_on_its_seed_alone() {
    let tables = run(1);
    let text: String = tables.iter().map(Table::text).collect();
    for column in [
        "seen",
        "cold",
        "per rating",
        "fraud all",
        "fraud clean",
        "200 Sybils praise each other and a newcomer",
        "200 Sybils praise each other and a known fraudster",
        "ten honest raters are fooled",
        "1 corrupt top members praise 40 Sybils, these a newcomer",
        "3 corrupt top members praise 40 Sybils, these a newcomer",
        "50 newcomers slander the five top people",
        "50 newcomers whom 5 voices praised slander the five top people",
        "a fresh identity after 5 good and 5 bad ratings",
        "rejoining after every deceit: 1 good and 1 bad rating",
        "ring of 2 newcomers",
        "ring of 8 newcomers",
        "ring of 8 members with a voice",
        "bad ratings that halve the trust",
        "exactly .10",
        "a voice needs a voucher",
        "a voice needs a chain from a founder",
        "lose their voice",
        "voice, budget, once a client",
    ] {
        assert!(text.contains(column), "no {column} in\n{text}");
    }
    for rule in rules::all() {
        assert!(text.contains(rule.name()), "no {}", rule.name());
    }
    for table in &tables {
        assert!(!table.rows.is_empty(), "{}", table.title);
        assert!(table.rows.iter().all(|row| row.len() == table.header.len()), "{}", table.title);
        assert!(!table.text().contains("NaN"), "{}", table.text());
    }
    let again: String = run(1).iter().map(Table::text).collect();
    assert_eq!(text, again);
    let other: String = run(2).iter().map(Table::text).collect();
    assert_ne!(text, other);
}

#[test]
fn the_protocol_does_not_move_for_people_without_a_voice() {
    let data = village(700);
    let town = Town::new(&data);
    let rules = rules::all();
    let (protocol, others) = rules.split_last().expect("there are rules");
    let attack = town.clique_lifts_newcomer();
    let held = town.displacement(&**protocol, &attack);
    assert!((held.score_before - held.score_after).abs() < 1e-12, "{held:?}");
    let mean = town.displacement(&*others[0], &attack);
    assert!(mean.place_after > 90.0 && mean.place_before < 50.0, "{mean:?}");
    let slandered = town.displacement(&**protocol, &town.slander(0, 1));
    assert!(slandered.score_after > 0.5 * slandered.score_before, "{slandered:?}");
}

#[test]
fn tables_are_text_markdown_and_json() {
    let mut table = Table::new("Title", &["a", "b"]);
    table.row(vec!["1".into(), "two".into()]);
    assert_eq!(table.text(), "Title\na  b\n1  two\n");
    assert_eq!(table.markdown(), "### Title\n\n| a | b |\n| --- | --- |\n| 1 | two |\n");
    assert_eq!(
        table.json(),
        serde_json::json!({ "title": "Title", "rows": [{ "a": "1", "b": "two" }] })
    );
}

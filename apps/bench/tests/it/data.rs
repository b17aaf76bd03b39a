//! The data, and thinner ones for tests.

use std::collections::BTreeMap;
use std::path::Path;

use erynoa_bench::dataset::{DAY_US, Dataset, FOUNDER, Rating};
use erynoa_bench::rule::Scene;

pub(crate) fn bitcoin_otc() -> Dataset {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/bitcoin-otc");
    Dataset::load(Path::new(folder)).expect("testdata/bitcoin-otc is part of the clone")
}

/// What the first `people` people said about each other.
pub(crate) fn village(people: u32) -> Dataset {
    let data = bitcoin_otc();
    let inside = |rating: &&Rating| rating.rater < people && rating.ratee < people;
    let ratings = data.ratings.iter().filter(inside).copied().collect();
    let labels = data.labels.into_iter().filter(|&(person, _)| person < people).collect();
    Dataset::new(ratings, labels)
}

/// Ratings (rater, ratee, value), one a day.
pub(crate) fn ratings(said: &[(u32, u32, i8)]) -> Vec<Rating> {
    (1..)
        .zip(said)
        .map(|(day, &(rater, ratee, value))| Rating { rater, ratee, value, at_us: day * DAY_US })
        .collect()
}

pub(crate) fn scene(ratings: &[Rating], people: usize) -> Scene<'_> {
    let at_us = ratings.last().map_or(0, |rating| rating.at_us);
    Scene { ratings, people, founder: FOUNDER, at_us }
}

#[test]
fn the_data_are_those_that_are_cited() {
    let data = bitcoin_otc();
    assert_eq!(data.ratings.len(), 35_592);
    assert!(data.ratings.is_sorted_by_key(|rating| rating.at_us));
    let fraud = data.labels.values().filter(|&&fraud| fraud).count();
    assert_eq!((data.labels.len() - fraud, fraud), (136, 180));
    let circle = data.first_circle();
    assert!(circle.contains(&FOUNDER));
    let benign = circle.iter().filter(|person| data.labels.get(person) == Some(&false)).count();
    assert!(benign + 1 >= circle.len(), "the first circle is benign");
}

#[test]
fn a_span_of_days_has_what_was_said_in_it() {
    let data = Dataset::new(ratings(&[(1, 2, 5), (2, 3, -5), (3, 4, 1)]), BTreeMap::new());
    assert_eq!(data.before(1), []);
    assert_eq!(data.before(3), &data.ratings[..2]);
    assert_eq!(data.between(2, 3), &data.ratings[1..2]);
    assert_eq!(data.people(), 5);
}

#[test]
fn a_line_that_is_no_row_is_named() {
    let folder = std::env::temp_dir().join(format!("erynoa-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("soc-sign-bitcoinotc.csv"), "1,2,5,10.5\n1,3,x,11\n").unwrap();
    let error = Dataset::load(&folder).unwrap_err();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(error.ends_with("soc-sign-bitcoinotc.csv, line 2: `1,3,x,11` is no row"), "{error}");
    let error = Dataset::load(&folder).unwrap_err();
    assert!(error.contains("soc-sign-bitcoinotc.csv cannot be read"), "{error}");
}

//! The small scorer is the protocol's fold, and both are what was published.

use erynoa_bench::constants::Constants;
use erynoa_bench::dataset::{DAY_US, FOUNDER, Rating};
use erynoa_bench::fold_rule::ProtocolFold;
use erynoa_bench::forward::{QUARTERS, forward};
use erynoa_bench::fraud::with_all_ratings;
use erynoa_bench::rule::{Rule, Scene};
use erynoa_bench::scorer::Scored;
use erynoa_bench::variants::variants;
use proptest::prelude::*;

use crate::data::bitcoin_otc;

fn scorer() -> Scored {
    Scored { name: "scorer".into(), constants: Constants::protocol() }
}

#[test]
fn the_scorer_is_the_fold_bit_for_bit_on_the_whole_network() {
    let data = bitcoin_otc();
    let people = data.people();
    for day in [QUARTERS[2], QUARTERS[8], QUARTERS[13], 20_000] {
        let ratings = data.before(day);
        let scene = Scene { ratings, people, founder: FOUNDER, at_us: day * DAY_US };
        assert_eq!(scorer().scores(&scene), ProtocolFold.scores(&scene), "day {day}");
    }
}

#[test]
fn the_protocol_foretells_what_was_published() {
    let data = bitcoin_otc();
    let found = forward(&ProtocolFold, &data, QUARTERS.len() - 1);
    let shown = |auc: f64| format!("{auc:.3}");
    assert_eq!(shown(found.seen.auc()), "0.631");
    assert_eq!(shown(found.cold.auc()), "0.675");
    assert_eq!(shown(found.per_rating.auc()), "0.697");
    assert_eq!(shown(with_all_ratings(&ProtocolFold, &data).auc()), "0.977");
}

#[test]
fn every_variant_but_the_first_changes_something() {
    let variants = variants();
    let protocol = Constants::protocol();
    assert_eq!(variants[0].constants, protocol);
    for variant in &variants[1..] {
        assert_ne!(variant.constants, protocol, "{}", variant.name);
    }
}

#[test]
fn one_member_alone_never_opens_the_gate() {
    assert_eq!(Constants::protocol().insiders_that_open_the_gate(), 2);
    let easier = Constants { prior_alpha: 250_000, prior_beta: 2_250_000, ..Constants::protocol() };
    assert_eq!(easier.insiders_that_open_the_gate(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_scorer_is_the_fold_on_any_network(
        said in prop::collection::btree_map(
            (0_u32..10, 0_u32..10),
            (any::<bool>(), 1_u64..400),
            0..60,
        ),
    ) {
        let mut ratings: Vec<Rating> = said
            .into_iter()
            .filter(|((rater, ratee), _)| rater != ratee)
            .map(|((rater, ratee), (good, day))| Rating {
                rater,
                ratee,
                value: if good { 1 } else { -1 },
                at_us: day * DAY_US,
            })
            .collect();
        ratings.sort_by_key(|rating| rating.at_us);
        let scene =
            Scene { ratings: &ratings, people: 10, founder: FOUNDER, at_us: 500 * DAY_US };
        prop_assert_eq!(scorer().scores(&scene), ProtocolFold.scores(&scene));
    }
}

//! Crossings and what another realm sees.

use erynoa_events::{Dimension, RuleParameters};
use erynoa_kernel::RealmId;
use erynoa_realms::{Way, prior_means};
use proptest::prelude::*;

use crate::world::{World, least, realm, root, rule};

/// root ⊃ 1, 2; 1 ⊃ 3
fn tree() -> World {
    let mut world = World::new();
    world.found(realm(1), root(), 1, vec![least(0)]);
    world.found(realm(2), root(), 1, vec![least(0)]);
    world.found(realm(3), realm(1), 1, Vec::new());
    world
}

#[test]
fn worked_example_reliability_of_0_8_is_0_5184_to_a_sibling_and_0_576_to_a_child() {
    let world = tree();
    let values = [800_000; 6];
    let seen = |from, to| world.fold.way(&from, &to).expect("both exist").view(&values);
    assert_eq!(seen(realm(1), realm(2))[Dimension::Reliability.index()], 518_400);
    assert_eq!(seen(realm(1), realm(3))[Dimension::Reliability.index()], 576_000);
    assert_eq!(seen(root(), realm(1)), [576_000, 648_000, 288_000, 216_000, 800_000, 800_000]);
}

#[test]
fn gamma_is_0_9_for_each_edge_of_the_tree() {
    let world = tree();
    let gamma = |from, to| world.fold.way(&from, &to).expect("both exist").gamma_ppm();
    assert_eq!(gamma(root(), realm(1)), 900_000);
    assert_eq!(gamma(realm(1), realm(2)), 810_000);
    assert_eq!(gamma(realm(3), realm(2)), 729_000);
    assert_eq!(world.fold.way(&realm(3), &realm(9)), None);
}

#[test]
fn a_realm_sees_its_own_trust_as_it_is() {
    let world = tree();
    let values = [1, 20_000, 300_000, 400_000, 999_999, 1_000_000];
    let way = world.fold.way(&realm(3), &realm(3)).expect("exists");
    assert_eq!((way.view(&values), way.gamma_ppm()), (values, 1_000_000));
}

#[test]
fn an_allowed_edge_keeps_all_in_the_direction_of_who_allows() {
    let mut world = World::new();
    let allows =
        rule("edges", RuleParameters::Crossings { allowed: vec![root()], blocked: vec![] });
    world.found(realm(1), root(), 1, vec![allows]);
    let way = |from: RealmId, to: RealmId| world.fold.way(&from, &to).expect("both exist");
    assert_eq!(way(root(), realm(1)).gamma_ppm(), 1_000_000);
    assert_eq!(way(realm(1), root()).gamma_ppm(), 900_000);
}

#[test]
fn a_blocked_edge_keeps_nothing_in_both_directions_and_wins_over_allowed() {
    let mut world = World::new();
    let both = RuleParameters::Crossings { allowed: vec![root()], blocked: vec![root()] };
    world.found(realm(1), root(), 1, vec![rule("edges", both)]);
    world.found(realm(2), root(), 1, vec![least(0)]);
    for (from, to) in [(root(), realm(1)), (realm(1), root()), (realm(1), realm(2))] {
        let way = world.fold.way(&from, &to).expect("both exist");
        assert_eq!((way.blocked, way.gamma_ppm()), (true, 0));
        assert_eq!(way.view(&[500_000; 6]), [0, 0, 0, 0, 500_000, 500_000]);
    }
}

#[test]
fn a_crossed_prior_is_never_below_that_of_a_newcomer() {
    assert_eq!(
        prior_means(&[0, 99_999, 100_000, 100_001, 5, 900_000]),
        [100_000, 100_000, 100_000, 100_001, 100_000, 900_000]
    );
}

/// A tree of up to twelve realms, some edges allowed or blocked.
fn random_tree() -> impl Strategy<Value = World> {
    prop::collection::vec((any::<prop::sample::Index>(), 0u8..6), 1..12).prop_map(|realms| {
        let mut world = World::new();
        let mut known = vec![root()];
        for (at, (parent, edge)) in realms.into_iter().enumerate() {
            let id = realm(u8::try_from(at).expect("few"));
            let depth = |id: &RealmId| world.fold.find(id).map_or(0, |realm| realm.depth());
            let parents: Vec<_> = known.iter().copied().filter(|id| depth(id) < 9).collect();
            let parent = *parent.get(&parents);
            let (allowed, blocked) = match edge {
                0 => (vec![parent], vec![]),
                1 => (vec![], vec![parent]),
                _ => (vec![], vec![]),
            };
            let edges =
                rule(&format!("edges-{at}"), RuleParameters::Crossings { allowed, blocked });
            world.found(id, parent, 1, vec![edges]);
            known.push(id);
        }
        world
    })
}

fn values() -> impl Strategy<Value = [u32; 6]> {
    prop::array::uniform6(0u32..=1_000_000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn k2_no_way_through_a_third_realm_keeps_more_than_the_direct_one(
        world in random_tree(),
        values in values(),
        picks in prop::array::uniform3(any::<prop::sample::Index>()),
    ) {
        let realms: Vec<RealmId> = world.fold.realms().map(|realm| realm.id).collect();
        let [a, b, c] = picks.map(|pick| *pick.get(&realms));
        let way = |from: &RealmId, to: &RealmId| world.fold.way(from, to).expect("both exist");
        let direct = way(&a, &c).view(&values);
        let around = way(&b, &c).view(&way(&a, &b).view(&values));
        for (direct, around) in direct.into_iter().zip(around) {
            prop_assert!(direct >= around, "{direct} < {around}");
        }
    }

    #[test]
    fn k24_no_dimension_rises_by_crossing(world in random_tree(), values in values()) {
        for from in world.fold.realms() {
            for to in world.fold.realms() {
                let way = world.fold.way(&from.id, &to.id).expect("both exist");
                let view = way.view(&values);
                prop_assert!(view.iter().zip(values).all(|(seen, own)| *seen <= own));
                prop_assert!(way.gamma_ppm() <= 1_000_000);
            }
        }
    }

    #[test]
    fn gamma_is_rounded_once_however_long_the_way(edges in 0u32..=18) {
        let way = Way { same: false, edges, blocked: false };
        let exact = 9u128.pow(edges) * 1_000_000 / 10u128.pow(edges);
        prop_assert_eq!(u128::from(way.gamma_ppm()), exact);
    }
}

//! Chains of hops.

use erynoa_events::Dimension;
use erynoa_trust::chain_estimate;
use proptest::prelude::*;

use crate::world::{World, person, realm};

const R: Dimension = Dimension::Reliability;

#[test]
fn worked_examples_of_the_chain() {
    assert_eq!(chain_estimate(&[800_000; 4]), 640_000);
    assert_eq!(chain_estimate(&[900_000, 800_000]) / 100, 7_658);
    assert_eq!(chain_estimate(&[500_000, 990_000]) / 1_000, 497);
    assert_eq!((chain_estimate(&[500_000, 990_000]) + 500) / 1_000, 498);
}

#[test]
fn no_hop_is_no_trust() {
    assert_eq!(chain_estimate(&[]), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_chain_is_at_most_its_weakest_link(links in prop::collection::vec(0..=1_000_000u32, 1..6)) {
        prop_assert!(chain_estimate(&links) <= links.iter().copied().min().unwrap_or(0));
    }

    #[test]
    fn one_hop_is_its_target(link in 0..=1_000_000u32) {
        prop_assert_eq!(chain_estimate(&[link]), link);
    }

    #[test]
    fn a_chain_never_rises_when_a_link_is_added(
        links in prop::collection::vec(0..=1_000_000u32, 1..5),
        link in 0..=1_000_000u32,
    ) {
        let mut longer = links.clone();
        longer.push(link);
        prop_assert!(chain_estimate(&longer) <= chain_estimate(&links));
    }

    #[test]
    fn the_order_of_hops_does_not_matter(
        (links, shuffled) in prop::collection::vec(0..=1_000_000u32, 1..6)
            .prop_flat_map(|links| (Just(links.clone()), Just(links).prop_shuffle())),
    ) {
        prop_assert_eq!(chain_estimate(&links), chain_estimate(&shuffled));
    }

    #[test]
    fn equal_links_give_their_product_to_the_power_of_one_over_root_n(
        link in 1..=1_000_000u32,
        hops in 1..=5usize,
    ) {
        let length = f64::from(u32::try_from(hops).unwrap());
        let product = (f64::from(link) / 1e6).powf(length);
        let expected = product.powf(1.0 / length.sqrt()) * 1e6;
        let estimate = f64::from(chain_estimate(&vec![link; hops]));
        prop_assert!(estimate <= expected + 1e-3 && estimate > expected - 1.001);
    }

    #[test]
    fn the_strongest_chain_is_the_best_of_all_paths(
        founders in prop::collection::vec(0..6u32, 1..4),
        words in prop::collection::vec((0..6u32, 0..6u32, 0..5u32), 0..30),
        max_hops in 1..6usize,
    ) {
        let mut world = World::founded_by(&founders);
        world.close();
        let mut links = [[false; 6]; 6];
        for (from, to, kind) in words {
            if from == to {
                continue;
            }
            // A later negative of the slot ends the link.
            if kind == 0 {
                world.blame(from, to, R);
            } else {
                world.praise(from, to, R);
            }
            links[from as usize][to as usize] = kind != 0;
            if kind == 1 {
                world.close_after(1);
            }
        }
        world.close();
        let best = best_path(&world, &links, &[0], max_hops);
        let chain = world.fold.strongest_chain(&realm(0), &person(0), &person(5), max_hops);
        let found = chain.as_ref().map(|hops| {
            let trust: Vec<u32> = hops.iter().map(|hop| hop.trust_ppm).collect();
            chain_estimate(&trust)
        });
        prop_assert_eq!(found, best);
        if let Some(hops) = chain {
            prop_assert!(hops.len() <= max_hops);
            prop_assert_eq!(hops[0].from, person(0));
            prop_assert_eq!(hops[hops.len() - 1].to, person(5));
            prop_assert!(hops.windows(2).all(|pair| pair[0].to == pair[1].from));
        }
    }
}

/// Estimate of the best simple path from the first of `path` to person 5.
fn best_path(world: &World, links: &[[bool; 6]; 6], path: &[u32], max_hops: usize) -> Option<u32> {
    let here = *path.last()?;
    if here == 5 {
        let standings: Vec<u32> = path[1..].iter().map(|&hop| world.standing_ppm(hop)).collect();
        return Some(chain_estimate(&standings));
    }
    if path.len() > max_hops {
        return None;
    }
    (0..6u32)
        .filter(|next| links[here as usize][*next as usize] && !path.contains(next))
        .filter_map(|next| best_path(world, links, &[path, &[next]].concat(), max_hops))
        .max()
}

#[test]
fn agents_are_no_link_to_their_controller() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 100, R);
    world.praise(100, 2, R);
    world.close();
    assert_eq!(world.fold.strongest_chain(&realm(0), &person(0), &person(2), 5), None);
    assert!(world.fold.strongest_chain(&realm(0), &person(100), &person(2), 5).is_some());
}

#[test]
fn nobody_has_a_chain_to_themselves_or_to_strangers() {
    let mut world = World::founded_by(&[0]);
    world.praise(0, 1, R);
    world.close();
    assert_eq!(world.fold.strongest_chain(&realm(0), &person(0), &person(0), 5), None);
    assert_eq!(world.fold.strongest_chain(&realm(0), &person(0), &person(77), 5), None);
    assert_eq!(world.fold.strongest_chain(&realm(9), &person(0), &person(1), 5), None);
}

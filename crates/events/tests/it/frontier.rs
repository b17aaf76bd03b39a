//! The frontier is the tree, as far as one may go on from it.

use erynoa_events::{Frontier, Tree, leaf_hash};
use proptest::prelude::*;

fn leaf(number: u64) -> [u8; 32] {
    leaf_hash(&number.to_be_bytes())
}

fn tree(size: u64) -> Tree {
    let mut tree = Tree::new();
    (0..size).for_each(|number| tree.push(leaf(number)));
    tree
}

#[test]
fn a_frontier_has_the_root_of_the_tree_at_every_size() {
    let tree = tree(600);
    let mut grown = Frontier::new();
    for size in 0..=600 {
        assert_eq!(grown.size(), size);
        assert_eq!(Some(grown.root()), tree.root_at(size), "{size}");
        assert_eq!(Frontier::at(&tree, size), Some(grown.clone()), "{size}");
        grown.push(leaf(size));
    }
}

#[test]
fn beyond_the_tree_there_is_no_frontier() {
    let tree = tree(300);
    for size in [301, 512, u64::MAX, 1 << 63] {
        assert_eq!(Frontier::at(&tree, size), None, "{size}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn from_any_size_a_frontier_goes_on_like_the_tree(from in 0u64..400, more in 0u64..200) {
        let whole = tree(from + more);
        let mut frontier = Frontier::at(&whole, from).expect("in the tree");
        (from..from + more).for_each(|number| frontier.push(leaf(number)));
        prop_assert_eq!(frontier.size(), from + more);
        prop_assert_eq!(Some(frontier.root()), whole.root_at(from + more));
    }
}

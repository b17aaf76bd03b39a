//! The tree is the one of RFC 6962, with `ct-merkle` as the oracle.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use erynoa_events::{Tree, leaf_hash, verify_consistency, verify_inclusion};
use proptest::prelude::*;
use sha2::Sha256;

type Oracle = MemoryBackedTree<Sha256, Vec<u8>>;

fn both(size: u64) -> (Tree, Oracle) {
    let (mut tree, mut oracle) = (Tree::new(), Oracle::new());
    for number in 0..size {
        tree.push(leaf_hash(&number.to_be_bytes()));
        oracle.push(number.to_be_bytes().to_vec());
    }
    (tree, oracle)
}

fn root(tree: &Tree, size: u64) -> [u8; 32] {
    tree.root_at(size).expect("not larger than the tree")
}

#[test]
fn the_empty_tree_has_the_hash_of_nothing_as_its_root() {
    assert_eq!(
        hex::encode(root(&Tree::new(), 0)),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[test]
fn the_root_of_every_earlier_size_stays_available() {
    let (tree, _) = both(300);
    for size in 0..=300 {
        assert_eq!(tree.root_at(size), both(size).0.root_at(size));
    }
    assert_eq!(tree.root_at(301), None);
}

#[test]
fn what_is_not_in_the_tree_has_no_proof_and_no_tile() {
    let (tree, _) = both(300);
    assert_eq!(tree.inclusion(10, 10), None);
    assert_eq!(tree.inclusion(10, 301), None);
    assert_eq!(tree.consistency(10, 9), None);
    assert_eq!(tree.consistency(10, 301), None);
    assert!(tree.tile(0, 0, 256).is_some());
    assert!(tree.tile(0, 1, 44).is_some());
    assert!(tree.tile(1, 0, 1).is_some());
    for (level, index, width) in
        [(0, 0, 0), (0, 0, 257), (0, 1, 45), (1, 0, 2), (2, 0, 1), (255, 0, 1), (0, u64::MAX, 1)]
    {
        assert_eq!(tree.tile(level, index, width), None, "{level} {index} {width}");
    }
}

#[test]
fn tiles_hold_the_hashes_of_complete_subtrees() {
    let (tree, _) = both(600);
    let leaves: Vec<u8> = (256..512_u64).flat_map(|n| leaf_hash(&n.to_be_bytes())).collect();
    assert_eq!(tree.tile(0, 1, 256), Some(leaves));
    let mut second = Tree::new();
    for number in 256..512_u64 {
        second.push(leaf_hash(&number.to_be_bytes()));
    }
    let above = [root(&tree, 256), root(&second, 256)].concat();
    assert_eq!(tree.tile(1, 0, 2), Some(above));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn root_is_the_one_of_the_oracle(size in 0u64..200) {
        let (tree, oracle) = both(size);
        let oracle_root: [u8; 32] = (*oracle.root().as_bytes()).into();
        prop_assert_eq!(root(&tree, size), oracle_root);
    }

    #[test]
    fn inclusion_proof_is_the_one_of_the_oracle_and_verifies(
        size in 1usize..200,
        index in any::<prop::sample::Index>(),
    ) {
        let (tree, oracle) = both(size as u64);
        let at = index.index(size);
        let size = size as u64;
        let path = tree.inclusion(at as u64, size).unwrap();
        let expected = oracle.prove_inclusion(at);
        prop_assert_eq!(path.as_flattened(), expected.as_bytes());
        let leaf = leaf_hash(&(at as u64).to_be_bytes());
        prop_assert!(verify_inclusion(&leaf, at as u64, size, &path, &root(&tree, size)));
    }

    #[test]
    fn consistency_proof_is_the_one_of_the_oracle_and_verifies(
        new in 1usize..200,
        index in any::<prop::sample::Index>(),
    ) {
        let (tree, oracle) = both(new as u64);
        let added = index.index(new);
        let (old, new) = ((new - added) as u64, new as u64);
        let path = tree.consistency(old, new).unwrap();
        if added > 0 {
            let expected = oracle.prove_consistency(added);
            prop_assert_eq!(path.as_flattened(), expected.as_bytes());
        }
        prop_assert!(verify_consistency(old, new, &path, &root(&tree, old), &root(&tree, new)));
    }

    #[test]
    fn a_changed_inclusion_proof_is_refused(
        size in 2usize..200,
        index in any::<prop::sample::Index>(),
        change in any::<prop::sample::Index>(),
        bit in 0usize..256,
    ) {
        let at = index.index(size) as u64;
        let size = size as u64;
        let (tree, _) = both(size);
        let (leaf, top) = (leaf_hash(&at.to_be_bytes()), root(&tree, size));
        let path = tree.inclusion(at, size).unwrap();
        let mut flipped = path.clone();
        flipped[change.index(path.len())][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!verify_inclusion(&leaf, at, size, &flipped, &top));
        let mut longer = path.clone();
        longer.push(leaf);
        prop_assert!(!verify_inclusion(&leaf, at, size, &longer, &top));
        prop_assert!(!verify_inclusion(&leaf, at, size, &path[1..], &top));
        let other = (at + 1) % size;
        prop_assert!(!verify_inclusion(&leaf, other, size, &path, &top));
        prop_assert!(!verify_inclusion(&leaf, size, size, &path, &top));
    }

    #[test]
    fn a_changed_consistency_proof_is_refused(
        new in 2usize..200,
        index in any::<prop::sample::Index>(),
        change in any::<prop::sample::Index>(),
        bit in 0usize..256,
    ) {
        let old = index.index(new - 1) as u64 + 1;
        let new = new as u64;
        let (tree, _) = both(new);
        let (old_root, new_root) = (root(&tree, old), root(&tree, new));
        let path = tree.consistency(old, new).unwrap();
        let mut flipped = path.clone();
        flipped[change.index(path.len())][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!verify_consistency(old, new, &flipped, &old_root, &new_root));
        let mut longer = path.clone();
        longer.push(new_root);
        prop_assert!(!verify_consistency(old, new, &longer, &old_root, &new_root));
        prop_assert!(!verify_consistency(old, new, &path[1..], &old_root, &new_root));
        prop_assert!(!verify_consistency(new, old, &path, &new_root, &old_root));
        let forked = leaf_hash(&old_root);
        prop_assert!(!verify_consistency(old, new, &path, &forked, &new_root));
    }

    #[test]
    fn every_tree_continues_the_empty_one_and_itself(size in 0u64..100) {
        let (tree, _) = both(size);
        let (empty, top) = (root(&tree, 0), root(&tree, size));
        prop_assert_eq!(tree.consistency(0, size), Some(Vec::new()));
        prop_assert!(verify_consistency(0, size, &[], &empty, &top));
        prop_assert!(verify_consistency(size, size, &[], &top, &top));
        prop_assert!(!verify_consistency(size, size, &[top], &top, &top));
    }
}

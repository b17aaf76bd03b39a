//! What suffices of the log's tree to go on from a size: the compact range of
//! RFC 6962 trees.

use crate::tree::{Tree, empty_root, node_hash};

/// The roots of the complete subtrees of a tree, largest first: at most 64
/// hashes, however large the tree. Equal to [`Tree`] at every size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// One for every bit that is set in `size`, the highest first.
    nodes: Vec<[u8; 32]>,
}

impl Frontier {
    /// The frontier of the empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The frontier of the first `size` leaves of a tree; `None` when it has
    /// fewer.
    #[must_use]
    pub fn at(tree: &Tree, size: u64) -> Option<Self> {
        let mut nodes = Vec::with_capacity(size.count_ones() as usize);
        let mut start = 0;
        for level in (0..u64::BITS).rev().filter(|level| size >> level & 1 == 1) {
            nodes.push(tree.node(level, start >> level)?);
            start += 1 << level;
        }
        Some(Self { size, nodes })
    }

    /// Number of leaves.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a [`crate::leaf_hash`].
    pub fn push(&mut self, leaf: [u8; 32]) {
        let mut hash = leaf;
        // One subtree ends and joins its left neighbour for every bit that
        // carries over.
        for _ in 0..self.size.trailing_ones() {
            let left = self.nodes.pop().expect("one node for every bit of the size");
            hash = node_hash(&left, &hash);
        }
        self.nodes.push(hash);
        self.size += 1;
    }

    /// Root of all leaves.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        let mut nodes = self.nodes.iter().rev();
        nodes.next().map_or_else(empty_root, |last| {
            nodes.fold(*last, |right, left| node_hash(left, &right))
        })
    }
}

//! The log's Merkle tree (RFC 6962, RFC 9162 §2.1).
//!
//! Own code of two screens and not `ct-merkle`, because that crate keeps the
//! leaves' values and proves only against its present size; the log must prove
//! against every size that was ever signed and serve the tree's tiles. It is
//! the oracle of this crate's tests instead.

use sha2::{Digest, Sha256};

/// Leaves of a C2SP tile of full width.
const TILE_WIDTH: u64 = 256;
/// Tree levels between two levels of tiles.
const TILE_HEIGHT: usize = 8;

/// Leaf hash of a log entry: SHA-256(0x00 ‖ entry).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

pub(crate) fn node_hash(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

pub(crate) fn empty_root() -> [u8; 32] {
    Sha256::digest([]).into()
}

/// Largest power of two less than `n`, which is at least 2.
const fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// An append-only Merkle tree that remembers every complete subtree: about 64
/// bytes a leaf.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// `levels[k][i]` is the hash of leaves i·2ᵏ to (i+1)·2ᵏ−1.
    levels: Vec<Vec<[u8; 32]>>,
}

impl Tree {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Appends a [`leaf_hash`].
    pub fn push(&mut self, leaf: [u8; 32]) {
        let mut hash = leaf;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let nodes = &mut self.levels[level];
            nodes.push(hash);
            let [.., left, right] = nodes.as_slice() else {
                return;
            };
            if !nodes.len().is_multiple_of(2) {
                return;
            }
            hash = node_hash(left, right);
        }
    }

    /// Root of the first `size` leaves; `None` when there are fewer.
    #[must_use]
    pub fn root_at(&self, size: u64) -> Option<[u8; 32]> {
        match size {
            0 => Some(empty_root()),
            _ if size > self.size() => None,
            _ => Some(self.hash_of(0, size)),
        }
    }

    /// Inclusion proof of leaf `sequence` in the tree of the first `size`
    /// leaves, from the leaf up; `None` when there is no such leaf or size.
    #[must_use]
    pub fn inclusion(&self, sequence: u64, size: u64) -> Option<Vec<[u8; 32]>> {
        if sequence >= size || size > self.size() {
            return None;
        }
        let mut path = Vec::new();
        let (mut start, mut len) = (0, size);
        while len > 1 {
            let left = split(len);
            if sequence - start < left {
                path.push(self.hash_of(start + left, len - left));
                len = left;
            } else {
                path.push(self.hash_of(start, left));
                start += left;
                len -= left;
            }
        }
        path.reverse();
        Some(path)
    }

    /// Proof that the tree of `new` leaves continues the one of `old` leaves;
    /// empty when `old` is 0 or equal to `new`, `None` unless
    /// `old ≤ new ≤ size`.
    #[must_use]
    pub fn consistency(&self, old: u64, new: u64) -> Option<Vec<[u8; 32]>> {
        if old > new || new > self.size() {
            return None;
        }
        let mut path = Vec::new();
        if old == 0 || old == new {
            return Some(path);
        }
        // SUBPROOF of RFC 9162 §2.1.4.1, walked down; `known` is whether the
        // verifier has the hash of the part that is left.
        let (mut start, mut len, mut old, mut known) = (0, new, old, true);
        while old < len {
            let left = split(len);
            if old <= left {
                path.push(self.hash_of(start + left, len - left));
                len = left;
            } else {
                path.push(self.hash_of(start, left));
                start += left;
                len -= left;
                old -= left;
                known = false;
            }
        }
        if !known {
            path.push(self.hash_of(start, len));
        }
        path.reverse();
        Some(path)
    }

    /// Hash of the leaf at `sequence`; `None` when the tree does not have it.
    #[must_use]
    pub fn leaf(&self, sequence: u64) -> Option<[u8; 32]> {
        self.levels.first()?.get(usize::try_from(sequence).ok()?).copied()
    }

    /// Hash of leaves index·2ˡᵉᵛᵉˡ to (index+1)·2ˡᵉᵛᵉˡ−1; `None` when the tree does
    /// not have all of them.
    pub(crate) fn node(&self, level: u32, index: u64) -> Option<[u8; 32]> {
        self.levels.get(level as usize)?.get(usize::try_from(index).ok()?).copied()
    }

    /// The hashes of a C2SP tile, 32 bytes each: the first `width` (1 to 256)
    /// nodes of tile `index` on tile level `level`. `None` when the tree does
    /// not have them.
    #[must_use]
    pub fn tile(&self, level: u8, index: u64, width: u16) -> Option<Vec<u8>> {
        let nodes = self.levels.get(usize::from(level).checked_mul(TILE_HEIGHT)?)?;
        let width = u64::from(width);
        if !(1..=TILE_WIDTH).contains(&width) {
            return None;
        }
        let from = index.checked_mul(TILE_WIDTH)?;
        let to = from.checked_add(width)?;
        let range = usize::try_from(from).ok()?..usize::try_from(to).ok()?;
        nodes.get(range).map(<[[u8; 32]]>::as_flattened).map(<[u8]>::to_vec)
    }

    /// Hash of the `len` ≥ 1 leaves from `start`, where `start` is a multiple
    /// of the smallest power of two that is not less than `len`.
    fn hash_of(&self, start: u64, len: u64) -> [u8; 32] {
        if len.is_power_of_two() {
            let level = len.trailing_zeros();
            let index = usize::try_from(start >> level).expect("positions of nodes in memory");
            return self.levels[level as usize][index];
        }
        let left = split(len);
        node_hash(&self.hash_of(start, left), &self.hash_of(start + left, len - left))
    }
}

/// Whether `path` proves that the leaf with this hash is leaf `sequence` of the
/// tree with this size and root (RFC 9162 §2.1.3.2).
#[must_use]
pub fn verify_inclusion(
    leaf: &[u8; 32],
    sequence: u64,
    size: u64,
    path: &[[u8; 32]],
    root: &[u8; 32],
) -> bool {
    if sequence >= size {
        return false;
    }
    let (mut node, mut last) = (sequence, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node % 2 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Whether `proof` proves that the tree (`new`, `new_root`) continues the tree
/// (`old`, `old_root`) (RFC 9162 §2.1.4.2; from the empty tree and to itself
/// the proof is empty).
#[must_use]
pub fn verify_consistency(
    old: u64,
    new: u64,
    proof: &[[u8; 32]],
    old_root: &[u8; 32],
    new_root: &[u8; 32],
) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return proof.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return proof.is_empty() && *old_root == empty_root();
    }
    let (mut node, mut last) = (old - 1, new - 1);
    while node % 2 == 1 {
        node >>= 1;
        last >>= 1;
    }
    // A complete old tree is its own starting point.
    let (start, rest) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        match proof.split_first() {
            Some(parts) => parts,
            None => return false,
        }
    };
    let (mut old_hash, mut new_hash) = (*start, *start);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node % 2 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node % 2 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == *old_root && new_hash == *new_root
}

//! Keys to positions, without keeping the keys a second time.

use std::hash::{BuildHasher, Hash};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rustc_hash::FxBuildHasher;

/// Finds the position of something by a tag of its key; whoever holds the
/// things compares the keys.
#[derive(Clone, Debug, Default)]
pub(crate) struct TagIndex {
    /// Tags with positions: with them the table grows without looking at the
    /// things, and stays small enough for the caches.
    table: HashTable<(u32, u32)>,
}

/// Ids are hashes already: four bytes of one tell it from nearly all others.
pub(crate) fn tag_of_id(id: &[u8; 32]) -> u32 {
    u32::from_le_bytes([id[28], id[29], id[30], id[31]])
}

#[expect(clippy::cast_possible_truncation, reason = "a part of a hash is a hash")]
pub(crate) fn tag_of(key: &impl Hash) -> u32 {
    FxBuildHasher.hash_one(key) as u32
}

/// Spreads a tag over the bits that the table looks at.
fn spread(tag: u32) -> u64 {
    u64::from(tag).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl TagIndex {
    pub(crate) fn find(&self, tag: u32, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        self.table
            .find(spread(tag), |&(other, position)| other == tag && is_it(position))
            .map(|&(_, position)| position)
    }

    /// Looks at the place of a tag. See [`crate::close::AHEAD`].
    pub(crate) fn look(&self, tag: u32) -> usize {
        usize::from(self.table.find(spread(tag), |_| true).is_some())
    }

    /// Adds a new key.
    pub(crate) fn insert(&mut self, tag: u32, position: u32) {
        self.table.insert_unique(spread(tag), (tag, position), |&(tag, _)| spread(tag));
    }

    /// The position of a key that is known; a new one gets `position`.
    pub(crate) fn find_or_insert(
        &mut self,
        tag: u32,
        position: u32,
        is_it: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let same = |&(other, position): &(u32, u32)| other == tag && is_it(position);
        match self.table.entry(spread(tag), same, |&(tag, _)| spread(tag)) {
            Entry::Occupied(known) => Some(known.get().1),
            Entry::Vacant(free) => {
                free.insert((tag, position));
                None
            }
        }
    }
}

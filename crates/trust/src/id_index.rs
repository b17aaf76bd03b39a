//! Ids to positions, without keeping the ids a second time.

use hashbrown::HashTable;

/// Finds the position of something by its 32-byte id; whoever holds the things
/// compares the ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct IdIndex {
    /// Part of the id with the position: with it the table grows without
    /// looking at the things.
    table: HashTable<(u32, u32)>,
}

/// Ids are hashes already: four bytes of one tell it from nearly all others.
fn tag(id: &[u8; 32]) -> u32 {
    u32::from_le_bytes([id[28], id[29], id[30], id[31]])
}

/// Spreads a tag over the bits that the table looks at.
fn spread(tag: u32) -> u64 {
    u64::from(tag).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl IdIndex {
    pub(crate) fn find(&self, id: &[u8; 32], is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let tag = tag(id);
        self.table
            .find(spread(tag), |&(other, position)| other == tag && is_it(position))
            .map(|&(_, position)| position)
    }

    /// Adds a new id.
    pub(crate) fn insert(&mut self, id: &[u8; 32], position: u32) {
        let tag = tag(id);
        self.table.insert_unique(spread(tag), (tag, position), |&(tag, _)| spread(tag));
    }
}

//! Entries that were heard before a checkpoint covers them.

use std::collections::BTreeMap;

use bytes::Bytes;

/// Most entries that are held.
pub const MAX_TAIL_ENTRIES: u64 = 10_000;
/// Most bytes of them.
pub const MAX_TAIL_BYTES: usize = 16 << 20;

/// Entries by position. What was said first about a position stays: whether it
/// is true, the next checkpoint tells.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tail {
    entries: BTreeMap<u64, Bytes>,
    bytes: usize,
}

impl Tail {
    /// Holds an entry when it is less than [`MAX_TAIL_ENTRIES`] ahead of `next`
    /// and there is room. Tells whether it is new.
    pub(crate) fn hold(&mut self, next: u64, sequence: u64, entry: Bytes) -> bool {
        let near = (next..next.saturating_add(MAX_TAIL_ENTRIES)).contains(&sequence);
        let fits = self.bytes + entry.len() <= MAX_TAIL_BYTES;
        if !near || !fits || self.entries.contains_key(&sequence) {
            return false;
        }
        self.bytes += entry.len();
        self.entries.insert(sequence, entry);
        true
    }

    /// Forgets everything before `next`.
    pub(crate) fn passed(&mut self, next: u64) {
        let kept = self.entries.split_off(&next);
        self.entries = kept;
        self.bytes = self.entries.values().map(Bytes::len).sum();
    }

    /// All entries from `from` to before `to`, if none is missing.
    pub(crate) fn run(&self, from: u64, to: u64) -> Option<Vec<Bytes>> {
        let run: Vec<Bytes> = self.entries.range(from..to).map(|(_, e)| e.clone()).collect();
        (run.len() as u64 == to - from).then_some(run)
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Bytes that are held.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}

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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::{MAX_TAIL_BYTES, MAX_TAIL_ENTRIES, Tail};

    fn entry(len: usize) -> Bytes {
        vec![1; len].into()
    }

    #[test]
    fn entries_are_held_from_the_end_of_the_log_to_ten_thousand_further() {
        let mut tail = Tail::default();
        let next = 50;
        assert!(!tail.hold(next, next - 1, entry(1)));
        assert!(tail.hold(next, next, entry(1)));
        assert!(tail.hold(next, next + MAX_TAIL_ENTRIES - 1, entry(1)));
        assert!(!tail.hold(next, next + MAX_TAIL_ENTRIES, entry(1)));
        assert!(!tail.hold(u64::MAX, u64::MAX, entry(1)), "a log does not reach the last number");
        assert_eq!(tail.bytes(), 2);
    }

    #[test]
    fn what_is_held_never_exceeds_its_bytes() {
        let mut tail = Tail::default();
        let whole = entry(MAX_TAIL_BYTES / 4);
        for sequence in 0..4 {
            assert!(tail.hold(0, sequence, whole.clone()));
        }
        assert_eq!(tail.bytes(), MAX_TAIL_BYTES);
        assert!(!tail.hold(0, 4, entry(1)));
        tail.passed(1);
        assert_eq!(tail.bytes(), MAX_TAIL_BYTES - whole.len());
        assert!(!tail.hold(1, 4, entry(whole.len() + 1)));
        assert!(tail.hold(1, 4, whole));
        tail.clear();
        assert_eq!((tail.bytes(), tail.run(1, 2)), (0, None));
    }

    #[test]
    fn what_was_said_first_of_a_position_stays() {
        let mut tail = Tail::default();
        assert!(tail.hold(0, 3, entry(1)));
        assert!(!tail.hold(0, 3, entry(2)));
        assert_eq!(tail.run(3, 4), Some(vec![entry(1)]));
    }

    #[test]
    fn a_run_has_no_gap() {
        let mut tail = Tail::default();
        for sequence in [3, 4, 6] {
            assert!(tail.hold(0, sequence, entry(1)));
        }
        assert_eq!(tail.run(3, 5).map(|run| run.len()), Some(2));
        for (from, to) in [(2, 4), (3, 6), (4, 7), (6, 8)] {
            assert_eq!(tail.run(from, to), None, "{from} to {to}");
        }
    }
}

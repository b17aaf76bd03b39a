//! The keys of a log, as it has been handed from home to home (protocol §3).

use erynoa_kernel::PublicKey;

use crate::{Checkpoint, CheckpointError};

/// Which key signs heads of which size. The first key signs everything up to
/// and including the head that covers the hand-over, the next one what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogKeys {
    first: PublicKey,
    /// Each with the number of entries from which on it does not sign heads of
    /// that size, but of greater ones; ascending.
    changes: Vec<(u64, PublicKey)>,
}

impl LogKeys {
    /// A log that has not been handed over.
    #[must_use]
    pub const fn of(first: PublicKey) -> Self {
        Self { first, changes: Vec::new() }
    }

    /// The key that the log began with; it names the root realm.
    #[must_use]
    pub const fn first(&self) -> &PublicKey {
        &self.first
    }

    /// From now on `next` signs heads that are greater than `size`.
    pub fn hand_over(&mut self, size: u64, next: PublicKey) {
        self.changes.push((size, next));
    }

    /// The key that signs heads of this size.
    #[must_use]
    pub fn at(&self, size: u64) -> &PublicKey {
        let past = self.changes.partition_point(|(from, _)| *from < size);
        past.checked_sub(1).map_or(&self.first, |at| &self.changes[at].1)
    }

    /// The key whose last head has this size, because the log was handed over
    /// there.
    #[must_use]
    pub fn ended_at(&self, size: u64) -> Option<&PublicKey> {
        self.changes.iter().any(|(from, _)| *from == size).then(|| self.at(size))
    }

    /// The key that signs the next head.
    #[must_use]
    pub fn current(&self) -> &PublicKey {
        self.at(u64::MAX)
    }

    /// The head in the note, when the key of its size has signed it.
    ///
    /// # Errors
    /// Why the note is no head of the log, as its present key sees it.
    pub fn check(&self, origin: &str, note: &str) -> Result<Checkpoint, CheckpointError> {
        let earlier = std::iter::once(&self.first).chain(self.changes.iter().map(|(_, key)| key));
        let mut of_its_time = earlier.filter_map(|key| {
            let head = Checkpoint::parse_and_verify(note, origin, key).ok()?;
            (self.at(head.size) == key).then_some(head)
        });
        match of_its_time.next_back() {
            Some(head) => Ok(head),
            None => match Checkpoint::parse_and_verify(note, origin, self.current()) {
                // Genuine, but of a time at which another key spoke for the log.
                Ok(_) => Err(CheckpointError::Unsigned),
                Err(error) => Err(error),
            },
        }
    }

    /// As [`Self::check`], for whom the reason does not matter.
    #[must_use]
    pub fn head(&self, origin: &str, note: &str) -> Option<Checkpoint> {
        self.check(origin, note).ok()
    }
}

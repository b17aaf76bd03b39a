//! How far the log was acknowledged, kept outside of the database.
//!
//! Fjall ends a journal at the first place that it cannot read, because that
//! is what a torn write looks like. A damaged byte in the middle looks the
//! same, and everything behind it would be gone without a word. So after each
//! durable append the size of the log and its last leaf hash are noted here; a
//! log that comes back shorter, or different, is refused.
//!
//! The note is not fsynced: it is written after the entries are durable, so it
//! can lag (and then proves less), but never promise what is not there. It
//! survives `kill -9` like any write to a file.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;

use erynoa_kernel::StoreError;
use sha2::{Digest, Sha256};

use crate::error::{corrupt, file};

/// Size u64 BE ‖ last leaf hash 32 ‖ first 8 bytes of SHA-256 of both: far
/// below a disk sector, so that it is never torn.
const RECORD_BYTES: usize = 48;

/// The note.
#[derive(Debug)]
pub(crate) struct Acknowledged {
    file: File,
}

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Entries of the log.
    pub(crate) size: u64,
    /// Leaf hash of the last of them.
    pub(crate) last_leaf: [u8; 32],
}

impl Acknowledged {
    /// Opens the note, creating it when needed, and reads it; `None` when
    /// nothing was ever acknowledged.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<Mark>), StoreError> {
        let opening = || format!("open {}", path.display());
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|error| file(&opening(), error))?;
        let mut record = [0; RECORD_BYTES];
        let len = opened.metadata().map_err(|error| file(&opening(), error))?.len();
        if len == 0 {
            return Ok((Self { file: opened }, None));
        }
        opened.read_exact_at(&mut record, 0).map_err(|error| file(&opening(), error))?;
        let mark = Mark::read(&record).filter(|_| len == RECORD_BYTES as u64).ok_or_else(|| {
            corrupt(format!(
                "{} is damaged, so nobody can tell whether the log is complete; restore a backup, \
                 or delete this file to accept the log as it is",
                path.display()
            ))
        })?;
        Ok((Self { file: opened }, Some(mark)))
    }

    /// Notes that `mark` is durable.
    pub(crate) fn note(&self, mark: &Mark) {
        // The entries are on disk whether or not this succeeds; a note that
        // lags only detects less, so a failure is none of the caller's.
        let _lagging = self.file.write_all_at(&mark.record(), 0);
    }
}

impl Mark {
    fn record(&self) -> [u8; RECORD_BYTES] {
        let mut record = [0; RECORD_BYTES];
        record[..8].copy_from_slice(&self.size.to_be_bytes());
        record[8..40].copy_from_slice(&self.last_leaf);
        let sum = Sha256::digest(&record[..40]);
        record[40..].copy_from_slice(&sum[..8]);
        record
    }

    fn read(record: &[u8; RECORD_BYTES]) -> Option<Self> {
        let (size, rest) = record.split_first_chunk()?;
        let (last_leaf, _) = rest.split_first_chunk()?;
        let mark = Self { size: u64::from_be_bytes(*size), last_leaf: *last_leaf };
        (mark.record() == *record).then_some(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_note_says_what_was_last_acknowledged() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("acknowledged");
        let (note, before) = Acknowledged::open(&path).expect("opens");
        assert_eq!(before, None);
        for size in [1, 7] {
            note.note(&Mark { size, last_leaf: [9; 32] });
        }
        let (_, after) = Acknowledged::open(&path).expect("opens");
        assert_eq!(after, Some(Mark { size: 7, last_leaf: [9; 32] }));
    }

    #[test]
    fn a_note_with_any_flipped_bit_or_another_length_is_refused() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("acknowledged");
        let good = Mark { size: 300, last_leaf: [9; 32] }.record();
        for bit in 0..RECORD_BYTES * 8 {
            let mut bad = good;
            bad[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, bad).expect("writes");
            Acknowledged::open(&path).expect_err("damaged");
        }
        for bad in [&good[..RECORD_BYTES - 1], &[good.as_slice(), b"x"].concat()] {
            std::fs::write(&path, bad).expect("writes");
            Acknowledged::open(&path).expect_err("of another length");
        }
        std::fs::write(&path, good).expect("writes");
        Acknowledged::open(&path).expect("whole");
    }
}

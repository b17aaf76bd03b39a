//! Keys of notifications, prefixes 80 to 82 of `state`.
//!
//! | Key | Value |
//! |---|---|
//! | 80 ‖ reader 16 | inbox, JSON |
//! | 81 ‖ due µs u64 BE ‖ reader 16 | nothing |
//! | 82 | position up to which the log was read, u64 BE |

use erynoa_notifications::Reader;

use super::join;

/// Prefix of readers whose next letter is due at a time.
pub(crate) const DUE: u8 = 81;
/// Key of the cursor.
pub(crate) const CURSOR: [u8; 1] = [82];

/// Begins the keys of inboxes.
pub(crate) const INBOXES: u8 = 80;

pub(crate) fn inbox(reader: Reader) -> Vec<u8> {
    join(INBOXES, &[reader.as_bytes()])
}

pub(crate) fn due(due_us: u64, reader: Reader) -> Vec<u8> {
    join(DUE, &[&due_us.to_be_bytes(), reader.as_bytes()])
}

/// The time and the reader in a key of the list.
pub(crate) fn due_in(entry: &[u8]) -> Option<(u64, Reader)> {
    let (time, reader) = entry.get(1..)?.split_first_chunk()?;
    let reader = Reader::from_bytes(reader.try_into().ok()?);
    Some((u64::from_be_bytes(*time), reader))
}

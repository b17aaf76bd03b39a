//! Fjall's errors as store errors.

use std::io;

use erynoa_kernel::{StoreError, StoreErrorKind};

/// Damage, with its position in the message.
pub(crate) fn corrupt(message: impl Into<String>) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, message)
}

/// What a failure of the driver means to the caller.
pub(crate) fn driver(doing: &str, error: fjall::Error) -> StoreError {
    let kind = match &error {
        fjall::Error::Io(cause) | fjall::Error::Storage(fjall::LsmError::Io(cause)) => {
            kind_of(cause)
        }
        fjall::Error::Storage(_)
        | fjall::Error::JournalRecovery(_)
        | fjall::Error::InvalidVersion(_)
        | fjall::Error::Decompress(_)
        | fjall::Error::InvalidTrailer
        | fjall::Error::InvalidTag(_)
        | fjall::Error::Unrecoverable => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Unavailable,
    };
    StoreError::from_driver(kind, format!("{doing}: {error}"), error)
}

/// A failure of the file system.
pub(crate) fn file(doing: &str, error: io::Error) -> StoreError {
    StoreError::from_driver(kind_of(&error), format!("{doing}: {error}"), error)
}

fn kind_of(error: &io::Error) -> StoreErrorKind {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreErrorKind::Full,
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Unavailable,
    }
}

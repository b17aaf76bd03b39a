//! Errors of the file system as store errors.

use std::io;
use std::path::Path;

use erynoa_kernel::{StoreError, StoreErrorKind};

/// A failure of the file system at a place.
pub(crate) fn at(path: &Path, error: io::Error) -> StoreError {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreErrorKind::Full,
        io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::DirectoryNotEmpty
        | io::ErrorKind::AlreadyExists => StoreErrorKind::Conflict,
        _ => StoreErrorKind::Unavailable,
    };
    StoreError::from_driver(kind, format!("{}: {error}", path.display()), error)
}

/// `None` when there is nothing at the place.
pub(crate) fn found<T>(path: &Path, result: io::Result<T>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
            _ => Err(at(path, error)),
        },
    }
}

/// Runs blocking work off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        StoreError::from_driver(StoreErrorKind::Unavailable, "the store's work was cut off", error)
    })?
}

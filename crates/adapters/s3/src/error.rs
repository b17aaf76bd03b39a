//! Errors of the client as store errors.

use erynoa_kernel::{StoreError, StoreErrorKind};
use object_store::Error;

/// A failure of the server, or on the way to it.
pub(crate) fn failed(doing: &str, error: Error) -> StoreError {
    let kind = match &error {
        Error::AlreadyExists { .. } | Error::Precondition { .. } => StoreErrorKind::Conflict,
        _ => StoreErrorKind::Unavailable,
    };
    StoreError::from_driver(kind, format!("{doing}: {error}"), error)
}

/// `None` when the object or its bucket is not there.
pub(crate) fn found<T>(doing: &str, result: Result<T, Error>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(failed(doing, error)),
    }
}

//! What a failure of the driver means.

use std::time::Duration;

use erynoa_kernel::{StoreError, StoreErrorKind};
use sqlx::Error;

/// SQLSTATE of a transaction that lost against another one and may be tried
/// again: serialization failure, deadlock.
const LOST: [&str; 2] = ["40001", "40P01"];
/// SQLSTATE: the disk is full.
const DISK_FULL: &str = "53100";
/// SQLSTATE classes of damage: data corrupted, index corrupted.
const CORRUPTED: [&str; 2] = ["XX001", "XX002"];

/// Tells what was tried, and by the driver's error what that means.
pub(crate) fn driver(tried: &str, error: Error) -> StoreError {
    let kind = match &error {
        Error::Database(database) => match database.code() {
            Some(code) if code == DISK_FULL => StoreErrorKind::Full,
            Some(code) if CORRUPTED.contains(&code.as_ref()) => StoreErrorKind::Corrupt,
            _ if is_lost(&error) => StoreErrorKind::Conflict,
            _ if database.is_unique_violation() => StoreErrorKind::Conflict,
            _ => StoreErrorKind::Unavailable,
        },
        Error::ColumnDecode { .. } | Error::Decode(_) => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Unavailable,
    };
    StoreError::from_driver(kind, format!("{tried}: {error}"), error)
}

/// Whether a transaction lost against another one and may be tried again.
pub(crate) fn is_lost(error: &Error) -> bool {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .is_some_and(|code| LOST.contains(&code.as_ref()))
}

/// No answer within `waited`.
pub(crate) fn silent(tried: &str, waited: Duration) -> StoreError {
    let message = format!("{tried}: PostgreSQL has not answered for {} ms", waited.as_millis());
    StoreError::new(StoreErrorKind::Unavailable, message)
}

pub(crate) fn corrupt(message: String) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt, message)
}

//! Numbers: PostgreSQL has signed ones alone.

use erynoa_kernel::{StoreError, StoreErrorKind};

use crate::error::corrupt;

/// The number as it is stored.
///
/// # Errors
/// `Conflict` above 2^63 - 1, where no size, version or time of ours can be.
pub(crate) fn stored(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number)
        .map_err(|_| StoreError::new(StoreErrorKind::Conflict, format!("{number} is out of range")))
}

/// The number that was stored.
///
/// # Errors
/// `Corrupt` below zero.
pub(crate) fn unsigned(stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_| corrupt(format!("{stored} is stored where none is negative")))
}

/// A bound of a range: what is out of range bounds nothing.
pub(crate) fn bound(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

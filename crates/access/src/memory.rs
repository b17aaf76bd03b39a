//! The stores in memory.

mod accounts;
mod audit;
mod sessions;

pub use accounts::MemoryAccounts;
pub use audit::MemoryAudit;
pub use sessions::MemorySessions;

use std::sync::{Mutex, MutexGuard, PoisonError};

use erynoa_kernel::{StoreError, StoreErrorKind};

/// No operation leaves what it guards half changed, so a panic elsewhere does
/// not spoil it.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn taken(what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Conflict, format!("{what} is taken"))
}

//! What is asked of whatever several servers share.

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::{StoreError, StoreErrorKind};

use crate::{Admission, Rate};

/// Keys that are tried for something new.
const ATTEMPTS: usize = 4;

/// Small things that live for minutes: one server puts them down and any of
/// them finds or takes them. Laws: `contract`.
///
/// Each may be lost at any moment; whoever has put it down begins anew. None is
/// ever taken twice.
#[async_trait]
pub trait Cache: Send + Sync + 'static {
    /// Puts a value down for `ttl_ms` milliseconds, at least 1, unless there is
    /// one: that stays and is given.
    ///
    /// # Errors
    /// `Unavailable`: nobody knows whether it lies there.
    async fn put(&self, key: &str, value: Bytes, ttl_ms: u64) -> Result<Option<Bytes>, StoreError>;

    /// The value, which stays.
    async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError>;

    /// The value, which is gone after it. Of any number of attempts at once at
    /// most one gets it.
    async fn take(&self, key: &str) -> Result<Option<Bytes>, StoreError>;
}

impl dyn Cache {
    /// Puts a value under a key that nobody has, and gives the key; `draw`
    /// gives another one at each call. A key that may or may not have been put
    /// down is given up, so that no value lies in two places.
    ///
    /// # Errors
    /// `Unavailable`: it cannot be put down anywhere; `Conflict`: every key that
    /// was drawn is taken.
    pub async fn put_new(
        &self,
        mut draw: impl FnMut() -> String + Send,
        value: Bytes,
        ttl_ms: u64,
    ) -> Result<String, StoreError> {
        let mut failed = StoreError::new(StoreErrorKind::Conflict, "every key is taken");
        for _ in 0..ATTEMPTS {
            let key = draw();
            match self.put(&key, value.clone(), ttl_ms).await {
                Ok(None) => return Ok(key),
                Ok(Some(_)) => {}
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

/// Counts requests. Laws: `contract`, and [`Rate::admit`].
#[async_trait]
pub trait RateLimiter: Send + Sync + 'static {
    /// Whether one more request of `key` may pass at `now_us`. One that is
    /// refused does not count.
    async fn check(&self, key: &str, rate: Rate, now_us: u64) -> Result<Admission, StoreError>;
}

//! Doing without the server: while it does not answer, what is in memory takes
//! its place, and as soon as it does it is asked again. Only those that find
//! out wait, for one timeout.
//!
//! What that costs is speed and comfort, never correctness: limits and mana
//! count for each server alone, and what was put down on one side of an absence
//! is found only there.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_cache::{Admission, Cache, Rate, RateLimiter};
use erynoa_execution::{Allowance, ManaAccounts, ManaEmpty, Payer};
use erynoa_kernel::StoreError;
use tokio::time::Instant;

use crate::server::unavailable;

/// For how long nothing is asked of a server that did not answer.
pub const PAUSE: Duration = Duration::from_millis(500);

/// Asks the shared one, and its stand-in while that does not answer.
pub struct Steady<P: ?Sized> {
    shared: Arc<P>,
    instead: Arc<P>,
    /// While the server is away: when somebody may try again.
    away_until: Mutex<Option<Instant>>,
}

impl<P: ?Sized> Steady<P> {
    /// `instead` stands in for `shared`.
    #[must_use]
    pub fn new(shared: Arc<P>, instead: Arc<P>) -> Self {
        Self { shared, instead, away_until: Mutex::default() }
    }

    fn away_until(&self) -> MutexGuard<'_, Option<Instant>> {
        // No operation leaves it half changed, so a panic elsewhere does not
        // spoil it.
        self.away_until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the stand-in works.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.away_until().is_some()
    }

    /// Whether to ask the server. While it is away one in a while may try.
    fn may_ask(&self) -> bool {
        let mut away_until = self.away_until();
        let now = Instant::now();
        match *away_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                *away_until = Some(now + PAUSE);
                true
            }
        }
    }

    /// What the server says.
    async fn hear<T>(
        &self,
        shared: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let said = shared.await;
        *self.away_until() = said.is_err().then(|| Instant::now() + PAUSE);
        said
    }

    async fn ask<T>(
        &self,
        shared: impl Future<Output = Result<T, StoreError>> + Send,
        instead: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        if self.may_ask()
            && let Ok(value) = self.hear(shared).await
        {
            return Ok(value);
        }
        instead.await
    }
}

/// A value lies in one place alone, so that it is taken once: what a put that
/// failed may have left on the server is not put into memory as well, and what
/// was put into memory stays there when the server is back. What lies on a
/// server that is away is neither there nor gone: asking for it fails.
#[async_trait]
impl Cache for Steady<dyn Cache> {
    async fn put(&self, key: &str, value: Bytes, ttl_ms: u64) -> Result<Option<Bytes>, StoreError> {
        if let Some(there) = self.instead.get(key).await? {
            return Ok(Some(there));
        }
        if self.may_ask() {
            return self.hear(self.shared.put(key, value, ttl_ms)).await;
        }
        self.instead.put(key, value, ttl_ms).await
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        if let Some(there) = self.instead.get(key).await? {
            return Ok(Some(there));
        }
        if self.may_ask() {
            return self.hear(self.shared.get(key)).await;
        }
        Err(unavailable("it is away"))
    }

    async fn take(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        if let Some(taken) = self.instead.take(key).await? {
            return Ok(Some(taken));
        }
        if self.may_ask() {
            return self.hear(self.shared.take(key)).await;
        }
        Err(unavailable("it is away"))
    }
}

#[async_trait]
impl RateLimiter for Steady<dyn RateLimiter> {
    async fn check(&self, key: &str, rate: Rate, now_us: u64) -> Result<Admission, StoreError> {
        self.ask(self.shared.check(key, rate, now_us), self.instead.check(key, rate, now_us)).await
    }
}

#[async_trait]
impl ManaAccounts for Steady<dyn ManaAccounts> {
    async fn take_each(
        &self,
        payer: Payer,
        allowance: Allowance,
        prices: &[u64],
        now_us: u64,
    ) -> Result<Vec<Result<u64, ManaEmpty>>, StoreError> {
        self.ask(
            self.shared.take_each(payer, allowance, prices, now_us),
            self.instead.take_each(payer, allowance, prices, now_us),
        )
        .await
    }

    async fn left(
        &self,
        payer: Payer,
        allowance: Allowance,
        now_us: u64,
    ) -> Result<u64, StoreError> {
        self.ask(
            self.shared.left(payer, allowance, now_us),
            self.instead.left(payer, allowance, now_us),
        )
        .await
    }

    async fn give_back(
        &self,
        payer: Payer,
        allowance: Allowance,
        price: u64,
        now_us: u64,
    ) -> Result<(), StoreError> {
        self.ask(
            self.shared.give_back(payer, allowance, price, now_us),
            self.instead.give_back(payer, allowance, price, now_us),
        )
        .await
    }
}

//! Doing without the server: while it does not answer, what is in memory takes
//! its place, and as soon as it does it is asked again. No call fails, and only
//! those that find out wait, for one timeout.
//!
//! What that costs is speed, never correctness: limits and mana count for each
//! server alone; the cache begins empty, and what was written or deleted
//! meanwhile is taken out of the shared one before that is used again; revoked
//! sessions are looked up where sessions are stored; followers of the bus have
//! a gap and read the log.

mod absence;
mod cache;
mod revocations;

use std::future::Future;
use std::sync::Arc;

use absence::Absence;
pub use absence::PAUSE;
use async_trait::async_trait;
use bytes::Bytes;
pub use cache::SteadyCache;
use erynoa_cache::{Admission, Bus, Rate, RateLimiter, Subscription};
use erynoa_execution::{Allowance, ManaAccounts, ManaEmpty, Payer};
use erynoa_kernel::StoreError;
pub use revocations::SteadyRevocations;

use crate::RedisBus;

/// Asks the shared one, and its stand-in while that does not answer.
pub struct Steady<P: ?Sized> {
    shared: Arc<P>,
    instead: Arc<P>,
    absence: Absence,
}

impl<P: ?Sized> Steady<P> {
    /// `instead` stands in for `shared`.
    #[must_use]
    pub fn new(shared: Arc<P>, instead: Arc<P>) -> Self {
        Self { shared, instead, absence: Absence::default() }
    }

    /// Whether the stand-in works.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.absence.is_away()
    }

    async fn ask<T>(
        &self,
        shared: impl Future<Output = Result<T, StoreError>> + Send,
        instead: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        if self.absence.may_ask() {
            if let Ok(value) = shared.await {
                self.absence.end();
                return Ok(value);
            }
            self.absence.begin();
        }
        instead.await
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
    async fn take(
        &self,
        payer: Payer,
        allowance: Allowance,
        price: u64,
        now_us: u64,
    ) -> Result<Result<u64, ManaEmpty>, StoreError> {
        self.ask(
            self.shared.take(payer, allowance, price, now_us),
            self.instead.take(payer, allowance, price, now_us),
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

/// A bus that reaches at least this server's own followers.
pub struct SteadyBus {
    shared: RedisBus,
    absence: Absence,
}

impl SteadyBus {
    /// Around `shared`.
    #[must_use]
    pub fn new(shared: RedisBus) -> Self {
        Self { shared, absence: Absence::default() }
    }

    /// Whether other servers are out of reach.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.absence.is_away()
    }
}

#[async_trait]
impl Bus for SteadyBus {
    async fn publish(&self, topic: &str, message: Bytes) -> Result<(), StoreError> {
        if self.absence.may_ask() {
            if self.shared.publish(topic, message.clone()).await.is_ok() {
                self.absence.end();
                return Ok(());
            }
            self.absence.begin();
        }
        self.shared.local().deliver(topic, &message);
        Ok(())
    }

    async fn subscribe(&self, topic: &str) -> Result<Box<dyn Subscription>, StoreError> {
        self.shared.subscribe(topic).await
    }
}

//! The cache without its server.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_cache::{Cache, MemoryCache};
use erynoa_kernel::{Clock, StoreError};

use super::absence::{Absence, Route};
use crate::RedisCache;

/// Keys that are owed to the server one by one; above that all it has goes.
const DEBTS_MOST: usize = 4_096;

/// The shared cache, and one in memory while that does not answer.
///
/// What changed meanwhile is wrong in the shared one. So it is deleted there
/// before that is used again.
pub struct SteadyCache {
    shared: RedisCache,
    memory: MemoryCache,
    absence: Arc<Absence>,
}

impl SteadyCache {
    /// Around `shared`.
    #[must_use]
    pub fn new(shared: RedisCache, clock: Arc<dyn Clock>) -> Self {
        Self { shared, memory: MemoryCache::new(clock), absence: Arc::default() }
    }

    /// Whether the one in memory works.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.absence.is_away()
    }

    fn may_ask(&self) -> bool {
        let shared = self.shared.clone();
        self.absence.may_ask_after(|owed| pay(shared, owed))
    }

    fn begin_absence(&self) {
        if self.absence.begin() {
            // What an earlier absence has left is old.
            self.memory.clear();
        }
    }

    /// Where a change goes.
    fn route(&self, key: &str) -> Route {
        if self.may_ask() { Route::Shared } else { self.absence.route(key, 0, DEBTS_MOST) }
    }
}

async fn pay(shared: RedisCache, owed: BTreeMap<String, u64>) -> Result<(), StoreError> {
    if owed.len() > DEBTS_MOST {
        return shared.clear().await;
    }
    shared.delete_all(owed.keys().map(String::as_str)).await
}

#[async_trait]
impl Cache for SteadyCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        if self.may_ask() {
            if let Ok(value) = self.shared.get(key).await {
                return Ok(value);
            }
            self.begin_absence();
        }
        self.memory.get(key).await
    }

    async fn set(&self, key: &str, value: Bytes, ttl_ms: u64) -> Result<(), StoreError> {
        loop {
            let route = self.route(key);
            if route != Route::Instead && self.shared.set(key, value.clone(), ttl_ms).await.is_err()
            {
                self.begin_absence();
                continue;
            }
            if route != Route::Shared {
                self.memory.set(key, value, ttl_ms).await?;
            }
            return Ok(());
        }
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        loop {
            let route = self.route(key);
            if route != Route::Instead && self.shared.delete(key).await.is_err() {
                self.begin_absence();
                continue;
            }
            if route != Route::Shared {
                self.memory.delete(key).await?;
            }
            return Ok(());
        }
    }
}

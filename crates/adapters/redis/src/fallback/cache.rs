//! The cache without its server.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_cache::{Cache, MemoryCache};
use erynoa_kernel::{Clock, StoreError};

use super::absence::Absence;
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
    absence: Absence,
}

impl SteadyCache {
    /// Around `shared`.
    #[must_use]
    pub fn new(shared: RedisCache, clock: Arc<dyn Clock>) -> Self {
        Self { shared, memory: MemoryCache::new(clock), absence: Absence::default() }
    }

    /// Whether the one in memory works.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.absence.is_away()
    }

    async fn may_ask(&self) -> bool {
        self.absence.may_ask_after(|owed| self.pay(owed)).await
    }

    async fn pay(&self, owed: BTreeMap<String, u64>) -> Result<(), StoreError> {
        if owed.len() > DEBTS_MOST {
            return self.shared.clear().await;
        }
        for key in owed.keys() {
            self.shared.delete(key).await?;
        }
        Ok(())
    }

    fn begin_absence(&self) {
        if self.absence.begin() {
            // What an earlier absence has left is old.
            self.memory.clear();
        }
    }

    /// The shared one does not learn of a change; `false` if it can after all.
    fn owe(&self, key: &str) -> bool {
        // One key too many is enough to say that all of them go.
        if self.absence.debts() > DEBTS_MOST {
            return self.absence.is_away();
        }
        self.absence.owe(key, 0)
    }
}

#[async_trait]
impl Cache for SteadyCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        if self.may_ask().await {
            if let Ok(value) = self.shared.get(key).await {
                return Ok(value);
            }
            self.begin_absence();
        }
        self.memory.get(key).await
    }

    async fn set(&self, key: &str, value: Bytes, ttl_ms: u64) -> Result<(), StoreError> {
        loop {
            if self.may_ask().await {
                if self.shared.set(key, value.clone(), ttl_ms).await.is_ok() {
                    return Ok(());
                }
                self.begin_absence();
            }
            if self.owe(key) {
                return self.memory.set(key, value, ttl_ms).await;
            }
        }
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        loop {
            if self.may_ask().await {
                if self.shared.delete(key).await.is_ok() {
                    return Ok(());
                }
                self.begin_absence();
            }
            if self.owe(key) {
                return self.memory.delete(key).await;
            }
        }
    }
}

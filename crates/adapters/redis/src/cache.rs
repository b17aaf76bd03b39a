//! The cache.

use async_trait::async_trait;
use bytes::Bytes;
use deadpool_redis::redis::cmd;
use erynoa_cache::Cache;
use erynoa_kernel::StoreError;

use crate::RedisServer;

/// Keys that are asked for or deleted in one step when many go.
const SWEEP: usize = 500;

/// A cache that all servers of the installation share.
#[derive(Clone)]
pub struct RedisCache(RedisServer);

impl RedisCache {
    /// On this server.
    #[must_use]
    pub const fn new(server: RedisServer) -> Self {
        Self(server)
    }

    /// Takes many values away.
    ///
    /// # Errors
    /// `Unavailable`: the server does not answer; some are left.
    pub async fn delete_all(
        &self,
        keys: impl Iterator<Item = &str> + Send,
    ) -> Result<(), StoreError> {
        let keys: Vec<String> = keys.map(|key| self.0.key('c', key)).collect();
        for keys in keys.chunks(SWEEP) {
            let _: u64 = self.0.query(cmd("UNLINK").arg(keys)).await?;
        }
        Ok(())
    }

    /// Forgets everything.
    ///
    /// # Errors
    /// `Unavailable`: the server does not answer; some is left.
    pub async fn clear(&self) -> Result<(), StoreError> {
        let pattern = self.0.key('c', "*");
        let mut cursor = 0_u64;
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(&pattern).arg("COUNT").arg(SWEEP);
            let (next, keys): (u64, Vec<Vec<u8>>) = self.0.query(&scan).await?;
            if !keys.is_empty() {
                let _: u64 = self.0.query(cmd("UNLINK").arg(keys)).await?;
            }
            cursor = next;
            if cursor == 0 {
                return Ok(());
            }
        }
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        let value: Option<Vec<u8>> = self.0.query(cmd("GET").arg(self.0.key('c', key))).await?;
        Ok(value.map(Bytes::from))
    }

    async fn set(&self, key: &str, value: Bytes, ttl_ms: u64) -> Result<(), StoreError> {
        let mut set = cmd("SET");
        set.arg(self.0.key('c', key)).arg(&value[..]).arg("PX").arg(ttl_ms.max(1));
        self.0.query(&set).await
    }

    async fn delete(&self, key: &str) -> Result<(), StoreError> {
        self.0.query(cmd("UNLINK").arg(self.0.key('c', key))).await
    }
}

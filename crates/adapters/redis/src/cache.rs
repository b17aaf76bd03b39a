//! The cache.

use async_trait::async_trait;
use bytes::Bytes;
use deadpool_redis::redis::{Script, cmd};
use erynoa_cache::Cache;
use erynoa_kernel::StoreError;

use crate::RedisServer;

/// A cache that all servers of the installation share.
pub struct RedisCache {
    server: RedisServer,
    put: Script,
}

impl RedisCache {
    /// On this server.
    #[must_use]
    pub fn new(server: RedisServer) -> Self {
        Self { server, put: Script::new(include_str!("cache.lua")) }
    }

    async fn ask(&self, command: &str, key: &str) -> Result<Option<Bytes>, StoreError> {
        let mut asked = cmd(command);
        asked.arg(self.server.key('c', key));
        let value: Option<Vec<u8>> = self.server.query(&asked).await?;
        Ok(value.map(Bytes::from))
    }
}

#[async_trait]
impl Cache for RedisCache {
    async fn put(&self, key: &str, value: Bytes, ttl_ms: u64) -> Result<Option<Bytes>, StoreError> {
        let mut call = self.put.key(self.server.key('c', key));
        call.arg(&value[..]).arg(ttl_ms.max(1));
        let there: Option<Vec<u8>> = self.server.run(&call).await?;
        Ok(there.map(Bytes::from))
    }

    async fn get(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        self.ask("GET", key).await
    }

    async fn take(&self, key: &str) -> Result<Option<Bytes>, StoreError> {
        self.ask("GETDEL", key).await
    }
}

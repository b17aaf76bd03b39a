//! Revoked sessions.

use async_trait::async_trait;
use deadpool_redis::redis::{Script, cmd};
use erynoa_cache::Revocations;
use erynoa_kernel::StoreError;

use crate::RedisServer;

/// Revoked sessions, known to all servers of the installation at once.
pub struct RedisRevocations {
    server: RedisServer,
    script: Script,
}

impl RedisRevocations {
    /// On this server.
    #[must_use]
    pub fn new(server: RedisServer) -> Self {
        Self { server, script: Script::new(include_str!("revocations.lua")) }
    }
}

#[async_trait]
impl Revocations for RedisRevocations {
    async fn revoke(&self, session: &str, until_us: u64, now_us: u64) -> Result<(), StoreError> {
        let mut call = self.script.key(self.server.key('v', session));
        call.arg(until_us).arg(now_us);
        let _: u64 = self.server.run(&call).await?;
        Ok(())
    }

    async fn is_revoked(&self, session: &str, now_us: u64) -> Result<bool, StoreError> {
        let until_us: Option<u64> =
            self.server.query(cmd("GET").arg(self.server.key('v', session))).await?;
        Ok(until_us.is_some_and(|until_us| until_us > now_us))
    }
}

//! Rate limits.

use async_trait::async_trait;
use deadpool_redis::redis::Script;
use erynoa_cache::{Admission, Rate, RateLimiter};
use erynoa_kernel::StoreError;

use crate::RedisServer;

/// Rate limits that hold for all servers of the installation together.
pub struct RedisLimiter {
    server: RedisServer,
    script: Script,
}

impl RedisLimiter {
    /// On this server.
    #[must_use]
    pub fn new(server: RedisServer) -> Self {
        Self { server, script: Script::new(include_str!("limiter.lua")) }
    }
}

#[async_trait]
impl RateLimiter for RedisLimiter {
    async fn check(&self, key: &str, rate: Rate, now_us: u64) -> Result<Admission, StoreError> {
        let mut call = self.script.key(self.server.key('r', key));
        call.arg(rate.interval_us()).arg(rate.burst_us()).arg(now_us);
        let retry_after_ms: u64 = self.server.run(&call).await?;
        Ok(match retry_after_ms {
            0 => Admission::Passed,
            retry_after_ms => Admission::Refused { retry_after_ms },
        })
    }
}

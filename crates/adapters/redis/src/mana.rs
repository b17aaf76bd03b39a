//! Accounts of mana.

use async_trait::async_trait;
use deadpool_redis::redis::Script;
use erynoa_execution::{Allowance, ManaAccounts, ManaEmpty, Payer, mana};
use erynoa_kernel::StoreError;

use crate::RedisServer;
use crate::server::unavailable;

/// Accounts of mana that all servers of the installation share.
pub struct RedisMana {
    server: RedisServer,
    script: Script,
}

impl RedisMana {
    /// On this server.
    #[must_use]
    pub fn new(server: RedisServer) -> Self {
        Self { server, script: Script::new(include_str!("mana.lua")) }
    }

    /// Whether it was done, and the level after it in billionths.
    async fn run(
        &self,
        what: &str,
        payer: Payer,
        allowance: Allowance,
        price: u64,
        now_us: u64,
    ) -> Result<(bool, u128), StoreError> {
        let name = match payer {
            Payer::Root(root) => format!("root:{}", root.0),
            Payer::Newcomers(realm) => format!("newcomers:{}", realm.0),
        };
        let mut call = self.script.key(self.server.key('m', &name));
        // As text: the numbers are longer than those that the protocol knows.
        call.arg(what)
            .arg(allowance.max_nano().to_string())
            .arg(allowance.refill_nano_per_us().to_string())
            .arg(mana::nano(price).to_string())
            .arg(now_us);
        let (done, level): (bool, String) = self.server.run(&call).await?;
        Ok((done, level.parse().map_err(unavailable)?))
    }
}

#[async_trait]
impl ManaAccounts for RedisMana {
    async fn take(
        &self,
        payer: Payer,
        allowance: Allowance,
        price: u64,
        now_us: u64,
    ) -> Result<Result<u64, ManaEmpty>, StoreError> {
        let (done, level_nano) = self.run("take", payer, allowance, price, now_us).await?;
        Ok(if done {
            Ok(mana::whole(level_nano))
        } else {
            Err(ManaEmpty::at(level_nano, allowance, price))
        })
    }

    async fn left(
        &self,
        payer: Payer,
        allowance: Allowance,
        now_us: u64,
    ) -> Result<u64, StoreError> {
        let (_, level_nano) = self.run("left", payer, allowance, 0, now_us).await?;
        Ok(mana::whole(level_nano))
    }

    async fn give_back(
        &self,
        payer: Payer,
        allowance: Allowance,
        price: u64,
        now_us: u64,
    ) -> Result<(), StoreError> {
        self.run("give_back", payer, allowance, price, now_us).await.map(drop)
    }
}

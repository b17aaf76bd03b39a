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

    /// What the script says.
    async fn run(
        &self,
        what: &str,
        payer: Payer,
        allowance: Allowance,
        prices: &[u64],
        now_us: u64,
    ) -> Result<Vec<String>, StoreError> {
        let name = match payer {
            Payer::Root(root) => format!("root:{}", root.0),
            Payer::Newcomers(realm) => format!("newcomers:{}", realm.0),
        };
        let mut call = self.script.key(self.server.key('m', &name));
        // As text: the numbers are longer than those that the protocol knows.
        call.arg(what)
            .arg(allowance.max_nano().to_string())
            .arg(allowance.refill_nano_per_us().to_string())
            .arg(now_us);
        for price in prices {
            call.arg(mana::nano(*price).to_string());
        }
        self.server.run(&call).await
    }
}

/// A level in billionths, and whether it was enough.
fn level(said: &str) -> Result<(bool, u128), StoreError> {
    let (is_enough, level) = match said.strip_prefix('-') {
        Some(level) => (false, level),
        None => (true, said),
    };
    Ok((is_enough, level.parse().map_err(unavailable)?))
}

#[async_trait]
impl ManaAccounts for RedisMana {
    async fn take_each(
        &self,
        payer: Payer,
        allowance: Allowance,
        prices: &[u64],
        now_us: u64,
    ) -> Result<Vec<Result<u64, ManaEmpty>>, StoreError> {
        let said = self.run("take", payer, allowance, prices, now_us).await?;
        if said.len() != prices.len() {
            return Err(unavailable("it does not answer for every price"));
        }
        let judge = |(said, price): (&String, &u64)| {
            let (is_enough, level_nano) = level(said)?;
            Ok(if is_enough {
                Ok(mana::whole(level_nano))
            } else {
                Err(ManaEmpty::at(level_nano, allowance, *price))
            })
        };
        said.iter().zip(prices).map(judge).collect()
    }

    async fn left(
        &self,
        payer: Payer,
        allowance: Allowance,
        now_us: u64,
    ) -> Result<u64, StoreError> {
        let said = self.run("left", payer, allowance, &[], now_us).await?;
        let (_, level_nano) = level(said.first().map_or("", String::as_str))?;
        Ok(mana::whole(level_nano))
    }

    async fn give_back(
        &self,
        payer: Payer,
        allowance: Allowance,
        price: u64,
        now_us: u64,
    ) -> Result<(), StoreError> {
        self.run("give_back", payer, allowance, &[price], now_us).await.map(drop)
    }
}

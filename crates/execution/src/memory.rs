//! The accounts of one server.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use erynoa_kernel::StoreError;

use crate::{Allowance, Mana, ManaAccounts, ManaEmpty, Payer};

/// Accounts of mana in memory.
#[derive(Debug, Default)]
pub struct MemoryMana(Mutex<Mana>);

impl MemoryMana {
    fn lock(&self) -> MutexGuard<'_, Mana> {
        // No operation leaves an account half changed, so a panic elsewhere
        // does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ManaAccounts for MemoryMana {
    async fn take_each(
        &self,
        payer: Payer,
        allowance: Allowance,
        prices: &[u64],
        now_us: u64,
    ) -> Result<Vec<Result<u64, ManaEmpty>>, StoreError> {
        let mut mana = self.lock();
        Ok(prices.iter().map(|price| mana.take(payer, allowance, *price, now_us)).collect())
    }

    async fn left(
        &self,
        payer: Payer,
        allowance: Allowance,
        now_us: u64,
    ) -> Result<u64, StoreError> {
        Ok(self.lock().left(payer, allowance, now_us))
    }

    async fn give_back(
        &self,
        payer: Payer,
        allowance: Allowance,
        price: u64,
        now_us: u64,
    ) -> Result<(), StoreError> {
        self.lock().give_back(payer, allowance, price, now_us);
        Ok(())
    }
}

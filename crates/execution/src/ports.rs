//! What the context of execution needs from outside.

use async_trait::async_trait;
use erynoa_kernel::StoreError;

use crate::{Allowance, ManaEmpty, Payer};

/// The accounts of mana of one server, or of several that share them. It does
/// exactly what [`Mana`](crate::Mana) does. Laws: `contract`.
#[async_trait]
pub trait ManaAccounts: Send + Sync + 'static {
    /// Takes the prices one after the other, all in one step. Of each: what is
    /// left after it, or that there is not enough, and then it takes nothing.
    /// See [`Mana::take`](crate::Mana::take).
    async fn take_each(
        &self,
        payer: Payer,
        allowance: Allowance,
        prices: &[u64],
        now_us: u64,
    ) -> Result<Vec<Result<u64, ManaEmpty>>, StoreError>;

    /// What the account has.
    async fn left(
        &self,
        payer: Payer,
        allowance: Allowance,
        now_us: u64,
    ) -> Result<u64, StoreError>;

    /// Gives back what was taken for something that was not done, up to what
    /// the account holds at most.
    async fn give_back(
        &self,
        payer: Payer,
        allowance: Allowance,
        price: u64,
        now_us: u64,
    ) -> Result<(), StoreError>;
}

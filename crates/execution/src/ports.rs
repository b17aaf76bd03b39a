//! What the context of execution needs from outside.

use async_trait::async_trait;
use erynoa_kernel::StoreError;

use crate::{Allowance, ManaEmpty, Payer};

/// The accounts of mana of one server, or of several that share them. It does
/// exactly what [`Mana`](crate::Mana) does. Laws: `contract`.
#[async_trait]
pub trait ManaAccounts: Send + Sync + 'static {
    /// Takes `price` and says what is left; takes nothing when there is not
    /// enough. See [`Mana::take`](crate::Mana::take).
    async fn take(
        &self,
        payer: Payer,
        allowance: Allowance,
        price: u64,
        now_us: u64,
    ) -> Result<Result<u64, ManaEmpty>, StoreError>;

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

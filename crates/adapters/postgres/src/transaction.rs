//! Transactions that are tried again when they lose against another one.

use std::time::Duration;

use async_trait::async_trait;
use erynoa_kernel::StoreError;
use sqlx::{PgConnection, PgPool};

use crate::error::{driver, is_lost};
use crate::store::answered;

/// Attempts before the caller is told of the conflict.
const ATTEMPTS: u32 = 8;
/// Wait before the second attempt; each further one waits that much longer.
const PAUSE: Duration = Duration::from_millis(5);

/// What happens in one transaction. It may run several times and must change
/// nothing but the database.
#[async_trait]
pub(crate) trait Work: Sync {
    type Output: Send;

    async fn run(&self, connection: &mut PgConnection) -> Result<Self::Output, sqlx::Error>;
}

/// Runs `work` as if nobody else were there (serialisable isolation).
///
/// # Errors
/// `Conflict` for what is taken, and after [`ATTEMPTS`] lost attempts;
/// `Unavailable`.
pub(crate) async fn transact<W: Work>(
    pool: &PgPool,
    tried: &str,
    work: &W,
) -> Result<W::Output, StoreError> {
    let mut attempt = 0;
    loop {
        attempt += 1;
        let outcome = answered_once(pool, tried, work).await?;
        match outcome {
            Err(error) if is_lost(&error) && attempt < ATTEMPTS => {
                tokio::time::sleep(PAUSE * attempt).await;
            }
            outcome => return outcome.map_err(|error| driver(tried, error)),
        }
    }
}

/// One attempt: outside what the database did not answer, inside what it said.
async fn answered_once<W: Work>(
    pool: &PgPool,
    tried: &str,
    work: &W,
) -> Result<Result<W::Output, sqlx::Error>, StoreError> {
    answered(tried, async {
        let mut transaction = pool.begin_with("BEGIN ISOLATION LEVEL SERIALIZABLE").await?;
        let outcome = work.run(&mut transaction).await;
        Ok(match outcome {
            Ok(output) => transaction.commit().await.map(|()| output),
            Err(error) => {
                // The connection gives up an open transaction by itself.
                drop(transaction);
                Err(error)
            }
        })
    })
    .await
}

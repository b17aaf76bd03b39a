//! The event log on PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_events::{EventLog, MAX_ENTRY_BYTES, leaf_hash};
use erynoa_kernel::{StoreError, StoreErrorKind};
use sha2::{Digest, Sha256};
use sqlx::{PgPool, Postgres, Transaction};
use tokio::sync::{Mutex, watch};

use crate::error::corrupt;
use crate::number::{stored, unsigned};
use crate::store::answered;

/// The event log in a [`PgStore`](crate::PgStore).
#[derive(Clone, Debug)]
pub struct PgEventLog(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: PgPool,
    writer: PgPool,
    grown: watch::Receiver<u64>,
    /// The open transaction of whoever has the turn.
    turn: Mutex<Option<Turn>>,
}

#[derive(Debug)]
struct Turn {
    transaction: Transaction<'static, Postgres>,
    size: u64,
}

/// Attempts to find out what became of a commit whose answer was lost.
const LOOKS: u32 = 5;
/// Between two of them.
const PAUSE: Duration = Duration::from_millis(300);

impl PgEventLog {
    pub(crate) fn new(pool: PgPool, writer: PgPool, grown: watch::Receiver<u64>) -> Self {
        Self(Arc::new(Inner { pool, writer, grown, turn: Mutex::default() }))
    }
}

fn hash_of(note: &str) -> Vec<u8> {
    Sha256::digest(note.as_bytes()).to_vec()
}

impl Inner {
    async fn begin(&self) -> Result<Turn, StoreError> {
        let mut transaction = answered("begin a turn", self.writer.begin()).await?;
        let asked = sqlx::query_scalar!("SELECT size FROM log_head FOR UPDATE")
            .fetch_one(&mut *transaction);
        let size = unsigned(answered("take the turn", asked).await?)?;
        Ok(Turn { transaction, size })
    }

    async fn append(
        &self,
        mut turn: Turn,
        entries: Vec<Bytes>,
        checkpoint: Option<String>,
    ) -> Result<(), StoreError> {
        let from = turn.size;
        let size = from + entries.len() as u64;
        let leaves: Vec<Vec<u8>> = entries.iter().map(|entry| leaf_hash(entry).to_vec()).collect();
        let bytes: Vec<Vec<u8>> = entries.into_iter().map(Vec::from).collect();
        let hash = checkpoint.as_deref().map(hash_of);
        let added = sqlx::query_file!(
            "queries/append.sql",
            stored(from)?,
            &leaves,
            &bytes,
            stored(size)?,
            checkpoint,
            hash,
        )
        .execute(&mut *turn.transaction);
        answered(&format!("append at position {from}"), added).await?;
        match answered("commit", turn.transaction.commit()).await {
            Ok(()) => Ok(()),
            // The answer may have been lost after the commit.
            Err(_) if !leaves.is_empty() && self.are_stored(from, &leaves).await => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Whether exactly these leaves stand from this position on.
    async fn are_stored(&self, from: u64, leaves: &[Vec<u8>]) -> bool {
        let (Ok(from), Ok(to)) = (stored(from), stored(from + leaves.len() as u64)) else {
            return false;
        };
        for _ in 0..LOOKS {
            tokio::time::sleep(PAUSE).await;
            let asked = sqlx::query_scalar!(
                "SELECT leaf FROM log_entries WHERE position >= $1 AND position < $2 \
                 ORDER BY position",
                from,
                to
            )
            .fetch_all(&self.pool);
            if let Ok(stored) = answered("look for what was appended", asked).await {
                return stored == leaves;
            }
        }
        false
    }
}

#[async_trait]
impl EventLog for PgEventLog {
    async fn append(
        &self,
        expected_size: u64,
        entries: Vec<Bytes>,
        checkpoint: Option<String>,
    ) -> Result<(), StoreError> {
        if let Some(entry) = entries.iter().find(|entry| entry.len() > MAX_ENTRY_BYTES) {
            let message = format!("an entry of {} bytes does not fit the log", entry.len());
            return Err(StoreError::new(StoreErrorKind::Unavailable, message));
        }
        let held = self.0.turn.lock().await.take();
        let turn = match held {
            Some(turn) => turn,
            None => self.0.begin().await?,
        };
        if turn.size != expected_size {
            return Err(StoreError::new(
                StoreErrorKind::Conflict,
                format!("the log has {} entries, not {expected_size}", turn.size),
            ));
        }
        if entries.is_empty() && checkpoint.is_none() {
            return answered("end the turn", turn.transaction.rollback()).await;
        }
        self.0.append(turn, entries, checkpoint).await
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Bytes>, StoreError> {
        let (Ok(from), Ok(limit)) = (i64::try_from(from), i64::try_from(limit)) else {
            return Ok(Vec::new());
        };
        let asked = sqlx::query!(
            "SELECT position, leaf, entry FROM log_entries \
             WHERE position >= $1 AND position < (SELECT size FROM log_head) \
             ORDER BY position LIMIT $2",
            from,
            limit
        )
        .fetch_all(&self.0.pool);
        let rows = answered(&format!("read from position {from}"), asked).await?;
        let mut entries = Vec::with_capacity(rows.len());
        for (expected, row) in (from..).zip(rows) {
            if row.position != expected {
                return Err(corrupt(format!("log entry {expected} is missing")));
            }
            if leaf_hash(&row.entry).as_slice() != row.leaf {
                let why = "it is not what its hash says";
                return Err(corrupt(format!("log entry {expected} is damaged: {why}")));
            }
            entries.push(row.entry.into());
        }
        Ok(entries)
    }

    async fn size(&self) -> Result<u64, StoreError> {
        let asked = sqlx::query_scalar!("SELECT size FROM log_head").fetch_one(&self.0.pool);
        unsigned(answered("read the size of the log", asked).await?)
    }

    async fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        let asked = sqlx::query!("SELECT checkpoint, checkpoint_hash FROM log_head")
            .fetch_one(&self.0.pool);
        let head = answered("read the latest checkpoint", asked).await?;
        let Some(note) = head.checkpoint else { return Ok(None) };
        if head.checkpoint_hash != Some(hash_of(&note)) {
            let why = "it is not what its hash says";
            return Err(corrupt(format!("the latest checkpoint is damaged: {why}")));
        }
        Ok(Some(note))
    }

    async fn bytes_on_disk(&self) -> Result<u64, StoreError> {
        let asked =
            sqlx::query_scalar!(r#"SELECT pg_total_relation_size('log_entries') AS "bytes!""#)
                .fetch_one(&self.0.pool);
        unsigned(answered("measure the log", asked).await?)
    }

    async fn take_turn(&self) -> Result<u64, StoreError> {
        let mut held = self.0.turn.lock().await;
        // A turn that was never ended goes back first: there is one connection.
        if let Some(turn) = held.take() {
            answered("give back a turn", turn.transaction.rollback()).await?;
        }
        let turn = self.0.begin().await?;
        let size = turn.size;
        *held = Some(turn);
        Ok(size)
    }

    async fn grown(&self, known: u64) {
        let mut sizes = self.0.grown.clone();
        if sizes.wait_for(|size| *size > known).await.is_err() {
            // The store has been closed.
            std::future::pending::<()>().await;
        }
    }
}

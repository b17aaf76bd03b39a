//! The audit log on PostgreSQL.

use async_trait::async_trait;
use erynoa_access::{AuditEntry, AuditFilter, AuditLog, AuditRecord};
use erynoa_kernel::StoreError;
use sqlx::{PgConnection, PgPool};

use crate::error::corrupt;
use crate::number::{bound, unsigned};
use crate::store::answered;
use crate::transaction::{Work, transact};

/// The audit log in a [`PgStore`](crate::PgStore).
#[derive(Clone, Debug)]
pub struct PgAudit(PgPool);

impl PgAudit {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self(pool)
    }
}

fn entries(rows: &[Vec<u8>]) -> Result<Vec<AuditEntry>, StoreError> {
    let damaged = || corrupt("an entry of the audit log is damaged".to_owned());
    rows.iter().map(|row| AuditEntry::from_bytes(row).ok_or_else(damaged)).collect()
}

pub(crate) async fn insert_entry(
    connection: &mut PgConnection,
    entry: &AuditEntry,
) -> Result<(), sqlx::Error> {
    let record = &entry.record;
    sqlx::query!(
        "INSERT INTO audit_entries (sequence, at_us, actor, action, target, entry) \
         VALUES ($1, $2, $3, $4, $5, $6)",
        bound(entry.sequence),
        bound(record.at_us),
        record.actor.map(|actor| actor.as_bytes().to_vec()),
        record.action,
        record.target,
        entry.to_bytes()
    )
    .execute(connection)
    .await
    .map(drop)
}

struct Append(AuditRecord);

#[async_trait]
impl Work for Append {
    /// `None`: the newest entry is damaged.
    type Output = Option<AuditEntry>;

    async fn run(&self, connection: &mut PgConnection) -> Result<Self::Output, sqlx::Error> {
        // Writers queue here instead of losing against each other.
        sqlx::query!("LOCK TABLE audit_entries IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *connection)
            .await?;
        let newest =
            sqlx::query_scalar!("SELECT entry FROM audit_entries ORDER BY sequence DESC LIMIT 1")
                .fetch_optional(&mut *connection)
                .await?;
        let (sequence, previous) = match newest.map(|entry| AuditEntry::from_bytes(&entry)) {
            None => (0, [0; 32]),
            Some(Some(newest)) => (newest.sequence + 1, newest.hash),
            Some(None) => return Ok(None),
        };
        let entry = AuditEntry::seal(sequence, previous, self.0.clone());
        insert_entry(connection, &entry).await?;
        Ok(Some(entry))
    }
}

#[async_trait]
impl AuditLog for PgAudit {
    async fn append(&self, record: AuditRecord) -> Result<AuditEntry, StoreError> {
        let appended = transact(&self.0, "append to the audit log", &Append(record)).await?;
        appended.ok_or_else(|| corrupt("the newest entry of the audit log is damaged".to_owned()))
    }

    async fn list(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let listed = sqlx::query_file_scalar!(
            "queries/audit_list.sql",
            filter.action,
            filter.actor.map(|actor| actor.as_bytes().to_vec()),
            filter.target,
            bound(filter.since_us),
            if filter.until_us == 0 { i64::MAX } else { bound(filter.until_us) },
            before.map(bound),
            bound(limit as u64)
        )
        .fetch_all(&self.0);
        entries(&answered("list the audit log", listed).await?)
    }

    async fn read(&self, from: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        let read = sqlx::query_scalar!(
            "SELECT entry FROM audit_entries WHERE sequence >= $1 ORDER BY sequence LIMIT $2",
            bound(from),
            bound(limit as u64)
        )
        .fetch_all(&self.0);
        entries(&answered("read the audit log", read).await?)
    }

    async fn size(&self) -> Result<u64, StoreError> {
        let size = sqlx::query_scalar!(
            r#"SELECT coalesce(max(sequence) + 1, 0) AS "size!" FROM audit_entries"#
        )
        .fetch_one(&self.0);
        unsigned(answered("measure the audit log", size).await?)
    }
}

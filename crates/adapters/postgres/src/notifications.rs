//! Notifications on PostgreSQL.

use async_trait::async_trait;
use erynoa_kernel::StoreError;
use erynoa_notifications::{Cursor, Inbox, Notifications, Reader};
use sqlx::{PgConnection, PgPool};

use crate::error::corrupt;
use crate::number::{bound, stored, unsigned};
use crate::store::answered;
use crate::transaction::{Work, transact};

/// Inboxes in a [`PgStore`](crate::PgStore).
#[derive(Clone, Debug)]
pub struct PgNotifications {
    pool: PgPool,
}

impl PgNotifications {
    pub(crate) const fn new(pool: PgPool) -> Self {
        Self { pool }
    }
}

/// One inbox as a row.
struct Row {
    reader: [u8; 16],
    before: i64,
    after: i64,
    due_us: Option<i64>,
    record: String,
}

struct Write {
    rows: Vec<Row>,
    /// Where the cursor must stand, and where it stands then.
    cursor: Option<(Option<i64>, i64)>,
}

/// Somebody else was faster; rolls the transaction back.
const OVERTAKEN: sqlx::Error = sqlx::Error::RowNotFound;

impl Write {
    async fn move_cursor(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let done = match self.cursor {
            None => return Ok(()),
            Some((None, to)) => {
                sqlx::query!(
                    "INSERT INTO notification_cursor (position) VALUES ($1) \
                     ON CONFLICT (singleton) DO NOTHING",
                    to
                )
                .execute(connection)
                .await?
            }
            Some((Some(from), to)) => {
                sqlx::query!(
                    "UPDATE notification_cursor SET position = $2 WHERE position = $1",
                    from,
                    to
                )
                .execute(connection)
                .await?
            }
        };
        if done.rows_affected() == 1 { Ok(()) } else { Err(OVERTAKEN) }
    }
}

/// Puts an inbox as it is.
pub(crate) async fn insert_inbox(
    connection: &mut PgConnection,
    inbox: &Inbox,
) -> Result<(), sqlx::Error> {
    let record = serde_json::to_string(inbox).expect("its maps have text as keys");
    sqlx::query!(
        "INSERT INTO notification_inboxes (reader, due_us, revision, record) \
         VALUES ($1, $2, $3, $4) ON CONFLICT (reader) DO NOTHING",
        &inbox.reader.as_bytes()[..],
        inbox.due_us().map(bound),
        bound(inbox.revision),
        record
    )
    .execute(connection)
    .await
    .map(drop)
}

pub(crate) async fn delete_inbox(
    connection: &mut PgConnection,
    reader: Reader,
) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM notification_inboxes WHERE reader = $1", &reader.as_bytes()[..])
        .execute(connection)
        .await
        .map(drop)
}

/// Inboxes behind a reader, in order.
pub(crate) async fn inboxes_after(
    pool: &PgPool,
    after: Option<&[u8]>,
    limit: i64,
) -> Result<Vec<Inbox>, StoreError> {
    let rows = sqlx::query_scalar!(
        "SELECT record FROM notification_inboxes WHERE $1::BYTEA IS NULL OR reader > $1 \
         ORDER BY reader LIMIT $2",
        after,
        limit
    );
    let rows = answered("read inboxes", rows.fetch_all(pool)).await?;
    rows.iter().map(|record| inbox(record)).collect()
}

fn inbox(record: &str) -> Result<Inbox, StoreError> {
    serde_json::from_str(record).map_err(|error| corrupt(format!("an inbox is damaged: {error}")))
}

#[async_trait]
impl Work for Write {
    type Output = ();

    async fn run(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        self.move_cursor(connection).await?;
        for row in &self.rows {
            let done = if row.before == 0 {
                sqlx::query!(
                    "INSERT INTO notification_inboxes (reader, due_us, revision, record) \
                     VALUES ($1, $2, $3, $4) ON CONFLICT (reader) DO NOTHING",
                    &row.reader[..],
                    row.due_us,
                    row.after,
                    row.record
                )
                .execute(&mut *connection)
                .await?
            } else {
                sqlx::query!(
                    "UPDATE notification_inboxes SET due_us = $3, revision = $4, record = $5 \
                     WHERE reader = $1 AND revision = $2",
                    &row.reader[..],
                    row.before,
                    row.due_us,
                    row.after,
                    row.record
                )
                .execute(&mut *connection)
                .await?
            };
            if done.rows_affected() != 1 {
                return Err(OVERTAKEN);
            }
        }
        Ok(())
    }
}

fn row(inbox: &Inbox) -> Result<Row, StoreError> {
    let written = inbox.written();
    Ok(Row {
        reader: *inbox.reader.as_bytes(),
        before: stored(inbox.revision)?,
        after: stored(written.revision)?,
        due_us: inbox.due_us().map(bound),
        record: serde_json::to_string(&written).expect("its maps have text as keys"),
    })
}

#[async_trait]
impl Notifications for PgNotifications {
    async fn cursor(&self) -> Result<Option<u64>, StoreError> {
        let found = sqlx::query_scalar!("SELECT position FROM notification_cursor")
            .fetch_optional(&self.pool);
        answered("read the cursor of notifications", found).await?.map(unsigned).transpose()
    }

    async fn get(&self, reader: Reader) -> Result<Option<Inbox>, StoreError> {
        let found = sqlx::query_scalar!(
            "SELECT record FROM notification_inboxes WHERE reader = $1",
            &reader.as_bytes()[..]
        )
        .fetch_optional(&self.pool);
        let Some(record) = answered("read an inbox", found).await? else { return Ok(None) };
        inbox(&record).map(Some)
    }

    async fn write(&self, inboxes: &[Inbox], cursor: Option<Cursor>) -> Result<bool, StoreError> {
        let mut rows = inboxes.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        // Everybody locks in the same order.
        rows.sort_by_key(|row| row.reader);
        let cursor = match cursor {
            Some(Cursor { from, to }) => Some((from.map(stored).transpose()?, stored(to)?)),
            None => None,
        };
        match transact(&self.pool, "write inboxes", &Write { rows, cursor }).await {
            Ok(()) => Ok(true),
            Err(error) if is_overtaken(&error) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn due(&self, now_us: u64, limit: usize) -> Result<Vec<Reader>, StoreError> {
        let rows = sqlx::query_scalar!(
            "SELECT reader FROM notification_inboxes WHERE due_us <= $1 \
             ORDER BY due_us, reader LIMIT $2",
            bound(now_us),
            i64::try_from(limit).unwrap_or(i64::MAX)
        )
        .fetch_all(&self.pool);
        let rows = answered("look for letters that are due", rows).await?;
        let reader = |bytes: Vec<u8>| {
            let bytes = bytes.try_into().map_err(|_| corrupt("a reader is damaged".to_owned()))?;
            Ok(Reader::from_bytes(bytes))
        };
        rows.into_iter().map(reader).collect()
    }

    async fn forget(&self, reader: Reader) -> Result<(), StoreError> {
        let done = sqlx::query!(
            "DELETE FROM notification_inboxes WHERE reader = $1",
            &reader.as_bytes()[..]
        )
        .execute(&self.pool);
        answered("forget a reader", done).await.map(drop)
    }
}

/// Whether somebody else has written in between, which the caller looks into.
fn is_overtaken(error: &StoreError) -> bool {
    let cause = error.source.as_ref().and_then(|cause| cause.downcast_ref::<sqlx::Error>());
    error.kind == erynoa_kernel::StoreErrorKind::Conflict
        || cause.is_some_and(|cause| matches!(cause, sqlx::Error::RowNotFound))
}

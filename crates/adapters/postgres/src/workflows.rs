//! Runs of workflows on PostgreSQL, and starts that wait for their engine.
//!
//! Gateways share runs, so one of them drives: whoever holds a lock of the
//! database, on a connection of its own. When it dies the lock is free at once,
//! and another one goes on.

use std::sync::Arc;

use async_trait::async_trait;
use erynoa_kernel::StoreError;
use erynoa_workflows::{Due, Outbox, Posted, Run, RunFilter, RunPosition, Runs, Start};
use sqlx::pool::PoolConnection;
use sqlx::postgres::Postgres;
use sqlx::{PgExecutor, PgPool};
use tokio::sync::Mutex;

use crate::error::corrupt;
use crate::number::{bound, stored, unsigned};
use crate::store::answered;

/// Number of the lock of whoever drives: "workflow" in ASCII.
const DRIVER: i64 = 0x776f_726b_666c_6f77;
/// How often runs are looked for that another gateway has started, µs.
const LOOK_US: u64 = 1_000_000;

/// Runs in a [`PgStore`](crate::PgStore).
#[derive(Clone, Debug)]
pub struct PgRuns {
    pool: PgPool,
    driving: PgPool,
    /// The connection that holds the lock.
    driver: Arc<Mutex<Option<PoolConnection<Postgres>>>>,
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("its maps have text as keys")
}

fn run(record: &str) -> Result<Run, StoreError> {
    serde_json::from_str(record).map_err(|error| corrupt(format!("a workflow is damaged: {error}")))
}

fn start(record: &str) -> Result<Start, StoreError> {
    let damaged = |error| corrupt(format!("a start that waits is damaged: {error}"));
    serde_json::from_str(record).map_err(damaged)
}

/// Adds a run; 0 when its key is taken.
pub(crate) async fn insert_run(
    executor: impl PgExecutor<'_>,
    run: &Run,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "INSERT INTO workflow_runs \
             (key, workflow, status, owner, started_at_us, due_us, revision, record) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING",
        run.key,
        run.workflow,
        run.status.name(),
        run.owner,
        bound(run.started_at_us),
        run.due_us.map(bound),
        bound(run.revision),
        json(run)
    );
    Ok(done.execute(executor).await?.rows_affected())
}

pub(crate) async fn delete_run(
    executor: impl PgExecutor<'_>,
    run: &Run,
) -> Result<(), sqlx::Error> {
    let delete = sqlx::query!("DELETE FROM workflow_runs WHERE key = $1", run.key);
    delete.execute(executor).await.map(drop)
}

pub(crate) async fn insert_start(
    executor: impl PgExecutor<'_>,
    start: &Start,
    at_us: u64,
) -> Result<(), sqlx::Error> {
    let insert = sqlx::query!(
        "INSERT INTO workflow_outbox (at_us, key, record) VALUES ($1, $2, $3) \
             ON CONFLICT (at_us, key) DO NOTHING",
        bound(at_us),
        start.key,
        json(start)
    );
    insert.execute(executor).await.map(drop)
}

pub(crate) async fn delete_start(
    executor: impl PgExecutor<'_>,
    posted: &Posted,
) -> Result<(), sqlx::Error> {
    let delete = sqlx::query!(
        "DELETE FROM workflow_outbox WHERE at_us = $1 AND key = $2",
        bound(posted.at_us),
        posted.start.key
    );
    delete.execute(executor).await.map(drop)
}

/// Runs behind a place, in the order of their starts.
pub(crate) async fn runs_after(
    pool: &PgPool,
    after: Option<RunPosition>,
    limit: i64,
) -> Result<Vec<Run>, StoreError> {
    let rows = sqlx::query_scalar!(
        "SELECT record FROM workflow_runs \
         WHERE $1::bigint IS NULL OR (started_at_us, key) > ($1, $2) \
         ORDER BY started_at_us, key LIMIT $3",
        after.as_ref().map(|after| bound(after.started_at_us)),
        after.as_ref().map(|after| after.key.as_str()),
        limit
    );
    let rows = answered("read workflows", rows.fetch_all(pool)).await?;
    rows.iter().map(|record| run(record)).collect()
}

/// Starts that wait behind one of them, the longest waiting first.
pub(crate) async fn starts_after(
    pool: &PgPool,
    after: Option<&Posted>,
    limit: i64,
) -> Result<Vec<Posted>, StoreError> {
    let rows = sqlx::query!(
        "SELECT at_us, record FROM workflow_outbox \
         WHERE $1::bigint IS NULL OR (at_us, key) > ($1, $2) ORDER BY at_us, key LIMIT $3",
        after.map(|after| bound(after.at_us)),
        after.map(|after| after.start.key.as_str()),
        limit
    );
    let rows = answered("read starts that wait", rows.fetch_all(pool)).await?;
    rows.into_iter()
        .map(|row| Ok(Posted { at_us: unsigned(row.at_us)?, start: start(&row.record)? }))
        .collect()
}

impl PgRuns {
    pub(crate) fn new(pool: PgPool, driving: PgPool) -> Self {
        Self { pool, driving, driver: Arc::default() }
    }

    /// Lets another process drive.
    pub(crate) async fn close(&self) {
        drop(self.driver.lock().await.take());
        self.driving.close().await;
    }

    /// Whether this process may drive the runs.
    async fn drives(&self) -> Result<bool, StoreError> {
        let mut driver = self.driver.lock().await;
        if let Some(connection) = &mut *driver {
            let held =
                sqlx::query_scalar!(r#"SELECT true AS "held!""#).fetch_one(&mut **connection);
            if answered("hold the lock of workflows", held).await.is_ok() {
                return Ok(true);
            }
            // The lock has gone with the connection, which must not come back.
            if let Some(connection) = driver.take() {
                drop(connection.detach());
            }
        }
        let mut connection = answered("connect for workflows", self.driving.acquire()).await?;
        let asked = sqlx::query_scalar!(r#"SELECT pg_try_advisory_lock($1) AS "got!""#, DRIVER)
            .fetch_one(&mut *connection);
        let got = answered("take the lock of workflows", asked).await?;
        if got {
            *driver = Some(connection);
        }
        Ok(got)
    }
}

#[async_trait]
impl Runs for PgRuns {
    async fn insert(&self, run: &Run) -> Result<bool, StoreError> {
        Ok(answered("add a workflow", insert_run(&self.pool, run)).await? == 1)
    }

    async fn get(&self, key: &str) -> Result<Option<Run>, StoreError> {
        // No text of PostgreSQL holds it.
        if key.contains('\0') {
            return Ok(None);
        }
        let found = sqlx::query_scalar!("SELECT record FROM workflow_runs WHERE key = $1", key)
            .fetch_optional(&self.pool);
        answered("read a workflow", found).await?.map(|record| run(&record)).transpose()
    }

    async fn put(&self, run: &Run, before: u64) -> Result<bool, StoreError> {
        let done = sqlx::query!(
            "UPDATE workflow_runs SET status = $3, due_us = $4, revision = $5, record = $6 \
             WHERE key = $1 AND revision = $2",
            run.key,
            stored(before)?,
            run.status.name(),
            run.due_us.map(bound),
            stored(run.revision)?,
            json(run)
        )
        .execute(&self.pool);
        Ok(answered("change a workflow", done).await?.rows_affected() == 1)
    }

    async fn list(
        &self,
        filter: &RunFilter,
        after: Option<&RunPosition>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError> {
        if filter.workflow.contains('\0') || after.is_some_and(|after| after.key.contains('\0')) {
            return Ok(Vec::new());
        }
        let rows = sqlx::query_scalar!(
            "SELECT record FROM workflow_runs \
             WHERE ($1 = '' OR workflow = $1) AND ($2::text IS NULL OR status = $2) \
             AND ($3 = '' OR owner = $3) \
             AND ($4::bigint IS NULL OR (started_at_us, key) < ($4, $5)) \
             ORDER BY started_at_us DESC, key DESC LIMIT $6",
            filter.workflow,
            filter.status.map(|status| status.name()),
            filter.owner,
            after.map(|after| bound(after.started_at_us)),
            after.map(|after| after.key.as_str()),
            i64::try_from(limit).unwrap_or(i64::MAX)
        )
        .fetch_all(&self.pool);
        answered("list workflows", rows).await?.iter().map(|record| run(record)).collect()
    }

    async fn due(&self, now_us: u64, limit: usize) -> Result<Due, StoreError> {
        let look_us = now_us.saturating_add(LOOK_US);
        if !self.drives().await? {
            return Ok(Due { keys: Vec::new(), next_us: Some(look_us) });
        }
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = sqlx::query!(
            r#"SELECT key, due_us AS "due_us!" FROM workflow_runs WHERE due_us < $1
            ORDER BY due_us, key LIMIT $2"#,
            bound(look_us),
            most
        )
        .fetch_all(&self.pool);
        let mut due = Due { keys: Vec::new(), next_us: Some(look_us) };
        for row in answered("look for workflows that are due", rows).await? {
            let due_us = unsigned(row.due_us)?;
            if due_us > now_us {
                due.next_us = Some(due_us);
                break;
            }
            due.keys.push(row.key);
        }
        Ok(due)
    }
}

#[async_trait]
impl Outbox for PgRuns {
    async fn post(&self, start: &Start, at_us: u64) -> Result<(), StoreError> {
        answered("post a start", insert_start(&self.pool, start, at_us)).await
    }

    async fn waiting(&self, limit: usize) -> Result<Vec<Posted>, StoreError> {
        let rows = sqlx::query!(
            "SELECT at_us, record FROM workflow_outbox ORDER BY at_us, key LIMIT $1",
            i64::try_from(limit).unwrap_or(i64::MAX)
        )
        .fetch_all(&self.pool);
        let rows = answered("read starts that wait", rows).await?;
        rows.into_iter()
            .map(|row| Ok(Posted { at_us: unsigned(row.at_us)?, start: start(&row.record)? }))
            .collect()
    }

    async fn taken(&self, posted: &Posted) -> Result<(), StoreError> {
        answered("take a start", delete_start(&self.pool, posted)).await
    }
}

//! One database, its connections and its layout.

use std::time::Duration;

use erynoa_kernel::{Secret, StoreError};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::error::{driver, silent};
use crate::number::unsigned;
use crate::{
    PgAccounts, PgAudit, PgEventLog, PgFiles, PgNotifications, PgRecords, PgRuns, PgSessions,
    PgWitnessBook,
};

/// Forward-only; run under an advisory lock, so that of several processes that
/// start at once one migrates and the others wait.
static MIGRATIONS: Migrator = sqlx::migrate!();

/// Channel on which writers of the log tell its size.
pub(crate) const GROWN: &str = "erynoa_log";
/// What a server calls itself to the database.
const SERVER: &str = "erynoa";
/// What calls itself so moves an installation.
const MOVER: &str = "erynoa-copy";
/// How often the size is asked for where no notice came.
const POLL: Duration = Duration::from_secs(1);
/// Longest that one statement may go without an answer: a server that is
/// paused must look like one that is away.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// Longest that a call waits for a connection of the pool. The driver tries a
/// server that refuses again and again, up to a fifth of this apart: so soon is
/// it noticed that the server is back.
const CONNECTION_MOST: Duration = Duration::from_secs(3);
/// A process that stops in the middle of its turn loses it after this.
const TURN_MOST: &str = "10s";

/// Where the database is and how much of it to use.
#[derive(Clone, Debug)]
pub struct PgConfig {
    /// `postgres://user:password@host:port/database`.
    pub url: Secret<String>,
    /// Connections at most, 4 or more: one is the writer's, one listens, one
    /// holds the lock of workflows.
    pub max_connections: u32,
    /// Connections that are kept open.
    pub min_connections: u32,
    /// Longest wait for the database at the start.
    pub connect_timeout: Duration,
    /// Idle connections above the minimum are closed after this.
    pub idle_timeout: Duration,
}

/// A database; cheap to clone.
#[derive(Clone, Debug)]
pub struct PgStore {
    pub(crate) pool: PgPool,
    writer: PgPool,
    runs: PgRuns,
    grown: watch::Receiver<u64>,
}

impl PgStore {
    /// Connects, and brings the layout up to date.
    ///
    /// # Errors
    /// `Unavailable` when the database does not answer, or its layout is newer
    /// than this program.
    pub async fn open(config: &PgConfig) -> Result<Self, StoreError> {
        Self::open_as(SERVER, config).await
    }

    /// Opens the database for moving, so that whoever looks can tell it from a
    /// server. Everything else is as with [`PgStore::open`].
    ///
    /// # Errors
    /// As [`PgStore::open`].
    pub async fn open_for_moving(config: &PgConfig) -> Result<Self, StoreError> {
        Self::open_as(MOVER, config).await
    }

    async fn open_as(who: &str, config: &PgConfig) -> Result<Self, StoreError> {
        let options: PgConnectOptions = config
            .url
            .expose()
            .parse()
            .map_err(|error| driver("read the address of the database", error))?;
        let options = options
            .application_name(who)
            .options([("idle_in_transaction_session_timeout", TURN_MOST), ("lock_timeout", "4s")]);
        let first = pool(config, 1)
            .acquire_timeout(config.connect_timeout)
            .connect_with(options.clone())
            .await
            .map_err(|error| driver("connect to PostgreSQL", error))?;
        MIGRATIONS
            .run(&first)
            .await
            .map_err(|error| driver("bring the layout of the database up to date", error.into()))?;
        first.close().await;
        let most = config.max_connections.saturating_sub(2).max(2);
        let pool = pool(config, most)
            .min_connections(config.min_connections.min(most))
            .connect_lazy_with(options.clone());
        let writer = pool_of_one(config).connect_lazy_with(options.clone());
        // Its connection is the lock, so it is never given up for being old.
        let driving =
            pool_of_one(config).idle_timeout(None).max_lifetime(None).connect_lazy_with(options);
        let runs = PgRuns::new(pool.clone(), driving);
        let (sender, grown) = watch::channel(0);
        tokio::spawn(listen(pool.clone(), sender));
        Ok(Self { pool, writer, runs, grown })
    }

    /// The log.
    #[must_use]
    pub fn event_log(&self) -> PgEventLog {
        PgEventLog::new(self.pool.clone(), self.writer.clone(), self.grown.clone())
    }

    /// Accounts and their roles.
    #[must_use]
    pub fn accounts(&self) -> PgAccounts {
        PgAccounts::new(self.pool.clone())
    }

    /// Sessions.
    #[must_use]
    pub fn sessions(&self) -> PgSessions {
        PgSessions::new(self.pool.clone())
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> PgAudit {
        PgAudit::new(self.pool.clone())
    }

    /// Files, uploads and links.
    #[must_use]
    pub fn files(&self) -> PgFiles {
        PgFiles::new(self.pool.clone())
    }

    /// Runs of workflows, and starts that wait.
    #[must_use]
    pub fn runs(&self) -> PgRuns {
        self.runs.clone()
    }

    /// What people are told.
    #[must_use]
    pub fn notifications(&self) -> PgNotifications {
        PgNotifications::new(self.pool.clone())
    }

    /// What a witness must not forget.
    #[must_use]
    pub fn witness_book(&self) -> PgWitnessBook {
        PgWitnessBook::new(self.pool.clone())
    }

    /// Everything beside the log, for moving.
    #[must_use]
    pub fn records(&self) -> PgRecords {
        PgRecords::new(self.pool.clone())
    }

    /// Connections of servers to this database.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn servers(&self) -> Result<u64, StoreError> {
        let asked = sqlx::query_scalar!(
            r#"SELECT count(*) AS "connections!" FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = $1"#,
            SERVER
        )
        .fetch_one(&self.pool);
        unsigned(answered("look for servers", asked).await?)
    }

    /// Closes all connections.
    pub async fn close(&self) {
        self.writer.close().await;
        self.runs.close().await;
        self.pool.close().await;
    }
}

fn pool(config: &PgConfig, most: u32) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(CONNECTION_MOST)
        .idle_timeout(config.idle_timeout)
}

fn pool_of_one(config: &PgConfig) -> PgPoolOptions {
    // The turn itself shows whether the connection is good.
    pool(config, 1).test_before_acquire(false)
}

/// Waits for an answer as long as one may be waited for.
pub(crate) async fn answered<T>(
    tried: &str,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match timeout(PATIENCE, work).await {
        Ok(outcome) => outcome.map_err(|error| driver(tried, error)),
        Err(_) => Err(silent(tried, PATIENCE)),
    }
}

/// Tells the size of the log whenever somebody says that it has grown; where
/// notices get lost, at the latest after [`POLL`]. Ends with the store.
async fn listen(pool: PgPool, sizes: watch::Sender<u64>) {
    let mut listener: Option<PgListener> = None;
    while !sizes.is_closed() && !pool.is_closed() {
        if listener.is_none() {
            listener = listening(&pool).await;
        }
        let told = match &mut listener {
            Some(listener) => timeout(POLL, listener.recv()).await,
            None => {
                tokio::time::sleep(POLL).await;
                continue;
            }
        };
        let size = match told {
            Ok(Ok(notice)) => notice.payload().parse().ok(),
            Ok(Err(_)) => {
                listener = None;
                None
            }
            Err(_) => size_now(&pool).await,
        };
        if let Some(size) = size {
            sizes.send_if_modified(|known| {
                let grew = size > *known;
                *known = size.max(*known);
                grew
            });
        }
    }
}

async fn listening(pool: &PgPool) -> Option<PgListener> {
    let mut listener = PgListener::connect_with(pool).await.ok()?;
    listener.listen(GROWN).await.ok()?;
    Some(listener)
}

async fn size_now(pool: &PgPool) -> Option<u64> {
    let asked = sqlx::query_scalar!("SELECT size FROM log_head").fetch_one(pool);
    let size = answered("read the size of the log", asked).await.ok()?;
    u64::try_from(size).ok()
}

//! A database of its own for each test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use erynoa_kernel::Secret;
use erynoa_postgres::{PgConfig, PgStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// Server that the tests use.
pub const VARIABLE: &str = "ERYNOA_TEST_POSTGRES_URL";

/// A database; it stays until the server of the tests goes.
pub struct Database {
    pub url: String,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl Database {
    pub async fn create() -> Self {
        let server = std::env::var(VARIABLE).unwrap_or_else(|_| {
            panic!(
                "{VARIABLE} is not set: start PostgreSQL with `make services`, see CONTRIBUTING.md"
            )
        });
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("erynoa_test_{}_{number}", std::process::id());
        let mut admin = PgConnection::connect(&server).await.expect("PostgreSQL answers");
        let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut admin).await.expect("a database can be created");
        let (base, _) = server.rsplit_once('/').expect("a URL ends with the database");
        Self { url: format!("{base}/{name}") }
    }

    pub async fn open(&self) -> PgStore {
        PgStore::open(&config(&self.url)).await.expect("the database opens")
    }
}

pub fn config(url: &str) -> PgConfig {
    PgConfig {
        url: Secret::new(url.to_owned()),
        max_connections: 4,
        min_connections: 0,
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Duration::from_secs(60),
    }
}

pub async fn empty() -> (PgStore, Database) {
    let database = Database::create().await;
    (database.open().await, database)
}

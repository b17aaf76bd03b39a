//! The real servers that `make services` starts.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

static DATABASES: AtomicU32 = AtomicU32::new(0);

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: `make services` starts the servers, see CONTRIBUTING.md")
    })
}

pub(crate) fn redis_url() -> String {
    variable("ERYNOA_TEST_REDIS_URL")
}

/// A new database; it stays until the server goes.
pub(crate) fn postgres_database() -> String {
    let server = variable("ERYNOA_TEST_POSTGRES_URL");
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("erynoa_gateways_{}_{number}", std::process::id());
    let create = format!("CREATE DATABASE {name}");
    let created = Command::new("psql").args([&server, "-qc", &create]).status();
    assert!(created.expect("psql is installed with PostgreSQL").success());
    let (base, _) = server.rsplit_once('/').expect("a URL ends with the database");
    format!("{base}/{name}")
}

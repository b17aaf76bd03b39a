//! The real servers that `make services` starts.

use std::process::Command;

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: `make services` starts the servers, see CONTRIBUTING.md")
    })
}

pub(crate) fn redis_url() -> String {
    variable("ERYNOA_TEST_REDIS_URL")
}

/// The S3 server and who we are there.
pub(crate) struct S3 {
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) secret: String,
}

pub(crate) fn s3() -> S3 {
    S3 {
        url: variable("ERYNOA_TEST_S3_URL"),
        key: variable("ERYNOA_TEST_S3_KEY"),
        secret: variable("ERYNOA_TEST_S3_SECRET"),
    }
}

/// A new database; it stays until the server goes.
pub(crate) fn postgres_database() -> String {
    let server = variable("ERYNOA_TEST_POSTGRES_URL");
    let name = format!("erynoa_gateways_{}", std::process::id());
    let create = format!("CREATE DATABASE {name}");
    let created = Command::new("psql").args([&server, "-qc", &create]).status();
    assert!(created.expect("psql is installed with PostgreSQL").success());
    let (base, _) = server.rsplit_once('/').expect("a URL ends with the database");
    format!("{base}/{name}")
}

//! The real servers that `make services` starts.

use std::path::{Path, PathBuf};
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

/// The mail server, and where it shows what it has got.
pub(crate) struct Smtp {
    pub(crate) url: String,
    pub(crate) api: String,
}

pub(crate) fn smtp() -> Smtp {
    Smtp { url: variable("ERYNOA_TEST_SMTP_URL"), api: variable("ERYNOA_TEST_SMTP_API") }
}

/// A new database; it stays until the server goes.
pub(crate) fn postgres_database(name: &str) -> String {
    let server = variable("ERYNOA_TEST_POSTGRES_URL");
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("erynoa_{name}_{}_{number}", std::process::id());
    let create = format!("CREATE DATABASE {name}");
    let created = Command::new("psql").args([&server, "-qc", &create]).status();
    assert!(created.expect("psql is installed with PostgreSQL").success());
    let (base, _) = server.rsplit_once('/').expect("a URL ends with the database");
    format!("{base}/{name}")
}

/// Servers that no other test uses, to be taken away.
pub(crate) struct OwnServers {
    folder: PathBuf,
    said: String,
}

impl OwnServers {
    pub(crate) fn start(test: &str, names: &[&str]) -> Self {
        let folder = format!("erynoa-gateway-{}-{test}", std::process::id());
        let mut own = Self { folder: std::env::temp_dir().join(folder), said: String::new() };
        own.said = own.run("start", names);
        own
    }

    /// A verb of the script: kill, start …
    pub(crate) fn run(&self, verb: &str, names: &[&str]) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/services.sh");
        let done = Command::new(script)
            .arg(verb)
            .args(names)
            .env("ERYNOA_SERVICES_DIR", &self.folder)
            .output()
            .expect("the script can be run");
        let failed = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "services.sh {verb} {names:?}: {failed}");
        String::from_utf8_lossy(&done.stdout).into_owned()
    }

    pub(crate) fn variable(&self, name: &str) -> String {
        let export = format!("export {name}=");
        let found = self.said.lines().find_map(|line| line.strip_prefix(&export));
        found.unwrap_or_else(|| panic!("services.sh gives no {name}")).to_owned()
    }
}

impl Drop for OwnServers {
    fn drop(&mut self) {
        self.run("stop", &[]);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

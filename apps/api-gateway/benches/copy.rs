//! A log of 100 000 events moves from Fjall to PostgreSQL and back, by the
//! program that operators use; `ERYNOA_TEST_POSTGRES_URL` names the server.

use std::path::Path;
use std::process::Command;

use erynoa_events::EventLog;
use erynoa_fjall::FjallStore;
use erynoa_moving::contract::SampleLog;
use tempfile::TempDir;
use tokio::time::Instant;

const EPOCHS: u64 = 200;
const EVENTS_OF_AN_EPOCH: usize = 500;

fn copy(data_dir: &Path, database: &str, from: &str, to: &str, entries: usize) {
    let began = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_erynoa-gateway"))
        .current_dir(data_dir)
        .env("APP_APPLICATION__DATA_DIR", data_dir)
        .env("APP_DATABASE__URL", database)
        .args(["copy", "--json", "--from", from, "--to", to])
        .status()
        .expect("the program runs");
    assert!(status.success());
    let seconds = began.elapsed().as_secs_f64();
    let rate = f64::from(u32::try_from(entries).expect("far fewer than 2^32")) / seconds;
    println!("{from} to {to}: {entries} entries in {seconds:.1} s, {rate:.0} entries/s");
}

fn main() {
    let server = std::env::var("ERYNOA_TEST_POSTGRES_URL").expect(
        "ERYNOA_TEST_POSTGRES_URL is set: scripts/services.sh run postgres -- cargo bench …",
    );
    let name = format!("erynoa_copy_bench_{}", std::process::id());
    let create = format!("CREATE DATABASE {name}");
    let created = Command::new("psql").args([&server, "-qc", &create]).status();
    assert!(created.expect("psql is installed with PostgreSQL").success());
    let (base, _) = server.rsplit_once('/').expect("a URL ends with the database");
    let database = format!("{base}/{name}");

    let log = SampleLog::new(0, EPOCHS, EVENTS_OF_AN_EPOCH);
    let entries = log.entries.len();
    let (home, other) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let store = FjallStore::open(&home.path().join("store")).expect("opens").event_log();
        let note = log.note(entries);
        store.append(0, log.entries, Some(note)).await.expect("appends");
    });
    copy(home.path(), &database, "fjall", "postgres", entries);
    copy(other.path(), &database, "postgres", "fjall", entries);
}

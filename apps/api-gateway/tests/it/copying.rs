//! A whole installation moves from Fjall to PostgreSQL and back, by the program
//! that operators use.

use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use erynoa_events::EventLog;
use erynoa_fjall::FjallStore;
use erynoa_kernel::Secret;
use erynoa_moving::contract::{Kept, SampleLog, read_all, records};
use erynoa_moving::{Kind, Record, Records as _};
use erynoa_postgres::{PgConfig, PgStore};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::services::postgres_database;

/// A process being started shares, for a moment, the locks of stores that this
/// one has open, so these tests take turns.
static TURN: Mutex<()> = Mutex::const_new(());

/// Deaths before the last attempt.
const KILLS: usize = 6;

fn program(data_dir: &Path, database: &str, from: &str, to: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erynoa-gateway"));
    command
        .current_dir(data_dir)
        .env("APP_APPLICATION__DATA_DIR", data_dir)
        .env("APP_DATABASE__URL", database)
        .args(["copy", "--json", "--from", from, "--to", to]);
    command
}

fn copies(data_dir: &Path, database: &str, from: &str, to: &str) -> Value {
    let output = program(data_dir, database, from, to).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["source"], document["target"]);
    document
}

/// Exit code and error of a copy that is refused.
fn refused(output: &Output) -> (i32, Value) {
    let mut document: Value = serde_json::from_slice(&output.stderr).unwrap();
    (output.status.code().unwrap(), document["error"].take())
}

fn fjall(data_dir: &Path) -> FjallStore {
    FjallStore::open(&data_dir.join("store")).unwrap()
}

async fn postgres(database: &str, serving: bool) -> PgStore {
    let config = PgConfig {
        url: Secret::new(database.to_owned()),
        max_connections: 4,
        min_connections: 0,
        connect_timeout: Duration::from_secs(5),
        idle_timeout: Duration::from_secs(60),
    };
    if serving { PgStore::open(&config).await } else { PgStore::open_for_moving(&config).await }
        .unwrap()
}

/// A data folder with a log, and records of every kind where they are asked for.
async fn seeded(log: &SampleLog, numbers: &[u8]) -> TempDir {
    let home = TempDir::new().unwrap();
    let store = fjall(home.path());
    let size = log.entries.len();
    let note = Some(log.note(size));
    store.event_log().append(0, log.entries.clone(), note).await.unwrap();
    for kind in Kind::ALL {
        store.records().insert(records(kind, numbers, 0)).await.unwrap();
    }
    home
}

/// Everything that can be read: entries, checkpoint, records, and what the ports
/// answer.
type Everything = (Vec<Bytes>, Option<String>, Vec<Vec<Record>>, Vec<String>);

async fn everything(log: &dyn EventLog, kept: Kept) -> Everything {
    let mut kinds = Vec::new();
    for kind in Kind::ALL {
        kinds.push(read_all(&*kept.records, kind, 100).await);
    }
    let entries = log.read(0, 100_000).await.unwrap();
    (entries, log.checkpoint().await.unwrap(), kinds, kept.answers().await)
}

async fn in_fjall(data_dir: &Path) -> Everything {
    let store = fjall(data_dir);
    let kept = Kept {
        records: Arc::new(store.records()),
        accounts: Arc::new(store.accounts()),
        sessions: Arc::new(store.sessions()),
        audit: Arc::new(store.audit()),
        files: Arc::new(store.files()),
        runs: Arc::new(store.runs()),
        outbox: Arc::new(store.runs()),
        notifications: Arc::new(store.notifications()),
        book: Arc::new(store.witness_book()),
    };
    everything(&store.event_log(), kept).await
}

async fn in_postgres(database: &str) -> Everything {
    let store = postgres(database, false).await;
    let kept = Kept {
        records: Arc::new(store.records()),
        accounts: Arc::new(store.accounts()),
        sessions: Arc::new(store.sessions()),
        audit: Arc::new(store.audit()),
        files: Arc::new(store.files()),
        runs: Arc::new(store.runs()),
        outbox: Arc::new(store.runs()),
        notifications: Arc::new(store.notifications()),
        book: Arc::new(store.witness_book()),
    };
    let read = everything(&store.event_log(), kept).await;
    store.close().await;
    read
}

fn numbers() -> Vec<u8> {
    (0..200).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_moved_to_postgres_and_back_is_equal_in_every_read() {
    let _turn = TURN.lock().await;
    let log = SampleLog::new(0, 5, 60);
    let home = seeded(&log, &numbers()).await;
    let before = in_fjall(home.path()).await;
    let database = postgres_database("copies");

    let there = copies(home.path(), &database, "fjall", "postgres");
    assert_eq!(there["target"]["entries"], log.entries.len());
    assert_eq!(there["target"]["epochs"], 6);
    assert_eq!(there["target"]["state_root"], hex::encode(log.state_root));
    assert_eq!(there["target"]["audit_entries"], 200);
    assert_eq!(there["records"]["sessions"]["written"], 200);
    assert!(in_postgres(&database).await == before);

    let other_home = TempDir::new().unwrap();
    let back = copies(other_home.path(), &database, "postgres", "fjall");
    assert_eq!(back["target"], there["target"]);
    assert!(in_fjall(other_home.path()).await == before);

    let again = copies(other_home.path(), &database, "postgres", "fjall");
    assert_eq!(again["entries_written"], 0);
    assert_eq!(again["records"]["files"]["written"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_is_killed_again_and_again_goes_on_to_the_same_end() {
    let _turn = TURN.lock().await;
    let log = SampleLog::new(0, 40, 100);
    let home = seeded(&log, &numbers()).await;
    let began = Instant::now();
    let whole = copies(home.path(), &postgres_database("copies"), "fjall", "postgres");
    let mut takes = began.elapsed();

    let mut database = postgres_database("copies");
    let mut killed = 0;
    while killed < KILLS {
        let mut command = program(home.path(), &database, "fjall", "postgres");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let part = u32::try_from(killed + 1).unwrap();
        tokio::time::sleep(takes * part / u32::try_from(KILLS + 2).unwrap()).await;
        child.kill().unwrap();
        if child.wait().unwrap().signal() == Some(9) {
            killed += 1;
        } else {
            // It was faster than the time before: the next one begins anew, and
            // dies sooner.
            takes = takes * 9 / 10;
            database = postgres_database("copies");
        }
    }
    let resumed = copies(home.path(), &database, "fjall", "postgres");
    assert_eq!(resumed["target"], whole["target"]);
    assert!(in_postgres(&database).await == in_fjall(home.path()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_target_a_store_in_use_and_an_empty_source_are_refused() {
    let _turn = TURN.lock().await;
    let mine = seeded(&SampleLog::new(0, 1, 10), &[1, 2]).await;
    let other = seeded(&SampleLog::new(1, 1, 10), &[]).await;
    let database = postgres_database("copies");
    copies(other.path(), &database, "fjall", "postgres");
    let held = in_postgres(&database).await;
    let (code, error) =
        refused(&program(mine.path(), &database, "fjall", "postgres").output().unwrap());
    assert_eq!((code, &error["code"]), (3, &"COPY_TARGET_FOREIGN".into()));
    assert_eq!(error["field"], "to");
    assert!(in_postgres(&database).await == held, "it is left as it is");

    let server = fjall(mine.path());
    let (code, error) =
        refused(&program(mine.path(), &database, "fjall", "postgres").output().unwrap());
    assert_eq!((code, &error["code"], &error["field"]), (3, &"COPY_IN_USE".into(), &"from".into()));
    drop(server);

    let server = postgres(&database, true).await;
    let (code, error) =
        refused(&program(other.path(), &database, "fjall", "postgres").output().unwrap());
    assert_eq!((code, &error["code"], &error["field"]), (3, &"COPY_IN_USE".into(), &"to".into()));
    server.close().await;

    let nothing = TempDir::new().unwrap();
    let (code, error) =
        refused(&program(nothing.path(), &database, "fjall", "postgres").output().unwrap());
    assert_eq!((code, &error["code"]), (3, &"COPY_SOURCE_EMPTY".into()));
    assert!(!nothing.path().join("store").exists(), "nothing is made where nothing is");
    assert!(in_postgres(&database).await == held, "it is left as it is");

    let (code, error) =
        refused(&program(mine.path(), &database, "fjall", "fjall").output().unwrap());
    assert_eq!((code, &error["code"]), (2, &"USAGE".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_source_is_named_by_its_position() {
    let _turn = TURN.lock().await;
    let log = SampleLog::new(0, 1, 10);
    let home = seeded(&log, &[1, 2]).await;
    let database = postgres_database("copies");
    copies(home.path(), &database, "fjall", "postgres");
    let spoil = "UPDATE log_entries SET entry = '\\x00' WHERE position = 17";
    let spoiled = Command::new("psql").args([&database, "-qc", spoil]).status().unwrap();
    assert!(spoiled.success());
    let target = TempDir::new().unwrap();
    let (code, error) =
        refused(&program(target.path(), &database, "postgres", "fjall").output().unwrap());
    assert_eq!(
        (code, &error["code"], &error["field"]),
        (1, &"COPY_DAMAGED".into(), &"from".into())
    );
    let message = error["message"].as_str().unwrap();
    assert!(message.contains("log entry 17 is damaged"), "{message}");
    assert_eq!(fjall(target.path()).event_log().checkpoint().await.unwrap(), None);
}

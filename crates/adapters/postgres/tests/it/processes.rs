//! Several processes on one log.

use std::collections::BTreeSet;
use std::process::Stdio;
use std::time::Duration;

use erynoa_events::EventLog as _;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::database::{self, Database};

const WRITERS: usize = 4;

fn writer(database: &Database, name: usize, appends: u64) -> Child {
    Command::new(env!("CARGO_BIN_EXE_pg-log-writer"))
        .args([&database.url, &format!("w{name}"), &appends.to_string()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the writer starts")
}

/// Number of the append and the position at which it was acknowledged.
async fn acknowledged(child: &mut Child) -> Vec<(u64, u64)> {
    let out = child.stdout.take().expect("a pipe");
    let mut lines = BufReader::new(out).lines();
    let mut all = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        // A killed writer may leave half a line, which acknowledges nothing.
        if let Some((number, size)) = line.split_once(' ')
            && let (Ok(number), Ok(size)) = (number.parse(), size.parse())
        {
            all.push((number, size));
        }
    }
    all
}

async fn whole_log(log: &erynoa_postgres::PgEventLog) -> Vec<String> {
    let entries = log.read(0, 1_000_000).await.expect("read");
    entries.iter().map(|entry| String::from_utf8(entry.to_vec()).expect("text")).collect()
}

/// Every acknowledged append is in the log once, whole, where it was
/// acknowledged, and each writer's appends are in its order.
fn assert_exact(entries: &[String], acknowledged: &[Vec<(u64, u64)>]) {
    let unique: BTreeSet<&String> = entries.iter().collect();
    assert_eq!(unique.len(), entries.len(), "no entry stands twice");
    for (name, appends) in acknowledged.iter().enumerate() {
        for &(number, size) in appends {
            for of in 0..=number % 5 {
                let at = usize::try_from(size + of).expect("small");
                assert_eq!(entries[at], format!("w{name} {number} {of}"));
            }
        }
        let mine = entries.iter().filter(|entry| entry.starts_with(&format!("w{name} ")));
        let numbers: Vec<u64> = mine
            .map(|entry| entry.split(' ').nth(1).and_then(|n| n.parse().ok()).expect("a number"))
            .collect();
        assert!(numbers.is_sorted());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn four_processes_in_turns_write_one_exact_order() {
    let (store, database) = database::empty().await;
    let mut writers: Vec<Child> = (0..WRITERS).map(|name| writer(&database, name, 100)).collect();
    let mut all = Vec::new();
    for writer in &mut writers {
        all.push(acknowledged(writer).await);
        assert!(writer.wait().await.expect("it ends").success());
    }
    let entries = whole_log(&store.event_log()).await;
    assert_eq!(entries.len(), WRITERS * 100 * 3, "1 to 5 entries an append, 3 on average");
    assert_exact(&entries, &all);
    let note = store.event_log().checkpoint().await.expect("read");
    assert_eq!(note, Some(format!("size {}", entries.len())));
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_processes_lose_nothing_acknowledged_and_hold_nobody_up() {
    let (store, database) = database::empty().await;
    let mut writers: Vec<Child> = (0..WRITERS).map(|name| writer(&database, name, 150)).collect();
    let mut readers = Vec::new();
    for (name, mut writer) in writers.drain(..).enumerate() {
        readers.push(tokio::spawn(async move {
            if name < 2 {
                let pid = writer.id().expect("it runs");
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(400 + 150 * name as u64)).await;
                    // It may be done already on a fast machine; then nobody dies.
                    let _ = Command::new("kill").args(["-9", &pid.to_string()]).status().await;
                });
            }
            let all = acknowledged(&mut writer).await;
            let ended = writer.wait().await.expect("it ends");
            assert!(name < 2 || ended.success(), "writer {name} was not killed");
            all
        }));
    }
    let mut all = Vec::new();
    for reader in readers {
        all.push(reader.await.expect("the reader does not panic"));
    }
    assert_eq!(all[2].len() + all[3].len(), 300);
    assert_exact(&whole_log(&store.event_log()).await, &all);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_in_its_turn_loses_it_and_its_append_fails() {
    let (store, database) = database::empty().await;
    let stuck = store.event_log();
    assert_eq!(stuck.take_turn().await.expect("turn"), 0);
    let other = database.open().await;
    let waited = tokio::time::Instant::now();
    let log = other.event_log();
    while log.append(0, vec!["late".into()], None).await.is_err() {
        assert!(waited.elapsed() < Duration::from_secs(30), "the turn is never given up");
    }
    stuck.append(0, vec!["stuck".into()], None).await.expect_err("the turn is over");
    assert_eq!(whole_log(&log).await, ["late"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_appends_another_hears_of() {
    let (store, database) = database::empty().await;
    let (one, other) = (store.event_log(), database.open().await);
    let listening = other.event_log();
    let heard = tokio::spawn(async move { listening.grown(0).await });
    one.append(0, vec!["news".into()], None).await.expect("append");
    tokio::time::timeout(Duration::from_secs(5), heard).await.expect("in time").expect("heard");
}

//! The laws of notifications, and that of the crash.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;

use erynoa_fjall::FjallStore;
use erynoa_notifications::contract::reader;
use erynoa_notifications::limits::LEASE_US;
use erynoa_notifications::{Notifications, read};
use tempfile::TempDir;

async fn empty() -> (Arc<dyn Notifications>, TempDir) {
    let home = TempDir::new().expect("a folder");
    let store = FjallStore::open(home.path()).expect("opens");
    (Arc::new(store.notifications()), home)
}

erynoa_notifications::notifications_contract!(empty());

/// Lives after which everything must be told and mailed.
const MOST_LIVES: u64 = 400;

/// One life up to a stop; whether everything was done first.
fn life(home: &TempDir, letters: &TempDir, number: u64, stop: [&str; 2]) -> bool {
    let here = std::env::current_exe().expect("has a path");
    let worker = here.ancestors().nth(2).expect("in deps").join("examples/notification-worker");
    assert!(worker.exists(), "{} is missing: cargo build --examples", worker.display());
    let mut child = Command::new(worker)
        .args([home.path(), letters.path()])
        // A lease is over when the next one looks.
        .arg((number * 2 * LEASE_US).to_string())
        .args(stop)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the worker starts");
    let mut said = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut said).expect("text");
    child.kill().expect("SIGKILL");
    child.wait().expect("is gone");
    assert!(said == "over\n" || said == "reached\n", "{stop:?}: {said:?}");
    said == "over\n"
}

#[tokio::test]
async fn kill_9_between_any_two_writes_loses_nothing_and_tells_nothing_twice() {
    let (home, letters) = (TempDir::new().expect("a folder"), TempDir::new().expect("a folder"));
    // A letter takes three writes: taken, handed over, noted.
    let stops = ["1", "2", "3"].into_iter().flat_map(|at| [["before", at], ["after", at]]);
    let stops: Vec<_> = stops.collect();
    let mut lives = 0;
    for stop in stops.iter().cycle() {
        lives += 1;
        assert!(lives < MOST_LIVES, "it does not end");
        if life(&home, &letters, lives, *stop) {
            break;
        }
    }
    assert!(lives > 40, "{lives} lives are too tame");

    let mut mailed: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for file in std::fs::read_dir(letters.path()).expect("a folder") {
        let file = file.expect("a file");
        let name = file.file_name().into_string().expect("text");
        let number = name.split('-').next().and_then(|text| text.parse().ok()).expect("a reader");
        let said = std::fs::read_to_string(file.path()).expect("text");
        mailed.entry(number).or_default().extend(said.split(' ').map(str::to_owned));
    }
    let store = FjallStore::open(home.path()).expect("opens").notifications();
    assert_eq!(store.cursor().await.expect("reads"), Some(12));
    for number in 0..3 {
        let inbox = read(&store, reader(number)).await.expect("reads");
        let mut told: Vec<_> = inbox.shown().map(|item| item.id.clone()).collect();
        told.sort();
        let all = |position: &u64| position.is_multiple_of(3) || number == 1;
        let mut expected: Vec<_> =
            (0..12).filter(all).map(|position| format!("e{position}")).collect();
        expected.sort();
        assert_eq!(told, expected, "reader {number}");
        let mailed = mailed.entry(number).or_default();
        mailed.sort();
        assert_eq!(*mailed, expected, "mail of reader {number}");
    }
}

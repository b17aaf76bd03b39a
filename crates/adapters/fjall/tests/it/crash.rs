//! The crash law.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use erynoa_access::{AccountId, AccountKey, AccountStore as _};
use erynoa_events::EventLog as _;
use erynoa_fjall::FjallStore;
use tempfile::TempDir;

use crate::entries::{Numbers, entry};

/// Lives of one folder.
const KILLS_PER_FOLDER: u64 = 21;
/// Usual length of entries in each folder: small ones, then such that tables are
/// written in the middle of it, and at last that journals change, too.
const LONGEST: [u64; 10] = [300, 300, 300, 300, 300, 4_000, 4_000, 4_000, 4_000, 24_000];
/// A life lasts at most this long, opening included.
const LONGEST_LIFE_US: u64 = 90_000;
/// The writer's largest group: what can be there without its acknowledgement.
const LARGEST_GROUP: u64 = 64;

/// What the writer said before it was killed.
#[derive(Default)]
struct Acknowledged {
    size: u64,
    accounts: Vec<u64>,
}

fn writer(folder: &Path, seed: u64, longest: u64) -> Child {
    Command::new(env!("CARGO_BIN_EXE_log-writer"))
        .arg(folder)
        .args([seed.to_string(), longest.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the writer starts")
}

/// Lets the writer live for a while, kills it, and adds what it acknowledged.
fn one_life(mut writer: Child, life: Duration, acknowledged: &mut Acknowledged) {
    let stdout = BufReader::new(writer.stdout.take().expect("piped"));
    let listener = thread::spawn(move || stdout.lines().collect::<Result<Vec<_>, _>>());
    thread::sleep(life);
    let earlier = writer.try_wait().expect("can be asked");
    assert!(earlier.is_none(), "the writer ended by itself: {earlier:?}");
    writer.kill().expect("SIGKILL");
    writer.wait().expect("is gone");
    for line in listener.join().expect("listens").expect("text") {
        match line.split_once(' ') {
            Some((_, account)) => acknowledged.accounts.push(account.parse().expect("a number")),
            None => acknowledged.size = line.parse().expect("a number"),
        }
    }
}

async fn assert_whole(folder: &Path, seed: u64, longest: u64, acknowledged: &Acknowledged) -> u64 {
    let store = FjallStore::open(folder).expect("opens after a crash");
    let log = store.event_log();
    let size = log.size().await.expect("size");
    assert!(size >= acknowledged.size, "{} acknowledged, {size} there", acknowledged.size);
    assert!(size <= acknowledged.size + LARGEST_GROUP, "{size} is more than was ever written");
    let mut position = 0;
    while position < size {
        let page = log.read(position, 512).await.expect("reads");
        assert!(!page.is_empty(), "the log ends at {position}, not at {size}");
        for found in page {
            assert!(found == entry(seed, position, longest), "entry {position} is another one");
            position += 1;
        }
    }
    if let Some(checkpoint) = log.checkpoint().await.expect("reads") {
        let covered = checkpoint.strip_prefix("checkpoint ").and_then(|n| n.parse::<u64>().ok());
        assert!(covered.expect("whole") <= size, "{checkpoint} of {size}");
    }
    for account in &acknowledged.accounts {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&account.to_be_bytes());
        let key = AccountKey::Id(AccountId::from_bytes(id));
        let found = store.accounts().find(&key).await.expect("reads");
        assert!(found.is_some_and(|found| found.created_at_us == *account), "account {account}");
    }
    size
}

#[tokio::test]
async fn kill_9_at_any_moment_loses_nothing_acknowledged_and_leaves_nothing_torn() {
    let mut numbers = Numbers(0x0e27_0a01);
    let (mut kills, mut entries, mut in_flight) = (0, 0, 0);
    for (seed, longest) in (0..).zip(LONGEST) {
        let home = TempDir::new().expect("a folder");
        let mut acknowledged = Acknowledged::default();
        for _ in 0..KILLS_PER_FOLDER {
            let life = Duration::from_micros(numbers.below(LONGEST_LIFE_US));
            one_life(writer(home.path(), seed, longest), life, &mut acknowledged);
            kills += 1;
            let size = assert_whole(home.path(), seed, longest, &acknowledged).await;
            in_flight += u64::from(size > acknowledged.size);
            // What is there after a crash has been read, and must stay.
            acknowledged.size = size;
        }
        entries += acknowledged.size;
    }
    println!(
        "{kills} kills, {entries} entries kept, {in_flight} groups durable but unacknowledged"
    );
    assert!(kills >= 200 && entries > 1_000, "{kills} kills, {entries} entries: too tame");
}

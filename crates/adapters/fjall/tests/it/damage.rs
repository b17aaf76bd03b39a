//! Damage is refused, with its position.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use erynoa_events::{Checkpoint, EventLog as _, SigningKey, Tree, leaf_hash};
use erynoa_fjall::{Checked, FjallStore};
use erynoa_kernel::{StoreError, StoreErrorKind};
use fjall::{Database, Keyspace, KeyspaceCreateOptions};
use tempfile::TempDir;

use crate::entries::{Numbers, entry};

const SEED: u64 = 42;
const ORIGIN: &str = "damage.example";

fn key() -> SigningKey {
    SigningKey::from_seed([7; 32])
}

/// A log of groups of ten entries, the last under a checkpoint.
async fn write(folder: &Path, groups: u64, longest: u64) {
    let log = FjallStore::open(folder).expect("opens").event_log();
    let mut tree = Tree::new();
    for group in 0..groups {
        let entries: Vec<Bytes> =
            (group * 10..group * 10 + 10).map(|n| entry(SEED, n, longest)).collect();
        for entry in &entries {
            tree.push(leaf_hash(entry));
        }
        let size = tree.size();
        let root = tree.root_at(size).expect("of the whole tree");
        let checkpoint = Checkpoint { origin: ORIGIN.into(), size, root };
        log.append(size - 10, entries, Some(checkpoint.sign(&key()))).await.expect("append");
    }
}

/// Opens, checks and reads everything.
async fn look(folder: &Path) -> Result<(Checked, Vec<Bytes>), StoreError> {
    let log = FjallStore::open(folder)?.event_log();
    let checked = log.check(ORIGIN, &key().public_key()).await?;
    let entries = log.read(0, usize::MAX).await?;
    Ok((checked, entries))
}

async fn refusal(folder: &Path) -> String {
    let error = look(folder).await.expect_err("is damaged");
    assert_eq!(error.kind, StoreErrorKind::Corrupt, "{error}");
    error.message
}

/// Changes the log's keyspace behind the adapter's back.
fn tamper(folder: &Path, change: impl FnOnce(&Keyspace)) {
    let db = Database::builder(folder.join("db")).open().expect("opens");
    let log = db.keyspace("log", KeyspaceCreateOptions::default).expect("is there");
    change(&log);
    db.persist(fjall::PersistMode::SyncAll).expect("persists");
}

#[tokio::test]
async fn a_whole_log_passes_the_check() {
    let home = TempDir::new().expect("a folder");
    write(home.path(), 3, 300).await;
    let (checked, entries) = look(home.path()).await.expect("is whole");
    assert_eq!(checked, Checked { entries: 30, under_checkpoint: 30 });
    assert_eq!(entries, (0..30).map(|n| entry(SEED, n, 300)).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_changed_entry_is_named_when_it_is_read() {
    let home = TempDir::new().expect("a folder");
    write(home.path(), 3, 300).await;
    tamper(home.path(), |log| {
        let mut value = log.get(17_u64.to_be_bytes()).expect("reads").expect("there").to_vec();
        *value.last_mut().expect("not empty") ^= 1;
        log.insert(17_u64.to_be_bytes(), value).expect("writes");
    });
    assert!(refusal(home.path()).await.contains("log entry 17 is damaged"));
    let log = FjallStore::open(home.path()).expect("positions are whole").event_log();
    let error = log.read(10, 10).await.expect_err("is damaged");
    assert_eq!(error.kind, StoreErrorKind::Corrupt);
    assert!(error.message.contains("log entry 17 "), "{error}");
    assert_eq!(log.read(18, 100).await.expect("the rest is whole").len(), 12);
}

#[tokio::test]
async fn a_gap_is_named_on_opening() {
    let home = TempDir::new().expect("a folder");
    write(home.path(), 3, 300).await;
    tamper(home.path(), |log| {
        log.remove(17_u64.to_be_bytes()).expect("removes");
    });
    assert!(refusal(home.path()).await.contains("log entry 17 is missing"));
}

#[tokio::test]
async fn a_log_that_lost_its_end_is_refused_on_opening() {
    let home = TempDir::new().expect("a folder");
    write(home.path(), 3, 300).await;
    tamper(home.path(), |log| {
        for position in 25_u64..30 {
            log.remove(position.to_be_bytes()).expect("removes");
        }
    });
    assert!(refusal(home.path()).await.contains("log entry 25 is missing: 30 entries"));
}

#[tokio::test]
async fn a_log_that_lost_its_database_is_refused_on_opening() {
    let home = TempDir::new().expect("a folder");
    write(home.path(), 1, 300).await;
    fs::remove_dir_all(home.path().join("db")).expect("removes");
    assert!(refusal(home.path()).await.contains("log entry 0 is missing: 10 entries"));
}

#[tokio::test]
async fn an_exchanged_entry_with_its_own_hash_breaks_the_signed_root() {
    let home = TempDir::new().expect("a folder");
    write(home.path(), 3, 300).await;
    tamper(home.path(), |log| {
        let value = [leaf_hash(b"forged").as_slice(), b"forged"].concat();
        log.insert(17_u64.to_be_bytes(), value).expect("writes");
    });
    assert!(refusal(home.path()).await.contains("not what was signed"));
}

/// The files of the database that hold something, journals without the zeros
/// that Fjall puts behind.
fn copy(from: &Path, to: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    fs::create_dir_all(to).expect("a folder");
    for found in from.read_dir().expect("a folder") {
        let path = found.expect("a file").path();
        let target = to.join(path.file_name().expect("has a name"));
        if path.is_dir() {
            files.extend(copy(&path, &target));
            continue;
        }
        let mut bytes = fs::read(&path).expect("reads");
        if path.extension().is_some_and(|extension| extension == "jnl") {
            let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            bytes.truncate(end);
        }
        if !bytes.is_empty() {
            files.push(target.clone());
        }
        fs::write(target, bytes).expect("writes");
    }
    files
}

fn flip(file: &Path, bit: u64) {
    let mut bytes = fs::read(file).expect("reads");
    let byte = usize::try_from(bit / 8).expect("a file in memory");
    bytes[byte] ^= 1 << (bit % 8);
    fs::write(file, bytes).expect("writes");
}

fn place_of(needle: &[u8], files: &[PathBuf], extension: Option<&str>) -> (PathBuf, u64) {
    files
        .iter()
        .filter(|file| file.extension().and_then(|found| found.to_str()) == extension)
        .find_map(|file| {
            let bytes = fs::read(file).expect("reads");
            let at = bytes.windows(needle.len()).position(|window| window == needle)?;
            Some((file.clone(), at as u64))
        })
        .expect("the entry is stored somewhere")
}

#[tokio::test]
async fn a_flipped_bit_in_a_journal_is_refused_untouched_and_its_group_named() {
    let home = TempDir::new().expect("a folder");
    write(home.path(), 5, 300).await;
    for position in [0, 9, 10, 27, 49] {
        let hurt = TempDir::new().expect("a folder");
        let files = copy(home.path(), hurt.path());
        let (journal, at) = place_of(&entry(SEED, position, 300), &files, Some("jnl"));
        flip(&journal, at * 8 + position % 8);
        let before = fs::read(&journal).expect("reads");
        let message = refusal(hurt.path()).await;
        let group = position / 10 * 10;
        assert!(message.contains(&format!("log entry {group} is damaged")), "{message}");
        assert!(message.contains("50 entries were acknowledged"), "{message}");
        assert!(fs::read(&journal).expect("reads") == before, "what was found is kept");
    }
}

#[tokio::test]
async fn a_flipped_bit_in_a_table_is_refused_and_named() {
    let home = TempDir::new().expect("a folder");
    write(home.path(), 20, 50_000).await;
    tamper(home.path(), |log| {
        log.rotate_memtable_and_wait().expect("writes a table");
    });
    for position in [0, 99, 199] {
        let hurt = TempDir::new().expect("a folder");
        let files = copy(home.path(), hurt.path());
        let (table, at) = place_of(&entry(SEED, position, 50_000), &files, None);
        flip(&table, at * 8 + 5);
        let message = refusal(hurt.path()).await;
        let named = message.strip_prefix("log entry ").and_then(|rest| rest.split_once(' '));
        let named: u64 = named.and_then(|(n, _)| n.parse().ok()).expect("names a position");
        // Small entries share a block of 4 KiB, and damage is known by block.
        assert!((position.saturating_sub(5)..=position).contains(&named), "{message}");
    }
}

#[tokio::test]
async fn no_flipped_bit_anywhere_changes_what_is_read() {
    let home = TempDir::new().expect("a folder");
    write(home.path(), 6, 2_000).await;
    tamper(home.path(), |log| {
        log.rotate_memtable_and_wait().expect("writes a table");
    });
    let whole = look(home.path()).await.expect("is whole");
    let mut numbers = Numbers(SEED);
    let mut refused = 0;
    for _ in 0..150 {
        let hurt = TempDir::new().expect("a folder");
        let files = copy(home.path(), hurt.path());
        let file = &files[usize::try_from(numbers.below(files.len() as u64)).expect("few")];
        let bit = numbers.below(fs::metadata(file).expect("there").len() * 8);
        flip(file, bit);
        match look(hurt.path()).await {
            Ok(found) => assert!(found == whole, "bit {bit} of {}", file.display()),
            Err(error) => {
                assert!(error.kind != StoreErrorKind::Conflict, "{error}");
                refused += 1;
            }
        }
    }
    assert!(refused > 20, "{refused} of 150 flips were noticed: too tame");
}

#[tokio::test]
async fn whatever_byte_of_an_audit_entry_changes_it_is_named() {
    use erynoa_access::{AuditFilter, AuditLog as _, AuditRecord, verify_audit_log};

    let home = TempDir::new().expect("a folder");
    let record = AuditRecord {
        at_us: 1,
        actor: None,
        actor_name: "Ada".into(),
        action: "user.roles".into(),
        target: "x".into(),
        details: "{}".into(),
        request_id: "r".into(),
        address: "::1".into(),
    };
    {
        let audit = FjallStore::open(home.path()).expect("opens").audit();
        for _ in 0..5 {
            audit.append(record.clone()).await.expect("append");
        }
    }
    let key = [&[32], 3_u64.to_be_bytes().as_slice()].concat();
    let change = |change: &dyn Fn(&mut Vec<u8>)| {
        let db = Database::builder(home.path().join("db")).open().expect("opens");
        let state = db.keyspace("state", KeyspaceCreateOptions::default).expect("is there");
        let mut value = state.get(&key).expect("reads").expect("there").to_vec();
        change(&mut value);
        state.insert(&key, &value).expect("writes");
        db.persist(fjall::PersistMode::SyncAll).expect("persists");
        value.len()
    };
    let length = change(&|_| {});
    // Each field and each length in front of one is hit by this step.
    for byte in (0..length).step_by(3) {
        change(&|value| value[byte] ^= 1);
        {
            let store = FjallStore::open(home.path()).expect("opens");
            let (chain, fault) = verify_audit_log(&store.audit()).await.expect("an answer");
            let fault = fault.unwrap_or_else(|| panic!("byte {byte} of {length}"));
            assert_eq!((chain.entries, fault.sequence), (3, 3), "byte {byte}: {fault:?}");
        }
        change(&|value| value[byte] ^= 1);
    }
    let audit = FjallStore::open(home.path()).expect("opens").audit();
    assert_eq!(verify_audit_log(&audit).await.expect("an answer").1, None);
    assert_eq!(audit.list(&AuditFilter::default(), None, 9).await.expect("read").len(), 5);
}

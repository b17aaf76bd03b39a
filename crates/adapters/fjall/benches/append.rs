//! Appends in groups of 1, 8 and 64 entries: in memory, on Fjall, and the raw
//! limit of the same run, which is fsynced Fjall batches of the same sizes
//! without hashes, positions or checks.

use bytes::Bytes;
use divan::Bencher;
use divan::counter::ItemsCount;
use erynoa_events::{EventLog, MemoryEventLog};
use erynoa_fjall::FjallStore;
use fjall::{Database, KeyspaceCreateOptions, PersistMode};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

const GROUPS: [usize; 3] = [1, 8, 64];
/// About an attestation with a short comment.
const ENTRY_BYTES: usize = 320;

fn main() {
    divan::main();
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).build().expect("a runtime can be built")
}

fn group(size: usize) -> Vec<Bytes> {
    (0..size).map(|n| Bytes::from(vec![u8::try_from(n).expect("small"); ENTRY_BYTES])).collect()
}

fn append(bencher: Bencher<'_, '_>, log: &dyn EventLog, size: usize) {
    let runtime = runtime();
    let entries = group(size);
    let mut position = 0;
    bencher.counter(ItemsCount::new(size)).bench_local(|| {
        runtime.block_on(log.append(position, entries.clone(), None)).expect("appends");
        position += size as u64;
    });
}

#[divan::bench(args = GROUPS)]
fn memory(bencher: Bencher<'_, '_>, size: usize) {
    append(bencher, &MemoryEventLog::new(), size);
}

#[divan::bench(args = GROUPS, min_time = 2)]
fn fjall_fsynced(bencher: Bencher<'_, '_>, size: usize) {
    let home = TempDir::new().expect("a folder");
    let log = FjallStore::open(home.path()).expect("opens").event_log();
    append(bencher, &log, size);
}

fn raw(bencher: Bencher<'_, '_>, size: usize, mode: PersistMode) {
    let home = TempDir::new().expect("a folder");
    let db = Database::builder(home.path()).open().expect("opens");
    let log = db.keyspace("raw", KeyspaceCreateOptions::default).expect("opens");
    let entries = group(size);
    let mut position = 0_u64;
    bencher.counter(ItemsCount::new(size)).bench_local(|| {
        let mut batch = db.batch().durability(Some(mode));
        for entry in &entries {
            batch.insert(&log, position.to_be_bytes(), entry.as_ref());
            position += 1;
        }
        batch.commit().expect("commits");
    });
}

#[divan::bench(args = GROUPS, min_time = 2)]
fn raw_fjall_fsynced(bencher: Bencher<'_, '_>, size: usize) {
    raw(bencher, size, PersistMode::SyncAll);
}

#[divan::bench(args = GROUPS, min_time = 2)]
fn raw_fjall_fdatasynced(bencher: Bencher<'_, '_>, size: usize) {
    raw(bencher, size, PersistMode::SyncData);
}

//! Appending to the log beside a bare COPY of the same rows.
//!
//! Needs ERYNOA_TEST_POSTGRES_URL: `make services`.

use bytes::Bytes;
use erynoa_events::{EventLog as _, leaf_hash};
use erynoa_postgres::PgStore;
use sqlx::{PgPool, Row as _};

#[path = "../tests/it/database.rs"]
mod database;

/// Entries of one append, and bytes of one entry.
const ENTRIES: usize = 4096;
const BYTES: usize = 300;

fn main() {
    divan::main();
}

fn entries() -> Vec<Bytes> {
    (0..ENTRIES)
        .map(|number| {
            let mut bytes = vec![0_u8; BYTES];
            let mut state = number as u64 + 1;
            for byte in &mut bytes {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *byte = (state >> 56).to_le_bytes()[0];
            }
            Bytes::from(bytes)
        })
        .collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime can be built")
}

#[divan::bench(sample_count = 20, sample_size = 1, counters = [divan::counter::ItemsCount::new(ENTRIES)])]
fn append_in_a_turn(bencher: divan::Bencher) {
    let runtime = runtime();
    let (store, _database): (PgStore, _) = runtime.block_on(database::empty());
    let log = store.event_log();
    bencher.with_inputs(entries).bench_values(|entries| {
        runtime.block_on(async {
            let size = log.take_turn().await.expect("turn");
            log.append(size, entries, Some("a note".to_owned())).await.expect("append");
        });
    });
}

#[divan::bench(sample_count = 20, sample_size = 1, counters = [divan::counter::ItemsCount::new(ENTRIES)])]
fn bare_copy(bencher: divan::Bencher) {
    let runtime = runtime();
    let (_store, database) = runtime.block_on(database::empty());
    let pool = runtime.block_on(PgPool::connect(&database.url)).expect("connects");
    bencher.with_inputs(entries).bench_values(|entries| {
        runtime.block_on(async {
            let mut transaction = pool.begin().await.expect("begin");
            let row = sqlx::query("SELECT coalesce(max(position) + 1, 0) FROM log_entries")
                .fetch_one(&mut *transaction)
                .await
                .expect("size");
            let from: i64 = row.get(0);
            let mut rows = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec();
            for (position, entry) in (from..).zip(&entries) {
                rows.extend(3_i16.to_be_bytes());
                for field in [&position.to_be_bytes()[..], &leaf_hash(entry), entry] {
                    let length = i32::try_from(field.len()).expect("small");
                    rows.extend(length.to_be_bytes());
                    rows.extend_from_slice(field);
                }
            }
            rows.extend((-1_i16).to_be_bytes());
            let into = "COPY log_entries (position, leaf, entry) FROM STDIN (FORMAT binary)";
            let mut copy = transaction.copy_in_raw(into).await.expect("copy");
            copy.send(rows).await.expect("rows");
            copy.finish().await.expect("finish");
            transaction.commit().await.expect("commit");
        });
    });
}

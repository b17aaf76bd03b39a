//! Whatever the target holds of an earlier attempt, it comes out as the source.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_events::{EventLog, MemoryEventLog};
use erynoa_kernel::{StoreError, StoreErrorKind};
use erynoa_moving::contract::{SampleLog, audit, read_all, records};
use erynoa_moving::{
    Copied, CopyError, Installation, Kind, MemoryRecords, Record, Records, Side, copy_installation,
};
use erynoa_notifications::{Cursor, MemoryNotifications};
use erynoa_storage::MemoryFiles;
use proptest::prelude::*;

static LOG: LazyLock<SampleLog> = LazyLock::new(|| SampleLog::new(0, 3, 20));
static OTHER: LazyLock<SampleLog> = LazyLock::new(|| SampleLog::new(1, 1, 2));

/// Runs what never waits for anything but itself.
fn now<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// A store that stops answering after so many calls, as if the process was
/// killed there.
struct Dying<T> {
    store: T,
    calls: Arc<AtomicUsize>,
}

impl<T> Dying<T> {
    fn call(&self) -> Result<&T, StoreError> {
        let left = self
            .calls
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        let gone = |_| StoreError::new(StoreErrorKind::Unavailable, "gone");
        left.map(|_| &self.store).map_err(gone)
    }
}

#[async_trait]
impl EventLog for Dying<Arc<dyn EventLog>> {
    async fn append(
        &self,
        size: u64,
        entries: Vec<Bytes>,
        note: Option<String>,
    ) -> Result<(), StoreError> {
        self.call()?.append(size, entries, note).await
    }
    async fn read(&self, from: u64, limit: usize) -> Result<Vec<Bytes>, StoreError> {
        self.call()?.read(from, limit).await
    }
    async fn size(&self) -> Result<u64, StoreError> {
        self.call()?.size().await
    }
    async fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        self.call()?.checkpoint().await
    }
    async fn bytes_on_disk(&self) -> Result<u64, StoreError> {
        self.call()?.bytes_on_disk().await
    }
}

#[async_trait]
impl Records for Dying<Arc<dyn Records>> {
    async fn read(
        &self,
        kind: Kind,
        after: Option<&Record>,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.call()?.read(kind, after, limit).await
    }
    async fn insert(&self, records: Vec<Record>) -> Result<(), StoreError> {
        self.call()?.insert(records).await
    }
    async fn remove(&self, records: Vec<Record>) -> Result<(), StoreError> {
        self.call()?.remove(records).await
    }
}

fn dying(of: &Installation, calls: usize) -> Installation {
    let calls = Arc::new(AtomicUsize::new(calls));
    let log = Dying { store: Arc::clone(&of.log), calls: Arc::clone(&calls) };
    let records = Dying { store: Arc::clone(&of.records), calls };
    Installation {
        log: Arc::new(log),
        records: Arc::new(records),
        files: Arc::clone(&of.files),
        notifications: Arc::clone(&of.notifications),
    }
}

/// An installation with the first `size` entries of a log and these records.
fn installation(
    log: &SampleLog,
    size: usize,
    numbers: &[u8],
    promised: &[u8],
    variant: u8,
    audited: u8,
) -> Installation {
    let made = Installation {
        log: Arc::new(MemoryEventLog::new()),
        records: Arc::new(MemoryRecords::default()),
        files: Arc::new(MemoryFiles::default()),
        notifications: Arc::new(MemoryNotifications::default()),
    };
    now(async {
        made.log.append(0, log.entries[..size].to_vec(), None).await.expect("append");
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Audit) {
            let numbers = if kind == Kind::Promise { promised } else { numbers };
            made.records.insert(records(kind, numbers, variant)).await.expect("insert");
        }
        made.records.insert(audit(audited, 0)).await.expect("insert");
    });
    made
}

fn source(numbers: &[u8], audited: u8) -> Installation {
    let made = installation(&LOG, LOG.entries.len(), numbers, numbers, 0, audited);
    let size = LOG.entries.len();
    now(made.log.append(size as u64, Vec::new(), Some(LOG.note(size)))).expect("append");
    let cursor = Cursor { from: None, to: size as u64 - 3 };
    assert!(now(made.notifications.write(&[], Some(cursor))).expect("write"));
    made
}

fn copy(from: &Installation, to: &Installation) -> Result<Copied, CopyError> {
    now(copy_installation(from, to, None, &|_, _, _| {}))
}

type Everything = (Vec<Bytes>, Option<String>, Vec<Vec<Record>>, Option<u64>);

async fn everything(of: &Installation) -> Everything {
    let mut kinds = Vec::new();
    for kind in Kind::ALL {
        kinds.push(read_all(&*of.records, kind, 1000).await);
    }
    let entries = of.log.read(0, 10_000).await.expect("read");
    let told = of.notifications.cursor().await.expect("read");
    (entries, of.log.checkpoint().await.expect("read"), kinds, told)
}

fn numbers() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::btree_set(0_u8..60, 0..40).prop_map(|set| set.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_a_target_holds_of_the_source_it_comes_out_equal_and_is_done_once(
        wanted in numbers(),
        stale in numbers(),
        variant in 0_u8..2,
        size in 1..LOG.entries.len() + 1,
        audited in 0_u8..9,
        behind in 0_u8..9,
    ) {
        let from = source(&wanted, audited);
        // What a target has promised, the source has promised too.
        let promised: Vec<u8> = stale.iter().copied().filter(|n| wanted.contains(n)).collect();
        let audited = audited.saturating_sub(behind);
        let to = installation(&LOG, size, &stale, &promised, variant, audited);
        let copied = copy(&from, &to).expect("copied");
        prop_assert_eq!(copied.source, copied.target);
        prop_assert_eq!(copied.target.state_root, LOG.state_root);
        prop_assert_eq!(copied.target.epochs, 4);
        prop_assert_eq!(copied.entries_written, (LOG.entries.len() - size) as u64);
        prop_assert_eq!(now(everything(&to)), now(everything(&from)));
        let again = copy(&from, &to).expect("copied");
        prop_assert_eq!(again.entries_written, 0);
        for (kind, done) in again.records {
            prop_assert_eq!((done.written, done.removed), (0, 0), "{:?}", kind);
        }
    }

    #[test]
    fn cut_off_after_any_call_it_has_no_checkpoint_and_goes_on_to_the_same_end(
        wanted in numbers(),
        calls in proptest::collection::vec(0_usize..120, 1..6),
    ) {
        let from = source(&wanted, 5);
        let to = installation(&LOG, 0, &[], &[], 0, 0);
        for calls in calls {
            match copy(&from, &dying(&to, calls)) {
                Ok(_) => break,
                Err(CopyError::Store { side: Side::Target, .. }) => {
                    // The very last call reads the checkpoint back.
                    let note = now(to.log.checkpoint()).expect("read");
                    prop_assert!(note.is_none() || now(everything(&to)) == now(everything(&from)));
                }
                Err(other) => panic!("{other}"),
            }
        }
        copy(&from, &to).expect("copied");
        prop_assert_eq!(now(everything(&to)), now(everything(&from)));
    }
}

fn refusal(from: &Installation, to: &Installation) -> CopyError {
    let before = now(everything(to));
    let error = copy(from, to).expect_err("refused");
    let after = now(everything(to));
    assert!(after.0.starts_with(&before.0) && after.1 == before.1, "nothing is taken away");
    error
}

#[test]
fn a_target_with_another_log_records_of_its_own_or_a_longer_log_is_refused_as_it_is() {
    let from = source(&[1, 2], 3);
    let size = LOG.entries.len();
    let shorter = installation(&LOG, size - 1, &[1, 2], &[1, 2], 0, 3);
    let longer = source(&[1, 2], 3);
    let others = [
        (&from, installation(&OTHER, OTHER.entries.len(), &[], &[], 0, 0), "log entry 0 "),
        (&from, installation(&LOG, 0, &[4], &[4], 0, 0), "it has accounts but no log"),
        (&from, installation(&LOG, 0, &[], &[], 0, 1), "it has audit_entries but no log"),
        (&from, installation(&LOG, 9, &[], &[], 0, 4), "audit entry 3 "),
        (&from, installation(&LOG, 9, &[], &[5], 0, 0), "it has cosigned 1000 entries of log."),
        (&shorter, longer, "its log has 106 entries, that of the source 105"),
    ];
    for (from, to, why) in others {
        let before = now(everything(&to));
        let error = refusal(from, &to);
        assert_eq!(error.code(), "COPY_TARGET_FOREIGN");
        assert_eq!(error.field(), "to");
        assert!(error.to_string().contains(why), "{error}");
        if before.0.len() != 9 {
            assert_eq!(now(everything(&to)), before, "it is left as it is");
        }
    }
}

#[test]
fn an_empty_source_is_refused() {
    let (from, to) = (installation(&LOG, 0, &[], &[], 0, 0), installation(&LOG, 0, &[], &[], 0, 0));
    assert_eq!(refusal(&from, &to).code(), "COPY_SOURCE_EMPTY");
}

#[test]
fn damage_of_the_source_is_named_by_its_position_and_never_gets_a_checkpoint() {
    let damaged = |entries: Vec<Bytes>, note: &str| {
        let from = installation(&LOG, 0, &[], &[], 0, 0);
        now(from.log.append(0, entries, Some(note.to_owned()))).expect("append");
        let to = installation(&LOG, 0, &[], &[], 0, 0);
        let error = refusal(&from, &to);
        assert_eq!(now(to.log.checkpoint()).expect("read"), None);
        error
    };
    let size = LOG.entries.len();
    let mut no_event = LOG.entries.clone();
    no_event[17] = Bytes::from_static(b"?");
    let error = damaged(no_event, &LOG.note(size));
    assert_eq!((error.code(), error.field()), ("COPY_DAMAGED", "from"));
    assert!(error.to_string().contains("log entry 17 is no event"), "{error}");

    let mut exchanged = LOG.entries.clone();
    exchanged.swap(50, 51);
    let error = damaged(exchanged, &LOG.note(size));
    assert_eq!(error.code(), "COPY_DAMAGED");
    assert!(error.to_string().contains("are not what was signed"), "{error}");

    let mut less = LOG.entries.clone();
    less.remove(43);
    let error = damaged(less, &LOG.note(20));
    assert_eq!(error.code(), "COPY_DIFFERS");
    assert!(error.to_string().contains("closes epoch 2"), "{error}");

    let from = source(&[], 0);
    let mut chain = audit(4, 0);
    chain[2] = audit(4, 1)[2].clone();
    now(from.records.insert(chain)).expect("insert");
    let error = refusal(&from, &installation(&LOG, 0, &[], &[], 0, 0));
    assert_eq!((error.code(), error.field()), ("COPY_DAMAGED", "from"));
    assert!(error.to_string().contains("audit entry 2: "), "{error}");
}

//! Opening the folder: lock, layout, and what must hold before anything is
//! served from it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use erynoa_kernel::{StoreError, StoreErrorKind};
use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use crate::acknowledged::{Acknowledged, Mark};
use crate::error::{corrupt, driver, file};
use crate::{
    FjallAccounts, FjallAudit, FjallEventLog, FjallFiles, FjallNotifications, FjallRecords,
    FjallRuns, FjallSessions, FjallWitnessBook, journal, keys, manifest, migrate,
};

/// Bytes of blocks kept in memory. The server folds the log once at the start
/// and then reads little, so a small cache serves as well as a large one.
const CACHE_BYTES: u64 = 2 << 20;
/// Bytes of entries kept in memory before they go into a table.
const LOG_MEMTABLE_BYTES: u64 = 2 << 20;
/// The same for what is small.
const STATE_MEMTABLE_BYTES: u64 = 1 << 20;
/// Fjall's least: what a start replays is bounded by it.
const JOURNAL_BYTES: u64 = 64 << 20;

/// Name of the database in the folder.
const DATABASE: &str = "db";
/// Where a database is made before it gets its name.
const UNFINISHED: &str = "db.new";

/// An open, locked folder. All ports that it gives out share it; it is closed
/// when the last of them is dropped.
#[derive(Clone)]
pub struct FjallStore(Arc<Inner>);

pub(crate) struct Inner {
    // Dropped in this order: the lock last.
    pub(crate) log: Keyspace,
    pub(crate) state: Keyspace,
    pub(crate) db: Database,
    pub(crate) acknowledged: Acknowledged,
    pub(crate) path: PathBuf,
    size: AtomicU64,
    log_writer: Mutex<()>,
    access_writer: Mutex<()>,
    files_writer: Mutex<()>,
    audit_writer: Mutex<()>,
    workflows_writer: Mutex<()>,
    notifications_writer: Mutex<()>,
    book_writer: Mutex<()>,
    _lock: File,
}

impl std::fmt::Debug for FjallStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FjallStore").field(&self.0.path).finish()
    }
}

impl FjallStore {
    /// Opens the folder, creating it when needed. Blocks.
    ///
    /// Before it returns, it has made sure that the log's positions have no
    /// gaps and that every entry that was ever acknowledged is there. (The
    /// entries' own hashes are checked whenever they are read.)
    ///
    /// # Errors
    /// `Unavailable` when somebody else has the folder open, or its layout is
    /// that of a version to come; `Corrupt`, naming the position, when what is
    /// stored is damaged. Nothing is changed then, so that a damaged folder can
    /// be looked at. An older layout is brought up to date.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(path)
            .map_err(|error| file(&format!("create {}", path.display()), error))?;
        let lock = lock(path)?;
        let (acknowledged, mark) = Acknowledged::open(&path.join("acknowledged"))?;
        let database = path.join(DATABASE);
        let exists = database
            .try_exists()
            .map_err(|error| file(&format!("open {}", database.display()), error))?;
        if exists {
            manifest::check(&database)?;
            refuse_lost_entries(&database, mark.as_ref())?;
        } else if let Some(mark) = mark {
            return Err(corrupt(format!(
                "log entry 0 is missing: {} entries were acknowledged, but {} is gone",
                mark.size,
                database.display()
            )));
        } else {
            create(path)?;
        }
        let (db, [log, state]) = open_database(&database)?;
        let format = check_format(&state)?;
        let size = check_positions(&log)?;
        if let Some(mark) = mark {
            check_mark(&log, size, &mark)?;
        }
        if format != keys::FORMAT {
            migrate::from_format_1(&db, &state)?;
        }
        Ok(Self(Arc::new(Inner {
            log,
            state,
            db,
            acknowledged,
            path: path.to_owned(),
            size: AtomicU64::new(size),
            log_writer: Mutex::new(()),
            access_writer: Mutex::new(()),
            files_writer: Mutex::new(()),
            audit_writer: Mutex::new(()),
            workflows_writer: Mutex::new(()),
            notifications_writer: Mutex::new(()),
            book_writer: Mutex::new(()),
            _lock: lock,
        })))
    }

    /// The log.
    #[must_use]
    pub fn event_log(&self) -> FjallEventLog {
        FjallEventLog::new(Arc::clone(&self.0))
    }

    /// The accounts.
    #[must_use]
    pub fn accounts(&self) -> FjallAccounts {
        FjallAccounts::new(Arc::clone(&self.0))
    }

    /// The sessions.
    #[must_use]
    pub fn sessions(&self) -> FjallSessions {
        FjallSessions::new(Arc::clone(&self.0))
    }

    /// Files, uploads and links.
    #[must_use]
    pub fn files(&self) -> FjallFiles {
        FjallFiles::new(Arc::clone(&self.0))
    }

    /// The audit log.
    #[must_use]
    pub fn audit(&self) -> FjallAudit {
        FjallAudit::new(Arc::clone(&self.0))
    }

    /// Runs of workflows, and starts that wait.
    #[must_use]
    pub fn runs(&self) -> FjallRuns {
        FjallRuns::new(Arc::clone(&self.0))
    }

    /// What people are told.
    #[must_use]
    pub fn notifications(&self) -> FjallNotifications {
        FjallNotifications::new(Arc::clone(&self.0))
    }

    /// What a witness must not forget.
    #[must_use]
    pub fn witness_book(&self) -> FjallWitnessBook {
        FjallWitnessBook::new(Arc::clone(&self.0))
    }

    /// Everything beside the log, for moving.
    #[must_use]
    pub fn records(&self) -> FjallRecords {
        FjallRecords::new(Arc::clone(&self.0))
    }

    /// Whether a store was made in this folder.
    #[must_use]
    pub fn exists(path: &Path) -> bool {
        path.join(DATABASE).is_dir()
    }

    /// Whether somebody has the folder open now.
    #[must_use]
    pub fn is_in_use(path: &Path) -> bool {
        let lock = File::open(path.join("lock"));
        lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

impl Inner {
    /// Does work that reads or writes the disk beside the runtime's own threads.
    pub(crate) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = Arc::clone(self);
        tokio::task::spawn_blocking(move || work(&store)).await.map_err(|error| {
            let message = "the store's work was cut off";
            StoreError::from_driver(StoreErrorKind::Unavailable, message, error)
        })?
    }

    /// Number of entries that are durable.
    pub(crate) fn size(&self) -> u64 {
        self.size.load(Ordering::Acquire)
    }

    /// Sets the number of entries; for whoever holds [`Inner::log_writer`].
    pub(crate) fn set_size(&self, size: u64) {
        self.size.store(size, Ordering::Release);
    }

    /// Makes the caller the only writer of the log.
    pub(crate) fn log_writer(&self) -> MutexGuard<'_, ()> {
        // What it guards changes in one go, after everything that can fail.
        self.log_writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the caller the only writer of accounts and sessions.
    pub(crate) fn access_writer(&self) -> MutexGuard<'_, ()> {
        self.access_writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the caller the only writer of files, uploads and links.
    pub(crate) fn files_writer(&self) -> MutexGuard<'_, ()> {
        self.files_writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the caller the only writer of the audit log.
    pub(crate) fn audit_writer(&self) -> MutexGuard<'_, ()> {
        self.audit_writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the caller the only writer of runs.
    pub(crate) fn workflows_writer(&self) -> MutexGuard<'_, ()> {
        self.workflows_writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the caller the only writer of inboxes.
    pub(crate) fn notifications_writer(&self) -> MutexGuard<'_, ()> {
        self.notifications_writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the caller the only writer of the witness's book.
    pub(crate) fn book_writer(&self) -> MutexGuard<'_, ()> {
        self.book_writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An empty batch whose commit ends in fsync.
    pub(crate) fn batch(&self) -> fjall::OwnedWriteBatch {
        self.db.batch().durability(Some(PersistMode::SyncAll))
    }
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let at = path.join("lock");
    let opening = format!("lock {}", at.display());
    let lock = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&at)
        .map_err(|error| file(&opening, error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(StoreError::new(
            StoreErrorKind::Unavailable,
            format!(
                "{} is in use by another process; stop it, or choose another data_dir",
                path.display()
            ),
        )),
        Err(TryLockError::Error(error)) => Err(file(&opening, error)),
    }
}

/// Makes the database under another name and then renames it, so that a crash
/// in the middle leaves nothing that could be taken for a database.
fn create(path: &Path) -> Result<(), StoreError> {
    let unfinished = path.join(UNFINISHED);
    let database = path.join(DATABASE);
    let failed = |error| file(&format!("create {}", database.display()), error);
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    {
        let (db, [_, state]) = open_database(&unfinished)?;
        let mut batch = db.batch().durability(Some(PersistMode::SyncAll));
        batch.insert(&state, keys::FORMAT_KEY, keys::FORMAT.to_be_bytes());
        batch.commit().map_err(|error| driver("create the store", error))?;
    }
    fs::rename(&unfinished, &database).map_err(failed)?;
    File::open(path).and_then(|folder| folder.sync_all()).map_err(failed)
}

/// Refuses journals that end before the last acknowledged entry, while they are
/// as they were found.
fn refuse_lost_entries(database: &Path, mark: Option<&Mark>) -> Result<(), StoreError> {
    let scan = journal::scan(database)?;
    match (scan.trouble, scan.next_position, mark) {
        (Some(trouble), Some(next), Some(mark)) if next < mark.size => Err(corrupt(format!(
            "log entry {next} is damaged: {} makes no sense from byte {} on, and {} entries were \
             acknowledged; restore a backup or copy the log from a follower",
            trouble.journal.display(),
            trouble.byte,
            mark.size
        ))),
        _ => Ok(()),
    }
}

fn open_database(path: &Path) -> Result<(Database, [Keyspace; 2]), StoreError> {
    let opening = format!("open {}", path.display());
    let open = || -> fjall::Result<_> {
        let db = Database::builder(path)
            .cache_size(CACHE_BYTES)
            .max_journaling_size(JOURNAL_BYTES)
            .max_cached_files(Some(64))
            .worker_threads(1)
            .open()?;
        let keyspace = |name, memtable| {
            db.keyspace(name, || KeyspaceCreateOptions::default().max_memtable_size(memtable))
        };
        let log = keyspace(keys::LOG, LOG_MEMTABLE_BYTES)?;
        let state = keyspace(keys::STATE, STATE_MEMTABLE_BYTES)?;
        Ok((db, [log, state]))
    };
    open().map_err(|error| driver(&opening, error))
}

/// The format, when this version can read it.
fn check_format(state: &Keyspace) -> Result<u32, StoreError> {
    let format = state
        .get(keys::FORMAT_KEY)
        .map_err(|error| driver("read the store's format", error))?
        .ok_or_else(|| corrupt("the store's format is missing"))?;
    match <[u8; 4]>::try_from(&*format).map(u32::from_be_bytes) {
        Ok(known @ 1..=keys::FORMAT) => Ok(known),
        Ok(other) => Err(StoreError::new(
            StoreErrorKind::Unavailable,
            format!(
                "the store has format {other}, this version reads formats up to {}; run the version \
                 that wrote it",
                keys::FORMAT
            ),
        )),
        Err(_) => Err(corrupt("the store's format is damaged")),
    }
}

/// Number of entries, when their positions are 0, 1, 2 … without gaps.
fn check_positions(log: &Keyspace) -> Result<u64, StoreError> {
    let mut size = 0_u64;
    for item in log.iter() {
        let key = item.key().map_err(|error| {
            let mut error = driver(&format!("log entry {size} is damaged"), error);
            error.kind = StoreErrorKind::Corrupt;
            error
        })?;
        match <[u8; keys::POSITION_BYTES]>::try_from(&*key).map(u64::from_be_bytes) {
            Ok(position) if position == size => size += 1,
            Ok(position) => {
                return Err(corrupt(format!(
                    "log entry {size} is missing: behind {} comes {position}",
                    size.checked_sub(1).map_or("the start".to_owned(), |last| last.to_string()),
                )));
            }
            Err(_) => {
                return Err(corrupt(format!("the key behind log entry {size} is no position")));
            }
        }
    }
    Ok(size)
}

fn check_mark(log: &Keyspace, size: u64, mark: &Mark) -> Result<(), StoreError> {
    if size < mark.size {
        return Err(corrupt(format!(
            "log entry {size} is missing: {} entries were acknowledged, {size} are there; restore \
             a backup or copy the log from a follower",
            mark.size
        )));
    }
    let Some(last) = mark.size.checked_sub(1) else {
        return Ok(());
    };
    let stored = log
        .get(last.to_be_bytes())
        .map_err(|error| driver(&format!("read log entry {last}"), error))?;
    if stored.is_some_and(|value| value.starts_with(&mark.last_leaf)) {
        Ok(())
    } else {
        Err(corrupt(format!("log entry {last} is not the one that was acknowledged")))
    }
}

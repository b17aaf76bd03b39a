//! What the writer's thread shares with readers, and the store behind it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use bytes::Bytes;
use erynoa_events::EventLog;
use erynoa_kernel::{Problem, PublicKey, StoreError, StoreErrorKind};
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::models::{Models, SignedCheckpoint};
use super::replay::{Damage, LogName, check, replay, take_in};

/// Entries that are read at once.
const PAGE: usize = 1024;
/// Between two attempts to read a log whose store is away.
const RETRY: Duration = Duration::from_millis(200);
/// After a failed write the writer waits this long before it tries on its own,
/// so that those who submit are answered in between.
pub(super) const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// What a group adds to the log in one go.
#[derive(Default)]
pub(super) struct Write {
    pub(super) expected_size: u64,
    pub(super) entries: Vec<Bytes>,
    pub(super) checkpoint: Option<SignedCheckpoint>,
}

/// What the writer's thread shares with readers, and the store behind it.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) log: Arc<dyn EventLog>,
    pub(super) name: LogName,
    models: Arc<RwLock<Models>>,
    size: watch::Sender<u64>,
    /// Whether readers are held off until the store has answered.
    held: watch::Sender<bool>,
    stopping: watch::Receiver<bool>,
    write_failed: Arc<AtomicBool>,
    /// The models hold nothing until the log could be read again.
    recovering: Arc<AtomicBool>,
}

impl Shared {
    pub(super) fn new(
        log: Arc<dyn EventLog>,
        name: LogName,
        models: Models,
        stopping: watch::Receiver<bool>,
    ) -> Self {
        Self {
            log,
            name,
            size: watch::Sender::new(models.log.size()),
            models: Arc::new(RwLock::new(models)),
            held: watch::Sender::new(false),
            stopping,
            write_failed: Arc::default(),
            recovering: Arc::default(),
        }
    }

    /// The models, for readers.
    pub(super) fn models(&self) -> Arc<RwLock<Models>> {
        Arc::clone(&self.models)
    }

    /// Whether the last write failed, as it changes.
    pub(super) fn failing(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.write_failed)
    }

    /// Whether the log is being read anew, as it changes.
    pub(super) fn recovery(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.recovering)
    }

    /// Size of the log as readers see it, as it grows.
    pub(super) fn sizes(&self) -> watch::Receiver<u64> {
        self.size.subscribe()
    }

    /// Whether readers are held off, as it changes.
    pub(super) fn holding(&self) -> watch::Receiver<bool> {
        self.held.subscribe()
    }

    pub(super) fn write_failed(&self) -> bool {
        self.write_failed.load(Ordering::Relaxed)
    }

    pub(super) fn is_recovering(&self) -> bool {
        self.recovering.load(Ordering::Acquire)
    }

    pub(super) fn read(&self) -> RwLockReadGuard<'_, Models> {
        self.models.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this key speaks for the log now.
    pub(super) fn is_written_by(&self, key: &PublicKey) -> bool {
        self.read().log.keys().current() == key
    }

    /// For changes that take microseconds.
    pub(super) fn write(&self) -> RwLockWriteGuard<'_, Models> {
        self.models.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does `work` while readers wait.
    pub(super) fn exclusively<T>(&self, work: impl FnOnce(&mut Models) -> T) -> T {
        self.held.send_replace(true);
        let done = work(&mut self.write());
        self.held.send_replace(false);
        done
    }

    /// Waits until another process may have added to what is folded.
    pub(super) async fn grown(&self) {
        let known = *self.size.borrow();
        self.log.grown(known).await;
    }

    /// Tells those who follow the log how much of it is folded.
    pub(super) fn tell_size(&self) {
        let size = self.read().log.size();
        self.size.send_if_modified(|known| {
            // While the log is read anew, what was there is still there.
            let grew = *known < size;
            *known = size.max(*known);
            grew
        });
    }

    pub(super) fn persist(&self, write: Write, runtime: &Handle) -> Result<(), Problem> {
        let note = write.checkpoint.map(|checkpoint| checkpoint.note);
        let append = self.log.append(write.expected_size, write.entries, note);
        let outcome = runtime.block_on(append);
        self.write_failed.store(outcome.is_err(), Ordering::Relaxed);
        outcome.map_err(Problem::from)
    }

    /// Waits for the turn to append, and reads what others have added until
    /// then. Returns whether there was anything.
    pub(super) fn take_turn(&self, runtime: &Handle) -> Result<bool, Problem> {
        let begun = self.try_turn(runtime);
        self.write_failed.store(begun.is_err(), Ordering::Relaxed);
        begun
    }

    fn try_turn(&self, runtime: &Handle) -> Result<bool, Problem> {
        let size = runtime.block_on(self.log.take_turn())?;
        let known = self.read().log.size();
        if size < known {
            let damage = format!("the store holds {size} of {known} entries");
            stop(&StoreError::new(StoreErrorKind::Corrupt, damage).into());
        }
        if size > known {
            self.catch_up(runtime)?;
        }
        Ok(size > known)
    }

    /// Folds what other processes have appended.
    pub(super) fn catch_up(&self, runtime: &Handle) -> Result<(), Problem> {
        let mut closed = false;
        loop {
            let folded = self.read().log.size();
            let entries = runtime.block_on(self.log.read(folded, PAGE))?;
            if entries.is_empty() {
                break;
            }
            let mut models = self.write();
            for entry in entries {
                closed |= take_in(&mut models, entry).unwrap_or_else(|damage| stop(&damage));
            }
        }
        if closed {
            self.write().refresh();
        }
        // A copy gets its checkpoints apart from the ends of epochs.
        if let Some(note) = runtime.block_on(self.log.checkpoint())? {
            let mut models = self.write();
            match check(&models, note, &self.name) {
                Ok(checkpoint) => models.set_checkpoint(checkpoint),
                // It covers what was appended after the last read.
                Err(Damage::Checkpoint { size, .. }) if size > models.log.size() => {}
                Err(damage) => stop(&damage),
            }
        }
        self.tell_size();
        Ok(())
    }

    /// After a failed write the log is the truth again. When it can be read at
    /// once, readers do not notice; else they are refused until it can.
    pub(super) fn forget(&self, models: &mut Models, runtime: &Handle) {
        let mut again = self.replayed(runtime).unwrap_or_else(|| {
            self.recovering.store(true, Ordering::Release);
            Models::new(self.name.key)
        });
        again.witnessing.carry_over(&mut models.witnessing);
        *models = again;
    }

    /// Waits until the log can be read, or the server stops.
    pub(super) fn recover(&self, runtime: &Handle) {
        tracing::warn!("the log is away; reads are refused until it is back");
        while !*self.stopping.borrow() {
            std::thread::sleep(RETRY);
            let Some(mut replayed) = self.replayed(runtime) else { continue };
            let mut models = self.write();
            replayed.witnessing.carry_over(&mut models.witnessing);
            *models = replayed;
            drop(models);
            self.recovering.store(false, Ordering::Release);
            self.tell_size();
            tracing::info!("the log is back");
            return;
        }
    }

    /// The log folded anew; `None` while its store does not answer.
    fn replayed(&self, runtime: &Handle) -> Option<Models> {
        match runtime.block_on(replay(self.log.as_ref(), &self.name)) {
            Ok(models) => Some(models),
            Err(Damage::Store(error)) if error.kind != StoreErrorKind::Corrupt => None,
            Err(damage) => stop(&damage),
        }
    }
}

/// A log that does not hold together must not be written or shown.
fn stop(damage: &Damage) -> ! {
    tracing::error!(%damage, "the log does not hold together; stopping");
    std::process::exit(1)
}

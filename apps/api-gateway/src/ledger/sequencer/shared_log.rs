//! What other processes write into the same log, and stores that go away.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use erynoa_kernel::{Problem, StoreError, StoreErrorKind};
use tokio::runtime::Handle;

use super::{Close, Job, Models, Sequencer};
use crate::ledger::replay::{Damage, check, replay, take_in};

/// Entries that are read at once.
const PAGE: usize = 1024;
/// Between two attempts to read a log whose store is away.
const RETRY: Duration = Duration::from_millis(200);

impl Sequencer {
    /// Takes the turn of a group that has something to append, and reads what
    /// others have added until then.
    pub(super) fn begin(
        &mut self,
        group: &[Job],
        close: Close,
        runtime: &Handle,
    ) -> Result<(), Problem> {
        let asks = |job: &Job| match job {
            Job::Submit { events, .. } => !events.is_empty(),
            Job::Found { .. } => true,
            Job::Stop => false,
        };
        if close == Close::No && !group.iter().any(asks) {
            return Ok(());
        }
        let begun = self.take_turn(runtime);
        self.write_failed.store(begun.is_err(), Ordering::Relaxed);
        begun
    }

    fn take_turn(&mut self, runtime: &Handle) -> Result<(), Problem> {
        let size = runtime.block_on(self.log.take_turn())?;
        let known = self.folded();
        if size < known {
            let damage = format!("the store holds {size} of {known} entries");
            stop(&StoreError::new(StoreErrorKind::Corrupt, damage).into());
        }
        if size > known { self.follow(runtime) } else { Ok(()) }
    }

    fn folded(&self) -> u64 {
        self.models.read().unwrap_or_else(PoisonError::into_inner).log.size()
    }

    /// Folds what other processes have appended.
    pub(super) fn follow(&mut self, runtime: &Handle) -> Result<(), Problem> {
        let mut closed = false;
        loop {
            let entries = runtime.block_on(self.log.read(self.folded(), PAGE))?;
            if entries.is_empty() {
                break;
            }
            let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
            for entry in entries {
                closed |= take_in(&mut models, entry).unwrap_or_else(|damage| stop(&damage));
            }
            let open = models.log.open_epoch();
            drop(models);
            self.note_arrivals(open);
        }
        if closed && let Some(note) = runtime.block_on(self.log.checkpoint())? {
            let (key, origin) = (self.key.public_key(), &self.policy.origin);
            let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
            models.refresh();
            match check(&models, note, key, origin) {
                Ok(checkpoint) => models.checkpoint = Some(checkpoint),
                // It covers what was appended after the last read.
                Err(Damage::Checkpoint { size, .. }) if size > models.log.size() => {}
                Err(damage) => stop(&damage),
            }
        }
        let models = std::sync::Arc::clone(&self.models);
        let models = models.read().unwrap_or_else(PoisonError::into_inner);
        self.note_deadline(&models);
        drop(models);
        self.tell_size();
        Ok(())
    }

    /// After a failed write the log is the truth again. When it can be read at
    /// once, readers do not notice; else they are refused until it can.
    pub(super) fn forget(&self, models: &mut Models, runtime: &Handle) {
        *models = self.replayed(runtime).unwrap_or_else(|| {
            self.recovering.store(true, Ordering::Release);
            Models::new(self.key.public_key())
        });
    }

    /// Waits until the log can be read, or the server stops.
    pub(super) fn recover(&mut self, runtime: &Handle) {
        tracing::warn!("the log is away; reads are refused until it is back");
        while !*self.stopping.borrow() {
            std::thread::sleep(RETRY);
            let Some(replayed) = self.replayed(runtime) else { continue };
            let shared = std::sync::Arc::clone(&self.models);
            let mut models = shared.write().unwrap_or_else(PoisonError::into_inner);
            *models = replayed;
            self.note_arrivals(models.log.open_epoch());
            self.note_deadline(&models);
            drop(models);
            self.recovering.store(false, Ordering::Release);
            self.tell_size();
            tracing::info!("the log is back");
            return;
        }
    }

    /// The log folded anew; `None` while its store does not answer.
    fn replayed(&self, runtime: &Handle) -> Option<Models> {
        let key = self.key.public_key();
        match runtime.block_on(replay(self.log.as_ref(), key, &self.policy.origin)) {
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

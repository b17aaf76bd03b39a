//! The ports: whoever makes workflows last, whoever carries out their steps,
//! and where an embedded engine keeps them.

use async_trait::async_trait;
use erynoa_kernel::StoreError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::definition::{Call, Outcome};
use crate::error::WorkflowError;
use crate::limits::{INPUT_MOST, KEY_MOST};
use crate::run::Run;
use crate::run_state::RunStatus;

/// Asks for a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Names the run for ever: 1 to 128 of `A-Z a-z 0-9 . _ : -`. Whatever
    /// starts the same thing twice chooses the same key.
    pub key: String,
    /// Name of a definition.
    pub workflow: String,
    /// Whom it belongs to, in the letters of a key; empty for the installation.
    pub owner: String,
    /// For the definition, at most 8 KiB as JSON.
    pub input: Value,
}

fn is_plain(text: &str) -> bool {
    text.len() <= KEY_MOST
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte))
}

impl Start {
    /// Whether it can be kept; engines ask before anything else.
    ///
    /// # Errors
    /// `Invalid` with the field.
    pub fn check(&self) -> Result<(), WorkflowError> {
        let wrong = |field, right: String| Err(WorkflowError::Invalid { field, right });
        if self.key.is_empty() || !is_plain(&self.key) {
            return wrong("key", format!("1 to {KEY_MOST} letters, digits and . _ : -"));
        }
        if !is_plain(&self.owner) {
            return wrong("owner", format!("at most {KEY_MOST} letters, digits and . _ : -"));
        }
        if self.input.to_string().len() > INPUT_MOST {
            return wrong("input", format!("at most {INPUT_MOST} bytes as JSON"));
        }
        Ok(())
    }
}

/// A run, and whether this start has begun it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Started {
    /// As it is now.
    pub run: Run,
    /// Whether there was none before.
    pub fresh: bool,
}

/// Which runs are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Name of a definition; empty for all.
    pub workflow: String,
    /// `None` for every status.
    pub status: Option<RunStatus>,
    /// Whom they belong to; empty for all.
    pub owner: String,
}

impl RunFilter {
    /// Whether this one is wanted.
    #[must_use]
    pub fn matches(&self, run: &Run) -> bool {
        (self.workflow.is_empty() || self.workflow == run.workflow)
            && self.status.is_none_or(|status| status == run.status)
            && (self.owner.is_empty() || self.owner == run.owner)
    }
}

/// Place of a run in a list, which is sorted by it, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunPosition {
    /// When it was started, µs since the Unix epoch.
    pub started_at_us: u64,
    /// Its key.
    pub key: String,
}

impl RunPosition {
    /// Where this one stands.
    #[must_use]
    pub fn of(run: &Run) -> Self {
        Self { started_at_us: run.started_at_us, key: run.key.clone() }
    }
}

/// Makes workflows last: what was started ends, whatever dies in between.
#[async_trait]
pub trait WorkflowEngine: Send + Sync {
    /// Starts a run; it is durable when this returns. The same start again
    /// gives the run that there is.
    ///
    /// # Errors
    /// `Invalid`, `Unknown`; `KeyTaken` when another run has the key; the
    /// store's.
    async fn start(&self, start: Start) -> Result<Started, WorkflowError>;

    /// A run as it is now.
    ///
    /// # Errors
    /// `NotFound`; the store's.
    async fn get(&self, key: &str) -> Result<Run, WorkflowError>;

    /// At most `limit` runs behind `after`, the newest first.
    ///
    /// # Errors
    /// The store's.
    async fn list(
        &self,
        filter: &RunFilter,
        after: Option<&RunPosition>,
        limit: usize,
    ) -> Result<Vec<Run>, WorkflowError>;

    /// Wants a run to stop: the present try ends, then everything is undone
    /// that can be. Durable when this returns; asking twice is asking once.
    ///
    /// # Errors
    /// `NotFound`, `Over`; the store's.
    async fn cancel(&self, key: &str) -> Result<Run, WorkflowError>;

    /// Wants a run to be tried again now, and as often as at first.
    ///
    /// # Errors
    /// `NotFound`, `Over`, `Unknown` when its version is gone; the store's.
    async fn retry(&self, key: &str) -> Result<Run, WorkflowError>;
}

/// Carries out steps. [`EffectKey`](crate::EffectKey) says what it promises.
#[async_trait]
pub trait Effects: Send + Sync {
    /// Carries out a step.
    async fn run(&self, call: &Call) -> Outcome;

    /// Undoes a step.
    async fn undo(&self, call: &Call) -> Outcome;
}

/// Runs that are due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Keys of runs that are due, the longest due first.
    pub keys: Vec<String>,
    /// When the next one will be, µs; `None` when `keys` is full or none will.
    pub next_us: Option<u64>,
}

/// Where an embedded engine keeps its runs. Every write is durable when it
/// returns.
#[async_trait]
pub trait Runs: Send + Sync {
    /// Adds a run; `false`, and nothing changes, when its key is taken.
    async fn insert(&self, run: &Run) -> Result<bool, StoreError>;

    /// A run.
    async fn get(&self, key: &str) -> Result<Option<Run>, StoreError>;

    /// Replaces a run whose revision was `before`; `false`, and nothing
    /// changes, when it is another one.
    async fn put(&self, run: &Run, before: u64) -> Result<bool, StoreError>;

    /// At most `limit` runs behind `after`, the newest first.
    async fn list(
        &self,
        filter: &RunFilter,
        after: Option<&RunPosition>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError>;

    /// At most `limit` runs that are due at `now_us`.
    async fn due(&self, now_us: u64, limit: usize) -> Result<Due, StoreError>;
}

/// A start that waits for its engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// When it was posted, µs since the Unix epoch.
    pub at_us: u64,
    /// What is to be started.
    pub start: Start,
}

/// Starts that are written where the store writes, so that none is lost while
/// the engine is away.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Adds a start; durable when it returns. The same start at the same time
    /// is there once.
    async fn post(&self, start: &Start, at_us: u64) -> Result<(), StoreError>;

    /// At most `limit` starts that wait, the longest waiting first.
    async fn waiting(&self, limit: usize) -> Result<Vec<Posted>, StoreError>;

    /// Removes a start that the engine has.
    async fn taken(&self, posted: &Posted) -> Result<(), StoreError>;
}

/// What a delivery has done.
#[derive(Debug, Default)]
pub struct Delivery {
    /// Starts that the engine has now.
    pub started: usize,
    /// Starts that it will never take, with the reason; they wait no longer.
    pub refused: Vec<(Posted, WorkflowError)>,
}

/// Hands at most `limit` waiting starts to the engine. A crash in the middle
/// hands a start over again, which the engine knows by its key.
///
/// # Errors
/// The outbox's or the engine's; what was not handed over waits on.
pub async fn deliver(
    outbox: &dyn Outbox,
    engine: &dyn WorkflowEngine,
    limit: usize,
) -> Result<Delivery, StoreError> {
    let mut delivery = Delivery::default();
    for posted in outbox.waiting(limit).await? {
        match engine.start(posted.start.clone()).await {
            Ok(_) => delivery.started += 1,
            Err(WorkflowError::Store(error)) => return Err(error),
            Err(refusal) => delivery.refused.push((posted.clone(), refusal)),
        }
        outbox.taken(&posted).await?;
    }
    Ok(delivery)
}

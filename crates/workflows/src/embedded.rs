//! The embedded engine: drives runs that lie in a store of our own.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use erynoa_kernel::{Clock, StoreError};
use futures_util::FutureExt as _;

use crate::definition::{Definition, Definitions, Outcome};
use crate::engine::{Effects, RunFilter, RunPosition, Runs, Start, Started, WorkflowEngine};
use crate::error::WorkflowError;
use crate::run::{Event, Run, Todo};

/// An engine without a server of its own. It has no thread either: whoever
/// hosts it calls [`Embedded::turn`] again and again, from as many tasks as
/// steps may run at once.
pub struct Embedded {
    runs: Arc<dyn Runs>,
    definitions: Definitions,
    effects: Arc<dyn Effects>,
    clock: Arc<dyn Clock>,
    wake: Box<dyn Fn() + Send + Sync>,
    /// Runs that a task is at; no other touches their steps.
    taken: Mutex<HashSet<String>>,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embedded").field("definitions", &self.definitions).finish_non_exhaustive()
    }
}

/// What a turn has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A step; there may be more to do.
    Did,
    /// Nothing is due before this time, µs, unless the host is woken.
    Idle(Option<u64>),
}

/// Calls an effect; one that panics is one that nobody knows of.
///
/// Engines share it, so that a panic means the same on each.
pub async fn call_safely<F: Future<Output = Outcome> + Send>(effect: F) -> Outcome {
    AssertUnwindSafe(effect).catch_unwind().await.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().map(String::as_str);
        let said = said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("something");
        Outcome::Lost(format!("the step panicked: {said}"))
    })
}

impl Embedded {
    /// An engine over `runs`. `wake` is called whenever something may have
    /// become due earlier than the last turn said.
    #[must_use]
    pub fn new(
        runs: Arc<dyn Runs>,
        definitions: Definitions,
        effects: Arc<dyn Effects>,
        clock: Arc<dyn Clock>,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        Self { runs, definitions, effects, clock, wake: Box::new(wake), taken: Mutex::default() }
    }

    fn taken(&self) -> MutexGuard<'_, HashSet<String>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does the next thing that is due.
    ///
    /// # Errors
    /// The store's; nothing is lost, try again later.
    pub async fn turn(&self) -> Result<Turn, StoreError> {
        let busy = self.taken().len();
        let due = self.runs.due(self.clock.now_us(), busy + 1).await?;
        let free = {
            let mut taken = self.taken();
            let free = due.keys.into_iter().find(|key| !taken.contains(key));
            taken.extend(free.clone());
            free
        };
        let Some(key) = free else { return Ok(Turn::Idle(due.next_us)) };
        // Also when the host drops this future in the middle.
        let _release = Release { engine: self, key: &key };
        self.drive(&key).await?;
        Ok(Turn::Did)
    }

    async fn drive(&self, key: &str) -> Result<(), StoreError> {
        let Some(run) = self.runs.get(key).await? else { return Ok(()) };
        let Some(definition) = self.definitions.get(&run.workflow, run.version) else {
            let mut stuck = run.clone();
            stuck.stick("this server does not know this version of the workflow", self.now_us());
            self.runs.put(&stuck, run.revision).await?;
            return Ok(());
        };
        let event = match run.todo(self.now_us()) {
            Todo::Run(call) => {
                Event::Tried(call.key.step, call_safely(self.effects.run(&call)).await)
            }
            Todo::Undo(call) => {
                Event::Undid(call.key.step, call_safely(self.effects.undo(&call)).await)
            }
            Todo::Wake => Event::Woke,
            Todo::Sleep(_) | Todo::Rest => return Ok(()),
        };
        match self.change(run, definition, &event).await {
            Err(WorkflowError::Store(error)) => Err(error),
            // Everything else is about what people ask for.
            _ => Ok(()),
        }
    }

    fn now_us(&self) -> u64 {
        self.clock.now_us()
    }

    async fn change(
        &self,
        mut run: Run,
        definition: &dyn Definition,
        event: &Event,
    ) -> Result<Run, WorkflowError> {
        loop {
            let before = run.revision;
            run.take(definition, event.clone(), self.now_us())?;
            if run.revision == before || self.runs.put(&run, before).await? {
                return Ok(run);
            }
            run = self.get(&run.key).await?;
        }
    }

    async fn ask(&self, key: &str, event: Event) -> Result<Run, WorkflowError> {
        let run = self.get(key).await?;
        let definition = self.definitions.get(&run.workflow, run.version);
        let definition = definition.ok_or_else(|| self.unknown(&run.workflow))?;
        let run = self.change(run, definition, &event).await?;
        (self.wake)();
        Ok(run)
    }

    fn unknown(&self, workflow: &str) -> WorkflowError {
        WorkflowError::unknown(workflow, &self.definitions)
    }
}

struct Release<'a> {
    engine: &'a Embedded,
    key: &'a str,
}

impl Drop for Release<'_> {
    fn drop(&mut self) {
        self.engine.taken().remove(self.key);
    }
}

#[async_trait]
impl WorkflowEngine for Embedded {
    async fn start(&self, start: Start) -> Result<Started, WorkflowError> {
        start.check()?;
        if let Some(run) = self.runs.get(&start.key).await? {
            return Started::again(run, &start);
        }
        let definition = self.definitions.newest(&start.workflow);
        let definition = definition.ok_or_else(|| self.unknown(&start.workflow))?;
        let run = Run::begin(start.clone(), definition, self.now_us());
        if self.runs.insert(&run).await? {
            (self.wake)();
            return Ok(Started { run, fresh: true });
        }
        Started::again(self.get(&start.key).await?, &start)
    }

    async fn get(&self, key: &str) -> Result<Run, WorkflowError> {
        let run = self.runs.get(key).await?;
        run.ok_or_else(|| WorkflowError::NotFound(key.to_owned()))
    }

    async fn list(
        &self,
        filter: &RunFilter,
        after: Option<&RunPosition>,
        limit: usize,
    ) -> Result<Vec<Run>, WorkflowError> {
        Ok(self.runs.list(filter, after, limit).await?)
    }

    async fn cancel(&self, key: &str) -> Result<Run, WorkflowError> {
        self.ask(key, Event::Cancel).await
    }

    async fn retry(&self, key: &str) -> Result<Run, WorkflowError> {
        self.ask(key, Event::Retry).await
    }
}

impl Started {
    /// What a start gives whose key has a run.
    ///
    /// # Errors
    /// `KeyTaken` when it is another one.
    pub fn again(run: Run, start: &Start) -> Result<Self, WorkflowError> {
        if run.is_of(start) {
            Ok(Self { run, fresh: false })
        } else {
            Err(WorkflowError::KeyTaken(start.key.clone()))
        }
    }
}

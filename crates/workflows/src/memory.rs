//! Runs in memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use erynoa_kernel::StoreError;

use crate::engine::{Due, Outbox, Posted, RunFilter, RunPosition, Runs, Start};
use crate::run::Run;

/// Runs that end with the process.
#[derive(Debug, Default)]
pub struct MemoryRuns(Mutex<HashMap<String, Run>>);

impl MemoryRuns {
    fn runs(&self) -> MutexGuard<'_, HashMap<String, Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Runs for MemoryRuns {
    async fn insert(&self, run: &Run) -> Result<bool, StoreError> {
        let mut runs = self.runs();
        let free = !runs.contains_key(&run.key);
        if free {
            runs.insert(run.key.clone(), run.clone());
        }
        Ok(free)
    }

    async fn get(&self, key: &str) -> Result<Option<Run>, StoreError> {
        Ok(self.runs().get(key).cloned())
    }

    async fn put(&self, run: &Run, before: u64) -> Result<bool, StoreError> {
        let mut runs = self.runs();
        let same = runs.get(&run.key).is_some_and(|found| found.revision == before);
        if same {
            runs.insert(run.key.clone(), run.clone());
        }
        Ok(same)
    }

    async fn list(
        &self,
        filter: &RunFilter,
        after: Option<&RunPosition>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError> {
        let runs = self.runs();
        let mut found: Vec<&Run> = runs
            .values()
            .filter(|run| filter.matches(run))
            .filter(|run| after.is_none_or(|after| RunPosition::of(run) < *after))
            .collect();
        found.sort_by_key(|run| std::cmp::Reverse(RunPosition::of(run)));
        Ok(found.into_iter().take(limit).cloned().collect())
    }

    async fn due(&self, now_us: u64, limit: usize) -> Result<Due, StoreError> {
        let runs = self.runs();
        let mut waiting: Vec<(u64, &String)> =
            runs.values().filter_map(|run| Some((run.due_us?, &run.key))).collect();
        waiting.sort_unstable();
        let due = waiting.iter().take_while(|(due_us, _)| *due_us <= now_us).take(limit);
        let keys: Vec<String> = due.map(|(_, key)| (*key).clone()).collect();
        let next = if keys.len() < limit { waiting.get(keys.len()) } else { None };
        Ok(Due { next_us: next.map(|(due_us, _)| *due_us), keys })
    }
}

/// Starts that end with the process.
#[derive(Debug, Default)]
pub struct MemoryOutbox(Mutex<BTreeMap<(u64, String), Start>>);

impl MemoryOutbox {
    fn starts(&self) -> MutexGuard<'_, BTreeMap<(u64, String), Start>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Outbox for MemoryOutbox {
    async fn post(&self, start: &Start, at_us: u64) -> Result<(), StoreError> {
        self.starts().insert((at_us, start.key.clone()), start.clone());
        Ok(())
    }

    async fn waiting(&self, limit: usize) -> Result<Vec<Posted>, StoreError> {
        let starts = self.starts();
        let posted = |((at_us, _), start): (&(u64, String), &Start)| Posted {
            at_us: *at_us,
            start: start.clone(),
        };
        Ok(starts.iter().map(posted).take(limit).collect())
    }

    async fn taken(&self, posted: &Posted) -> Result<(), StoreError> {
        self.starts().remove(&(posted.at_us, posted.start.key.clone()));
        Ok(())
    }
}

//! Runs of workflows on Fjall, and starts that wait for their engine.

use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use erynoa_kernel::StoreError;
use erynoa_workflows::{Due, Outbox, Posted, Run, RunFilter, RunPosition, Runs, Start};
use fjall::OwnedWriteBatch;

use crate::error::{corrupt, driver};
use crate::keys::workflows as keys;
use crate::store::Inner;

/// Runs in a [`FjallStore`](crate::FjallStore).
#[derive(Clone)]
pub struct FjallRuns(Arc<Inner>);

impl std::fmt::Debug for FjallRuns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FjallRuns").field(&self.0.path).finish()
    }
}

fn failed(error: fjall::Error) -> StoreError {
    driver("read or write workflows", error)
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("its maps have text as keys")
}

impl Inner {
    fn run_at(&self, at: &[u8]) -> Result<Option<Run>, StoreError> {
        let Some(bytes) = self.state.get(at).map_err(failed)? else { return Ok(None) };
        let run: Option<Run> = serde_json::from_slice(&bytes).ok();
        let run = run.filter(|run| keys::run(&run.key) == at);
        run.map(Some).ok_or_else(|| corrupt(format!("a workflow is damaged: {at:02x?}")))
    }

    /// The run that an entry of a list leads to.
    pub(crate) fn run_listed(&self, entry: &[u8]) -> Result<Run, StoreError> {
        let run = keys::run_of(entry).map(|at| self.run_at(&at)).transpose()?.flatten();
        run.ok_or_else(|| corrupt(format!("a list of workflows is damaged at {entry:02x?}")))
    }

    pub(crate) fn write_run(&self, batch: &mut OwnedWriteBatch, before: Option<&Run>, run: &Run) {
        let was_due_us = before.and_then(|before| before.due_us);
        // Within one batch nothing comes before anything else.
        if was_due_us != run.due_us {
            if let Some(due_us) = was_due_us {
                batch.remove(&self.state, keys::due(due_us, &run.key));
            }
            if let Some(due_us) = run.due_us {
                batch.insert(&self.state, keys::due(due_us, &run.key), []);
            }
        }
        if before.is_none() {
            batch.insert(&self.state, keys::by_time(&RunPosition::of(run)), []);
        }
        batch.insert(&self.state, keys::run(&run.key), json(run));
    }

    pub(crate) fn remove_run(&self, batch: &mut OwnedWriteBatch, run: &Run) {
        if let Some(due_us) = run.due_us {
            batch.remove(&self.state, keys::due(due_us, &run.key));
        }
        batch.remove(&self.state, keys::by_time(&RunPosition::of(run)));
        batch.remove(&self.state, keys::run(&run.key));
    }

    pub(crate) fn write_start(&self, batch: &mut OwnedWriteBatch, at_us: u64, start: &Start) {
        batch.insert(&self.state, keys::posted(at_us, &start.key), json(start));
    }

    pub(crate) fn remove_start(&self, batch: &mut OwnedWriteBatch, posted: &Posted) {
        batch.remove(&self.state, keys::posted(posted.at_us, &posted.start.key));
    }
}

/// A start that waits, from its key and value.
pub(crate) fn posted(at: &[u8], value: &[u8]) -> Result<Posted, StoreError> {
    let start = serde_json::from_slice(value).ok();
    let posted = keys::time_in(at).zip(start).map(|(at_us, start)| Posted { at_us, start });
    posted.ok_or_else(|| corrupt("a start that waits is damaged"))
}

impl FjallRuns {
    pub(crate) const fn new(store: Arc<Inner>) -> Self {
        Self(store)
    }
}

#[async_trait]
impl Runs for FjallRuns {
    async fn insert(&self, run: &Run) -> Result<bool, StoreError> {
        let run = run.clone();
        self.0
            .run(move |store| {
                let _writer = store.workflows_writer();
                if store.state.contains_key(keys::run(&run.key)).map_err(failed)? {
                    return Ok(false);
                }
                let mut batch = store.batch();
                store.write_run(&mut batch, None, &run);
                batch.commit().map_err(failed)?;
                Ok(true)
            })
            .await
    }

    async fn get(&self, key: &str) -> Result<Option<Run>, StoreError> {
        let at = keys::run(key);
        self.0.run(move |store| store.run_at(&at)).await
    }

    async fn put(&self, run: &Run, before: u64) -> Result<bool, StoreError> {
        let run = run.clone();
        self.0
            .run(move |store| {
                let _writer = store.workflows_writer();
                let found = store.run_at(&keys::run(&run.key))?;
                let Some(found) = found.filter(|found| found.revision == before) else {
                    return Ok(false);
                };
                let mut batch = store.batch();
                store.write_run(&mut batch, Some(&found), &run);
                batch.commit().map_err(failed)?;
                Ok(true)
            })
            .await
    }

    async fn list(
        &self,
        filter: &RunFilter,
        after: Option<&RunPosition>,
        limit: usize,
    ) -> Result<Vec<Run>, StoreError> {
        let filter = filter.clone();
        let to = after.map_or_else(|| vec![keys::BY_TIME + 1], keys::by_time);
        self.0
            .run(move |store| {
                let range = (Bound::Included(vec![keys::BY_TIME]), Bound::Excluded(to));
                let mut found = Vec::new();
                for item in store.state.range(range).rev() {
                    if found.len() >= limit {
                        break;
                    }
                    let run = store.run_listed(&item.key().map_err(failed)?)?;
                    if filter.matches(&run) {
                        found.push(run);
                    }
                }
                Ok(found)
            })
            .await
    }

    async fn due(&self, now_us: u64, limit: usize) -> Result<Due, StoreError> {
        self.0
            .run(move |store| {
                let mut due = Due::default();
                for item in store.state.prefix([keys::DUE]) {
                    if due.keys.len() >= limit {
                        break;
                    }
                    let entry = item.key().map_err(failed)?;
                    let at_us = keys::time_in(&entry)
                        .ok_or_else(|| corrupt("a list of workflows is damaged"))?;
                    if at_us > now_us {
                        due.next_us = Some(at_us);
                        break;
                    }
                    due.keys.push(store.run_listed(&entry)?.key);
                }
                Ok(due)
            })
            .await
    }
}

#[async_trait]
impl Outbox for FjallRuns {
    async fn post(&self, start: &Start, at_us: u64) -> Result<(), StoreError> {
        let start = start.clone();
        self.0
            .run(move |store| {
                let mut batch = store.batch();
                store.write_start(&mut batch, at_us, &start);
                batch.commit().map_err(failed)
            })
            .await
    }

    async fn waiting(&self, limit: usize) -> Result<Vec<Posted>, StoreError> {
        self.0
            .run(move |store| {
                let items = store.state.prefix([keys::OUTBOX]).take(limit);
                items
                    .map(|item| {
                        let (at, value) = item.into_inner().map_err(failed)?;
                        posted(&at, &value)
                    })
                    .collect()
            })
            .await
    }

    async fn taken(&self, posted: &Posted) -> Result<(), StoreError> {
        let posted = posted.clone();
        self.0
            .run(move |store| {
                let mut batch = store.batch();
                store.remove_start(&mut batch, &posted);
                batch.commit().map_err(failed)
            })
            .await
    }
}

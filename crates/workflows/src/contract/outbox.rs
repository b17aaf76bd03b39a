//! Laws of the outbox.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use erynoa_kernel::{StoreError, StoreErrorKind};
use serde_json::json;

use super::Law;
use crate::engine::{
    Outbox, Posted, RunFilter, RunPosition, Start, Started, WorkflowEngine, deliver,
};
use crate::error::WorkflowError;
use crate::run::Run;

/// Knows starts and nothing else, and can be away.
#[derive(Default)]
struct Starts {
    runs: Mutex<BTreeMap<String, Run>>,
    away: Mutex<bool>,
}

#[async_trait]
impl WorkflowEngine for Starts {
    async fn start(&self, start: Start) -> Result<Started, WorkflowError> {
        if *self.away.lock().expect("no panic") {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "away").into());
        }
        start.check()?;
        let mut runs = self.runs.lock().expect("no panic");
        if let Some(run) = runs.get(&start.key) {
            return Started::again(run.clone(), &start);
        }
        let run = Run::begin(start, &Law { version: 1 }, 0);
        runs.insert(run.key.clone(), run.clone());
        Ok(Started { run, fresh: true })
    }

    async fn get(&self, key: &str) -> Result<Run, WorkflowError> {
        let run = self.runs.lock().expect("no panic").get(key).cloned();
        run.ok_or_else(|| WorkflowError::NotFound(key.to_owned()))
    }

    async fn list(
        &self,
        _: &RunFilter,
        _: Option<&RunPosition>,
        _: usize,
    ) -> Result<Vec<Run>, WorkflowError> {
        Ok(self.runs.lock().expect("no panic").values().cloned().collect())
    }

    async fn cancel(&self, key: &str) -> Result<Run, WorkflowError> {
        self.get(key).await
    }

    async fn retry(&self, key: &str) -> Result<Run, WorkflowError> {
        self.get(key).await
    }
}

fn start(key: &str) -> Start {
    Start {
        key: key.into(),
        workflow: "law".into(),
        owner: "anna".into(),
        input: json!({ "steps": [{ "wait_ms": 5 }], "text": "Grüße \u{1F98A}" }),
    }
}

fn posted(key: &str, at_us: u64) -> Posted {
    Posted { at_us, start: start(key) }
}

/// As they were posted, the longest waiting first.
pub async fn starts_wait_in_order_until_they_are_taken(outbox: Arc<dyn Outbox>) {
    for (key, at_us) in [("b", 20), ("a", 10), ("c", 30)] {
        outbox.post(&start(key), at_us).await.expect("posts");
    }
    let all = [posted("a", 10), posted("b", 20), posted("c", 30)];
    assert_eq!(outbox.waiting(9).await.expect("reads"), all);
    assert_eq!(outbox.waiting(2).await.expect("reads"), all[..2]);
    outbox.taken(&all[1]).await.expect("takes");
    outbox.taken(&all[1]).await.expect("is gone already");
    assert_eq!(outbox.waiting(9).await.expect("reads"), [all[0].clone(), all[2].clone()]);
}

/// Whoever does not know whether it was heard says it again.
pub async fn the_same_post_again_is_one_post(outbox: Arc<dyn Outbox>) {
    outbox.post(&start("a"), 10).await.expect("posts");
    outbox.post(&start("a"), 10).await.expect("posts");
    assert_eq!(outbox.waiting(9).await.expect("reads"), [posted("a", 10)]);
}

/// Until it is back.
pub async fn what_an_absent_engine_cannot_take_waits_on(outbox: Arc<dyn Outbox>) {
    let engine = Starts::default();
    outbox.post(&start("a"), 10).await.expect("posts");
    *engine.away.lock().expect("no panic") = true;
    deliver(&*outbox, &engine, 9).await.expect_err("it is away");
    assert_eq!(outbox.waiting(9).await.expect("reads"), [posted("a", 10)]);
    *engine.away.lock().expect("no panic") = false;
    assert_eq!(deliver(&*outbox, &engine, 9).await.expect("delivers").started, 1);
    assert_eq!(outbox.waiting(9).await.expect("reads"), []);
    assert_eq!(engine.get("a").await.expect("runs").owner, "anna");
}

/// Cut off between the start and the note of it.
pub async fn a_delivery_that_was_cut_off_starts_nothing_twice(outbox: Arc<dyn Outbox>) {
    let engine = Starts::default();
    outbox.post(&start("a"), 10).await.expect("posts");
    engine.start(start("a")).await.expect("starts");
    let delivery = deliver(&*outbox, &engine, 9).await.expect("delivers");
    assert!(delivery.started == 1 && delivery.refused.is_empty());
    assert_eq!(engine.runs.lock().expect("no panic").len(), 1);
    assert_eq!(outbox.waiting(9).await.expect("reads"), []);
}

/// It is named, and the next one goes.
pub async fn a_start_that_no_engine_takes_holds_no_other_up(outbox: Arc<dyn Outbox>) {
    let engine = Starts::default();
    let bad = Start { key: "a b".into(), ..start("a") };
    outbox.post(&bad, 10).await.expect("posts");
    outbox.post(&start("c"), 20).await.expect("posts");
    let delivery = deliver(&*outbox, &engine, 9).await.expect("delivers");
    assert_eq!(delivery.started, 1);
    assert!(matches!(
        &delivery.refused[..],
        [(posted, WorkflowError::Invalid { field: "key", .. })] if posted.start == bad
    ));
    assert_eq!(outbox.waiting(9).await.expect("reads"), []);
}

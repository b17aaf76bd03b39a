//! The laws themselves.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{EffectLog, Host, definitions};
use crate::engine::{RunFilter, RunPosition, Start, WorkflowEngine};
use crate::error::WorkflowError;
use crate::run::Run;
use crate::run_state::{RunStatus, StepState};

/// Longer than anything here takes on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open host with effects that are counted.
struct Bench {
    host: Arc<dyn Host>,
    engine: Arc<dyn WorkflowEngine>,
    log: EffectLog,
    _folder: TempDir,
}

impl Bench {
    async fn open(host: Arc<dyn Host>) -> Self {
        let folder = TempDir::new().expect("a folder");
        let log = EffectLog::new(folder.path());
        let engine = host.open(definitions(1), Arc::new(log.clone())).await;
        Self { host, engine, log, _folder: folder }
    }

    async fn open_again(&mut self, newest: u32) {
        self.engine = self.host.open(definitions(newest), Arc::new(self.log.clone())).await;
    }

    async fn start(&self, key: &str, steps: Value) -> Run {
        self.engine.start(start(key, steps)).await.expect("starts").run
    }

    async fn until(&self, key: &str, status: RunStatus) -> Run {
        let waiting = async {
            loop {
                let run = self.engine.get(key).await.expect("is there");
                if run.status == status {
                    return run;
                }
                assert!(!run.status.is_over(), "{key} should be {status:?} and is {run:#?}");
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| {
            panic!("{key} never was {status:?}; its steps: {:?}", self.log.calls())
        })
    }
}

fn start(key: &str, steps: Value) -> Start {
    Start {
        key: key.into(),
        workflow: "law".into(),
        owner: String::new(),
        input: Value::Object([("steps".to_owned(), steps)].into_iter().collect()),
    }
}

fn states(run: &Run) -> Vec<StepState> {
    run.steps.iter().map(|step| step.state).collect()
}

/// Each step takes effect once, one after the other, and what it gave is kept.
pub async fn a_run_does_each_step_once_in_order(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    bench.start("a", json!([{}, {}, {}])).await;
    let run = bench.until("a", RunStatus::Completed).await;
    assert_eq!(bench.log.effects(), ["did a/0", "did a/1", "did a/2"]);
    assert_eq!(bench.log.calls().len(), 3);
    assert_eq!(states(&run), [StepState::Done; 3]);
    assert_eq!(run.steps[1].output, json!("a/1"));
    assert_eq!(run.output, json!({ "version": 1 }));
    assert_eq!((run.due_us, run.version), (None, 1));
}

/// A start is asked for once and for all.
pub async fn the_same_start_gives_the_same_run(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    let first = bench.engine.start(start("a", json!([{}]))).await.expect("starts");
    bench.until("a", RunStatus::Completed).await;
    let second = bench.engine.start(start("a", json!([{}]))).await.expect("is there");
    assert!(first.fresh && !second.fresh);
    assert_eq!(second.run.status, RunStatus::Completed);
    assert_eq!(second.run.started_at_us, first.run.started_at_us);
    assert_eq!(bench.log.calls(), ["run a/0"]);
}

/// Of many starts at once exactly one begins the run.
pub async fn starts_of_one_key_at_once_run_once(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    let starts = (0..16).map(|_| {
        let engine = Arc::clone(&bench.engine);
        tokio::spawn(async move { engine.start(start("a", json!([{}, {}]))).await })
    });
    let mut fresh = 0;
    for started in starts.collect::<Vec<_>>() {
        fresh += usize::from(started.await.expect("no panic").expect("starts").fresh);
    }
    bench.until("a", RunStatus::Completed).await;
    assert_eq!(fresh, 1);
    assert_eq!(bench.log.calls(), ["run a/0", "run a/1"]);
}

/// A key is one thing.
pub async fn another_start_with_a_taken_key_is_refused_and_changes_nothing(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    let run = bench.start("a", json!([{ "wait_ms": 600_000 }])).await;
    let other_owner = Start { owner: "b".into(), ..start("a", json!([{ "wait_ms": 600_000 }])) };
    for other in [start("a", json!([{}])), other_owner] {
        let refused = bench.engine.start(other).await;
        assert!(matches!(refused, Err(WorkflowError::KeyTaken(ref key)) if key == "a"));
    }
    assert_eq!(bench.engine.get("a").await.expect("is there"), run);
}

/// Nobody heard the answer of the first two tries.
pub async fn a_step_that_gets_lost_is_tried_again_and_takes_effect_once(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    bench.start("a", json!([{ "times": 2 }, {}])).await;
    bench.until("a", RunStatus::Completed).await;
    assert_eq!(bench.log.effects(), ["did a/0", "did a/1"]);
    assert_eq!(bench.log.calls(), ["run a/0", "run a/0", "run a/0", "run a/1"]);
}

/// Four tries, then nobody tries on unasked.
pub async fn when_the_tries_end_a_run_is_stuck_until_somebody_retries_it(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    bench.start("a", json!([{ "act": "lost", "times": 5 }])).await;
    let run = bench.until("a", RunStatus::Stuck).await;
    assert_eq!(bench.log.calls().len(), 4);
    assert_eq!((run.due_us, run.steps[0].tries), (None, 4));
    assert!(run.reason.contains("lost before it happened"), "{}", run.reason);
    bench.engine.retry("a").await.expect("can be retried");
    let run = bench.until("a", RunStatus::Completed).await;
    assert_eq!(bench.log.effects(), ["did a/0"]);
    assert_eq!(bench.log.calls().len(), 6);
    assert_eq!((run.reason.as_str(), run.steps[0].error.as_str()), ("", ""));
}

/// A panic is a try of which nobody knows how it ended.
pub async fn a_step_that_panics_is_tried_again(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    bench.start("a", json!([{ "act": "panic", "times": 1 }, {}])).await;
    bench.until("a", RunStatus::Completed).await;
    assert_eq!(bench.log.effects(), ["did a/0", "did a/1"]);
}

/// What cannot be undone stays, everything else goes.
pub async fn a_refused_step_undoes_what_was_done_the_last_first(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    let steps = json!([{ "undo": true }, {}, { "undo": true }, { "act": "refuse", "undo": true }]);
    bench.start("a", steps).await;
    let run = bench.until("a", RunStatus::Failed).await;
    let effects = bench.log.effects();
    assert_eq!(effects, ["did a/0", "did a/1", "did a/2", "undid a/2", "undid a/0"]);
    assert_eq!(
        states(&run),
        [StepState::Undone, StepState::Done, StepState::Undone, StepState::Refused]
    );
    assert_eq!(run.reason, "the law wants it so");
}

/// The way back is as stubborn as the way there.
pub async fn undoing_that_gets_lost_is_tried_again(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    bench.start("a", json!([{ "undo": true, "undo_times": 5 }, { "act": "refuse" }])).await;
    bench.until("a", RunStatus::Stuck).await;
    assert!(bench.engine.cancel("a").await.expect("changes nothing").status == RunStatus::Stuck);
    bench.engine.retry("a").await.expect("can be retried");
    bench.until("a", RunStatus::Failed).await;
    assert_eq!(bench.log.effects(), ["did a/0", "undid a/0"]);
}

/// Not before, and not much later.
pub async fn a_timer_waits_its_time(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    bench.start("a", json!([{}, { "wait_ms": 400 }, {}])).await;
    let waiting = bench.until("a", RunStatus::Waiting).await;
    assert_eq!(bench.log.effects(), ["did a/0"]);
    assert_eq!(waiting.due_us, waiting.steps[1].arguments["until_us"].as_u64());
    let run = bench.until("a", RunStatus::Completed).await;
    let waited_us = run.steps[1].changed_at_us - run.steps[1].began_at_us;
    assert!(waited_us >= 400_000, "it came after {waited_us} µs");
    assert!(waited_us < 20_000_000, "it came after {waited_us} µs");
    assert_eq!(bench.log.effects(), ["did a/0", "did a/2"]);
}

/// Also when it would go on only much later.
pub async fn a_cancelled_run_undoes_what_was_done_and_does_no_more(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    bench.start("a", json!([{ "undo": true }, { "wait_ms": 1_000 }, {}])).await;
    bench.until("a", RunStatus::Waiting).await;
    bench.engine.cancel("a").await.expect("can be cancelled");
    let run = bench.until("a", RunStatus::Cancelled).await;
    assert_eq!(states(&run), [StepState::Undone, StepState::Undone]);
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert_eq!(bench.log.effects(), ["did a/0", "undid a/0"]);
    assert_eq!(bench.engine.get("a").await.expect("is there"), run);
}

/// Nothing is done and undone at once.
pub async fn a_step_under_way_ends_before_its_run_is_cancelled(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    bench.start("a", json!([{ "slow_ms": 300, "undo": true }, {}])).await;
    while bench.log.calls().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bench.engine.cancel("a").await.expect("can be cancelled");
    bench.until("a", RunStatus::Cancelled).await;
    assert_eq!(bench.log.effects(), ["did a/0", "undid a/0"]);
    assert_eq!(bench.log.calls(), ["run a/0", "undo a/0"]);
}

/// What nobody knows of is undone as well, and never happens later.
pub async fn a_stuck_run_can_be_cancelled(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    bench.start("a", json!([{ "undo": true }, { "times": 9, "undo": true }])).await;
    bench.until("a", RunStatus::Stuck).await;
    bench.engine.cancel("a").await.expect("can be cancelled");
    bench.until("a", RunStatus::Cancelled).await;
    assert_eq!(bench.log.effects(), ["did a/0", "did a/1", "undid a/1", "undid a/0"]);
}

/// An end is for ever.
pub async fn what_has_ended_can_be_neither_cancelled_nor_retried(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    bench.start("a", json!([{}])).await;
    let run = bench.until("a", RunStatus::Completed).await;
    assert!(matches!(bench.engine.cancel("a").await, Err(WorkflowError::Over(_))));
    assert!(matches!(bench.engine.retry("a").await, Err(WorkflowError::Over(_))));
    assert_eq!(bench.engine.get("a").await.expect("is there"), run);
}

async fn pages(bench: &Bench, filter: &RunFilter, size: usize) -> Vec<String> {
    let mut keys = Vec::new();
    let mut after = None;
    loop {
        let page = bench.engine.list(filter, after.as_ref(), size).await.expect("lists");
        assert!(page.len() <= size);
        let Some(last) = page.last() else { return keys };
        after = Some(RunPosition::of(last));
        keys.extend(page.into_iter().map(|run| run.key));
    }
}

/// Whatever the size of a page, each once.
pub async fn runs_are_listed_newest_first_page_by_page(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    let mut newest_first = Vec::new();
    for key in ["a", "e", "b", "d", "c"] {
        bench.start(key, json!([{ "wait_ms": 600_000 }])).await;
        newest_first.insert(0, key);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    for size in [1, 2, 5, 9] {
        assert_eq!(pages(&bench, &RunFilter::default(), size).await, newest_first);
    }
}

/// By workflow, status and owner.
pub async fn a_filter_shows_exactly_what_matches(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    for (key, owner, steps) in [
        ("a", "anna", json!([])),
        ("b", "anna", json!([{ "wait_ms": 600_000 }])),
        ("c", "ben", json!([{ "wait_ms": 600_000 }])),
    ] {
        let start = Start { owner: owner.into(), ..start(key, steps) };
        bench.engine.start(start).await.expect("starts");
    }
    let filter = |workflow: &str, status, owner: &str| RunFilter {
        workflow: workflow.into(),
        status,
        owner: owner.into(),
    };
    for (filter, expected) in [
        (filter("law", None, ""), &["a", "b", "c"][..]),
        (filter("other", None, ""), &[]),
        (filter("", Some(RunStatus::Waiting), ""), &["b", "c"]),
        (filter("", Some(RunStatus::Completed), ""), &["a"]),
        (filter("", None, "anna"), &["a", "b"]),
        (filter("law", Some(RunStatus::Waiting), "anna"), &["b"]),
        (filter("", None, "ann"), &[]),
    ] {
        let mut found = pages(&bench, &filter, 2).await;
        found.sort_unstable();
        assert_eq!(found, expected, "{filter:?}");
    }
}

/// A slow step holds nobody up.
pub async fn runs_go_on_beside_each_other(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    bench.start("slow", json!([{ "slow_ms": 2_000 }])).await;
    while bench.log.calls().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bench.start("quick", json!([{}])).await;
    bench.until("quick", RunStatus::Completed).await;
    assert_eq!(bench.log.effects(), ["did quick/0"]);
    bench.until("slow", RunStatus::Completed).await;
}

/// Nothing is stored of what is refused.
pub async fn bad_starts_name_their_field_and_leave_nothing(host: Arc<dyn Host>) {
    let bench = Bench::open(host).await;
    let good = || start("a", json!([]));
    let long = "a".repeat(129);
    for (bad, wrong) in [
        (Start { key: String::new(), ..good() }, "key"),
        (Start { key: long.clone(), ..good() }, "key"),
        (Start { key: "a/b".into(), ..good() }, "key"),
        (Start { key: "ä".into(), ..good() }, "key"),
        (Start { owner: "' OR ''='".into(), ..good() }, "owner"),
        (Start { input: json!("x".repeat(8_191)), ..good() }, "input"),
    ] {
        let refused = bench.engine.start(bad).await;
        assert!(
            matches!(refused, Err(WorkflowError::Invalid { field, .. }) if field == wrong),
            "{wrong}: {refused:?}"
        );
    }
    let unknown = bench.engine.start(Start { workflow: "lore".into(), ..good() }).await;
    assert!(matches!(unknown, Err(WorkflowError::Unknown { known, .. }) if known == ["law"]));
    for missing in ["nobody", "a/b", "' OR ''='"] {
        for answer in [
            bench.engine.get(missing).await,
            bench.engine.cancel(missing).await,
            bench.engine.retry(missing).await,
        ] {
            assert!(matches!(answer, Err(WorkflowError::NotFound(_))), "{answer:?}");
        }
    }
    assert!(pages(&bench, &RunFilter::default(), 5).await.is_empty());
}

/// It comes as soon as there is somebody.
pub async fn a_timer_comes_while_everything_is_closed(host: Arc<dyn Host>) {
    let mut bench = Bench::open(host).await;
    bench.start("a", json!([{}, { "wait_ms": 300 }, {}])).await;
    bench.until("a", RunStatus::Waiting).await;
    bench.host.close().await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(bench.log.effects(), ["did a/0"]);
    bench.open_again(1).await;
    bench.until("a", RunStatus::Completed).await;
    assert_eq!(bench.log.effects(), ["did a/0", "did a/2"]);
}

/// And new ones begin with the newest.
pub async fn old_runs_end_with_the_version_with_which_they_began(host: Arc<dyn Host>) {
    let mut bench = Bench::open(host).await;
    bench.start("old", json!([{ "wait_ms": 300 }, {}])).await;
    bench.until("old", RunStatus::Waiting).await;
    bench.host.close().await;
    bench.open_again(2).await;
    bench.start("new", json!([{}])).await;
    for (key, version) in [("old", 1), ("new", 2)] {
        let run = bench.until(key, RunStatus::Completed).await;
        assert_eq!((run.version, run.output), (version, json!({ "version": version })));
    }
}

/// It is neither lost nor carried out by another version.
pub async fn a_run_whose_version_is_gone_is_stuck_until_it_is_back(host: Arc<dyn Host>) {
    let mut bench = Bench::open(host).await;
    bench.host.close().await;
    bench.open_again(2).await;
    bench.start("a", json!([{ "wait_ms": 300 }, {}])).await;
    bench.until("a", RunStatus::Waiting).await;
    bench.host.close().await;
    bench.open_again(1).await;
    bench.until("a", RunStatus::Stuck).await;
    assert!(matches!(bench.engine.retry("a").await, Err(WorkflowError::Unknown { .. })));
    bench.host.close().await;
    bench.open_again(2).await;
    bench.engine.retry("a").await.expect("can be retried");
    let run = bench.until("a", RunStatus::Completed).await;
    assert_eq!(run.output, json!({ "version": 2 }));
    assert_eq!(bench.log.effects(), ["did a/1"]);
}

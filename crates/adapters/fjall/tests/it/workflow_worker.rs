//! Runs workflows until it is killed: the victim of `tests/it/workflow_crash.rs`.
//!
//! Arguments: folder of the store, folder of the effects, and where it stops:
//! `posted` after a start was posted, `waiting` when the run waits for its time,
//! `before N` or `after N` at a call of an effect, or `never`. It says `reached`
//! there, and `over` when the run is over.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use erynoa_fjall::{FjallStore, HostedWorkflows};
use erynoa_kernel::Clock;
use erynoa_workflows::contract::{EffectLog, Stopping, definitions};
use erynoa_workflows::{Outbox as _, RunStatus, Start, deliver};

struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "timers survive the process")]
    fn now_us(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        u64::try_from(now.as_micros()).expect("before the year 586524")
    }
}

fn say(what: &str) {
    println!("{what}");
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("an argument");
    let (home, effects, stop) = (PathBuf::from(next()), PathBuf::from(next()), next());
    let at =
        if stop == "before" || stop == "after" { next().parse().expect("a number") } else { 0 };

    let store = FjallStore::open(&home).expect("opens after every crash");
    let runs = store.runs();
    if stop == "posted" {
        let start = Start {
            key: "a".into(),
            workflow: "law".into(),
            owner: String::new(),
            input: serde_json::from_str(&next()).expect("JSON"),
        };
        runs.post(&start, 1).await.expect("posts");
        say("reached");
        std::future::pending::<()>().await;
    }
    let effects = Stopping::new(EffectLog::new(&effects), at, stop == "after", || say("reached"));
    let hosted = HostedWorkflows::start(
        Arc::new(runs.clone()),
        definitions(1),
        Arc::new(effects),
        &(Arc::new(WallClock) as _),
        2,
    );
    let engine = hosted.engine();
    deliver(&runs, &*engine, 9).await.expect("delivers");
    loop {
        let run = engine.get("a").await.expect("was started");
        if run.status.is_over() {
            say("over");
            std::future::pending::<()>().await;
        }
        if stop == "waiting" && run.status == RunStatus::Waiting {
            say("reached");
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

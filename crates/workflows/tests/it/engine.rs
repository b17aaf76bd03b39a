//! The laws of the engine over runs in memory.

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use erynoa_kernel::Clock;
use erynoa_workflows::contract::Host;
use erynoa_workflows::{
    Definitions, Effects, Embedded, MemoryOutbox, MemoryRuns, Outbox, Turn, WorkflowEngine,
};
use tokio::task::JoinHandle;

struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "timers of the laws take real time")]
    fn now_us(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        u64::try_from(now.as_micros()).expect("before the year 586524")
    }
}

#[derive(Default)]
struct MemoryHost {
    runs: Arc<MemoryRuns>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

#[async_trait]
impl Host for MemoryHost {
    async fn open(
        &self,
        definitions: Definitions,
        effects: Arc<dyn Effects>,
    ) -> Arc<dyn WorkflowEngine> {
        let runs = Arc::clone(&self.runs) as _;
        let engine = Embedded::new(runs, definitions, effects, Arc::new(WallClock), || {});
        let engine = Arc::new(engine);
        for _ in 0..2 {
            let engine = Arc::clone(&engine);
            let task = tokio::spawn(async move {
                loop {
                    if engine.turn().await.expect("memory") != Turn::Did {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                }
            });
            self.tasks.lock().expect("no panic").push(task);
        }
        engine
    }

    async fn close(&self) {
        let tasks: Vec<_> = self.tasks.lock().expect("no panic").drain(..).collect();
        for task in tasks {
            task.abort();
            // Cut off, which is what was asked for.
            let _ = task.await;
        }
    }
}

async fn host() -> (Arc<dyn Host>, ()) {
    (Arc::new(MemoryHost::default()), ())
}

erynoa_workflows::workflow_engine_contract!(host());

async fn outbox() -> (Arc<dyn Outbox>, ()) {
    (Arc::new(MemoryOutbox::default()), ())
}

erynoa_workflows::outbox_contract!(outbox());

//! The embedded engine with tasks that drive it.

use std::sync::Arc;
use std::time::Duration;

use erynoa_kernel::Clock;
use erynoa_workflows::{Definitions, Effects, Embedded, Runs, Turn, WorkflowEngine};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Longest sleep: a clock that was set is noticed after it.
const SLEEP: Duration = Duration::from_secs(60);
/// Pause after the store has failed.
const PAUSE: Duration = Duration::from_secs(1);

/// A running engine; dropping it stops its tasks where they are, which is
/// nothing worse than a crash.
#[derive(Debug)]
pub struct HostedWorkflows {
    engine: Arc<Embedded>,
    tasks: JoinSet<()>,
}

impl HostedWorkflows {
    /// Drives the runs in a store with `workers` tasks: as many steps run at
    /// once. Needs a runtime of tokio around it.
    #[must_use]
    pub fn start(
        runs: Arc<dyn Runs>,
        definitions: Definitions,
        effects: Arc<dyn Effects>,
        clock: &Arc<dyn Clock>,
        workers: usize,
    ) -> Self {
        let (wake, woken) = watch::channel(());
        let engine = Embedded::new(runs, definitions, effects, Arc::clone(clock), move || {
            wake.send_replace(());
        });
        let engine = Arc::new(engine);
        let mut tasks = JoinSet::new();
        for _ in 0..workers {
            tasks.spawn(work(Arc::clone(&engine), Arc::clone(clock), woken.clone()));
        }
        Self { engine, tasks }
    }

    /// What it is asked through.
    #[must_use]
    pub fn engine(&self) -> Arc<dyn WorkflowEngine> {
        Arc::clone(&self.engine) as _
    }

    /// Stops its tasks and waits until they have let go of the store.
    pub async fn stop(&mut self) {
        self.tasks.shutdown().await;
    }
}

async fn work(engine: Arc<Embedded>, clock: Arc<dyn Clock>, mut woken: watch::Receiver<()>) {
    loop {
        woken.mark_unchanged();
        let sleep = match engine.turn().await {
            Ok(Turn::Did) => continue,
            Ok(Turn::Idle(next_us)) => next_us.map_or(SLEEP, |next_us| {
                Duration::from_micros(next_us.saturating_sub(clock.now_us())).min(SLEEP)
            }),
            Err(error) => {
                tracing::error!(%error, "workflows do not go on");
                PAUSE
            }
        };
        // Woken or not, and also when nobody is left to wake it: it looks.
        let _ = tokio::time::timeout(sleep, woken.changed()).await;
    }
}

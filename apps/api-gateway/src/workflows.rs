//! Work that survives: what the installation does in steps that last.

mod archive;
mod data_export;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use erynoa_kernel::{Clock, Kind, Problem};
use erynoa_workflows::{
    Call, Definitions, Effects, Outbox, Outcome, Posted, Run, Start, WorkflowEngine, WorkflowError,
    deliver,
};
use tokio::sync::Notify;

use crate::app::App;

pub(crate) use data_export::{NAME as DATA_EXPORT, key as data_export_key};

/// Longest wait for the engine before a start is left to the outbox.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pause before an absent engine is asked again.
const DELIVER_AGAIN: Duration = Duration::from_secs(2);
/// How often starts are looked for that nobody has told of.
const LOOK: Duration = Duration::from_secs(10);
/// Starts that are delivered at once.
const DELIVERED: usize = 100;

/// Every workflow of the installation, in every version that still runs.
pub(crate) fn definitions() -> Definitions {
    Definitions::default().with(Arc::new(data_export::DataExport))
}

/// Carries out the steps.
pub(crate) struct Steps(Arc<App>);

impl Steps {
    pub(crate) const fn new(app: Arc<App>) -> Self {
        Self(app)
    }
}

/// Whether it helps to try again.
fn outcome(problem: &Problem) -> Outcome {
    let why = problem.to_string();
    match problem.kind {
        Kind::Unavailable | Kind::Internal | Kind::Conflict | Kind::RateLimited => {
            tracing::warn!(%problem, cause = ?problem.internal, "a step of a workflow failed");
            Outcome::Lost(why)
        }
        _ => Outcome::Refused(why),
    }
}

#[async_trait]
impl Effects for Steps {
    async fn run(&self, call: &Call) -> Outcome {
        let done = match (call.workflow.as_str(), call.step.as_str()) {
            (DATA_EXPORT, "store") => data_export::store(&self.0, call).await,
            (DATA_EXPORT, "remove") => data_export::remove(&self.0, call).await,
            (workflow, step) => {
                return Outcome::Lost(format!("this server has no step {step} of {workflow}"));
            }
        };
        done.map_or_else(|problem| outcome(&problem), Outcome::Done)
    }

    async fn undo(&self, call: &Call) -> Outcome {
        let done = match (call.workflow.as_str(), call.step.as_str()) {
            (DATA_EXPORT, "store") => data_export::remove(&self.0, call).await,
            (workflow, step) => {
                return Outcome::Lost(format!("this server cannot undo {step} of {workflow}"));
            }
        };
        done.map_or_else(|problem| outcome(&problem), Outcome::Done)
    }
}

/// The engine, and the outbox before it.
pub(crate) struct Workflows {
    pub(crate) engine: Arc<dyn WorkflowEngine>,
    outbox: Arc<dyn Outbox>,
    clock: Arc<dyn Clock>,
    posted: Notify,
}

impl Workflows {
    pub(crate) fn new(
        engine: Arc<dyn WorkflowEngine>,
        outbox: Arc<dyn Outbox>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { engine, outbox, clock, posted: Notify::new() }
    }

    /// Starts a run. Once this returns it is durable that it will run; `None`
    /// while its engine is away.
    ///
    /// # Errors
    /// `WORKFLOW_INVALID`, `WORKFLOW_UNKNOWN`, `WORKFLOW_KEY_TAKEN`;
    /// `SERVICE_UNAVAILABLE` when it cannot be written down.
    pub(crate) async fn start(&self, start: Start) -> Result<Option<Run>, Problem> {
        start.check()?;
        let posted = Posted { at_us: self.clock.now_us(), start };
        self.outbox.post(&posted.start, posted.at_us).await?;
        match tokio::time::timeout(PATIENCE, self.engine.start(posted.start.clone())).await {
            Err(_) | Ok(Err(WorkflowError::Store(_))) => {
                self.posted.notify_one();
                Ok(None)
            }
            Ok(answer) => {
                self.outbox.taken(&posted).await?;
                Ok(Some(answer?.run))
            }
        }
    }
}

/// Hands over to the engine what waits for it.
pub(crate) async fn deliver_for_ever(workflows: Arc<Workflows>) {
    loop {
        match deliver(&*workflows.outbox, &*workflows.engine, DELIVERED).await {
            Ok(delivery) => {
                for (posted, refusal) in &delivery.refused {
                    tracing::error!(key = posted.start.key, %refusal, "a workflow cannot start");
                }
                if delivery.started == 0 && delivery.refused.is_empty() {
                    // Notified or not: another gateway may have died with a start.
                    let _ = tokio::time::timeout(LOOK, workflows.posted.notified()).await;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "starts of workflows wait for their engine");
                tokio::time::sleep(DELIVER_AGAIN).await;
            }
        }
    }
}

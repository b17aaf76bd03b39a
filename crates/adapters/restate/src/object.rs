//! A run as a virtual object of Restate.

use std::sync::Arc;
use std::time::Duration;

use erynoa_kernel::Clock;
use erynoa_workflows::{
    Definitions, Effects, Event, Outcome, Run, Start, Started, Todo, WorkflowError, call_safely,
};
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

/// Name of the object on the server.
pub(crate) const NAME: &str = "ErynoaRun";
/// The run itself.
const RUN: &str = "run";
/// What lists are made from, `started_at_us workflow status owner key`, the
/// time with twenty digits, so that its order is that of lists.
pub(crate) const HEAD: &str = "head";

/// What an object answers. Refusals are answers: a failure of a handler would be
/// one of the server.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Started(Box<Started>),
    Run(Box<Run>),
    Unknown { name: String, known: Vec<String> },
    KeyTaken,
    NotFound,
    Over,
}

impl Answer {
    fn refused(error: WorkflowError) -> Result<Self, TerminalError> {
        match error {
            WorkflowError::Unknown { name, known } => Ok(Self::Unknown { name, known }),
            WorkflowError::KeyTaken(_) => Ok(Self::KeyTaken),
            WorkflowError::NotFound(_) => Ok(Self::NotFound),
            WorkflowError::Over(_) => Ok(Self::Over),
            WorkflowError::Invalid { .. } | WorkflowError::Store(_) => {
                Err(TerminalError::new(error.to_string()))
            }
        }
    }
}

/// What a try of a step gave, and when it ended. Restate keeps it, so that the
/// handler comes to the same whenever it is repeated.
#[derive(Serialize, Deserialize)]
struct Tried {
    outcome: Outcome,
    at_us: u64,
}

pub(crate) struct ErynoaRun {
    pub(crate) definitions: Definitions,
    pub(crate) effects: Arc<dyn Effects>,
    pub(crate) clock: Arc<dyn Clock>,
}

#[object(name = "ErynoaRun")]
impl ErynoaRun {
    #[handler]
    async fn start(
        &self,
        ctx: ObjectContext<'_>,
        Json(start): Json<Start>,
    ) -> Result<Json<Answer>, TerminalError> {
        if let Some(Json(run)) = ctx.get::<Json<Run>>(RUN).await? {
            return Ok(Json(match Started::again(run, &start) {
                Ok(started) => Answer::Started(Box::new(started)),
                Err(error) => Answer::refused(error)?,
            }));
        }
        let Some(definition) = self.definitions.newest(&start.workflow) else {
            let unknown = WorkflowError::unknown(&start.workflow, &self.definitions);
            return Ok(Json(Answer::refused(unknown)?));
        };
        let now_us = self.now(&ctx).await?;
        let run = Run::begin(start, definition, now_us);
        Self::keep(&ctx, &run, now_us);
        Ok(Json(Answer::Started(Box::new(Started { run, fresh: true }))))
    }

    #[handler]
    async fn get(&self, ctx: SharedObjectContext<'_>) -> Result<Json<Answer>, TerminalError> {
        let run = ctx.get::<Json<Run>>(RUN).await?;
        Ok(Json(run.map_or(Answer::NotFound, |Json(run)| Answer::Run(Box::new(run)))))
    }

    #[handler]
    async fn ask(
        &self,
        ctx: ObjectContext<'_>,
        Json(event): Json<Event>,
    ) -> Result<Json<Answer>, TerminalError> {
        let Some(Json(mut run)) = ctx.get::<Json<Run>>(RUN).await? else {
            return Ok(Json(Answer::NotFound));
        };
        let Some(definition) = self.definitions.get(&run.workflow, run.version) else {
            let unknown = WorkflowError::unknown(&run.workflow, &self.definitions);
            return Ok(Json(Answer::refused(unknown)?));
        };
        let now_us = self.now(&ctx).await?;
        let before = run.revision;
        if let Err(error) = run.take(definition, event, now_us) {
            return Ok(Json(Answer::refused(error)?));
        }
        if run.revision != before {
            Self::keep(&ctx, &run, now_us);
        }
        Ok(Json(Answer::Run(Box::new(run))))
    }

    /// Does what is due. A call for an older revision comes too late: the change
    /// that made it older has sent a call of its own.
    #[handler]
    async fn go_on(&self, ctx: ObjectContext<'_>, revision: u64) -> Result<(), TerminalError> {
        let Some(Json(mut run)) = ctx.get::<Json<Run>>(RUN).await? else { return Ok(()) };
        if run.revision != revision {
            return Ok(());
        }
        let now_us = self.now(&ctx).await?;
        let Some(definition) = self.definitions.get(&run.workflow, run.version) else {
            run.stick("this server does not know this version of the workflow", now_us);
            Self::keep(&ctx, &run, now_us);
            return Ok(());
        };
        let (event, now_us) = match run.todo(now_us) {
            Todo::Run(call) => {
                let tried = self.tried(&ctx, &call.step, self.effects.run(&call)).await?;
                (Event::Tried(call.key.step, tried.outcome), tried.at_us)
            }
            Todo::Undo(call) => {
                let tried = self.tried(&ctx, &call.step, self.effects.undo(&call)).await?;
                (Event::Undid(call.key.step, tried.outcome), tried.at_us)
            }
            Todo::Wake => (Event::Woke, now_us),
            // Clocks may differ a little: it comes again.
            Todo::Sleep(_) => {
                Self::send(&ctx, &run, now_us);
                return Ok(());
            }
            Todo::Rest => return Ok(()),
        };
        let before = run.revision;
        run.take(definition, event, now_us)
            .map_err(|error| TerminalError::new(error.to_string()))?;
        if run.revision != before {
            Self::keep(&ctx, &run, now_us);
        }
        Ok(())
    }
}

impl ErynoaRun {
    /// The time, which Restate keeps.
    async fn now(&self, ctx: &ObjectContext<'_>) -> Result<u64, TerminalError> {
        let clock = Arc::clone(&self.clock);
        ctx.run(move || async move { Ok(clock.now_us()) }).name("now").await
    }

    async fn tried(
        &self,
        ctx: &ObjectContext<'_>,
        step: &str,
        effect: impl Future<Output = Outcome> + Send,
    ) -> Result<Tried, TerminalError> {
        let clock = Arc::clone(&self.clock);
        let effect = Box::pin(call_safely(effect));
        let tried = ctx.run(move || async move {
            let outcome = effect.await;
            Ok(Json(Tried { outcome, at_us: clock.now_us() }))
        });
        tried.name(step).await.map(Json::into_inner)
    }

    /// Keeps the run and sends the call that goes on with it: Restate does both
    /// or neither.
    fn keep(ctx: &ObjectContext<'_>, run: &Run, now_us: u64) {
        let Run { key, workflow, owner, status, started_at_us, .. } = run;
        let status = status.name();
        ctx.set(HEAD, format!("{started_at_us:020} {workflow} {status} {owner} {key}"));
        ctx.set(RUN, Json(run.clone()));
        Self::send(ctx, run, now_us);
    }

    fn send(ctx: &ObjectContext<'_>, run: &Run, now_us: u64) {
        if let Some(due_us) = run.due_us {
            let next = ctx.object_client::<ErynoaRunClient>(ctx.key()).go_on(run.revision);
            match due_us.saturating_sub(now_us) {
                0 => next.send(),
                wait_us => next.send_after(Duration::from_micros(wait_us)),
            };
        }
    }
}

//! Work that survives: what the installation does in steps that last.

mod archive;
pub(crate) mod certificate;
pub(crate) mod data_export;
pub(crate) mod erasure;
pub(crate) mod invitation;
mod letter;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use erynoa_access::{AccessError, Account, AccountId, AccountStatus};
use erynoa_kernel::{Clock, Entropy, Kind, Problem};
use erynoa_storage::{Caller, Entry, File, FileId, StorageError};
use erynoa_workflows::{
    Call, Definitions, Effects, Outbox, Outcome, Posted, Run, Start, WorkflowEngine, WorkflowError,
    deliver,
};
use serde_json::Value;
use tokio::sync::Notify;

use crate::app::{App, invalid};
use crate::files::owner_of;
use crate::users::user_id;

/// Longest wait for the engine before a start is left to the outbox.
const PATIENCE: Duration = Duration::from_secs(2);
/// Pause before an absent engine is asked again.
const DELIVER_AGAIN: Duration = Duration::from_secs(2);
/// How often starts are looked for that nobody has told of.
const LOOK: Duration = Duration::from_secs(10);
/// Starts that are delivered at once.
const DELIVERED: usize = 100;
/// Longest idempotency key, bytes: with a workflow and an account it is still a
/// key of a run.
const KEY_MOST_BYTES: usize = 64;

/// Every workflow of the installation, in every version that still runs.
pub(crate) fn definitions() -> Definitions {
    Definitions::default()
        .with(Arc::new(certificate::Certificate))
        .with(Arc::new(data_export::DataExport))
        .with(Arc::new(erasure::Erasure))
        .with(Arc::new(invitation::Invitation))
}

/// Key of the run that somebody asks for: the same idempotency key gives the
/// same run, an empty one another run each time.
///
/// # Errors
/// `VALIDATION_ERROR`.
pub(crate) fn key_of(
    workflow: &str,
    account: &AccountId,
    idempotency_key: &str,
    entropy: &dyn Entropy,
) -> Result<String, Problem> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    if idempotency_key.len() > KEY_MOST_BYTES || !idempotency_key.bytes().all(plain) {
        let right = format!("at most {KEY_MOST_BYTES} letters, digits and . _ : -");
        return Err(invalid("idempotency_key", right));
    }
    Ok(match idempotency_key {
        "" => format!("{workflow}:{account}:{}", hex::encode(&entropy.bytes32()[..8])),
        given => format!("{workflow}:{account}:{given}"),
    })
}

/// The account that a run belongs to, as long as it may be used: nothing is made
/// for one that is being erased.
async fn acting(app: &App, call: &Call) -> Result<Account, Problem> {
    let account = app.account(&user_id(&call.owner, "owner")?).await?;
    if account.status == AccountStatus::Active {
        return Ok(account);
    }
    Err(AccessError::AccountDisabled.into())
}

/// Takes a file away again that was stored while its owner's account was closed
/// or erased.
async fn unless_erased(app: &App, call: &Call, made: &FileId) -> Result<(), Problem> {
    let Err(gone) = acting(app, call).await else { return Ok(()) };
    remove(app, &user_id(&call.owner, "owner")?, made).await?;
    Err(gone)
}

/// The person whom a run belongs to, among files.
fn owner(account: &AccountId) -> Caller<'_> {
    Caller { account: Some(owner_of(account)), is_operator: false, is_member: &|_| false }
}

/// Id of a file that a run makes; the same run always makes the same.
fn file_of(run: &str, what: &str) -> FileId {
    FileId::of_hash(blake3::hash(format!("{what} {run}").as_bytes()).as_bytes())
}

/// The file with this id, unless it is gone.
async fn find(app: &App, id: &FileId) -> Result<Option<File>, Problem> {
    match app.files.storage.index.find(id).await? {
        Some(Entry::File(file)) => Ok(Some(file)),
        _ => Ok(None),
    }
}

/// Removes a file that a run has made, wherever it is now; one that is gone
/// already is no error.
async fn remove(app: &App, account: &AccountId, id: &FileId) -> Result<(), Problem> {
    let Some(file) = find(app, id).await? else { return Ok(()) };
    match app.files.storage.delete_file(id, file.version, true, &owner(account)).await {
        Err(StorageError::NotFound(_)) => Ok(()),
        other => Ok(other.map(drop)?),
    }
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
        let done = match call.workflow.as_str() {
            certificate::NAME => certificate::run(&self.0, call).await,
            data_export::NAME => data_export::run(&self.0, call).await,
            erasure::NAME => erasure::run(&self.0, call).await,
            invitation::NAME => invitation::run(&self.0, call).await,
            _ => None,
        };
        ended(call, done)
    }

    async fn undo(&self, call: &Call) -> Outcome {
        let done = match call.workflow.as_str() {
            certificate::NAME => certificate::undo(&self.0, call).await,
            data_export::NAME => data_export::undo(&self.0, call).await,
            erasure::NAME => erasure::undo(&self.0, call).await,
            _ => None,
        };
        ended(call, done)
    }
}

/// What an effect has come to; `None` when this server has none of the name.
fn ended(call: &Call, done: Option<Result<Value, Problem>>) -> Outcome {
    match done {
        Some(Ok(output)) => Outcome::Done(output),
        Some(Err(problem)) => outcome(&problem),
        None => {
            let Call { workflow, step, .. } = call;
            Outcome::Lost(format!("this server has no step {step} of {workflow}"))
        }
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
pub(crate) async fn deliver_for_ever(app: Arc<App>, workflows: Arc<Workflows>) {
    while let Err(problem) = begin(&app, &workflows).await {
        tracing::warn!(%problem, "invitations wait for their engine");
        tokio::time::sleep(DELIVER_AGAIN).await;
    }
    loop {
        match hand_over(&workflows).await {
            Ok(true) => {}
            Ok(false) => {
                // Notified or not: another gateway may have died with a start.
                let _ = tokio::time::timeout(LOOK, workflows.posted.notified()).await;
            }
            Err(error) => {
                tracing::warn!(%error, "starts of workflows wait for their engine");
                tokio::time::sleep(DELIVER_AGAIN).await;
            }
        }
    }
}

/// First what waits, which knows more than what is found again.
async fn begin(app: &App, workflows: &Workflows) -> Result<(), Problem> {
    while hand_over(workflows).await? {}
    invitation::start_forgotten(app, workflows).await
}

/// Hands over some of what waits; `false` when nothing did.
async fn hand_over(workflows: &Workflows) -> Result<bool, WorkflowError> {
    let delivery = deliver(&*workflows.outbox, &*workflows.engine, DELIVERED).await?;
    for (posted, refusal) in &delivery.refused {
        tracing::error!(key = posted.start.key, %refusal, "a workflow cannot start");
    }
    Ok(delivery.started > 0 || !delivery.refused.is_empty())
}

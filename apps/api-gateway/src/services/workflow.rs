//! Workflows: what runs, for whom it belongs to, and for operators.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use erynoa_access::Role;
use erynoa_kernel::Problem;
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::workflow_service_server::WorkflowService;
use erynoa_workflows::{
    Run, RunFilter, RunPosition, RunStatus, RunStep, Start, StepState, WorkflowEngine,
    WorkflowError,
};
use futures_util::Stream;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::Api;
use super::watching::{seat, signed_in, stopped, stopping};
use crate::app::{App, Caller, caller, invalid};
use crate::cursor::{Cursor, page_size, token_invalid};
use crate::doors::problems::status;
use crate::users::user_id;
use crate::workflows::{Workflows, data_export, erasure, key_of};

/// How often a watched run is looked at.
const LOOK: Duration = Duration::from_millis(300);
/// Quiet time after which a watcher is told again, so that both notice when the
/// other is gone.
const HEARTBEAT: Duration = Duration::from_secs(15);

fn encode_status(status: RunStatus) -> api::WorkflowStatus {
    match status {
        RunStatus::Running => api::WorkflowStatus::Running,
        RunStatus::Waiting => api::WorkflowStatus::Waiting,
        RunStatus::Stuck => api::WorkflowStatus::Stuck,
        RunStatus::Compensating => api::WorkflowStatus::Compensating,
        RunStatus::Completed => api::WorkflowStatus::Completed,
        RunStatus::Cancelled => api::WorkflowStatus::Cancelled,
        RunStatus::Failed => api::WorkflowStatus::Failed,
    }
}

fn decode_status(number: i32) -> Result<Option<RunStatus>, Problem> {
    if number == 0 {
        return Ok(None);
    }
    let known = RunStatus::ALL.into_iter().find(|status| encode_status(*status) as i32 == number);
    known.map(Some).ok_or_else(|| invalid("status", "is none of those that the API has".into()))
}

fn encode_step(step: RunStep) -> api::WorkflowStep {
    api::WorkflowStep {
        name: step.name,
        state: step.state.name().to_owned(),
        tries: step.tries,
        error: step.error,
        began_at_us: step.began_at_us,
        changed_at_us: step.changed_at_us,
        output: step.output.to_string(),
    }
}

fn encode(run: Run) -> api::Workflow {
    api::Workflow {
        key: run.key,
        workflow: run.workflow,
        version: run.version,
        owner_id: run.owner,
        status: encode_status(run.status).into(),
        steps: run.steps.into_iter().map(encode_step).collect(),
        reason: run.reason,
        started_at_us: run.started_at_us,
        changed_at_us: run.changed_at_us,
        due_at_us: run.due_us.unwrap_or_default(),
    }
}

fn is_operator(caller: &Caller) -> bool {
    caller.principal.roles.allow(Role::Operator)
}

/// A run that the caller may see; others do not exist for them.
async fn seen(engine: &dyn WorkflowEngine, caller: &Caller, key: &str) -> Result<Run, Problem> {
    let run = engine.get(key).await?;
    if is_operator(caller) || run.owner == caller.principal.account.to_string() {
        return Ok(run);
    }
    Err(WorkflowError::NotFound(key.to_owned()).into())
}

async fn start_data_export(
    app: &App,
    workflows: &Workflows,
    caller: &Caller,
    idempotency_key: &str,
) -> Result<api::StartDataExportResponse, Problem> {
    let account = caller.principal.account;
    app.may_ask(&caller.principal).await?;
    if idempotency_key.is_empty()
        && let Some(run) = export_under_way(workflows, account.to_string()).await
    {
        let key = run.key.clone();
        return Ok(api::StartDataExportResponse { key, workflow: Some(encode(run)) });
    }
    let key = key_of(data_export::NAME, &account, idempotency_key, &*app.entropy)?;
    let start = Start {
        key: key.clone(),
        workflow: data_export::NAME.to_owned(),
        owner: account.to_string(),
        input: Value::Null,
    };
    let run = workflows.start(start).await?;
    app.audit(caller, "user.export", account.to_string(), json!({ "workflow": key })).await?;
    Ok(api::StartDataExportResponse { key, workflow: run.map(encode) })
}

/// The export that is being made for somebody; `None` also while the engine is
/// away.
async fn export_under_way(workflows: &Workflows, owner: String) -> Option<Run> {
    let theirs = RunFilter { workflow: data_export::NAME.to_owned(), owner, status: None };
    let newest = workflows.engine.list(&theirs, None, 1).await.ok()?.pop()?;
    let is_made = newest.steps.first().is_some_and(|step| step.state == StepState::Done);
    (!is_made && !newest.status.is_over()).then_some(newest)
}

fn encode_item(item: erasure::Item) -> api::ErasureItem {
    api::ErasureItem {
        what: item.what.to_owned(),
        count: item.count,
        erased: item.is_erased,
        reason: item.why.to_owned(),
    }
}

async fn preview_erasure(
    app: &App,
    caller: &Caller,
) -> Result<api::PreviewErasureResponse, Problem> {
    let account = app.account(&caller.principal.account).await?;
    let items = erasure::items(app, &account).await?;
    Ok(api::PreviewErasureResponse {
        items: items.into_iter().map(encode_item).collect(),
        confirmation: erasure::confirmation(app, &account),
    })
}

async fn start_erasure(
    app: &App,
    workflows: &Workflows,
    caller: &Caller,
    typed: &str,
) -> Result<api::StartErasureResponse, Problem> {
    let account = app.account(&caller.principal.account).await?;
    let confirmation = erasure::confirmation(app, &account);
    if typed.trim() != confirmation {
        return Err(invalid("confirmation", format!("type {confirmation}")));
    }
    app.may_replace(&account, account.version, false).await?;
    let items = erasure::items(app, &account).await?;
    // What has failed is tried again by another run: opening the account again
    // is another version of it.
    let key = key_of(erasure::NAME, &account.id, &account.version.to_string(), &*app.entropy)?;
    let start = Start {
        key: key.clone(),
        workflow: erasure::NAME.to_owned(),
        owner: account.id.to_string(),
        input: Value::Null,
    };
    app.audit(caller, "user.erase", account.id.to_string(), json!({ "workflow": key })).await?;
    workflows.start(start).await?;
    Ok(api::StartErasureResponse { key, items: items.into_iter().map(encode_item).collect() })
}

async fn list(
    engine: &dyn WorkflowEngine,
    caller: &Caller,
    request: api::ListWorkflowsRequest,
) -> Result<api::ListWorkflowsResponse, Problem> {
    let size = page_size(request.page_size)?;
    let owner = match request.owner_id.as_str() {
        _ if !is_operator(caller) => caller.principal.account.to_string(),
        "" => String::new(),
        id => user_id(id, "owner_id")?.to_string(),
    };
    let cursor = Cursor::of(&[
        b"workflows",
        request.workflow.as_bytes(),
        owner.as_bytes(),
        &request.status.to_be_bytes(),
    ]);
    let after = cursor.decode_any(&request.page_token)?.map(|place| {
        let (time, key) = place.split_first_chunk().ok_or_else(token_invalid)?;
        let key = std::str::from_utf8(key).map_err(|_| token_invalid())?.to_owned();
        Ok::<_, Problem>(RunPosition { started_at_us: u64::from_be_bytes(*time), key })
    });
    let after = after.transpose()?;
    let status = decode_status(request.status)?;
    let filter = RunFilter { workflow: request.workflow, status, owner };
    let mut runs = engine.list(&filter, after.as_ref(), size + 1).await?;
    let more = runs.len() > size;
    runs.truncate(size);
    let next = runs.last().filter(|_| more).map(|last| {
        let place = [&last.started_at_us.to_be_bytes()[..], last.key.as_bytes()].concat();
        cursor.encode_any(&place)
    });
    Ok(api::ListWorkflowsResponse {
        workflows: runs.into_iter().map(encode).collect(),
        next_page_token: next.unwrap_or_default(),
    })
}

type Watched = Result<api::WatchWorkflowResponse, Status>;

/// Sends the run after each change, and when it was quiet for long, until it is
/// over, nobody listens, the session ends, or the server stops.
async fn follow(
    app: &App,
    caller: &Caller,
    engine: &dyn WorkflowEngine,
    mut run: Run,
    sender: &mpsc::Sender<Watched>,
) {
    let mut closing = app.ledger.closing();
    loop {
        if let Err(ended) = signed_in(app, caller).await {
            // The watcher may be gone as well.
            let _ = sender.send(Err(status(ended))).await;
            return;
        }
        let quiet_until = Instant::now() + HEARTBEAT;
        let (revision, over, key) = (run.revision, run.status.is_over(), run.key.clone());
        let answer = api::WatchWorkflowResponse { workflow: Some(encode(run)) };
        if sender.send(Ok(answer)).await.is_err() || over {
            return;
        }
        run = loop {
            tokio::select! {
                () = sender.closed() => return,
                () = stopped(&mut closing) => {
                    // The watcher may be gone as well.
                    let _ = sender.send(Err(stopping())).await;
                    return;
                }
                () = tokio::time::sleep(LOOK) => {}
            }
            match engine.get(&key).await {
                Ok(run) if run.revision != revision || Instant::now() > quiet_until => break run,
                Ok(_) => {}
                Err(error) => {
                    // The watcher may be gone as well.
                    let _ = sender.send(Err(status(error.into()))).await;
                    return;
                }
            }
        };
    }
}

#[tonic::async_trait]
impl WorkflowService for Api {
    async fn start_data_export(
        &self,
        request: Request<api::StartDataExportRequest>,
    ) -> Result<Response<api::StartDataExportResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let key = &request.get_ref().idempotency_key;
        let started = start_data_export(&self.app, &self.workflows, &caller, key).await;
        started.map(Response::new).map_err(status)
    }

    async fn preview_erasure(
        &self,
        request: Request<api::PreviewErasureRequest>,
    ) -> Result<Response<api::PreviewErasureResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        preview_erasure(&self.app, &caller).await.map(Response::new).map_err(status)
    }

    async fn start_erasure(
        &self,
        request: Request<api::StartErasureRequest>,
    ) -> Result<Response<api::StartErasureResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let typed = &request.get_ref().confirmation;
        let started = start_erasure(&self.app, &self.workflows, &caller, typed).await;
        started.map(Response::new).map_err(status)
    }

    async fn list_workflows(
        &self,
        request: Request<api::ListWorkflowsRequest>,
    ) -> Result<Response<api::ListWorkflowsResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let listed = list(&*self.workflows.engine, &caller, request.into_inner()).await;
        listed.map(Response::new).map_err(status)
    }

    async fn get_workflow(
        &self,
        request: Request<api::GetWorkflowRequest>,
    ) -> Result<Response<api::GetWorkflowResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let run = seen(&*self.workflows.engine, &caller, &request.get_ref().key).await;
        let workflow = Some(encode(run.map_err(status)?));
        Ok(Response::new(api::GetWorkflowResponse { workflow }))
    }

    type WatchWorkflowStream = Pin<Box<dyn Stream<Item = Watched> + Send>>;

    async fn watch_workflow(
        &self,
        request: Request<api::WatchWorkflowRequest>,
    ) -> Result<Response<Self::WatchWorkflowStream>, Status> {
        let caller = caller(&request).map_err(status)?;
        let engine = self.workflows.engine.clone();
        let run = seen(&*engine, &caller, &request.get_ref().key).await.map_err(status)?;
        let seat = seat(&self.app, &request).map_err(status)?;
        let app = Arc::clone(&self.app);
        let (sender, receiver) = mpsc::channel(4);
        tokio::spawn(async move {
            let _counted = seat;
            follow(&app, &caller, &*engine, run, &sender).await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn cancel_workflow(
        &self,
        request: Request<api::CancelWorkflowRequest>,
    ) -> Result<Response<api::CancelWorkflowResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let engine = &*self.workflows.engine;
        let cancel = async {
            let run = seen(engine, &caller, &request.get_ref().key).await?;
            let run = engine.cancel(&run.key).await?;
            self.app.audit(&caller, "workflow.cancel", run.key.clone(), json!({})).await?;
            Ok::<_, Problem>(api::CancelWorkflowResponse { workflow: Some(encode(run)) })
        };
        cancel.await.map(Response::new).map_err(status)
    }

    async fn retry_workflow(
        &self,
        request: Request<api::RetryWorkflowRequest>,
    ) -> Result<Response<api::RetryWorkflowResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let engine = &*self.workflows.engine;
        let retry = async {
            let run = seen(engine, &caller, &request.get_ref().key).await?;
            let run = engine.retry(&run.key).await?;
            self.app.audit(&caller, "workflow.retry", run.key.clone(), json!({})).await?;
            Ok::<_, Problem>(api::RetryWorkflowResponse { workflow: Some(encode(run)) })
        };
        retry.await.map(Response::new).map_err(status)
    }
}

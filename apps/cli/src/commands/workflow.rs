//! Verbs about work that survives.

use erynoa_proto::api::v1 as api;
use serde_json::{Value, json};

use super::signed::Signed;
use super::{Context, collect};
use crate::error::CliError;
use crate::output::{safe, table};
use crate::time_text::date_time;
use crate::workflow_arguments::WorkflowCommand;

fn status(workflow: &api::Workflow) -> String {
    workflow.status().as_str_name().trim_start_matches("WORKFLOW_STATUS_").to_lowercase()
}

fn document(workflow: &api::Workflow) -> Value {
    let steps: Vec<_> = workflow
        .steps
        .iter()
        .map(|step| {
            json!({
                "name": step.name,
                "state": step.state,
                "tries": step.tries,
                "error": step.error,
                "began_at_us": step.began_at_us,
                "changed_at_us": step.changed_at_us,
                "output": serde_json::from_str::<Value>(&step.output).unwrap_or_default(),
            })
        })
        .collect();
    json!({
        "key": workflow.key,
        "workflow": workflow.workflow,
        "version": workflow.version,
        "owner_id": workflow.owner_id,
        "status": status(workflow),
        "steps": steps,
        "reason": workflow.reason,
        "started_at_us": workflow.started_at_us,
        "changed_at_us": workflow.changed_at_us,
        "due_at_us": workflow.due_at_us,
    })
}

fn show(context: &Context, workflow: &api::Workflow) {
    let rows: Vec<_> = workflow
        .steps
        .iter()
        .map(|step| {
            vec![
                safe(&step.name),
                safe(&step.state),
                date_time(step.began_at_us),
                date_time(step.changed_at_us),
                step.tries.to_string(),
                safe(&step.error),
            ]
        })
        .collect();
    let headings = ["step", "state", "began", "changed", ">tries", "error"];
    let reason = if workflow.reason.is_empty() {
        String::new()
    } else {
        format!(": {}", safe(&workflow.reason))
    };
    let text = format!(
        "{}\n{} (version {}), {}{reason}\n\n{}",
        safe(&workflow.key),
        safe(&workflow.workflow),
        workflow.version,
        status(workflow),
        table(&headings, &rows)
    );
    context.output.result(&document(workflow), &text);
}

/// Runs a verb.
///
/// # Errors
/// The server's refusals.
pub(crate) async fn run(context: &Context, command: WorkflowCommand) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    let mut workflows = signed.client.workflows();
    let workflow = match command {
        WorkflowCommand::List { workflow, limit } => {
            return list(context, &signed, workflow, limit).await;
        }
        WorkflowCommand::Export => {
            let request = api::StartDataExportRequest::default();
            let answer = workflows.start_data_export(signed.with(request)?).await;
            let started = signed.read(answer)?;
            let Some(workflow) = started.workflow else {
                let text = format!("{} waits for its engine\n", started.key);
                context.output.result(&json!({ "key": started.key }), &text);
                return Ok(());
            };
            Some(workflow)
        }
        WorkflowCommand::Erase { confirm } => return erase(context, &signed, confirm).await,
        WorkflowCommand::Show { run: key } => {
            let request = signed.with(api::GetWorkflowRequest { key })?;
            signed.read(workflows.get_workflow(request).await)?.workflow
        }
        WorkflowCommand::Cancel { run: key } => {
            let request = signed.with(api::CancelWorkflowRequest { key })?;
            signed.read(workflows.cancel_workflow(request).await)?.workflow
        }
        WorkflowCommand::Retry { run: key } => {
            let request = signed.with(api::RetryWorkflowRequest { key })?;
            signed.read(workflows.retry_workflow(request).await)?.workflow
        }
    };
    show(context, &signed.some(workflow)?);
    Ok(())
}

async fn erase(
    context: &Context,
    signed: &Signed,
    confirm: Option<String>,
) -> Result<(), CliError> {
    let mut workflows = signed.client.workflows();
    let (items, key, end) = match confirm {
        None => {
            let request = signed.with(api::PreviewErasureRequest {})?;
            let shown = signed.read(workflows.preview_erasure(request).await)?;
            let end = format!("\nnothing is erased yet: --confirm {:?}\n", shown.confirmation);
            (shown.items, String::new(), end)
        }
        Some(confirmation) => {
            let request = signed.with(api::StartErasureRequest { confirmation })?;
            let begun = signed.read(workflows.start_erasure(request).await)?;
            let end = format!("\nit is being erased: {}\n", safe(&begun.key));
            (begun.items, begun.key, end)
        }
    };
    let rows: Vec<_> = items
        .iter()
        .map(|item| {
            let count = item.count.map(|count| count.to_string()).unwrap_or_default();
            let fate = if item.erased { "erased" } else { "stays" };
            vec![safe(&item.what), fate.to_owned(), count, safe(&item.reason)]
        })
        .collect();
    let listed: Vec<_> = items
        .iter()
        .map(|item| {
            json!({
                "what": item.what,
                "count": item.count,
                "erased": item.erased,
                "reason": item.reason,
            })
        })
        .collect();
    let text = format!("{}{end}", table(&["what", "fate", ">count", "why"], &rows));
    context.output.result(&json!({ "items": listed, "key": key }), &text);
    Ok(())
}

async fn list(
    context: &Context,
    signed: &Signed,
    workflow: String,
    limit: u32,
) -> Result<(), CliError> {
    let found = collect(limit, async |page_size, page_token| {
        let request = api::ListWorkflowsRequest {
            workflow: workflow.clone(),
            page_size,
            page_token,
            ..api::ListWorkflowsRequest::default()
        };
        let page = signed.client.workflows().list_workflows(signed.with(request)?).await;
        let page = signed.read(page)?;
        Ok((page.workflows, page.next_page_token))
    })
    .await?;
    let rows: Vec<_> = found
        .iter()
        .map(|workflow| {
            vec![
                safe(&workflow.key),
                safe(&workflow.workflow),
                status(workflow),
                date_time(workflow.started_at_us),
                date_time(workflow.changed_at_us),
                safe(&workflow.reason),
            ]
        })
        .collect();
    let listed = json!({ "workflows": found.iter().map(document).collect::<Vec<_>>() });
    let headings = ["key", "workflow", "status", "started", "changed", "reason"];
    context.output.result(&listed, &table(&headings, &rows));
    Ok(())
}

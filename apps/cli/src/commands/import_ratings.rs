//! `import ratings`.

use std::sync::Arc;
use std::time::Duration;

use erynoa_events::VerifiedEvent;
use erynoa_kernel::RealmId;
use erynoa_proto::api::v1::{
    GetCheckpointRequest, GetCheckpointResponse, GetRequest, ListTrustRequest, submit_result,
};
use serde_json::json;
use tokio::time::Instant;

use crate::client::{Client, signed};
use crate::commands::Context;
use crate::commands::events::{BATCH_EVENTS, refusal};
use crate::commands::trust::rank;
use crate::error::CliError;
use crate::import_arguments::RatingsArguments;
use crate::ratings::{Plan, parse};

/// How long the end of the import waits for the last epoch to close.
const LAST_EPOCH: Duration = Duration::from_secs(60);
/// How many of the most and the least trusted are printed.
const PODIUM: u32 = 10;

/// Imports a file of ratings through the public API.
pub(crate) async fn import(context: &Context, arguments: RatingsArguments) -> Result<(), CliError> {
    let text = std::fs::read_to_string(&arguments.file)
        .map_err(|error| CliError::file(&arguments.file, error))?;
    let ratings = parse(&text).map_err(|reason| CliError::file(&arguments.file, reason))?;
    let client = context.connect().await?;
    let log = client.log_info().await?;
    let realm: RealmId =
        log.root_realm.parse().map_err(|_| client.odd("the root realm is no universal id"))?;
    let plan = Plan::new(&ratings, &arguments.seed, &arguments.prefix, arguments.founder, realm);
    let plan = Arc::new(plan);
    context.output.note(&format!("{} people, {} events", plan.people(), plan.len()));
    if !log.claimed {
        claim(context, &client, &plan, &arguments).await?;
    }
    let start = first_missing(&client, &plan).await?;
    if start > 0 {
        context.output.note(&format!("{start} events are in the log already"));
    }
    let seconds = send(context, &client, &plan, start).await?;
    let sent = plan.len() - start;
    let checkpoint = last_checkpoint(context, &client).await?;
    let signed_head = checkpoint.checkpoint.unwrap_or_default();
    let per_second = if seconds > 0.0 { sent as f64 / seconds } else { 0.0 };
    let request = |ascending| ListTrustRequest { ascending, ..ListTrustRequest::default() };
    let (most, _) = rank(&client, request(false), PODIUM).await?;
    let (least, _) = rank(&client, request(true), PODIUM).await?;
    let document = json!({
        "people": plan.people(),
        "events": plan.len(),
        "sent": sent,
        "seconds": seconds,
        "events_per_second": per_second,
        "log_size": checkpoint.log_size,
        "checkpoint": {
            "size": signed_head.size,
            "root": hex::encode(&signed_head.root),
            "note": signed_head.note,
        },
        "most_trusted": most.0,
        "least_trusted": least.0,
    });
    let text = format!(
        "{sent} events in {seconds:.2} s: {per_second:.0} events/s\n\
         log size {}\n\n{}\nmost trusted\n{}\nleast trusted\n{}",
        checkpoint.log_size, signed_head.note, most.1, least.1,
    );
    context.output.result(&document, &text);
    Ok(())
}

/// Registers the founder and makes them operator of the fresh installation.
async fn claim(
    context: &Context,
    client: &Client,
    plan: &Plan,
    arguments: &RatingsArguments,
) -> Result<(), CliError> {
    let link = arguments.claim.as_deref().ok_or_else(|| {
        CliError::Usage(
            "nobody has claimed this installation yet: give the one-time link that the server \
             printed at its first start with --claim"
                .to_owned(),
        )
    })?;
    let (did, key) = plan
        .person(arguments.founder)
        .ok_or_else(|| CliError::Usage("the file names no founder".to_owned()))?;
    let first = plan.sign(0, 1).map_err(|error| CliError::own_event(&error))?;
    submit(client, &first, 0).await?;
    client.claim(&did, key, link, &arguments.realm_name).await?;
    context.output.note(&format!(
        "{} {} is operator and founder of {:?}",
        arguments.prefix, arguments.founder, arguments.realm_name
    ));
    Ok(())
}

/// Place of the first event that the log does not have. They go in in order,
/// so whatever comes before a known one is known.
async fn first_missing(client: &Client, plan: &Plan) -> Result<usize, CliError> {
    let (mut known, mut missing) = (0, plan.len());
    while known < missing {
        let middle = known.midpoint(missing);
        let id = plan.id(middle).map(|id| id.to_string()).unwrap_or_default();
        match client.events().get(GetRequest { id }).await.map_err(client.failed()) {
            Ok(_) => known = middle + 1,
            Err(error) if error.refusal().is_some_and(|r| r.code == "NOT_FOUND") => {
                missing = middle;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(known)
}

/// Sends everything from `start` on; while one batch is on its way the next is
/// signed. Returns the seconds that it took.
async fn send(
    context: &Context,
    client: &Client,
    plan: &Arc<Plan>,
    start: usize,
) -> Result<f64, CliError> {
    let sign = |place: usize| {
        let plan = Arc::clone(plan);
        tokio::task::spawn_blocking(move || plan.sign(place, BATCH_EVENTS))
    };
    let bar = context.output.bar(plan.len() as u64, "importing");
    bar.set_position(start as u64);
    let begun = Instant::now();
    let mut place = start;
    let mut next = sign(place);
    loop {
        let batch = next
            .await
            .map_err(|error| CliError::Local(format!("signing was cut off: {error}")))?
            .map_err(|error| CliError::own_event(&error))?;
        if batch.is_empty() {
            break;
        }
        next = sign(place + batch.len());
        submit(client, &batch, place).await?;
        place += batch.len();
        bar.set_position(place as u64);
    }
    bar.finish_and_clear();
    Ok(begun.elapsed().as_secs_f64())
}

/// Sends one batch; every event of it must be taken.
async fn submit(client: &Client, batch: &[VerifiedEvent], place: usize) -> Result<(), CliError> {
    let events = batch.iter().map(signed).collect::<Result<Vec<_>, _>>()?;
    let results = client.submit_batch(events).await?;
    for (offset, result) in results.iter().enumerate() {
        if let Some(submit_result::Outcome::Receipt(_)) = &result.outcome {
            continue;
        }
        if let Some(mut refused) = refusal(client.server(), result) {
            refused.message = format!("event {}: {}", place + offset, refused.message);
            return Err(CliError::Refused(Box::new(refused)));
        }
    }
    Ok(())
}

/// Waits until a checkpoint covers the whole log.
async fn last_checkpoint(
    context: &Context,
    client: &Client,
) -> Result<GetCheckpointResponse, CliError> {
    let spinner = context.output.spinner("waiting for the last epoch to close");
    let deadline = Instant::now() + LAST_EPOCH;
    loop {
        let answer = client.log().get_checkpoint(GetCheckpointRequest {}).await;
        match answer.map_err(client.failed()) {
            Ok(answer) => {
                let answer = answer.into_inner();
                let covered = answer.checkpoint.as_ref().is_some_and(|c| c.size == answer.log_size);
                if covered || Instant::now() > deadline {
                    spinner.finish_and_clear();
                    return Ok(answer);
                }
            }
            Err(error) if error.refusal().is_some_and(|r| r.code == "CHECKPOINT_UNKNOWN") => {
                if Instant::now() > deadline {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

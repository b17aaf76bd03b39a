//! Use case: signed events come in.

use bytes::Bytes;
use erynoa_events::{Body, EventError, VerifiedEvent, verify, verify_batch};
use erynoa_kernel::{Kind, Problem};
use erynoa_proto::protocol::v1::SignedEvent;
use prost::Message;

use crate::app::{App, invalid};
use crate::ledger::{Accepted, Verdict};

/// Most events of one batch.
pub const MAX_BATCH: usize = 1000;

/// Appends one event.
///
/// # Errors
/// Why it is refused; nothing is stored then.
pub async fn submit_event(app: &App, event: SignedEvent) -> Result<Accepted, Problem> {
    let event = verify(entry(&event))?;
    check_registration(app, &event)?;
    let mut verdicts = app.ledger.submit(vec![event]).await?;
    count(app, &verdicts);
    let verdict = verdicts.pop().ok_or_else(|| Problem::internal("the log gave no verdict"))?;
    Ok(verdict?)
}

/// Appends up to [`MAX_BATCH`] events in order, each judged by itself.
///
/// # Errors
/// `BATCH_SIZE`, or when the log cannot be written.
pub async fn submit_batch(app: &App, events: Vec<SignedEvent>) -> Result<Vec<Verdict>, Problem> {
    if events.is_empty() || events.len() > MAX_BATCH {
        let message = format!("a batch holds 1 to {MAX_BATCH} events, not {}", events.len());
        return Err(Problem::new(Kind::Invalid, "BATCH_SIZE", message).field("events"));
    }
    let entries: Vec<Bytes> = events.iter().map(entry).collect();
    let verified = tokio::task::spawn_blocking(move || verify_batch(entries))
        .await
        .map_err(Problem::internal)?;
    let mut good = Vec::with_capacity(verified.len());
    let mut places = Vec::with_capacity(verified.len());
    for result in verified {
        let result = result.and_then(|event| check_registration(app, &event).map(|()| event));
        places.push(result.map(|event| good.push(event)));
    }
    let verdicts = app.ledger.submit(good).await?;
    count(app, &verdicts);
    let mut verdicts = verdicts.into_iter();
    places
        .into_iter()
        .map(|place| match place {
            Err(refused) => Ok(Err(refused)),
            Ok(()) => {
                verdicts.next().ok_or_else(|| Problem::internal("the log gave too few verdicts"))
            }
        })
        .collect()
}

/// The log entry that the message stands for.
fn entry(event: &SignedEvent) -> Bytes {
    event.encode_to_vec().into()
}

fn count(app: &App, verdicts: &[Verdict]) {
    let new = verdicts.iter().filter(|v| matches!(v, Ok(accepted) if !accepted.duplicate)).count();
    app.traffic.appended(app.clock.now_us(), new as u64);
}

/// Where registration is closed, only an identity that is here may bring
/// another; and before there is an operator, the operator must be able to come.
fn check_registration(app: &App, event: &VerifiedEvent) -> Result<(), EventError> {
    let Body::IdentityCreated(created) = &event.event().body else {
        return Ok(());
    };
    if created.controller.is_some() || app.config.registration_is_open() {
        return Ok(());
    }
    let models = app.ledger.read();
    let is_known = models.directory.find(&event.event().author).is_some();
    if is_known || !models.is_claimed() {
        return Ok(());
    }
    Err(EventError::new(
        Kind::Forbidden,
        "REGISTRATION_CLOSED",
        "event.identity_created",
        "this installation does not take new identities; ask its operator",
    ))
}

/// The event of a request that must have one.
///
/// # Errors
/// `VALIDATION_ERROR`.
pub fn required(event: Option<SignedEvent>) -> Result<SignedEvent, Problem> {
    event.ok_or_else(|| invalid("event", "an event is needed".to_owned()))
}

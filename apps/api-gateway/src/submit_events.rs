//! Use case: signed events come in.

use bytes::Bytes;
use erynoa_events::{Body, EventError, KeyDirectory, VerifiedEvent, verify, verify_batch};
use erynoa_execution::{Budget, Context, Emitted, Reader, TrustSnapshot, gas, mana};
use erynoa_kernel::{Kind, Problem, RealmId};
use erynoa_proto::protocol::v1::SignedEvent;
use erynoa_world::BreakerState;
use prost::Message;

use crate::app::{App, invalid};
use crate::config::LogClock;
use crate::ledger::{Accepted, Models, Verdict};

/// Most events of one batch.
pub const MAX_BATCH: usize = 1000;
/// More mana than any single event costs.
const MOST_MANA: u64 = mana::CROSSING;

/// Appends one event.
///
/// # Errors
/// Why it is refused; nothing is stored then.
pub async fn submit_event(app: &App, event: SignedEvent) -> Result<Accepted, Problem> {
    let event = verify(entry(&event))?;
    let event = at_the_door(app, event)?;
    let mut verdicts = app.ledger.submit(vec![event]).await?;
    count(app, &verdicts);
    let verdict = verdicts.pop().ok_or_else(|| Problem::internal("the log gave no verdict"))?;
    Ok(verdict?)
}

/// Appends up to [`MAX_BATCH`] events in order, each judged by itself.
///
/// # Errors
/// `BATCH_SIZE`, or when the log cannot be written.
pub async fn submit_batch(
    app: &App,
    events: Vec<SignedEvent>,
) -> Result<Vec<Result<Accepted, Problem>>, Problem> {
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
        let result = result.map_err(Problem::from).and_then(|event| at_the_door(app, event));
        places.push(result.map(|event| good.push(event)));
    }
    let verdicts = app.ledger.submit(good).await?;
    count(app, &verdicts);
    let mut verdicts = verdicts.into_iter();
    places
        .into_iter()
        .map(|place| match place {
            Err(refused) => Ok(Err(refused)),
            Ok(()) => verdicts
                .next()
                .map(|verdict| verdict.map_err(Problem::from))
                .ok_or_else(|| Problem::internal("the log gave too few verdicts")),
        })
        .collect()
}

/// Lets a genuine event through to the log, in the context of its author:
/// registration, the breaker of its realm, gas and mana (protocol §8, §10).
fn at_the_door(app: &App, event: VerifiedEvent) -> Result<VerifiedEvent, Problem> {
    let models = app.ledger.read();
    let now_us = app.clock.now_us();
    if models.log.find(&event.id()).is_some() {
        // Sent again: the log answers as the first time, and it costs nothing.
        return Ok(event);
    }
    check_registration(app, &models, &event)?;
    check_breaker(app, &models, &event)?;
    let said = event.event();
    let knows_author = models.directory.find(&said.author).is_some();
    if knows_author && models.check_speaker(said, &event.signer()).is_err() {
        // The log refuses it and says why. Nobody pays for it: else anybody
        // could spend somebody else's mana.
        return Ok(event);
    }
    let realm = if said.realm == RealmId::NULL { models.root_realm() } else { said.realm };
    let glance = models.trust.glance(&realm, &said.author);
    let reader = Reader {
        executor: said.author,
        principal: models.directory.root_of(&said.author),
        delegation: Vec::new(),
        trust: TrustSnapshot {
            epoch: models.trust.epoch(),
            values_ppm: glance.values_ppm,
            standing_ppm: glance.standing_ppm,
        },
        realm,
        now_us,
    };
    let limits = Budget { gas: gas::EVENT_MOST, mana: MOST_MANA, risk_ppm: 0 };
    let parents = said.parents.len() as u64;
    let outcome = Context::new(reader, limits, Emitted::default()).run(|context| {
        context.spend(gas::validate(parents).then(gas::signatures(1)))?;
        let price = app.purse.pay(&models, &event, context.reader().now_us)?;
        context.spend(mana::cost(price))?;
        context.emit(event);
        Ok::<_, Problem>(())
    });
    outcome.result?;
    let mut emitted = outcome.events;
    emitted.pop().ok_or_else(|| Problem::internal("a use case that succeeds emits its event"))
}

/// While a realm's breaker is open, only its judges' decisions go through;
/// while it is degraded, only those whose voice counts.
fn check_breaker(app: &App, models: &Models, event: &VerifiedEvent) -> Result<(), Problem> {
    let said = event.event();
    let decides = matches!(said.body, Body::Judgement(_) | Body::AnomalyJudged(_));
    if said.realm == RealmId::NULL || decides {
        return Ok(());
    }
    let now_us = log_now_us(app, models);
    let breaker = models.world.breaker(&said.realm, now_us);
    let (code, message) = match breaker.state {
        BreakerState::Normal => return Ok(()),
        BreakerState::Degraded if models.trust.glance(&said.realm, &said.author).has_voice => {
            return Ok(());
        }
        BreakerState::Degraded => (
            "REALM_DEGRADED",
            "many critical reports have come in; until it is quiet only members with a voice speak",
        ),
        BreakerState::ReadOnly => (
            "REALM_READ_ONLY",
            "very many critical reports have come in; until it is quiet only judges speak",
        ),
    };
    let wait_ms = breaker.quiet_until_us.saturating_sub(now_us).div_ceil(1000).max(1000);
    Err(Problem::new(Kind::Unavailable, code, message).field("event.realm").retry_after_ms(wait_ms))
}

/// The log's own time, for what depends on time but is not replicated.
pub(crate) fn log_now_us(app: &App, models: &Models) -> u64 {
    match app.config.log.clock {
        LogClock::System => app.clock.now_us(),
        LogClock::Events => models.log.greatest_wall_us(),
    }
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
fn check_registration(app: &App, models: &Models, event: &VerifiedEvent) -> Result<(), EventError> {
    let Body::IdentityCreated(created) = &event.event().body else {
        return Ok(());
    };
    if created.controller.is_some() || app.config.registration_is_open() {
        return Ok(());
    }
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

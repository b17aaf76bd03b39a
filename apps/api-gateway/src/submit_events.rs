//! Use case: signed events come in.

use std::collections::HashSet;

use bytes::Bytes;
use erynoa_events::{Body, EventError, KeyDirectory, VerifiedEvent, verify, verify_batch};
use erynoa_execution::{Budget, Context, Emitted, Reader, TrustSnapshot, gas, mana};
use erynoa_kernel::{Clock, IdentityId, Kind, Problem, RealmId};
use erynoa_proto::protocol::v1::SignedEvent;
use erynoa_world::BreakerState;
use prost::Message;

use crate::app::{App, invalid};
use crate::config::LogClock;
use crate::ledger::{Accepted, Ledger, Models, Verdict};
use crate::mana::{Paid, Purse};
use crate::users::invite_user::open_invitation;

/// Most events of one batch.
pub const MAX_BATCH: usize = 1000;
/// More mana than any single event costs.
const MOST_MANA: u64 = mana::CROSSING;

/// Appends one event. Whoever has the token of an open invitation may create an
/// identity where registration is closed.
///
/// # Errors
/// Why it is refused; nothing is stored then.
pub async fn submit_event(
    app: &App,
    event: SignedEvent,
    invitation: &str,
) -> Result<Accepted, Problem> {
    let event = verify(entry(&event))?;
    let is_open = match invitation {
        "" => app.config.registration_is_open(),
        token => open_invitation(app, token).await.map(|_| true)?,
    };
    let event = at_the_door(app, event, is_open)?;
    let mut verdicts = hand_over(&app.ledger, &app.purse, app.clock.as_ref(), vec![event]).await?;
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
    let mut through = HashSet::new();
    for result in verified {
        let result = result.map_err(Problem::from).and_then(|event| {
            if through.contains(&event.id()) {
                return Ok(Through { event, paid: None });
            }
            at_the_door(app, event, app.config.registration_is_open())
        });
        places.push(result.map(|passed| {
            through.insert(passed.event.id());
            good.push(passed);
        }));
    }
    let verdicts = hand_over(&app.ledger, &app.purse, app.clock.as_ref(), good).await?;
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

/// What the door has let through.
struct Through {
    event: VerifiedEvent,
    /// `None` for what costs nothing.
    paid: Option<Paid>,
}

/// Gives events to the log. What was paid for one that the log could not take,
/// or has from somebody who was faster, is given back.
async fn hand_over(
    ledger: &Ledger,
    purse: &Purse,
    clock: &dyn Clock,
    passed: Vec<Through>,
) -> Result<Vec<Verdict>, Problem> {
    let (events, paid): (Vec<VerifiedEvent>, Vec<Option<Paid>>) =
        passed.into_iter().map(|passed| (passed.event, passed.paid)).unzip();
    let outcome = ledger.submit(events).await;
    let is_in_vain = |at: usize| match &outcome {
        Ok(verdicts) => verdicts[at].as_ref().is_ok_and(|accepted| accepted.duplicate),
        Err(_) => true,
    };
    for (at, paid) in paid.iter().enumerate() {
        if let Some(paid) = paid
            && is_in_vain(at)
        {
            purse.give_back(paid, clock.now_us());
        }
    }
    outcome
}

/// Lets a genuine event through to the log, in the context of its author:
/// registration, the breaker of its realm, gas and mana (protocol §8, §10).
fn at_the_door(
    app: &App,
    event: VerifiedEvent,
    registration_is_open: bool,
) -> Result<Through, Problem> {
    let models = app.ledger.read();
    let now_us = app.clock.now_us();
    if models.log.find(&event.id()).is_some() {
        // Sent again: the log answers as the first time, and it costs nothing.
        return Ok(Through { event, paid: None });
    }
    if !registration_is_open {
        check_registration(&models, &event)?;
    }
    check_breaker(app, &models, &event)?;
    let said = event.event();
    let knows_author = models.directory.find(&said.author).is_some();
    if knows_author && models.check_speaker(said, &event.signer()).is_err() {
        // The log refuses it and says why. Nobody pays for it: else anybody
        // could spend somebody else's mana.
        return Ok(Through { event, paid: None });
    }
    let realm = if said.realm == RealmId::NULL { models.root_realm() } else { said.realm };
    let reader = reader(&models, said.author, realm, now_us);
    let limits = Budget { gas: gas::EVENT_MOST, mana: MOST_MANA, risk_ppm: 0 };
    let parents = said.parents.len() as u64;
    let outcome = Context::new(reader, limits, Emitted::default()).run(|context| {
        context.spend(gas::validate(parents).then(gas::signatures(1)))?;
        let paid = app.purse.pay(&models, &event, context.reader().now_us)?;
        context.spend(mana::cost(paid.price))?;
        context.emit(event);
        Ok::<_, Problem>(paid)
    });
    let paid = Some(outcome.result?);
    let mut emitted = outcome.events;
    let event = emitted.pop();
    let event =
        event.ok_or_else(|| Problem::internal("a use case that succeeds emits its event"))?;
    Ok(Through { event, paid })
}

/// What a use case of this identity knows when it begins.
pub(crate) fn reader(models: &Models, executor: IdentityId, realm: RealmId, now_us: u64) -> Reader {
    let glance = models.trust.glance(&realm, &executor);
    Reader {
        executor,
        principal: models.directory.root_of(&executor),
        delegation: Vec::new(),
        trust: TrustSnapshot {
            epoch: models.trust.epoch(),
            values_ppm: glance.values_ppm,
            standing_ppm: glance.standing_ppm,
        },
        realm,
        now_us,
    }
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
fn check_registration(models: &Models, event: &VerifiedEvent) -> Result<(), EventError> {
    let Body::IdentityCreated(created) = &event.event().body else {
        return Ok(());
    };
    if created.controller.is_some() {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use erynoa_events::{
        EpochPolicy, Event, IdentityCreated, MemoryEventLog, RECOVERY_DELAY_S, SigningKey,
        sign_event,
    };
    use erynoa_kernel::{Coordinate, FixedClock, Namespace};

    use super::*;
    use crate::ledger::{Policy, Running};

    const NOW_US: u64 = 2_000;

    async fn ledger() -> (Ledger, Running) {
        let clock = erynoa_events::LogClock::System;
        let policy = Policy {
            epochs: EpochPolicy { max_events: 100, max_us: u64::MAX, clock },
            origin: "test.example/log".to_owned(),
        };
        let key = SigningKey::from_seed([99; 32]);
        let log = Arc::new(MemoryEventLog::default());
        Ledger::start(log, key, Arc::new(FixedClock::at(NOW_US)), policy).await.unwrap()
    }

    fn born(seed: u8) -> VerifiedEvent {
        let key = SigningKey::from_seed([seed; 32]);
        let event = Event {
            author: IdentityId::of(Namespace::SelfHood, &key.public_key()),
            realm: RealmId::NULL,
            coordinate: Coordinate { wall_us: NOW_US, counter: 0 },
            prev: None,
            parents: Vec::new(),
            body: Body::IdentityCreated(IdentityCreated {
                namespace: Namespace::SelfHood,
                display_name: String::new(),
                key_label: String::new(),
                recovery_key: None,
                recovery_delay_s: RECOVERY_DELAY_S.1,
                controller: None,
            }),
        };
        sign_event(&event, &key).unwrap()
    }

    fn paid(ledger: &Ledger, purse: &Purse, event: &VerifiedEvent) -> Through {
        let paid = purse.pay(&ledger.read(), event, NOW_US).unwrap();
        Through { event: event.clone(), paid: Some(paid) }
    }

    fn left(ledger: &Ledger, purse: &Purse) -> u64 {
        purse.balance(&ledger.read(), &born(1).event().author, NOW_US).left
    }

    #[tokio::test]
    async fn an_event_that_comes_twice_pays_once() {
        let (ledger, running) = ledger().await;
        let purse = Purse::new(true);
        let full = left(&ledger, &purse);
        let event = born(1);
        let passed = vec![paid(&ledger, &purse, &event), paid(&ledger, &purse, &event)];
        assert_eq!(left(&ledger, &purse), full - 2 * mana::EVENT);
        let verdicts = hand_over(&ledger, &purse, &FixedClock::at(NOW_US), passed).await.unwrap();
        assert!(verdicts[1].as_ref().is_ok_and(|accepted| accepted.duplicate));
        assert_eq!(left(&ledger, &purse), full - mana::EVENT);
        let late = vec![paid(&ledger, &purse, &event)];
        hand_over(&ledger, &purse, &FixedClock::at(NOW_US), late).await.unwrap();
        assert_eq!(left(&ledger, &purse), full - mana::EVENT, "somebody else was faster");
        ledger.stop().await;
        tokio::task::spawn_blocking(|| running.join()).await.unwrap();
    }

    #[tokio::test]
    async fn what_the_log_cannot_take_costs_nothing() {
        let (ledger, running) = ledger().await;
        let purse = Purse::new(true);
        let full = left(&ledger, &purse);
        ledger.stop().await;
        tokio::task::spawn_blocking(|| running.join()).await.unwrap();
        let passed = vec![paid(&ledger, &purse, &born(1)), paid(&ledger, &purse, &born(2))];
        assert_eq!(left(&ledger, &purse), full - 2 * mana::EVENT);
        let problem =
            hand_over(&ledger, &purse, &FixedClock::at(NOW_US), passed).await.unwrap_err();
        assert_eq!(problem.code, "SERVICE_UNAVAILABLE");
        assert_eq!(left(&ledger, &purse), full);
    }
}

//! Use case: signed events come in.

use std::collections::HashMap;

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
use crate::mana::{Charge, Purse};
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
    app.ledger.must_be_home()?;
    let event = verify(entry(&event))?;
    let registration_is_open = match invitation {
        "" => app.config.registration_is_open(),
        token => open_invitation(app, token).await.map(|_| true)?,
    };
    let through = at_the_door(app, &app.ledger.read(), event, registration_is_open)?;
    let paid = app.purse.pay(&[through.charge], app.clock.now_us()).await?;
    paid.into_iter().collect::<Result<(), _>>()?;
    let mut verdicts =
        hand_over(&app.ledger, &app.purse, app.clock.as_ref(), vec![through]).await?;
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
    app.ledger.must_be_home()?;
    let entries: Vec<Bytes> = events.iter().map(entry).collect();
    let verified = tokio::task::spawn_blocking(move || verify_batch(entries))
        .await
        .map_err(Problem::internal)?;
    let candidates = let_in(app, verified);
    let charges: Vec<Option<Charge>> = candidates
        .iter()
        .map(|candidate| candidate.as_ref().ok().and_then(|(through, _)| through.charge))
        .collect();
    let paid = app.purse.pay(&charges, app.clock.now_us()).await?;
    let mut good = Vec::with_capacity(candidates.len());
    let mut places = Vec::with_capacity(candidates.len());
    for (place, candidate) in candidates.into_iter().enumerate() {
        places.push(candidate.and_then(|(through, first)| {
            paid[first.unwrap_or(place)]?;
            good.push(through);
            Ok(())
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

/// Judges the events of a batch at the door. One that stands in it before costs
/// nothing and goes the way of the first, whose place is given.
fn let_in(
    app: &App,
    verified: Vec<Result<VerifiedEvent, EventError>>,
) -> Vec<Result<(Through, Option<usize>), Problem>> {
    let registration_is_open = app.config.registration_is_open();
    let mut first_at = HashMap::new();
    let models = app.ledger.read();
    let judge = |(place, result): (usize, Result<VerifiedEvent, EventError>)| {
        let event = result?;
        let id = event.id();
        if let Some(&first) = first_at.get(&id) {
            return Ok((Through { event, charge: None }, Some(first)));
        }
        let through = at_the_door(app, &models, event, registration_is_open)?;
        first_at.insert(id, place);
        Ok((through, None))
    };
    verified.into_iter().enumerate().map(judge).collect()
}

/// What the door has let through.
struct Through {
    event: VerifiedEvent,
    /// `None` for what costs nothing.
    charge: Option<Charge>,
}

/// Gives events that are paid for to the log. What was paid for one that the log
/// could not take, or has from somebody who was faster, is given back.
async fn hand_over(
    ledger: &Ledger,
    purse: &Purse,
    clock: &dyn Clock,
    passed: Vec<Through>,
) -> Result<Vec<Verdict>, Problem> {
    let (events, charges): (Vec<VerifiedEvent>, Vec<Option<Charge>>) =
        passed.into_iter().map(|passed| (passed.event, passed.charge)).unzip();
    let outcome = ledger.submit(events).await;
    let is_in_vain = |at: usize| match &outcome {
        Ok(verdicts) => verdicts[at].as_ref().is_ok_and(|accepted| accepted.duplicate),
        Err(_) => true,
    };
    let in_vain = charges.into_iter().enumerate().filter(|(at, _)| is_in_vain(*at));
    purse.give_back(in_vain.filter_map(|(_, charge)| charge), clock.now_us()).await;
    outcome
}

/// Lets a genuine event through to the log, in the context of its author:
/// registration, the breaker of its realm, gas and what it costs in mana
/// (protocol §8, §10).
fn at_the_door(
    app: &App,
    models: &Models,
    event: VerifiedEvent,
    registration_is_open: bool,
) -> Result<Through, Problem> {
    let now_us = app.clock.now_us();
    if models.log.find(&event.id()).is_some() {
        // Sent again: the log answers as the first time, and it costs nothing.
        return Ok(Through { event, charge: None });
    }
    if !registration_is_open {
        check_registration(models, &event)?;
    }
    check_breaker(app, models, &event)?;
    let said = event.event();
    let knows_author = models.directory.find(&said.author).is_some();
    if knows_author && models.check_speaker(said, &event.signer()).is_err() {
        // The log refuses it and says why. Nobody pays for it: else anybody
        // could spend somebody else's mana.
        return Ok(Through { event, charge: None });
    }
    let realm = if said.realm == RealmId::NULL { models.root_realm() } else { said.realm };
    let reader = reader(models, said.author, realm, now_us);
    let limits = Budget { gas: gas::EVENT_MOST, mana: MOST_MANA, risk_ppm: 0 };
    let parents = said.parents.len() as u64;
    let outcome = Context::new(reader, limits, Emitted::default()).run(|context| {
        context.spend(gas::validate(parents).then(gas::signatures(1)))?;
        let charge = app.purse.charge(models, &event);
        context.spend(mana::cost(charge.price))?;
        context.emit(event);
        Ok::<_, Problem>(charge)
    });
    let charge = Some(outcome.result?);
    let mut emitted = outcome.events;
    let event = emitted.pop();
    let event =
        event.ok_or_else(|| Problem::internal("a use case that succeeds emits its event"))?;
    Ok(Through { event, charge })
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
    use erynoa_execution::MemoryMana;
    use erynoa_kernel::{Coordinate, FixedClock, Namespace};

    use super::*;
    use crate::ledger::{Policy, Running};
    use crate::mana::account_of;

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

    async fn paid(ledger: &Ledger, purse: &Purse, event: &VerifiedEvent) -> Through {
        let charge = Some(purse.charge(&ledger.read(), event));
        assert_eq!(purse.pay(&[charge], NOW_US).await.unwrap(), [Ok(())]);
        Through { event: event.clone(), charge }
    }

    fn purse() -> Purse {
        Purse::new(Arc::new(MemoryMana::default()), true)
    }

    async fn left(ledger: &Ledger, purse: &Purse) -> u64 {
        let account = account_of(&ledger.read(), &born(1).event().author);
        purse.balance(account, NOW_US).await.unwrap().left
    }

    #[tokio::test]
    async fn an_event_that_comes_twice_pays_once() {
        let (ledger, running) = ledger().await;
        let purse = purse();
        let full = left(&ledger, &purse).await;
        let event = born(1);
        let passed = vec![paid(&ledger, &purse, &event).await, paid(&ledger, &purse, &event).await];
        assert_eq!(left(&ledger, &purse).await, full - 2 * mana::EVENT);
        let verdicts = hand_over(&ledger, &purse, &FixedClock::at(NOW_US), passed).await.unwrap();
        assert!(verdicts[1].as_ref().is_ok_and(|accepted| accepted.duplicate));
        assert_eq!(left(&ledger, &purse).await, full - mana::EVENT);
        let late = vec![paid(&ledger, &purse, &event).await];
        hand_over(&ledger, &purse, &FixedClock::at(NOW_US), late).await.unwrap();
        assert_eq!(left(&ledger, &purse).await, full - mana::EVENT, "somebody else was faster");
        ledger.stop().await;
        tokio::task::spawn_blocking(|| running.join()).await.unwrap();
    }

    #[tokio::test]
    async fn what_the_log_cannot_take_costs_nothing() {
        let (ledger, running) = ledger().await;
        let purse = purse();
        let full = left(&ledger, &purse).await;
        ledger.stop().await;
        tokio::task::spawn_blocking(|| running.join()).await.unwrap();
        let passed =
            vec![paid(&ledger, &purse, &born(1)).await, paid(&ledger, &purse, &born(2)).await];
        assert_eq!(left(&ledger, &purse).await, full - 2 * mana::EVENT);
        let problem =
            hand_over(&ledger, &purse, &FixedClock::at(NOW_US), passed).await.unwrap_err();
        assert_eq!(problem.code, "SERVICE_UNAVAILABLE");
        assert_eq!(left(&ledger, &purse).await, full);
    }

    #[tokio::test]
    async fn of_a_batch_is_paid_in_order_what_there_is_mana_for() {
        let (ledger, running) = ledger().await;
        let purse = purse();
        let charge = Some(purse.charge(&ledger.read(), &born(1)));
        let full = usize::try_from(left(&ledger, &purse).await / mana::EVENT).unwrap();
        let mut charges = vec![charge; full + 2];
        charges[3] = None;
        let paid = purse.pay(&charges, NOW_US).await.unwrap();
        assert!(paid[..=full].iter().all(Result::is_ok), "one of them costs nothing");
        assert_eq!(paid[full + 1].map_err(|empty| empty.price), Err(mana::EVENT));
        assert_eq!(left(&ledger, &purse).await, 0);
        purse.give_back(charges.into_iter().flatten().take(3), NOW_US).await;
        assert_eq!(left(&ledger, &purse).await, 3 * mana::EVENT);
        ledger.stop().await;
        tokio::task::spawn_blocking(|| running.join()).await.unwrap();
    }
}

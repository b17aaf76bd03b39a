//! Two gateways on one PostgreSQL and one Redis act as one. What needs Redis is
//! tried again when that did not answer in time: then each is on its own for a
//! while, as it should be. What must never happen is never tried again.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use erynoa_access::ProviderClaims;
use erynoa_api_gateway::config::{CacheBackend, Config, DatabaseBackend, SecretText};
use erynoa_api_gateway::wiring::Providers;
use erynoa_events::key_added_message;
use erynoa_execution::{Allowance, ManaAccounts as _, Payer};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::pairing_service_client::PairingServiceClient;
use erynoa_proto::api::v1::watch_response::Item;
use erynoa_redis::{RedisMana, RedisServer};
use tokio::time::Instant;
use tonic::{Code, Status};

use crate::oidc::{TicketOffice, claims, oidc_config};
use crate::seat::{Person, Seat, code_of, config, operator, with};
use crate::services::{OwnServers, postgres_database, redis_url};
use crate::several_gateways::free_port;

/// Attempts of what a slow Redis may spoil.
const ATTEMPTS: usize = 10;

struct Pair {
    seats: [Seat; 2],
    /// Name of the installation on Redis.
    origin: String,
    _home: tempfile::TempDir,
}

impl Pair {
    async fn take(name: &str, redis: &str) -> Self {
        Self::take_with(name, redis, config, &Providers::default()).await
    }

    async fn take_with(
        name: &str,
        redis: &str,
        config: impl Fn(&Path) -> Config,
        providers: &Providers,
    ) -> Self {
        let home = tempfile::tempdir().unwrap();
        let database = postgres_database(name);
        let origin = format!("{name}-{}", std::process::id());
        let one = async |number: usize| {
            let mut config = config(&home.path().join(number.to_string()));
            config.application.keys_dir = home.path().join("keys");
            config.application.port = free_port();
            config.application.public_url = "http://localhost:3000".to_owned();
            config.database.backend = DatabaseBackend::Postgres;
            config.database.url = SecretText::new(database.clone());
            config.database.max_connections = 6;
            config.cache.backend = CacheBackend::Redis;
            config.cache.url = SecretText::new(redis);
            config.log.origin.clone_from(&origin);
            Seat::take_with(config, providers.clone()).await
        };
        let seats = [one(0).await, one(1).await];
        Self { seats, origin, _home: home }
    }

    async fn leave(self) {
        for seat in self.seats {
            seat.leave().await;
        }
    }
}

async fn answer(seat: &Seat, token: &str) -> String {
    let answer = seat.users().get_current_user(with(token, api::GetCurrentUserRequest {})).await;
    answer.map_or_else(|status| code_of(&status), |_| "ok".to_owned())
}

/// Tries until it is done.
async fn eventually<T>(what: &str, attempt: impl AsyncFn() -> Result<T, String>) -> T {
    let mut why = String::new();
    for _ in 0..ATTEMPTS {
        match attempt().await {
            Ok(done) => return done,
            Err(error) => why = error,
        }
        tokio::time::sleep(Duration::from_millis(600)).await;
    }
    panic!("{what}: {why}")
}

/// Somebody whom both gateways know.
async fn person(pair: &Pair, seed: u8) -> Person {
    let [here, there] = &pair.seats;
    let mut person = Person::new(seed);
    here.submit(&person.is_born("Ada")).await.unwrap();
    let known = async || {
        let request = api::GetIdentityRequest { identity: person.did() };
        let found = crate::seat::identities(there).get_identity(request).await;
        found.map(drop).map_err(|status| code_of(&status))
    };
    eventually("the other gateway follows the log", known).await;
    person
}

fn never_accepted<T>(replayed: Result<T, Status>, used_up: &str) {
    let status = replayed.err().expect("nothing is accepted twice");
    let code = code_of(&status);
    assert!(code == used_up || status.code() == Code::Unavailable, "{code}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_of_one_gateway_is_answered_at_the_other_and_only_once() {
    let pair = Pair::take("challenge", &redis_url()).await;
    let [here, there] = &pair.seats;
    let ada = person(&pair, 1).await;
    let sign_in = async || {
        let given = ada.challenge(here).await.map_err(|status| code_of(&status))?;
        let answer = ada.answers(&given);
        let signed_in = there.sessions().sign_in(answer.clone()).await;
        for seat in [here, there] {
            let replayed = seat.sessions().sign_in(answer.clone()).await;
            never_accepted(replayed, "SIGN_IN_CHALLENGE_UNKNOWN");
        }
        signed_in.map_err(|status| code_of(&status))
    };
    let signed_in = eventually("a sign-in across gateways", sign_in).await;
    let token = signed_in.into_inner().tokens.unwrap().access_token;
    assert_eq!(answer(here, &token).await, "ok");
    pair.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nonce_of_one_gateway_is_used_at_the_other_and_only_once() {
    let office = Arc::new(TicketOffice::default());
    let providers = Providers { identity: Some(Arc::clone(&office) as _), users: None };
    let pair = Pair::take_with("nonce", &redis_url(), oidc_config, &providers).await;
    let [here, there] = &pair.seats;
    let sign_in = async || {
        let request = api::CreateOidcSignInRequest { app: "platform".into() };
        let opened = here.sessions().create_oidc_sign_in(request).await;
        let nonce = Some(opened.map_err(|status| code_of(&status))?.into_inner().nonce);
        let told = ProviderClaims { nonce, ..claims("ada", &[]) };
        let id_token = office.issue("apps", told);
        let request = api::SignInWithOidcRequest { app: "platform".into(), id_token };
        let signed_in = there.sessions().sign_in_with_oidc(request.clone()).await;
        for seat in [here, there] {
            let replayed = seat.sessions().sign_in_with_oidc(request.clone()).await;
            never_accepted(replayed, "NONCE_INVALID");
        }
        signed_in.map_err(|status| code_of(&status))
    };
    eventually("a sign-in across gateways", sign_in).await;
    pair.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_added_at_one_gateway_is_claimed_and_answered_at_the_other() {
    let pair = Pair::take("pairing", &redis_url()).await;
    let [here, there] = &pair.seats;
    let ada = person(&pair, 1).await;
    let eve = person(&pair, 2).await;
    let device = Person::new(9).key;
    let at = |seat: &Seat| PairingServiceClient::new(seat.channel.clone());
    let tokens = async |person: &Person| {
        eventually("a sign-in", async || {
            person.signs_in(here).await.map_err(|status| code_of(&status))
        })
        .await
        .access_token
    };
    let (adas, eves) = (tokens(&ada).await, tokens(&eve).await);
    let add = async || {
        let request = api::CreatePairingRequest {
            public_key: device.public_key().as_bytes().to_vec(),
            label: "phone".to_owned(),
        };
        let created = at(here).create_pairing(request).await?.into_inner().pairing.unwrap();
        let code = created.code;
        let claim = api::ClaimPairingRequest { code: code.clone() };
        at(there).claim_pairing(with(&adas, claim.clone())).await?;
        let refused = at(here).claim_pairing(with(&eves, claim)).await;
        never_accepted(refused, "PAIRING_CLAIMED");
        let proof = device.sign(&key_added_message(&ada.id, &device.public_key()));
        let countersignature = proof.as_bytes().to_vec();
        let answer = api::AnswerPairingRequest { code: code.clone(), countersignature };
        at(there).answer_pairing(answer.clone()).await?;
        let found = at(here).get_pairing(api::GetPairingRequest { code }).await?.into_inner();
        let found = found.pairing.unwrap();
        assert_eq!(found.countersignature, answer.countersignature);
        assert_eq!((found.identity, found.label), (ada.did(), "phone".to_owned()));
        Ok::<_, Status>(())
    };
    eventually("a pairing across gateways", async || {
        add().await.map_err(|status| code_of(&status))
    })
    .await;
    pair.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mana_that_is_gone_at_one_gateway_is_gone_at_the_other() {
    let pair = Pair::take("mana", &redis_url()).await;
    let [here, there] = &pair.seats;
    let (_, realm) = operator(here, &mut Person::new(250)).await;
    let shared = RedisServer::new(&redis_url(), &pair.origin, 1).unwrap();
    let shared = RedisMana::new(shared.with_timeout(Duration::from_secs(10)));
    // Newcomers share an account; whoever takes everything leaves nothing.
    let payer = Payer::Newcomers(realm);
    let allowance = Allowance::newcomers(1, 1_000_000);
    let next = std::cell::Cell::new(1);
    let refused = async || {
        // By a clock that is fast, so that nothing comes back for a minute.
        let now_us = std::time::UNIX_EPOCH.elapsed().unwrap() + Duration::from_secs(60);
        let now_us = u64::try_from(now_us.as_micros()).unwrap();
        let left = shared.left(payer, allowance, now_us).await.unwrap();
        let taken = shared.take_each(payer, allowance, &[left], now_us).await.unwrap();
        assert!(taken[0].is_ok());
        for seat in [here, there] {
            let mut newcomer = Person::new(next.replace(next.get() + 1));
            let refused = seat.submit(&newcomer.is_born("Newcomer")).await;
            let status = refused.err().ok_or_else(|| "it was not refused".to_owned())?;
            assert_eq!(code_of(&status), "MANA_EXHAUSTED");
        }
        Ok(())
    };
    eventually("nothing is left anywhere", refused).await;
    pair.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_costs_what_its_events_cost_one_by_one_at_every_gateway() {
    let pair = Pair::take("batch", &redis_url()).await;
    let [here, there] = &pair.seats;
    operator(here, &mut Person::new(250)).await;
    let ada = person(&pair, 249).await;
    let left = async |seat: &Seat| {
        let request = api::GetManaRequest { identity: ada.did() };
        let mana = seat.events().get_mana(request).await.map_err(|status| code_of(&status))?;
        let mana = mana.into_inner();
        assert!(mana.shared && mana.enforced);
        Ok::<_, String>((mana.left, mana.refill_per_second, mana.event_price))
    };
    let next = std::cell::Cell::new(1);
    let spend = async || {
        let began = Instant::now();
        let (before, refill, price) = left(there).await?;
        let newcomers = (0..20).map(|_| Person::new(next.replace(next.get() + 1)));
        let events = newcomers
            .map(|mut newcomer| crate::seat::signed(&newcomer.is_born("Newcomer")))
            .collect();
        let batch = here.events().submit_batch(api::SubmitBatchRequest { events }).await;
        let results = batch.map_err(|status| code_of(&status))?.into_inner().results;
        let is_in = |result: &api::SubmitResult| {
            matches!(result.outcome, Some(api::submit_result::Outcome::Receipt(_)))
        };
        assert!(results.iter().all(is_in), "{results:?}");
        let (after, ..) = left(there).await?;
        let gained = u64::try_from(began.elapsed().as_millis()).unwrap() * refill / 1_000 + 1;
        // What is missing is what was spent, but for what has come back.
        match (before + gained).checked_sub(after) {
            Some(spent) if spent >= 20 * price && spent <= 20 * price + gained => Ok(()),
            other => Err(format!("{before} before, {after} after, {gained} gained: {other:?}")),
        }
    };
    eventually("a batch is paid at both", spend).await;
    pair.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_at_one_gateway_has_ended_at_all_with_redis_and_without() {
    let own = OwnServers::start("sessions", &["redis"]);
    let pair = Pair::take("sessions", &own.variable("ERYNOA_TEST_REDIS_URL")).await;
    let [here, there] = &pair.seats;
    let ada = person(&pair, 1).await;
    for redis_is_there in [true, false] {
        if !redis_is_there {
            tokio::task::block_in_place(|| own.run("kill", &["redis"]));
        }
        let signed_in = async || ada.signs_in(here).await.map_err(|status| code_of(&status));
        let token = eventually("a sign-in at one gateway", signed_in).await.access_token;
        assert_eq!(answer(here, &token).await, "ok");
        assert_eq!(answer(there, &token).await, "ok");
        there.sessions().sign_out(with(&token, api::SignOutRequest {})).await.unwrap();
        for seat in [there, here] {
            assert_eq!(answer(seat, &token).await, "INVALID_TOKEN", "redis: {redis_is_there}");
        }
    }
    // What needs no shared server goes on, and what does counts for each alone.
    let mut bea = Person::new(2);
    there.submit(&bea.is_born("Bea")).await.unwrap();
    let request = api::GetManaRequest { identity: bea.did() };
    let mana = there.events().get_mana(request).await.unwrap().into_inner();
    assert!(mana.left < mana.max);
    let parts = async || {
        let mut health =
            api::health_service_client::HealthServiceClient::new(there.channel.clone());
        health.ready(api::ReadyRequest {}).await.unwrap().into_inner().parts
    };
    let cache = parts().await.into_iter().find(|part| part.name == "cache").unwrap();
    assert!(!cache.healthy && cache.message.contains("each gateway alone"), "{}", cache.message);
    tokio::task::block_in_place(|| own.run("start", &["redis"]));
    eventually("redis is back", async || {
        let parts = parts().await;
        let cache = parts.into_iter().find(|part| part.name == "cache").unwrap();
        if cache.healthy { Ok(()) } else { Err(cache.message) }
    })
    .await;
    pair.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_at_one_gateway_hears_of_an_event_at_the_other_within_a_second() {
    let pair = Pair::take("watch", &redis_url()).await;
    let [here, there] = &pair.seats;
    let watch = there.events().watch(api::WatchRequest::default()).await.unwrap();
    let mut heard = watch.into_inner();
    let mut delays = Vec::new();
    for seed in 1..=30 {
        let event = Person::new(seed).is_born("Ada");
        let receipt = here.submit(&event).await.unwrap();
        let began = Instant::now();
        loop {
            let item = heard.message().await.unwrap().unwrap().item;
            if let Some(Item::Event(record)) = item
                && record.sequence >= receipt.sequence
            {
                break;
            }
        }
        delays.push(began.elapsed());
    }
    delays.sort_unstable();
    let (median, most) = (delays[delays.len() / 2], delays[delays.len() - 1]);
    println!("after the receipt the other gateway says it within {median:?}, at most {most:?}");
    assert!(median < Duration::from_secs(1), "{delays:?}");
    pair.leave().await;
}

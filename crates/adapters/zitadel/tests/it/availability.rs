//! Keys come and go, providers do too.

use std::sync::Arc;
use std::time::Duration;

use erynoa_access::{IdentityProvider as _, ProviderError};
use erynoa_zitadel::TimeOuts;
use serde_json::json;

use crate::forge::{Key, NOW_US, access_claims, id_claims, with};
use crate::stand_in::{House, reason};

const SECOND_US: u64 = 1_000_000;

/// Checks that a token becomes refused, or good: keys are renewed beside calls.
async fn becomes(house: &House, token: &str, good: bool) {
    for _ in 0..500 {
        match house.access(token).await {
            Ok(_) if good => return,
            Err(ProviderError::TokenInvalid(_)) if !good => return,
            _ => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    panic!("the keys were not renewed within 5 s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rotation_under_load_fails_nobody_and_asks_once() {
    let (old, new) = (Arc::new(Key::ed("old")), Arc::new(Key::ed("new")));
    let house = Arc::new(House::new(&[&old]).await);
    house.access(&old.access(&access_claims(&house.issuer))).await.expect("good");
    assert_eq!(house.behaviour().asked, 1);
    // The provider is slow, so that everybody meets the rotation.
    house.behaviour().keys = vec![new.jwk(), old.jwk()];
    house.behaviour().delay = Duration::from_millis(100);
    let checks: Vec<_> = (0..200)
        .map(|number| {
            let (house, old, new) = (house.clone(), old.clone(), new.clone());
            tokio::spawn(async move {
                let key = if number % 2 == 0 { old } else { new };
                let claims = with(access_claims(&house.issuer), "jti", json!(number.to_string()));
                house.access(&key.access(&claims)).await.map(|_| ())
            })
        })
        .collect();
    for check in checks {
        check.await.expect("no panic").expect("nobody notices the rotation");
    }
    assert_eq!(house.behaviour().asked, 2, "one asked for all");
}

#[tokio::test]
async fn invented_opaque_tokens_open_sixteen_connections_and_no_more() {
    let key = Key::ed("d");
    let house = Arc::new(House::new(&[&key]).await);
    house.provider.metadata().await.expect("reached");
    house.behaviour().delay = Duration::from_millis(100);
    let checks: Vec<_> = (0..64)
        .map(|number| {
            let house = house.clone();
            tokio::spawn(async move { house.access(&format!("invented-{number}")).await })
        })
        .collect();
    for check in checks {
        assert_eq!(reason(check.await.expect("no panic")), "not active");
    }
    assert_eq!(house.behaviour().at_once.1, 16);
    assert_eq!(house.behaviour().introspected.len(), 64, "and each is answered");
}

#[tokio::test]
async fn unknown_keys_make_us_ask_once_a_minute_at_most() {
    let (key, later) = (Key::ed("d"), Key::ed("later"));
    let house = House::new(&[&key]).await;
    let claims = access_claims(&house.issuer);
    for number in 0..50 {
        let stranger = Key::ed(&format!("stranger-{number}"));
        assert_eq!(reason(house.access(&stranger.access(&claims)).await), "unknown kid");
    }
    assert_eq!(house.behaviour().asked, 2, "once at first, once for the first unknown one");
    house.behaviour().keys.push(later.jwk());
    house.clock.set(NOW_US + 60 * SECOND_US - 1);
    assert_eq!(reason(house.access(&later.access(&claims)).await), "unknown kid");
    assert_eq!(house.behaviour().asked, 2);
    house.clock.set(NOW_US + 60 * SECOND_US);
    house.access(&later.access(&claims)).await.expect("asked again");
    assert_eq!(house.behaviour().asked, 3);
}

#[tokio::test]
async fn known_keys_go_on_when_the_provider_is_away_and_unknown_ones_are_not_blamed() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    let good = key.access(&access_claims(&house.issuer));
    house.access(&good).await.expect("good");
    house.behaviour().broken = true;
    // The keys are older than they should be, and cannot be renewed.
    house.clock.set(NOW_US + 3601 * SECOND_US);
    let fresh = |number: u64| {
        let now_s = (NOW_US / SECOND_US) + 3600 + number;
        let claims = with(access_claims(&house.issuer), "iat", json!(now_s));
        key.access(&with(with(claims, "exp", json!(now_s + 600)), "jti", json!(number)))
    };
    for number in 0..20 {
        house.access(&fresh(number)).await.expect("keys that are known go on");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(house.behaviour().asked, 1, "the discovery document failed before the keys");
    assert!(house.behaviour().hosts.len() <= 3, "and it was tried once, not twenty times");
    let stranger = Key::ed("stranger").access(&access_claims(&house.issuer));
    for _ in 0..2 {
        let error = house.access(&stranger).await.expect_err("nobody knows");
        assert!(matches!(error, ProviderError::Unavailable(_)), "{error}");
    }
    house.behaviour().broken = false;
    house.clock.set(NOW_US + 3700 * SECOND_US);
    becomes(&house, &stranger, false).await;
}

#[tokio::test]
async fn a_provider_that_was_never_there_is_unavailable_until_it_comes() {
    let key = Key::ed("d");
    let house = House::new(&[&key]).await;
    house.behaviour().broken = true;
    let token = key.access(&access_claims(&house.issuer));
    for _ in 0..20 {
        let error = house.access(&token).await.expect_err("nobody answers");
        assert!(matches!(error, ProviderError::Unavailable(_)), "{error}");
        assert_eq!(error.code(), "PROVIDER_UNAVAILABLE");
    }
    house.provider.metadata().await.expect_err("nobody answers");
    assert_eq!(house.behaviour().hosts.len(), 1, "a failure is shared for a second");
    house.behaviour().broken = false;
    house.clock.set(NOW_US + SECOND_US);
    house.access(&token).await.expect("it has come");
}

#[tokio::test]
async fn a_provider_that_hangs_is_given_up() {
    let key = Key::ed("d");
    let house = House::with(&[&key], |config| {
        config.time_outs =
            TimeOuts { connect: Duration::from_millis(200), request: Duration::from_millis(300) };
    })
    .await;
    house.behaviour().delay = Duration::from_secs(60);
    let token = key.access(&access_claims(&house.issuer));
    let began = tokio::time::Instant::now();
    let error = house.access(&token).await.expect_err("it hangs");
    assert!(matches!(error, ProviderError::Unavailable(_)), "{error}");
    assert!(error.to_string().contains("timed out"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_withdrawn_key_vouches_no_longer_also_for_what_is_remembered() {
    let (bad, good) = (Key::ed("bad"), Key::ed("good"));
    let house = House::with(&[&bad, &good], |config| config.jwks_cache_s = 60).await;
    let tokens = [&bad, &good].map(|key| key.access(&access_claims(&house.issuer)));
    for token in &tokens {
        house.access(token).await.expect("good");
    }
    house.behaviour().keys = vec![good.jwk()];
    house.access(&tokens[0]).await.expect("remembered");
    house.clock.set(NOW_US + 60 * SECOND_US);
    becomes(&house, &tokens[0], false).await;
    house.access(&tokens[1]).await.expect("its key still stands");
}

#[tokio::test]
async fn fresh_keys_replace_old_ones_by_age_without_a_caller_waiting() {
    let (old, new) = (Key::ed("old"), Key::ed("new"));
    let house = House::with(&[&old], |config| config.jwks_cache_s = 60).await;
    let token = old.access(&access_claims(&house.issuer));
    house.access(&token).await.expect("good");
    house.behaviour().keys = vec![new.jwk(), old.jwk()];
    house.behaviour().delay = Duration::from_millis(400);
    house.clock.set(NOW_US + 60 * SECOND_US);
    let began = tokio::time::Instant::now();
    house.access(&token).await.expect("by the keys that are there");
    assert!(began.elapsed() < Duration::from_millis(300), "the caller has waited");
    becomes(&house, &new.access(&access_claims(&house.issuer)), true).await;
}

#[tokio::test]
async fn nonsense_from_the_provider_is_unavailable_and_not_the_tokens_fault() {
    let key = Key::ed("d");
    for change in [
        |house: &House| house.behaviour().issuer = "https://evil.example".into(),
        |house: &House| house.behaviour().algorithms = vec!["HS256".into(), "none".into()],
        |house: &House| {
            house.behaviour().keys = vec![json!({ "kty": "x".repeat(2 * 1024 * 1024) })];
        },
    ] {
        let house = House::new(&[&key]).await;
        let token = key.plain(&id_claims(&house.issuer));
        change(&house);
        let error = house.id(&token).await.expect_err("nonsense");
        assert!(matches!(error, ProviderError::Unavailable(_)), "{error}");
    }
}

//! Laws of the ports. Hang all of them on an adapter with
//! [`cache_contract!`](crate::cache_contract) and
//! [`rate_limiter_contract!`](crate::rate_limiter_contract).
//!
//! A factory is an expression that gives a pair: an empty adapter in an `Arc`,
//! and whatever it lives in, which stays alive through the test. Caches live in
//! real time; limiters are told the time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::{Admission, Cache, Rate, RateLimiter};

const NOW_US: u64 = 1_700_000_000_000_000;
const SECOND_US: u64 = 1_000_000;
/// Longer than any test takes.
const LONG_MS: u64 = 600_000;

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// Law.
pub async fn what_was_never_put_down_is_not_there(cache: Arc<dyn Cache>) {
    assert_eq!(cache.get("a").await.expect("read"), None);
    assert_eq!(cache.take("a").await.expect("take"), None);
}

/// Law.
pub async fn what_lies_there_first_stays(cache: Arc<dyn Cache>) {
    assert_eq!(cache.put("a", bytes("one"), LONG_MS).await.expect("write"), None);
    assert_eq!(cache.put("b", bytes("other"), LONG_MS).await.expect("write"), None);
    let there = cache.put("a", bytes("two"), LONG_MS).await.expect("write");
    assert_eq!(there, Some(bytes("one")));
    assert_eq!(cache.get("a").await.expect("read"), Some(bytes("one")));
    assert_eq!(cache.get("b").await.expect("read"), Some(bytes("other")));
}

/// Law.
pub async fn any_bytes_are_a_value_and_any_text_is_a_key(cache: Arc<dyn Cache>) {
    let all = Bytes::from_iter(0..=u8::MAX);
    for key in ["", " ", "a:b", "{a}*?[", "ä\0\r\n"] {
        for value in [all.clone(), Bytes::new()] {
            cache.put(key, value.clone(), LONG_MS).await.expect("write");
            assert_eq!(cache.get(key).await.expect("read"), Some(value.clone()), "{key:?}");
            let there = cache.put(key, bytes("no"), LONG_MS).await.expect("write");
            assert_eq!(there, Some(value.clone()), "{key:?}");
            assert_eq!(cache.take(key).await.expect("take"), Some(value), "{key:?}");
        }
    }
}

/// Law.
pub async fn what_was_taken_is_gone_and_nothing_else(cache: Arc<dyn Cache>) {
    cache.put("a", bytes("one"), LONG_MS).await.expect("write");
    cache.put("ab", bytes("two"), LONG_MS).await.expect("write");
    assert_eq!(cache.take("a").await.expect("take"), Some(bytes("one")));
    assert_eq!(cache.take("a").await.expect("take"), None);
    assert_eq!(cache.get("a").await.expect("read"), None);
    assert_eq!(cache.get("ab").await.expect("read"), Some(bytes("two")));
    assert_eq!(cache.put("a", bytes("new"), LONG_MS).await.expect("write"), None);
    assert_eq!(cache.get("a").await.expect("read"), Some(bytes("new")));
}

/// Law.
pub async fn of_many_who_take_at_once_one_gets_it(cache: Arc<dyn Cache>) {
    for round in 0..20 {
        let key = round.to_string();
        cache.put(&key, bytes("one"), LONG_MS).await.expect("write");
        let takes = (0..16).map(|_| cache.take(&key));
        let taken = futures_util::future::join_all(takes).await;
        let got = taken.into_iter().filter(|taken| matches!(taken, Ok(Some(_)))).count();
        assert_eq!(got, 1, "round {round}");
    }
}

/// Law.
pub async fn of_many_who_put_down_at_once_one_is_first(cache: Arc<dyn Cache>) {
    for round in 0..20 {
        let key = round.to_string();
        let puts = (0..16_u8).map(|number| cache.put(&key, Bytes::from(vec![number]), LONG_MS));
        let there = futures_util::future::join_all(puts).await;
        let first = there.iter().position(|there| matches!(there, Ok(None))).expect("a first");
        let value = Bytes::from(vec![u8::try_from(first).expect("one of 16")]);
        assert_eq!(cache.get(&key).await.expect("read"), Some(value.clone()));
        let others = there.into_iter().filter_map(|there| there.expect("write"));
        assert_eq!(others.filter(|there| *there == value).count(), 15, "round {round}");
    }
}

/// Law.
pub async fn a_value_is_gone_after_its_time(cache: Arc<dyn Cache>) {
    for key in ["a", "b", "c"] {
        cache.put(key, bytes("short"), 30).await.expect("write");
    }
    cache.put("d", bytes("long"), LONG_MS).await.expect("write");
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(cache.get("a").await.expect("read"), None);
    assert_eq!(cache.take("b").await.expect("take"), None);
    assert_eq!(cache.put("c", bytes("new"), LONG_MS).await.expect("write"), None);
    assert_eq!(cache.get("d").await.expect("read"), Some(bytes("long")));
}

/// Law.
pub async fn a_burst_passes_and_one_more_is_told_when(limiter: Arc<dyn RateLimiter>) {
    let rate = Rate::new(10, 3);
    for _ in 0..3 {
        let admission = limiter.check("a", rate, NOW_US).await.expect("count");
        assert_eq!(admission, Admission::Passed);
    }
    for _ in 0..2 {
        let refused = limiter.check("a", rate, NOW_US).await.expect("count");
        assert_eq!(refused, Admission::Refused { retry_after_ms: 100 });
    }
    let refused = limiter.check("a", rate, NOW_US + 99_999).await.expect("count");
    assert_eq!(refused, Admission::Refused { retry_after_ms: 1 });
    let passed = limiter.check("a", rate, NOW_US + 100_000).await.expect("count");
    assert_eq!(passed, Admission::Passed);
}

/// Law.
pub async fn keys_are_counted_apart(limiter: Arc<dyn RateLimiter>) {
    let rate = Rate::new(1, 1);
    for key in ["a", "b", ""] {
        assert_eq!(limiter.check(key, rate, NOW_US).await.expect("count"), Admission::Passed);
        assert_ne!(limiter.check(key, rate, NOW_US).await.expect("count"), Admission::Passed);
    }
}

/// Law.
pub async fn in_the_long_run_the_rate_holds(limiter: Arc<dyn RateLimiter>) {
    let rate = Rate::new(20, 5);
    let mut passed = 0;
    for step in 0..300 {
        let now_us = NOW_US + step * SECOND_US / 100;
        let admission = limiter.check("a", rate, now_us).await.expect("count");
        passed += u32::from(admission == Admission::Passed);
    }
    // Three seconds but for the last step, and the burst.
    assert_eq!(passed, 5 + 59);
}

/// Hangs every law of [`Cache`] on an adapter, one test per law.
#[macro_export]
macro_rules! cache_contract {
    ($factory:expr) => {
        $crate::__laws! { contract_of_cache, $factory,
            what_was_never_put_down_is_not_there
            what_lies_there_first_stays
            any_bytes_are_a_value_and_any_text_is_a_key
            what_was_taken_is_gone_and_nothing_else
            of_many_who_take_at_once_one_gets_it
            of_many_who_put_down_at_once_one_is_first
            a_value_is_gone_after_its_time
        }
    };
}

/// Hangs every law of [`RateLimiter`] on an adapter, one test per law.
#[macro_export]
macro_rules! rate_limiter_contract {
    ($factory:expr) => {
        $crate::__laws! { contract_of_rate_limiter, $factory,
            a_burst_passes_and_one_more_is_told_when
            keys_are_counted_apart
            in_the_long_run_the_rate_holds
        }
    };
}

/// One tokio test per law, in a module by whose name `scripts/contracts.py`
/// knows the port.
#[doc(hidden)]
#[macro_export]
macro_rules! __laws {
    ($port:ident, $factory:expr, $($law:ident)+) => {
        mod $port {
            use super::*;

            $(
                #[tokio::test]
                async fn $law() {
                    // The second half is whatever the adapter lives in.
                    let (adapter, _home) = $factory;
                    let limit = std::time::Duration::from_secs(60);
                    let law = $crate::contract::$law(adapter);
                    tokio::time::timeout(limit, law).await.expect("a law ends within a minute");
                }
            )+
        }
    };
}

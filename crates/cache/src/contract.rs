//! Laws of the ports. Hang all of them on an adapter with
//! [`cache_contract!`](crate::cache_contract),
//! [`rate_limiter_contract!`](crate::rate_limiter_contract),
//! [`revocations_contract!`](crate::revocations_contract) and
//! [`bus_contract!`](crate::bus_contract).
//!
//! A factory is an expression that gives a pair: an empty adapter in an `Arc`,
//! and whatever it lives in, which stays alive through the test. Caches live in
//! real time; everything else is told the time.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::{Admission, Bus, Cache, Rate, RateLimiter, Revocations, Signal};

const NOW_US: u64 = 1_700_000_000_000_000;
const SECOND_US: u64 = 1_000_000;
/// Longer than any test takes.
const LONG_MS: u64 = 600_000;

fn bytes(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

/// Law.
pub async fn what_was_never_set_is_not_there(cache: Arc<dyn Cache>) {
    assert_eq!(cache.get("a").await.expect("read"), None);
    cache.delete("a").await.expect("deleting nothing is no error");
}

/// Law.
pub async fn the_last_value_that_was_set_is_found(cache: Arc<dyn Cache>) {
    cache.set("a", bytes("one"), LONG_MS).await.expect("write");
    cache.set("b", bytes("other"), LONG_MS).await.expect("write");
    cache.set("a", bytes("two"), LONG_MS).await.expect("write");
    assert_eq!(cache.get("a").await.expect("read"), Some(bytes("two")));
    assert_eq!(cache.get("b").await.expect("read"), Some(bytes("other")));
}

/// Law.
pub async fn any_bytes_are_a_value_and_any_text_is_a_key(cache: Arc<dyn Cache>) {
    let all = Bytes::from_iter(0..=u8::MAX);
    for key in ["", " ", "a:b", "{a}*?[", "ä\0\r\n"] {
        cache.set(key, all.clone(), LONG_MS).await.expect("write");
        assert_eq!(cache.get(key).await.expect("read"), Some(all.clone()), "{key:?}");
        cache.set(key, Bytes::new(), LONG_MS).await.expect("write");
        assert_eq!(cache.get(key).await.expect("read"), Some(Bytes::new()), "{key:?}");
    }
}

/// Law.
pub async fn a_deleted_value_is_gone_and_no_other(cache: Arc<dyn Cache>) {
    cache.set("a", bytes("one"), LONG_MS).await.expect("write");
    cache.set("ab", bytes("two"), LONG_MS).await.expect("write");
    cache.delete("a").await.expect("write");
    assert_eq!(cache.get("a").await.expect("read"), None);
    assert_eq!(cache.get("ab").await.expect("read"), Some(bytes("two")));
}

/// Law.
pub async fn a_value_is_gone_after_its_time(cache: Arc<dyn Cache>) {
    cache.set("a", bytes("short"), 30).await.expect("write");
    cache.set("b", bytes("short"), 30).await.expect("write");
    cache.set("b", bytes("long"), LONG_MS).await.expect("write");
    std::thread::sleep(Duration::from_millis(60));
    assert_eq!(cache.get("a").await.expect("read"), None);
    assert_eq!(cache.get("b").await.expect("read"), Some(bytes("long")));
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

/// Law.
pub async fn a_revoked_session_is_so_until_its_end(list: Arc<dyn Revocations>) {
    let until_us = NOW_US + 600 * SECOND_US;
    assert!(!list.is_revoked("a", NOW_US).await.expect("read"));
    list.revoke("a", until_us, NOW_US).await.expect("write");
    assert!(list.is_revoked("a", NOW_US).await.expect("read"));
    assert!(list.is_revoked("a", until_us - 1).await.expect("read"));
    assert!(!list.is_revoked("a", until_us).await.expect("read"));
    assert!(!list.is_revoked("b", NOW_US).await.expect("read"));
}

/// Law.
pub async fn revoking_again_shortens_nothing(list: Arc<dyn Revocations>) {
    let until_us = NOW_US + 600 * SECOND_US;
    list.revoke("a", until_us, NOW_US).await.expect("write");
    list.revoke("a", until_us - 300 * SECOND_US, NOW_US).await.expect("write");
    list.revoke("a", NOW_US, NOW_US).await.expect("write");
    assert!(list.is_revoked("a", until_us - 1).await.expect("read"));
    list.revoke("a", until_us + 1, NOW_US).await.expect("write");
    assert!(list.is_revoked("a", until_us).await.expect("read"));
}

/// Law.
pub async fn every_follower_of_a_topic_gets_its_messages_in_order(bus: Arc<dyn Bus>) {
    let mut first = bus.subscribe("a").await.expect("subscribe");
    let mut second = bus.subscribe("a").await.expect("subscribe");
    let mut other = bus.subscribe("b").await.expect("subscribe");
    for message in ["one", "two", "three"] {
        bus.publish("a", bytes(message)).await.expect("publish");
    }
    bus.publish("b", Bytes::from_iter(0..=u8::MAX)).await.expect("publish");
    for follower in [&mut first, &mut second] {
        for message in ["one", "two", "three"] {
            assert_eq!(follower.next().await, Signal::Message(bytes(message)));
        }
    }
    assert_eq!(other.next().await, Signal::Message(Bytes::from_iter(0..=u8::MAX)));
}

/// Law.
pub async fn who_comes_later_gets_what_comes_later(bus: Arc<dyn Bus>) {
    let mut early = bus.subscribe("a").await.expect("subscribe");
    bus.publish("a", bytes("before")).await.expect("publish");
    assert_eq!(early.next().await, Signal::Message(bytes("before")));
    let mut late = bus.subscribe("a").await.expect("subscribe");
    drop(early);
    bus.publish("a", bytes("after")).await.expect("publish");
    assert_eq!(late.next().await, Signal::Message(bytes("after")));
}

/// Law.
pub async fn who_is_too_slow_learns_of_the_gap(bus: Arc<dyn Bus>) {
    let mut slow = bus.subscribe("a").await.expect("subscribe");
    // Through the same channel, so that what it has got the slow one has too.
    let mut quick = bus.subscribe("a").await.expect("subscribe");
    for number in 0..3_000_u32 {
        let message = Bytes::copy_from_slice(&number.to_be_bytes());
        bus.publish("a", message.clone()).await.expect("publish");
        assert_eq!(quick.next().await, Signal::Message(message));
    }
    assert_eq!(slow.next().await, Signal::Gap);
    let mut last = None;
    for _ in 0..3_000 {
        let Signal::Message(message) = slow.next().await else { panic!("one gap is enough") };
        last = Some(message);
        if last.as_deref() == Some(&2_999_u32.to_be_bytes()[..]) {
            return;
        }
    }
    panic!("after the gap comes what is newest, not {last:?}");
}

/// Hangs every law of [`Cache`] on an adapter, one test per law.
#[macro_export]
macro_rules! cache_contract {
    ($factory:expr) => {
        $crate::__laws! { contract_of_cache, $factory,
            what_was_never_set_is_not_there
            the_last_value_that_was_set_is_found
            any_bytes_are_a_value_and_any_text_is_a_key
            a_deleted_value_is_gone_and_no_other
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

/// Hangs every law of [`Revocations`] on an adapter, one test per law.
#[macro_export]
macro_rules! revocations_contract {
    ($factory:expr) => {
        $crate::__laws! { contract_of_revocations, $factory,
            a_revoked_session_is_so_until_its_end
            revoking_again_shortens_nothing
        }
    };
}

/// Hangs every law of [`Bus`] on an adapter, one test per law.
#[macro_export]
macro_rules! bus_contract {
    ($factory:expr) => {
        $crate::__laws! { contract_of_bus, $factory,
            every_follower_of_a_topic_gets_its_messages_in_order
            who_comes_later_gets_what_comes_later
            who_is_too_slow_learns_of_the_gap
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

//! Laws of [`EventLog`]. Hang all of them on an adapter with
//! [`event_log_contract!`](crate::event_log_contract).
//!
//! A factory is an expression that gives a pair: an empty log in an
//! `Arc<dyn EventLog>`, and whatever it lives in, which stays alive through the
//! test.

use std::sync::Arc;

use bytes::Bytes;
use erynoa_kernel::StoreErrorKind;

use crate::{EventLog, MAX_ENTRY_BYTES};

fn entry(number: u64) -> Bytes {
    Bytes::from(format!("entry {number}"))
}

fn entries(range: std::ops::Range<u64>) -> Vec<Bytes> {
    range.map(entry).collect()
}

/// Law.
pub async fn an_empty_log_has_no_entries_and_no_checkpoint(log: Arc<dyn EventLog>) {
    assert_eq!(log.size().await.expect("read"), 0);
    assert_eq!(log.read(0, 10).await.expect("read"), Vec::<Bytes>::new());
    assert_eq!(log.checkpoint().await.expect("read"), None);
}

/// Law.
pub async fn entries_are_read_back_in_order(log: Arc<dyn EventLog>) {
    log.append(0, entries(0..3), None).await.expect("append");
    log.append(3, entries(3..300), None).await.expect("append");
    assert_eq!(log.size().await.expect("read"), 300);
    assert_eq!(log.read(0, 1000).await.expect("read"), entries(0..300));
}

/// Law.
pub async fn a_page_has_at_most_its_limit_and_starts_where_asked(log: Arc<dyn EventLog>) {
    log.append(0, entries(0..10), None).await.expect("append");
    assert_eq!(log.read(4, 3).await.expect("read"), entries(4..7));
    assert_eq!(log.read(8, 3).await.expect("read"), entries(8..10));
    assert_eq!(log.read(9, 1).await.expect("read"), entries(9..10));
    for (from, limit) in [(10, 3), (u64::MAX, 3), (4, 0)] {
        assert_eq!(log.read(from, limit).await.expect("read"), Vec::<Bytes>::new());
    }
}

/// Law.
pub async fn an_append_at_another_size_is_a_conflict_and_writes_nothing(log: Arc<dyn EventLog>) {
    log.append(0, entries(0..2), Some("first".into())).await.expect("append");
    for expected in [0, 1, 3, u64::MAX] {
        let error = log
            .append(expected, entries(7..9), Some("second".into()))
            .await
            .expect_err("the log holds 2 entries");
        assert_eq!(error.kind, StoreErrorKind::Conflict);
    }
    assert_eq!(log.read(0, 10).await.expect("read"), entries(0..2));
    assert_eq!(log.size().await.expect("read"), 2);
    assert_eq!(log.checkpoint().await.expect("read").as_deref(), Some("first"));
}

/// Law.
pub async fn the_latest_checkpoint_stays_until_it_is_replaced(log: Arc<dyn EventLog>) {
    log.append(0, entries(0..1), Some("one".into())).await.expect("append");
    log.append(1, entries(1..2), None).await.expect("append");
    assert_eq!(log.checkpoint().await.expect("read").as_deref(), Some("one"));
    log.append(2, entries(2..3), Some("two — with 1 more line\n".into())).await.expect("append");
    assert_eq!(log.checkpoint().await.expect("read").as_deref(), Some("two — with 1 more line\n"));
}

/// Law.
pub async fn a_checkpoint_may_come_without_entries(log: Arc<dyn EventLog>) {
    log.append(0, Vec::new(), Some("empty".into())).await.expect("append");
    assert_eq!(log.size().await.expect("read"), 0);
    assert_eq!(log.checkpoint().await.expect("read").as_deref(), Some("empty"));
}

/// Law.
pub async fn entries_of_any_bytes_and_every_allowed_size_are_kept(log: Arc<dyn EventLog>) {
    let every_byte: Bytes = (0..=u8::MAX).collect();
    let largest = Bytes::from(vec![0xa5; MAX_ENTRY_BYTES]);
    let all = vec![Bytes::new(), every_byte, largest, Bytes::from_static(&[0])];
    log.append(0, all.clone(), None).await.expect("append");
    assert_eq!(log.read(0, 10).await.expect("read"), all);
}

/// Law.
pub async fn of_appends_at_once_at_the_same_size_exactly_one_succeeds(log: Arc<dyn EventLog>) {
    const WRITERS: u64 = 8;
    let writers: Vec<_> = (0..WRITERS)
        .map(|number| {
            let log = Arc::clone(&log);
            tokio::spawn(async move { log.append(0, entries(number..number + 2), None).await })
        })
        .collect();
    let mut winners = Vec::new();
    for (number, writer) in (0..WRITERS).zip(writers) {
        match writer.await.expect("the writer does not panic") {
            Ok(()) => winners.push(number),
            Err(error) => assert_eq!(error.kind, StoreErrorKind::Conflict),
        }
    }
    let [winner] = winners[..] else { panic!("{winners:?} have all won") };
    assert_eq!(log.read(0, 100).await.expect("read"), entries(winner..winner + 2));
}

/// Law.
pub async fn readers_see_whole_appends_only(log: Arc<dyn EventLog>) {
    const GROUP: u64 = 5;
    let writer = {
        let log = Arc::clone(&log);
        tokio::spawn(async move {
            for group in 0..20 {
                let from = group * GROUP;
                log.append(from, entries(from..from + GROUP), None).await.expect("append");
                tokio::task::yield_now().await;
            }
        })
    };
    while !writer.is_finished() {
        let read = log.read(0, 1000).await.expect("read");
        assert_eq!(read.len() as u64 % GROUP, 0, "a part of a group was read");
        assert_eq!(read, entries(0..read.len() as u64));
        tokio::task::yield_now().await;
    }
    writer.await.expect("the writer does not panic");
    assert_eq!(log.size().await.expect("read"), 20 * GROUP);
}

/// Law.
pub async fn a_turn_tells_the_size_and_ends_with_an_append_also_of_nothing(log: Arc<dyn EventLog>) {
    assert_eq!(log.take_turn().await.expect("turn"), 0);
    log.append(0, entries(0..2), None).await.expect("append");
    assert_eq!(log.take_turn().await.expect("turn"), 2);
    log.append(2, Vec::new(), None).await.expect("append of nothing");
    assert_eq!(log.take_turn().await.expect("turn"), 2);
    let error = log.append(1, Vec::new(), None).await.expect_err("the log holds 2 entries");
    assert_eq!(error.kind, StoreErrorKind::Conflict);
    assert_eq!(log.take_turn().await.expect("turn"), 2);
    log.append(2, entries(2..3), None).await.expect("append");
    assert_eq!(log.read(0, 10).await.expect("read"), entries(0..3));
}

/// One tokio test per law; see [`contract`](crate::contract).
#[macro_export]
macro_rules! event_log_contract {
    ($factory:expr) => {
        $crate::__event_log_laws! { $factory,
            an_empty_log_has_no_entries_and_no_checkpoint
            entries_are_read_back_in_order
            a_page_has_at_most_its_limit_and_starts_where_asked
            an_append_at_another_size_is_a_conflict_and_writes_nothing
            the_latest_checkpoint_stays_until_it_is_replaced
            a_checkpoint_may_come_without_entries
            entries_of_any_bytes_and_every_allowed_size_are_kept
            of_appends_at_once_at_the_same_size_exactly_one_succeeds
            readers_see_whole_appends_only
            a_turn_tells_the_size_and_ends_with_an_append_also_of_nothing
        }
    };
}

/// One tokio test per law, in a module by whose name `scripts/contracts.py`
/// knows the port.
#[doc(hidden)]
#[macro_export]
macro_rules! __event_log_laws {
    ($factory:expr, $($law:ident)+) => {
        mod contract_of_event_log {
            use super::*;

            $(
                #[tokio::test]
                async fn $law() {
                    // The second half is whatever the log lives in.
                    let (log, _home) = $factory;
                    $crate::contract::$law(log).await;
                }
            )+
        }
    };
}

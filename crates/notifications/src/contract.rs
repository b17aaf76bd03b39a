//! Laws of [`Notifications`]. Hang all of them on an adapter with
//! [`notifications_contract!`](crate::notifications_contract).
//!
//! A factory is an expression that gives a future of an empty store in an
//! `Arc`, and whatever it lives in.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::limits::LEASE_US;
use crate::{Cursor, Inbox, Kind, News, Notifications, Reader, change, claim_letter, feed, read};

/// What is collected waits this long in the laws, µs.
const DIGEST_US: u64 = 1_000;

/// The reader with this number.
#[must_use]
pub const fn reader(number: u8) -> Reader {
    Reader::from_bytes([number; 16])
}

/// News of this kind for the reader with this number.
#[must_use]
pub fn news(number: u8, id: &str, kind: Kind, at_us: u64) -> News {
    News {
        reader: reader(number),
        id: id.to_owned(),
        kind,
        at_us,
        words: BTreeMap::from([("author".to_owned(), "Mia Müller 🎉 \u{5d0}".to_owned())]),
        link: "/people/did".to_owned(),
    }
}

async fn ids(store: &dyn Notifications, number: u8) -> Vec<String> {
    let inbox = read(store, reader(number)).await.expect("reads");
    inbox.shown().map(|item| item.id.clone()).collect()
}

/// Word for word, with everything in it.
pub async fn what_was_written_comes_back_as_it_was(store: Arc<dyn Notifications>) {
    assert_eq!(store.get(reader(1)).await.expect("reads"), None);
    let mut inbox = Inbox::new(reader(1));
    inbox.add(news(1, "e1", Kind::Attestation, 7), DIGEST_US);
    inbox.add(news(1, "e2", Kind::ExportReady, 9), DIGEST_US);
    assert!(store.write(std::slice::from_ref(&inbox), None).await.expect("writes"));
    inbox.revision = 1;
    assert_eq!(store.get(reader(1)).await.expect("reads"), Some(inbox.clone()));
    inbox.mark_read(None);
    assert!(store.write(std::slice::from_ref(&inbox), None).await.expect("writes"));
    inbox.revision = 2;
    assert_eq!(store.get(reader(1)).await.expect("reads"), Some(inbox));
    assert_eq!(store.get(reader(2)).await.expect("reads"), None);
}

/// Whoever has read an older one changes nothing, not even others.
pub async fn a_write_on_an_old_inbox_changes_nothing_at_all(store: Arc<dyn Notifications>) {
    let old = Inbox::new(reader(1));
    assert!(store.write(std::slice::from_ref(&old), None).await.expect("writes"));
    let other = Inbox::new(reader(2));
    let both = [other, old];
    assert!(!store.write(&both, Some(Cursor { from: None, to: 5 })).await.expect("answers"));
    assert_eq!(store.get(reader(2)).await.expect("reads"), None);
    assert_eq!(store.cursor().await.expect("reads"), None);
    // Nor can one be put that is not there.
    let mut ahead = Inbox::new(reader(3));
    ahead.revision = 3;
    assert!(!store.write(&[ahead], None).await.expect("answers"));
    assert_eq!(store.get(reader(3)).await.expect("reads"), None);
}

/// From where it stands alone, together with the inboxes.
pub async fn the_cursor_moves_with_the_inboxes_or_neither_does(store: Arc<dyn Notifications>) {
    let at = |from, to| Cursor { from, to };
    assert_eq!(store.cursor().await.expect("reads"), None);
    assert!(store.write(&[], Some(at(None, 0))).await.expect("writes"));
    assert_eq!(store.cursor().await.expect("reads"), Some(0));
    let inbox = [Inbox::new(reader(1))];
    for wrong in [None, Some(1)] {
        assert!(!store.write(&inbox, Some(at(wrong, 9))).await.expect("answers"));
    }
    assert_eq!(store.get(reader(1)).await.expect("reads"), None);
    assert!(store.write(&inbox, Some(at(Some(0), 9))).await.expect("writes"));
    assert_eq!(store.cursor().await.expect("reads"), Some(9));
    assert!(store.get(reader(1)).await.expect("reads").is_some());
}

/// However many read the log at once.
pub async fn of_many_who_feed_one_event_one_does(store: Arc<dyn Notifications>) {
    let feeding: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let told = [
                    news(1, "e0", Kind::ProposalOpened, 5),
                    news(2, "e0", Kind::ProposalOpened, 5),
                ];
                let cursor = Cursor { from: None, to: 1 };
                feed(&*store, cursor, &told, DIGEST_US).await.expect("answers")
            })
        })
        .collect();
    let mut fed = 0;
    for each in feeding {
        fed += usize::from(each.await.expect("no panic"));
    }
    assert_eq!(fed, 1);
    assert_eq!(ids(&*store, 1).await, ["e0"]);
    assert_eq!(ids(&*store, 2).await, ["e0"]);
    assert_eq!(store.cursor().await.expect("reads"), Some(1));
}

/// A post, a mark and the log do not overwrite each other.
pub async fn changes_at_once_are_all_kept(store: Arc<dyn Notifications>) {
    let changing: Vec<_> = (0..6_u64)
        .map(|number| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                change(&*store, reader(1), |inbox| {
                    let id = format!("p{number}");
                    inbox.add(news(1, &id, Kind::ExportReady, number), DIGEST_US).then_some(())
                })
                .await
                .expect("writes")
            })
        })
        .collect();
    for each in changing {
        assert_eq!(each.await.expect("no panic"), Some(()));
    }
    assert_eq!(ids(&*store, 1).await, ["p5", "p4", "p3", "p2", "p1", "p0"]);
    // The same once more changes nothing.
    let again = change(&*store, reader(1), |inbox| {
        inbox.add(news(1, "p3", Kind::ExportReady, 99), DIGEST_US).then_some(())
    });
    assert_eq!(again.await.expect("answers"), None);
}

/// Longest first, page by page, and never before their time.
pub async fn readers_are_due_when_their_letters_are(store: Arc<dyn Notifications>) {
    let told = [
        news(1, "e0", Kind::ExportReady, 30),
        news(2, "e1", Kind::ExportReady, 10),
        news(3, "e2", Kind::Attestation, 10),
        news(4, "e3", Kind::ExportReady, 20),
    ];
    let cursor = Cursor { from: None, to: 4 };
    assert!(feed(&*store, cursor, &told, DIGEST_US).await.expect("feeds"));
    let due = async |now_us, limit| store.due(now_us, limit).await.expect("looks");
    assert!(due(9, 9).await.is_empty());
    assert_eq!(due(10, 9).await, [reader(2)]);
    assert_eq!(due(1_009, 9).await, [reader(2), reader(4), reader(1)]);
    assert_eq!(due(1_010, 2).await, [reader(2), reader(4)]);
    assert_eq!(due(1_010, 9).await.len(), 4);
    let letter = claim_letter(&*store, reader(2), 10).await.expect("claims").expect("is due");
    assert_eq!(due(1_010, 9).await, [reader(4), reader(1), reader(3)]);
    assert_eq!(due(10 + LEASE_US, 9).await.len(), 4, "nobody said that it has left");
    change(&*store, reader(2), |inbox| {
        inbox.mailed(&letter.id);
        Some(())
    })
    .await
    .expect("writes");
    assert_eq!(due(u64::MAX, 9).await, [reader(4), reader(1), reader(3)]);
    // What changes nothing about the time leaves the reader due.
    change(&*store, reader(4), |inbox| (inbox.mark_read(None) > 0).then_some(()))
        .await
        .expect("writes");
    assert_eq!(due(u64::MAX, 9).await, [reader(4), reader(1), reader(3)]);
}

/// One of many who ask, until the lease is over.
pub async fn of_many_who_take_a_letter_one_gets_it(store: Arc<dyn Notifications>) {
    let told = [news(1, "e0", Kind::ExportReady, 10)];
    let cursor = Cursor { from: None, to: 1 };
    assert!(feed(&*store, cursor, &told, DIGEST_US).await.expect("feeds"));
    let claiming: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { claim_letter(&*store, reader(1), 10).await.expect("asks") })
        })
        .collect();
    let mut got = Vec::new();
    for each in claiming {
        got.extend(each.await.expect("no panic"));
    }
    assert_eq!(got.len(), 1);
    let again = claim_letter(&*store, reader(1), 10 + LEASE_US).await.expect("asks");
    assert_eq!(again.map(|letter| letter.id), Some(got[0].id.clone()), "under the same id");
}

/// Nothing is left, and a new one begins.
pub async fn a_forgotten_reader_has_nothing(store: Arc<dyn Notifications>) {
    let told = [news(1, "e0", Kind::ExportReady, 10), news(2, "e0", Kind::ExportReady, 11)];
    let cursor = Cursor { from: None, to: 1 };
    assert!(feed(&*store, cursor, &told, DIGEST_US).await.expect("feeds"));
    store.forget(reader(1)).await.expect("forgets");
    store.forget(reader(1)).await.expect("is gone already");
    assert_eq!(store.get(reader(1)).await.expect("reads"), None);
    assert_eq!(store.due(99, 9).await.expect("looks"), [reader(2)]);
    assert!(store.write(&[Inbox::new(reader(1))], None).await.expect("writes"));
}

/// Hangs every law of [`Notifications`](crate::Notifications) on an adapter,
/// one test a law.
#[macro_export]
macro_rules! notifications_contract {
    ($factory:expr) => {
        $crate::notifications_contract!(@laws $factory;
            what_was_written_comes_back_as_it_was
            a_write_on_an_old_inbox_changes_nothing_at_all
            the_cursor_moves_with_the_inboxes_or_neither_does
            of_many_who_feed_one_event_one_does
            changes_at_once_are_all_kept
            readers_are_due_when_their_letters_are
            of_many_who_take_a_letter_one_gets_it
            a_forgotten_reader_has_nothing
        );
    };
    (@laws $factory:expr; $($law:ident)*) => {
        mod contract_of_notifications {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $law() {
                    // The second half is whatever the store lives in.
                    let (store, _home) = $factory.await;
                    $crate::contract::$law(store).await;
                }
            )*
        }
    };
}

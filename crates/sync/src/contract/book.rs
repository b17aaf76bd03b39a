//! Laws of the witness's book.

use std::sync::Arc;

use erynoa_kernel::{PublicKey, StoreErrorKind};

use crate::{Ban, NodeId, Promise, WitnessBook};

const LOG: &str = "log.example.org";
const OTHER: &str = "log.example.net";

fn head(size: u64) -> Promise {
    let byte = u8::try_from(size % 251).expect("below 251");
    Promise { size, root: [byte; 32] }
}

fn key(byte: u8) -> PublicKey {
    PublicKey::from_bytes([byte; 32])
}

fn ban(byte: u8, until_us: u64, reason: &str) -> Ban {
    Ban { node: NodeId(key(byte)), until_us, reason: reason.to_owned() }
}

async fn bans(book: &dyn WitnessBook) -> Vec<Ban> {
    let mut bans = book.bans().await.expect("read");
    bans.sort_by_key(|ban| ban.node);
    bans
}

async fn notes(book: &dyn WitnessBook, origin: &str) -> Vec<(PublicKey, String)> {
    let mut notes = book.cosigned(origin).await.expect("read");
    notes.sort();
    notes
}

/// Law.
pub async fn an_empty_book_promises_nothing(open: impl AsyncFn() -> Arc<dyn WitnessBook>) {
    let book = open().await;
    assert_eq!(book.promised(LOG).await.expect("read"), None);
    assert_eq!(notes(&*book, LOG).await, []);
    assert_eq!(bans(&*book).await, []);
}

/// Law.
pub async fn a_promise_follows_the_one_before_and_no_other(
    open: impl AsyncFn() -> Arc<dyn WitnessBook>,
) {
    let book = open().await;
    let (one, two, three) = (head(1), head(2), head(3));
    let same_size = Promise { size: 1, root: [9; 32] };
    let early = book.promise(LOG, Some(&one), &two).await.expect_err("nothing is promised yet");
    assert_eq!(early.kind, StoreErrorKind::Conflict);
    book.promise(LOG, None, &one).await.expect("the first");
    for last in [None, Some(&two), Some(&same_size)] {
        let error = book.promise(LOG, last, &three).await.expect_err("one is promised");
        assert_eq!(error.kind, StoreErrorKind::Conflict);
        assert_eq!(book.promised(LOG).await.expect("read").as_ref(), Some(&one));
    }
    book.promise(LOG, Some(&one), &two).await.expect("the second");
    book.promise(LOG, Some(&two), &two).await.expect("the same again");
    let largest = Promise { size: u64::MAX, root: [0xff; 32] };
    book.promise(LOG, Some(&two), &largest).await.expect("the largest");
    assert_eq!(book.promised(LOG).await.expect("read"), Some(largest));
}

/// Law.
pub async fn logs_do_not_share_promises(open: impl AsyncFn() -> Arc<dyn WitnessBook>) {
    let book = open().await;
    book.promise(LOG, None, &head(5)).await.expect("promise");
    assert_eq!(book.promised(OTHER).await.expect("read"), None);
    book.promise(OTHER, None, &head(7)).await.expect("promise");
    book.keep(LOG, &key(1), "of the one").await.expect("keep");
    book.keep(OTHER, &key(1), "of the other").await.expect("keep");
    // An origin that begins like another is another.
    assert_eq!(notes(&*book, &LOG[..LOG.len() - 1]).await, []);
    assert_eq!(book.promised(LOG).await.expect("read"), Some(head(5)));
    assert_eq!(notes(&*book, LOG).await, [(key(1), "of the one".to_owned())]);
    assert_eq!(notes(&*book, OTHER).await, [(key(1), "of the other".to_owned())]);
}

/// Law.
pub async fn of_promises_at_once_exactly_one_is_made(open: impl AsyncFn() -> Arc<dyn WitnessBook>) {
    let book = open().await;
    let mut last = None;
    for round in 0..8 {
        let rivals: Vec<_> = (0..8)
            .map(|number| {
                let (book, last) = (Arc::clone(&book), last.clone());
                let next = head(round * 8 + number + 1);
                tokio::spawn(
                    async move { book.promise(LOG, last.as_ref(), &next).await.map(|()| next) },
                )
            })
            .collect();
        let mut made = Vec::new();
        for rival in rivals {
            match rival.await.expect("the witness does not panic") {
                Ok(promise) => made.push(promise),
                Err(error) => assert_eq!(error.kind, StoreErrorKind::Conflict),
            }
        }
        assert_eq!(made.len(), 1, "{made:?}");
        last = made.pop();
        assert_eq!(book.promised(LOG).await.expect("read"), last);
    }
}

/// Law.
pub async fn the_newest_note_of_a_witness_replaces_the_one_before(
    open: impl AsyncFn() -> Arc<dyn WitnessBook>,
) {
    let book = open().await;
    for (witness, note) in [(1, "one"), (2, "two"), (1, "three — with\n\n1 more line\n")] {
        book.keep(LOG, &key(witness), note).await.expect("keep");
    }
    let kept = [(key(1), "three — with\n\n1 more line\n".to_owned()), (key(2), "two".to_owned())];
    assert_eq!(notes(&*book, LOG).await, kept);
}

/// Law.
pub async fn a_ban_is_set_replaced_and_ended(open: impl AsyncFn() -> Arc<dyn WitnessBook>) {
    let book = open().await;
    book.set_ban(&ban(1, 10, "floods")).await.expect("set");
    book.set_ban(&ban(2, u64::MAX, "")).await.expect("set");
    assert_eq!(bans(&*book).await, [ban(1, 10, "floods"), ban(2, u64::MAX, "")]);
    book.set_ban(&ban(1, 20, "lies — twice")).await.expect("replace");
    assert_eq!(bans(&*book).await, [ban(1, 20, "lies — twice"), ban(2, u64::MAX, "")]);
    book.set_ban(&ban(1, 0, "forgiven")).await.expect("end");
    book.set_ban(&ban(3, 0, "never was")).await.expect("end");
    assert_eq!(bans(&*book).await, [ban(2, u64::MAX, "")]);
}

/// Law.
pub async fn a_book_is_the_same_when_it_is_opened_again(
    open: impl AsyncFn() -> Arc<dyn WitnessBook>,
) {
    {
        let book = open().await;
        book.promise(LOG, None, &head(3)).await.expect("promise");
        book.promise(LOG, Some(&head(3)), &head(4)).await.expect("promise");
        book.keep(LOG, &key(1), "note").await.expect("keep");
        book.set_ban(&ban(1, 10, "floods")).await.expect("set");
        book.set_ban(&ban(2, 10, "floods")).await.expect("set");
        book.set_ban(&ban(2, 0, "")).await.expect("end");
    }
    let book = open().await;
    assert_eq!(book.promised(LOG).await.expect("read"), Some(head(4)));
    assert_eq!(notes(&*book, LOG).await, [(key(1), "note".to_owned())]);
    assert_eq!(bans(&*book).await, [ban(1, 10, "floods")]);
    let error = book.promise(LOG, Some(&head(3)), &head(9)).await.expect_err("4 are promised");
    assert_eq!(error.kind, StoreErrorKind::Conflict);
    book.promise(LOG, Some(&head(4)), &head(9)).await.expect("goes on");
}

//! Feeds and mails notifications until it is killed: the victim of
//! `tests/it/notifications.rs`.
//!
//! Arguments: folder of the store, folder of the letters, the time, and where
//! it stops: `before` or `after` and the number of the write. It says `reached`
//! there, and `over` when nothing is left to do.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use erynoa_fjall::{FjallNotifications, FjallStore};
use erynoa_kernel::StoreError;
use erynoa_notifications::contract::news;
use erynoa_notifications::{
    Cursor, Inbox, Kind, Letter, Notifications, Reader, change, claim_letter, feed,
};

/// Positions of the log.
const LOG: u64 = 12;

/// Stops at a write.
struct Stopping {
    store: FjallNotifications,
    letters: PathBuf,
    after: bool,
    at: usize,
    writes: AtomicUsize,
}

impl Stopping {
    async fn stop(&self, number: usize, after: bool) {
        if number == self.at && after == self.after {
            println!("reached");
            std::future::pending::<()>().await;
        }
    }

    fn number(&self) -> usize {
        self.writes.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The mail's queue: it knows a letter by its id.
    async fn send(&self, reader: Reader, letter: &Letter) {
        let number = self.number();
        self.stop(number, false).await;
        let items: Vec<_> = letter.items.iter().map(|item| item.id.as_str()).collect();
        let said = items.join(" ");
        let at = self.letters.join(format!("{}-{}", reader.as_bytes()[0], letter.id));
        match File::create_new(&at) {
            Ok(mut file) => file.write_all(said.as_bytes()).expect("written"),
            Err(_) => assert_eq!(fs::read_to_string(&at).expect("there"), said, "the same letter"),
        }
        self.stop(number, true).await;
    }
}

#[async_trait]
impl Notifications for Stopping {
    async fn cursor(&self) -> Result<Option<u64>, StoreError> {
        self.store.cursor().await
    }

    async fn get(&self, reader: Reader) -> Result<Option<Inbox>, StoreError> {
        self.store.get(reader).await
    }

    async fn write(&self, inboxes: &[Inbox], cursor: Option<Cursor>) -> Result<bool, StoreError> {
        let number = self.number();
        self.stop(number, false).await;
        let done = self.store.write(inboxes, cursor).await;
        self.stop(number, true).await;
        done
    }

    async fn due(&self, now_us: u64, limit: usize) -> Result<Vec<Reader>, StoreError> {
        self.store.due(now_us, limit).await
    }

    async fn forget(&self, reader: Reader) -> Result<(), StoreError> {
        self.store.forget(reader).await
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("an argument");
    let (home, letters) = (PathBuf::from(next()), PathBuf::from(next()));
    let now_us: u64 = next().parse().expect("a time");
    let after = next() == "after";
    let at = next().parse().expect("a number");
    let store = FjallStore::open(&home).expect("opens after every crash").notifications();
    let store = Stopping { store, letters, after, at, writes: AtomicUsize::new(0) };
    loop {
        let from = store.cursor().await.expect("reads");
        let position = from.unwrap_or_default();
        if position < LOG {
            // An event concerns one reader or all three.
            let kind = Kind::ALL[usize::try_from(position).expect("small") % Kind::ALL.len()];
            let readers = if position % 3 == 0 { 0..3 } else { 1..2 };
            let told: Vec<_> =
                readers.map(|number| news(number, &format!("e{position}"), kind, 1)).collect();
            feed(&store, Cursor { from, to: position + 1 }, &told, 0).await.expect("feeds");
        }
        let due = store.due(now_us, 9).await.expect("looks");
        if due.is_empty() && position >= LOG {
            println!("over");
            std::future::pending::<()>().await;
        }
        for reader in due {
            let Some(letter) = claim_letter(&store, reader, now_us).await.expect("claims") else {
                continue;
            };
            store.send(reader, &letter).await;
            change(&store, reader, |inbox| {
                inbox.mailed(&letter.id);
                Some(())
            })
            .await
            .expect("writes");
        }
    }
}

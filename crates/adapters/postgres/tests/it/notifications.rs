//! The laws of notifications, and that several gateways feed once.

use std::sync::Arc;

use erynoa_notifications::contract::{news, reader};
use erynoa_notifications::{Cursor, Kind, Notifications, feed, read};

use crate::database::{self, Database};

async fn empty() -> (Arc<dyn Notifications>, Database) {
    let (store, database) = database::empty().await;
    (Arc::new(store.notifications()), database)
}

erynoa_notifications::notifications_contract!(empty());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_gateways_that_follow_one_log_tell_each_event_once() {
    const LOG: u64 = 20;
    let database = Database::create().await;
    let mut following = Vec::new();
    for _ in 0..3 {
        let store = database.open().await.notifications();
        following.push(tokio::spawn(async move {
            loop {
                let from = store.cursor().await.expect("reads");
                let position = from.unwrap_or_default();
                if position == LOG {
                    break;
                }
                let id = format!("e{position}");
                let told = [1, 2].map(|number| news(number, &id, Kind::ExportReady, position));
                let cursor = Cursor { from, to: position + 1 };
                feed(&store, cursor, &told, 0).await.expect("feeds or is overtaken");
            }
        }));
    }
    for each in following {
        each.await.expect("no panic");
    }
    let store = database.open().await.notifications();
    for number in [1, 2] {
        let inbox = read(&store, reader(number)).await.expect("reads");
        let told: Vec<_> = inbox.shown().map(|item| item.id.clone()).collect();
        let expected: Vec<_> = (0..LOG).rev().map(|position| format!("e{position}")).collect();
        assert_eq!(told, expected);
    }
}

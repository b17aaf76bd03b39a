//! The laws on a queue, and what waits in it.

use std::sync::Arc;
use std::time::Duration;

use erynoa_mail::contract::{Arrivals, Arrived};
use erynoa_mail::{Mailer as _, Postbox as _};
use erynoa_smtp::{MailQueue, SmtpConfig, SmtpMailer};
use tempfile::TempDir;

use crate::server::{self, Server, received};
use crate::{clock, message_to};

fn open(url: &str, folder: &TempDir) -> Arc<MailQueue> {
    let server = SmtpMailer::new(&SmtpConfig::new(url), clock()).expect("a good configuration");
    MailQueue::open(server, folder.path(), clock()).expect("a folder")
}

/// Keeps the folder for as long as the queue.
struct Kept(#[expect(dead_code, reason = "deletes the folder at last")] TempDir);

#[async_trait::async_trait]
impl Arrivals for Kept {
    async fn of(&self, email: &str) -> Vec<Arrived> {
        Server.of(email).await
    }
}

fn real() -> (Arc<MailQueue>, Arc<dyn Arrivals>) {
    let folder = tempfile::tempdir().expect("a folder");
    (open(&server::url(), &folder), Arc::new(Kept(folder)))
}

mod contract {
    use super::real;

    erynoa_mail::mailer_contract!(real());
    erynoa_mail::postbox_contract!(real());
}

fn somebody(folder: &TempDir) -> String {
    // Nobody else writes to them: the name of the folder is ours alone.
    let name = folder.path().file_name().and_then(|name| name.to_str()).expect("a name");
    format!("waits{}@erynoa.example", name.replace('.', "-"))
}

/// A port that was free a moment ago.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    format!("smtp://127.0.0.1:{}", listener.local_addr().expect("bound").port())
}

#[tokio::test]
async fn what_cannot_leave_waits_through_a_restart_and_leaves_once_by_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let email = somebody(&folder);
    let away = open(&nobody(), &folder);
    away.check().await.expect_err("nobody is there");
    away.send(&message_to(&email)).await.expect("it is kept");
    assert_eq!(away.waiting().await.expect("a folder"), 1);
    drop(away);

    // Two gateways may share the folder.
    let back = open(&server::url(), &folder);
    let _beside = open(&server::url(), &folder);
    back.check().await.expect("the server is there");
    for _ in 0..300 {
        if back.waiting().await.expect("a folder") == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(back.waiting().await.expect("a folder"), 0);
    let arrived = received(&email).await;
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].header("message-id").as_deref(), Some("<test.1@erynoa.example>"));
}

#[tokio::test]
async fn what_was_posted_leaves_once_also_when_it_is_posted_again_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let email = somebody(&folder);
    let away = open(&nobody(), &folder);
    away.post(&message_to(&email)).await.expect("it is kept");
    let waits = std::fs::read_dir(folder.path()).expect("read").flatten();
    let waits = waits.map(|entry| entry.path()).find(|path| path.extension().is_some());
    let (waits, kept) = (waits.expect("one waits"), folder.path().join("kept"));
    std::fs::copy(&waits, &kept).expect("copied");
    drop(away);
    let back = open(&server::url(), &folder);
    for _ in 0..300 {
        if back.waiting().await.expect("a folder") == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(back);
    // As if the process had died before it deleted what the server has.
    std::fs::rename(kept, waits).expect("put back");
    let back = open(&server::url(), &folder);
    back.post(&message_to(&email)).await.expect("known");
    for _ in 0..300 {
        if back.waiting().await.expect("a folder") == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(back.waiting().await.expect("a folder"), 0);
    assert_eq!(received(&email).await.len(), 1);
}

#[tokio::test]
async fn what_is_refused_for_good_does_not_wait() {
    let folder = tempfile::tempdir().expect("a folder");
    let queue = open(&server::url(), &folder);
    let error = queue.send(&message_to("a@refused.example")).await.expect_err("refused");
    assert!(!error.is_temporary());
    assert_eq!(queue.waiting().await.expect("a folder"), 0);
}

#[tokio::test]
async fn what_waited_and_is_refused_holds_nobody_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let email = somebody(&folder);
    let away = open(&nobody(), &folder);
    away.send(&message_to("a@refused.example")).await.expect("it is kept");
    std::fs::write(folder.path().join("00000000000000000001-000000.eml"), b"").expect("written");
    away.send(&message_to(&email)).await.expect("it is kept");
    drop(away);
    let back = open(&server::url(), &folder);
    for _ in 0..300 {
        if back.waiting().await.expect("a folder") == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(received(&email).await.len(), 1);
    assert_eq!(
        back.waiting().await.expect("a folder"),
        1,
        "what is no mail stays for the operator"
    );
}

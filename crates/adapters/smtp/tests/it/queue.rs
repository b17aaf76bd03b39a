//! The laws on a queue, and what waits in it.

use std::sync::Arc;
use std::time::Duration;

use erynoa_mail::contract::{Arrivals, Arrived};
use erynoa_mail::{MailOutbox, MailState, Mailer, OutboxEntry, Postbox};
use erynoa_smtp::{MailQueue, SmtpConfig, SmtpMailer};
use tempfile::TempDir;

use crate::server::{self, Server, received};
use crate::{clock, message, message_to};

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
async fn what_was_sent_and_is_put_back_is_not_sent_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let email = somebody(&folder);
    let queue = open(&server::url(), &folder);
    queue.post(&message_to(&email)).await.expect("taken");
    let name = format!("{}.eml", of(&queue, MailState::Sent).await[0].name);
    // As if the process had died before it noted what the server has.
    std::fs::copy(folder.path().join("sent").join(&name), folder.path().join(&name)).expect("put");
    until("it is taken away", async || queue.waiting().await.expect("a folder") == 0).await;
    assert_eq!(received(&email).await.len(), 1);
}

async fn until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{what}");
}

async fn of(queue: &MailQueue, state: MailState) -> Vec<OutboxEntry> {
    queue.list(Some(state), None, 9).await.expect("a folder")
}

#[tokio::test]
async fn a_message_that_is_handed_over_again_leaves_once_also_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let email = somebody(&folder);
    for _ in 0..2 {
        let queue = open(&server::url(), &folder);
        queue.send(&message_to(&email)).await.expect("taken");
        let again = queue.send(&message_to(&email)).await.expect("known");
        assert_eq!(again.message_id, "test.1@erynoa.example");
    }
    assert_eq!(received(&email).await.len(), 1);
    let sent = of(&open(&server::url(), &folder), MailState::Sent).await;
    assert_eq!(sent.len(), 1);
    assert_eq!((&*sent[0].to, &*sent[0].subject, sent[0].tries), (&*email, "Hello", 0));
}

#[tokio::test]
async fn what_is_refused_for_good_says_why_marks_its_address_and_can_be_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let queue = open(&server::url(), &folder);
    let error = queue.send(&message_to("A@refused.example")).await.expect_err("refused");
    assert!(!error.is_temporary());
    assert_eq!(queue.waiting().await.expect("a folder"), 0);
    let failed = of(&queue, MailState::Failed).await;
    assert!(failed.len() == 1 && failed[0].why.contains("550"), "{failed:?}");
    let again = queue.post(&message_to("A@refused.example")).await.expect_err("still refused");
    assert!(!again.is_temporary());
    let refusal = queue.refusal("a@REFUSED.example").await.expect("reads").expect("marked");
    assert_eq!(refusal.why, failed[0].why);
    assert_eq!(queue.refusal("b@refused.example").await.expect("reads"), None);

    let before = failed[0].changed_at_us;
    assert!(queue.retry(&failed[0].name).await.expect("moves"));
    until("it is tried again", async || {
        of(&queue, MailState::Failed).await.iter().any(|failed| failed.changed_at_us > before)
    })
    .await;
    for unknown in ["", "../../etc/passwd", "00000000000000000001-nobody"] {
        assert!(!queue.retry(unknown).await.expect("answers"), "{unknown}");
    }
}

#[tokio::test]
async fn an_address_that_takes_mail_again_is_no_longer_marked() {
    let folder = tempfile::tempdir().expect("a folder");
    let email = somebody(&folder);
    let marked = serde_json::json!({ email.to_lowercase(): { "why": "550 no", "at_us": 1 } });
    let queue = open(&server::url(), &folder);
    std::fs::write(folder.path().join("refusals.json"), marked.to_string()).expect("written");
    assert!(queue.refusal(&email).await.expect("reads").is_some());
    queue.send(&message_to(&email)).await.expect("taken");
    assert_eq!(queue.refusal(&email).await.expect("reads"), None);
}

#[tokio::test]
async fn a_shy_address_holds_nobody_up_and_says_why_it_waits() {
    let folder = tempfile::tempdir().expect("a folder");
    let email = somebody(&folder);
    let away = open(&nobody(), &folder);
    away.send(&message("shy.1", "a@greylisted.example")).await.expect("it is kept");
    away.send(&message("not-shy.1", &email)).await.expect("it is kept");
    drop(away);
    let back = open(&server::url(), &folder);
    for waiting in of(&back, MailState::Waiting).await {
        back.retry(&waiting.name).await.expect("at once");
    }
    until("the other has left", async || received(&email).await.len() == 1).await;
    until("the shy one says why", async || {
        let waiting = of(&back, MailState::Waiting).await;
        waiting.len() == 1 && waiting[0].tries > 0 && waiting[0].why.contains("451")
    })
    .await;
    let all = back.list(None, None, 9).await.expect("a folder");
    assert_eq!(all.len(), 2);
    assert!(all[0].name > all[1].name, "newest first");
    let page = back.list(None, Some(&all[0].name), 9).await.expect("a folder");
    assert_eq!(page, all[1..]);
}

#[tokio::test]
async fn what_is_no_mail_stays_for_the_operator_and_holds_nobody_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let email = somebody(&folder);
    let away = open(&nobody(), &folder);
    std::fs::write(folder.path().join("00000000000000000001-bad.eml"), b"").expect("written");
    away.send(&message_to(&email)).await.expect("it is kept");
    drop(away);
    let back = open(&server::url(), &folder);
    until("the other has left", async || received(&email).await.len() == 1).await;
    let waiting = of(&back, MailState::Waiting).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].name, "00000000000000000001-bad");
}

//! The laws on a folder, and what happens to files.

use std::fs;
use std::sync::Arc;

use async_trait::async_trait;
use erynoa_kernel::{FixedClock, StoreErrorKind};
use erynoa_mail::contract::{Arrivals, Arrived};
use erynoa_mail::{Address, Draft, Language, MailOutbox, MailState, Mailer, Message};
use erynoa_smtp::{FileOutbox, StoredName};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::{message, message_to};

struct Folder(Arc<FileOutbox>, #[expect(dead_code, reason = "deletes the folder at last")] TempDir);

#[async_trait]
impl Arrivals for Folder {
    async fn of(&self, email: &str) -> Vec<Arrived> {
        let mut found = Vec::new();
        for head in self.0.list(None, usize::MAX).await.expect("read").into_iter().rev() {
            let stored = self.0.find(head.name.clone()).await.expect("read").expect("listed");
            assert_eq!(stored.head, head);
            if head.to == email || head.to.ends_with(&format!("<{email}>")) {
                found.push(Arrived {
                    message_id: stored.message_id,
                    from: stored.from,
                    to: head.to,
                    reply_to: stored.reply_to,
                    subject: head.subject,
                    text: stored.text,
                    html: stored.html,
                    list_unsubscribe: stored.list_unsubscribe,
                    language: stored.language,
                });
            }
        }
        found
    }
}

fn open(folder: &TempDir) -> Arc<FileOutbox> {
    let clock = Arc::new(FixedClock::at(1_700_000_000_000_000));
    Arc::new(FileOutbox::open(folder.path(), clock).expect("a folder"))
}

fn outbox() -> (Arc<FileOutbox>, Arc<dyn Arrivals>) {
    let folder = tempfile::tempdir().expect("a folder");
    let outbox = open(&folder);
    (outbox.clone(), Arc::new(Folder(outbox, folder)))
}

mod contract {
    use super::outbox;

    erynoa_mail::mailer_contract!(outbox());
    erynoa_mail::postbox_contract!(outbox());
}

#[tokio::test]
async fn messages_are_listed_newest_first_page_by_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let outbox = open(&folder);
    for number in 0..5 {
        let to = format!("p{number}@erynoa.example");
        outbox.send(&message(&format!("p.{number}"), &to)).await.expect("written");
    }
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = outbox.list(before, 2).await.expect("read");
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        before = Some(last.name.clone());
        seen.extend(page.into_iter().map(|head| head.to));
    }
    let expected: Vec<_> = (0..5).rev().map(|number| format!("p{number}@erynoa.example")).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_message_is_kept_once_however_often_and_by_whom_it_is_handed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let outboxes = [open(&folder), open(&folder)];
    let sending: Vec<_> = (0..8)
        .map(|number| {
            let outbox = Arc::clone(&outboxes[number % 2]);
            tokio::spawn(async move { outbox.send(&message_to("mia@erynoa.example")).await })
        })
        .collect();
    for sent in sending {
        sent.await.expect("no panic").expect("is there");
    }
    let listed = MailOutbox::list(&*outboxes[0], None, None, 9).await.expect("read");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].state, MailState::Kept);
    let waiting = Some(MailState::Waiting);
    assert_eq!(MailOutbox::list(&*outboxes[0], waiting, None, 9).await.expect("read"), []);
    assert!(!outboxes[0].retry(&listed[0].name).await.expect("nobody takes it"));
}

#[tokio::test]
async fn what_was_sent_is_there_after_a_restart_and_other_files_are_not_mail() {
    let folder = tempfile::tempdir().expect("a folder");
    let receipt = open(&folder).send(&message_to("mia@erynoa.example")).await.expect("written");
    fs::write(folder.path().join("note.txt"), "no mail").expect("written");
    fs::write(folder.path().join("17-1.eml"), "no mail").expect("written");
    // What a crash in the middle of writing leaves.
    fs::write(folder.path().join(format!("{}.eml.unfinished", receipt.reply)), "From: ")
        .expect("written");
    let listed = open(&folder).list(None, 10).await.expect("read");
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].name.as_str(), receipt.reply);
    assert_eq!(listed[0].name.sent_at_us(), 1_700_000_000_000_000);
}

#[tokio::test]
async fn only_names_of_the_outbox_are_names() {
    let good = "01700000000000000000-letter.1";
    assert_eq!(StoredName::new(good).expect("a name").as_str(), good);
    for bad in [
        "",
        "../secret",
        "/etc/passwd",
        "1-1",
        "0170000000000000000-000000",
        "x",
        "01700000000000000000-",
        "01700000000000000000-a/b",
    ] {
        assert_eq!(StoredName::new(bad), None, "{bad}");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let nobody = open(&folder).find(StoredName::new(good).expect("a name")).await;
    assert_eq!(nobody.expect("read"), None);
}

#[tokio::test]
async fn a_damaged_file_is_named_and_a_lost_folder_is_no_empty_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let outbox = open(&folder);
    let receipt = outbox.send(&message_to("mia@erynoa.example")).await.expect("written");
    fs::write(folder.path().join(format!("{}.eml", receipt.reply)), "").expect("written");
    let name = StoredName::new(&receipt.reply).expect("a name");
    let error = outbox.find(name).await.expect_err("an empty file is no mail");
    assert_eq!(error.kind, StoreErrorKind::Corrupt);
    assert!(error.message.contains(&receipt.reply), "{error}");
    drop(folder);
    let error = outbox.list(None, 1).await.expect_err("the folder is gone");
    assert_eq!(error.kind, StoreErrorKind::Unavailable);
    let error = outbox.send(&message("new.1", "mia@erynoa.example")).await.expect_err("no folder");
    assert!(error.is_temporary(), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn whatever_is_a_message_comes_back_word_for_word(
        name in "[^\\p{C}\\s]{0,30}( [^\\p{C}\\s]{1,30})?",
        subject in "[^\\p{C}\\s]{1,40}( [^\\p{C}\\s]{1,90})?",
        text in "[^\\p{Cc}\r]{1,200}(\n[^\\p{Cc}\r]{0,200}){0,3}\n",
        html in proptest::option::of("[^\\p{Cc}\r]{1,300}\n"),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let Ok(from) = Address::new("from", name, "hello@erynoa.example") else { return Ok(()) };
        let draft = Draft {
            id: "p.1".into(),
            from,
            to: Address::new("to", "", "mia@erynoa.example").expect("good"),
            reply_to: None,
            subject,
            text,
            html,
            list_unsubscribe: None,
            language: Language::De,
        };
        let Ok(message) = Message::try_from(draft) else { return Ok(()) };
        let outbox = open(&folder);
        let receipt = runtime.block_on(outbox.send(&message)).expect("written");
        let name = StoredName::new(&receipt.reply).expect("a name");
        let stored = runtime.block_on(outbox.find(name)).expect("read").expect("there");
        prop_assert_eq!(&stored.from, &message.from.to_string());
        prop_assert_eq!(&stored.head.subject, &message.subject);
        let end = |text: &str| text.trim_end_matches('\n').to_owned();
        prop_assert_eq!(end(&stored.text), end(&message.text));
        prop_assert_eq!(stored.html.as_deref().map(end), message.html.as_deref().map(end));
    }
}

//! Laws of [`Mailer`]. Hang all of them on an adapter with
//! [`mailer_contract!`](crate::mailer_contract).
//!
//! A factory is an expression that gives a mailer in an `Arc`, and where its
//! mail arrives, as [`Arrivals`].

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::{Address, Draft, Language, Mailer, Message, Postbox};

/// A message as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// `Message-ID` without brackets.
    pub message_id: String,
    /// Name and address.
    pub from: String,
    /// Name and address.
    pub to: String,
    /// Address.
    pub reply_to: Option<String>,
    /// Decoded.
    pub subject: String,
    /// Decoded, lines ended by `\n`. How many of them end the text is no law:
    /// mail has its own.
    pub text: String,
    /// As the text.
    pub html: Option<String>,
    /// Without brackets.
    pub list_unsubscribe: Option<String>,
    /// `Content-Language`.
    pub language: String,
}

/// Where mail arrives.
#[async_trait]
pub trait Arrivals: Send + Sync {
    /// What has arrived for an address, oldest first.
    async fn of(&self, email: &str) -> Vec<Arrived>;
}

fn address(name: &str, email: &str) -> Address {
    Address::new("to", name, email).expect("a good address")
}

/// A message to `local`@erynoa.example; a law takes a `local` of its own,
/// because servers are shared.
fn draft(local: &str) -> Draft {
    Draft {
        id: format!("law.{local}"),
        from: address("Erynoa", "hello@erynoa.example"),
        to: address("", &format!("{local}@erynoa.example")),
        reply_to: None,
        subject: "Hello".into(),
        text: "A line.\nAnother line.\n".into(),
        html: None,
        list_unsubscribe: None,
        language: Language::En,
    }
}

fn message(draft: Draft) -> Message {
    Message::try_from(draft).expect("a good message")
}

fn without_last_line_ends(mut arrived: Arrived) -> Arrived {
    for text in [Some(&mut arrived.text), arrived.html.as_mut()].into_iter().flatten() {
        text.truncate(text.trim_end_matches('\n').len());
    }
    arrived
}

/// As [`Arrived`] must show it.
fn expected(message: &Message) -> Arrived {
    without_last_line_ends(Arrived {
        message_id: format!("{}@erynoa.example", message.id),
        from: message.from.to_string(),
        to: message.to.to_string(),
        reply_to: message.reply_to.as_ref().map(|address| address.email().to_owned()),
        subject: message.subject.clone(),
        text: message.text.clone(),
        html: message.html.clone(),
        list_unsubscribe: message.list_unsubscribe.clone(),
        language: message.language.tag().to_owned(),
    })
}

async fn last(arrivals: &dyn Arrivals, email: &str) -> Option<Arrived> {
    arrivals.of(email).await.pop().map(without_last_line_ends)
}

async fn arrives(mailer: &dyn Mailer, arrivals: &dyn Arrivals, message: &Message) {
    let receipt = mailer.send(message).await.expect("it is taken");
    let expected = expected(message);
    assert_eq!(receipt.message_id, expected.message_id);
    assert_eq!(last(arrivals, message.to.email()).await, Some(expected));
}

/// Law.
pub async fn what_is_sent_arrives_word_for_word(
    mailer: Arc<dyn Mailer>,
    arrivals: Arc<dyn Arrivals>,
) {
    let mut draft = draft("word-for-word");
    draft.from = address("Erÿnoa, \"the house\" <x>", "hello@erynoa.example");
    draft.to = address("Mia Müller 🎉", draft.to.email());
    draft.subject = "Grüße: schöne Größe 🎉, = no ? code and \"quotes\"".into();
    draft.text = format!(
        ".\n..dots at the beginning\nFrom here\n\ttab and end \nÄÖÜß 漢字 🎉\n{}\n{}\n",
        "a long line ".repeat(200),
        "ü".repeat(2000),
    );
    draft.language = Language::De;
    arrives(&*mailer, &*arrivals, &message(draft)).await;
}

/// Law.
pub async fn both_parts_arrive(mailer: Arc<dyn Mailer>, arrivals: Arc<dyn Arrivals>) {
    let mut draft = draft("both-parts");
    draft.html = Some("<p title=\"=3D\">Grüße 🎉 &amp; more</p>\n".into());
    arrives(&*mailer, &*arrivals, &message(draft)).await;
}

/// Law.
pub async fn every_header_arrives(mailer: Arc<dyn Mailer>, arrivals: Arc<dyn Arrivals>) {
    let mut draft = draft("headers");
    draft.reply_to = Some(address("Ada", "ada@erynoa.example"));
    draft.list_unsubscribe = Some("https://erynoa.example/unsubscribe?token=a_b-c%20d".into());
    draft.subject = "x".repeat(200);
    arrives(&*mailer, &*arrivals, &message(draft)).await;
}

/// Law.
pub async fn a_message_that_is_sent_again_keeps_its_id(
    mailer: Arc<dyn Mailer>,
    arrivals: Arc<dyn Arrivals>,
) {
    let message = message(draft("twice"));
    let before = arrivals.of(message.to.email()).await.len();
    let first = mailer.send(&message).await.expect("it is taken");
    let second = mailer.send(&message).await.expect("it is taken");
    assert_eq!(first.message_id, second.message_id);
    let arrived = arrivals.of(message.to.email()).await.split_off(before);
    assert!((1..=2).contains(&arrived.len()), "once where ids are remembered");
    assert!(arrived.iter().all(|arrived| arrived.message_id == first.message_id));
}

/// Law.
pub async fn messages_at_once_do_not_mix(mailer: Arc<dyn Mailer>, arrivals: Arc<dyn Arrivals>) {
    let messages: Vec<Message> = (0..24)
        .map(|number| {
            let mut draft = draft(&format!("at-once-{number}"));
            draft.text = format!("for number {number}: {}\n", "x".repeat(number * 1000));
            message(draft)
        })
        .collect();
    let sending: Vec<_> = messages
        .iter()
        .map(|message| {
            let (mailer, message) = (mailer.clone(), message.clone());
            tokio::spawn(async move { mailer.send(&message).await.map(|_| ()) })
        })
        .collect();
    for sent in sending {
        sent.await.expect("no panic").expect("it is taken");
    }
    for message in &messages {
        assert_eq!(last(&*arrivals, message.to.email()).await, Some(expected(message)));
    }
}

/// Waits until so many have arrived, and then a little for one too many.
async fn settled(arrivals: &dyn Arrivals, email: &str, count: usize) -> Vec<Arrived> {
    for _ in 0..100 {
        if arrivals.of(email).await.len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    arrivals.of(email).await
}

/// Law.
pub async fn posted_again_it_is_sent_once(postbox: Arc<dyn Postbox>, arrivals: Arc<dyn Arrivals>) {
    let message = message(draft(&format!("posted-{}", std::process::id())));
    let posting: Vec<_> = (0..8)
        .map(|_| {
            let (postbox, message) = (postbox.clone(), message.clone());
            tokio::spawn(async move { postbox.post(&message).await })
        })
        .collect();
    for posted in posting {
        let receipt = posted.await.expect("no panic").expect("it is taken");
        assert_eq!(receipt.message_id, expected(&message).message_id);
    }
    assert_eq!(settled(&*arrivals, message.to.email(), 1).await.len(), 1);
    postbox.post(&message).await.expect("it is with them already");
    assert_eq!(settled(&*arrivals, message.to.email(), 1).await.len(), 1);
}

/// Law.
pub async fn posts_with_other_ids_are_others(
    postbox: Arc<dyn Postbox>,
    arrivals: Arc<dyn Arrivals>,
) {
    let mut draft = draft(&format!("posted-others-{}", std::process::id()));
    for number in 0..2 {
        draft.id = format!("law.posted.{number}");
        postbox.post(&message(draft.clone())).await.expect("it is taken");
    }
    let arrived = settled(&*arrivals, draft.to.email(), 2).await;
    let ids: Vec<_> = arrived.iter().map(|one| one.message_id.as_str()).collect();
    assert_eq!(ids, ["law.posted.0@erynoa.example", "law.posted.1@erynoa.example"]);
}

/// Hangs every law of [`Postbox`](crate::Postbox) on an adapter, one test a law.
#[macro_export]
macro_rules! postbox_contract {
    ($factory:expr) => {
        $crate::postbox_contract!(@laws $factory;
            posted_again_it_is_sent_once
            posts_with_other_ids_are_others
        );
    };
    (@laws $factory:expr; $($law:ident)*) => {
        mod contract_of_postbox {
            use super::*;

            $(
                #[tokio::test]
                async fn $law() {
                    let (postbox, arrivals) = $factory;
                    $crate::contract::$law(postbox, arrivals).await;
                }
            )*
        }
    };
}

/// Hangs every law of [`Mailer`](crate::Mailer) on an adapter, one test a law.
#[macro_export]
macro_rules! mailer_contract {
    ($factory:expr) => {
        $crate::mailer_contract!(@laws $factory;
            what_is_sent_arrives_word_for_word
            both_parts_arrive
            every_header_arrives
            a_message_that_is_sent_again_keeps_its_id
            messages_at_once_do_not_mix
        );
    };
    (@laws $factory:expr; $($law:ident)*) => {
        mod contract_of_mailer {
            use super::*;

            $(
                #[tokio::test]
                async fn $law() {
                    let (mailer, arrivals) = $factory;
                    $crate::contract::$law(mailer, arrivals).await;
                }
            )*
        }
    };
}

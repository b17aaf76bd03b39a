//! What the development mail server (deploy/services/smtp) has received.

use async_trait::async_trait;
use erynoa_mail::contract::{Arrivals, Arrived};
use serde::Deserialize;

/// A variable that `make services` sets.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set: start the servers with `make services` and export what it prints"
        )
    })
}

pub fn url() -> String {
    variable("ERYNOA_TEST_SMTP_URL")
}

#[derive(Deserialize)]
pub struct Info {
    pub tls_url: String,
    pub bare_url: String,
    pub certificate: String,
}

#[derive(Deserialize)]
pub struct Received {
    pub from: String,
    pub secure: bool,
    pub user: Option<String>,
    pub connection: String,
    pub raw: String,
    subject: String,
    text: String,
    html: Option<String>,
    headers: std::collections::BTreeMap<String, String>,
    decoded: Decoded,
}

/// Addresses with their names decoded.
#[derive(Deserialize)]
struct Decoded {
    from: String,
    to: String,
}

async fn get<T: for<'de> Deserialize<'de>>(path: &str) -> T {
    let api = variable("ERYNOA_TEST_SMTP_API");
    let answer = reqwest::get(format!("{api}{path}")).await.unwrap_or_else(|error| {
        panic!("{api} does not answer ({error}): start the servers with `make services`")
    });
    let bytes = answer.bytes().await.expect("an answer");
    serde_json::from_slice(&bytes).expect("JSON of the right shape")
}

pub async fn info() -> Info {
    get("/info").await
}

pub async fn received(email: &str) -> Vec<Received> {
    get(&format!("/messages?to={}", email.replace('+', "%2B"))).await
}

impl Received {
    /// A header, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        let line = self.headers.get(name)?;
        let (_, value) = line.split_once(':')?;
        Some(value.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn bracketed(&self, name: &str) -> Option<String> {
        self.header(name).map(|value| value.trim_matches(['<', '>']).to_owned())
    }
}

pub struct Server;

#[async_trait]
impl Arrivals for Server {
    async fn of(&self, email: &str) -> Vec<Arrived> {
        received(email)
            .await
            .into_iter()
            .map(|mail| Arrived {
                message_id: mail.bracketed("message-id").expect("a Message-ID"),
                from: mail.decoded.from.clone(),
                to: mail.decoded.to.clone(),
                reply_to: mail.header("reply-to").map(|value| {
                    value.rsplit_once('<').map_or(&*value, |(_, email)| email).replace('>', "")
                }),
                subject: mail.subject.clone(),
                text: mail.text.clone(),
                html: mail.html.clone(),
                list_unsubscribe: mail
                    .bracketed("list-unsubscribe")
                    .map(|value| value.replace(' ', "")),
                language: mail.header("content-language").expect("a language"),
            })
            .collect()
    }
}

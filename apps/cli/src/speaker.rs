//! Who says something: the identity of the key file, at a server.

use std::time::Duration;

use erynoa_events::{Body, Event, decode_event};
use erynoa_kernel::{Coordinate, Did, EventId, IdentityId, RealmId};
use erynoa_proto::api::v1::{EventRecord, Finality, GetRequest, SubmitReceipt};
use serde_json::{Value, json};

use crate::client::{Client, Statement, moment};
use crate::commands::Context;
use crate::error::CliError;
use crate::key_file::KeyFile;
use crate::names;
use crate::time_text::parse_moment;

/// How long `--wait` waits for a checkpoint.
const WAIT: Duration = Duration::from_secs(120);
/// How often it looks.
const POLL: Duration = Duration::from_millis(400);

/// Id of an identity given as DID or hexadecimal digits.
pub(crate) fn identity(text: &str) -> Result<IdentityId, CliError> {
    text.parse::<Did>().map(|did| did.identity).or_else(|_| text.parse()).map_err(|_| {
        CliError::Usage(format!(
            "{text:?} names no identity: give a DID (did:erynoa:…) or 64 hexadecimal digits; \
             `erynoa people {text}` searches by name"
        ))
    })
}

/// Several of them, ascending and each once.
pub(crate) fn identities(texts: &[String]) -> Result<Vec<IdentityId>, CliError> {
    let mut list = texts.iter().map(|text| identity(text)).collect::<Result<Vec<_>, _>>()?;
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

/// Id of an event.
pub(crate) fn event_id(text: &str) -> Result<EventId, CliError> {
    text.parse().map_err(|error| CliError::Usage(format!("{text:?} names no event: {error}")))
}

/// An event of the log, decoded.
pub(crate) async fn event_of(client: &Client, id: &EventId) -> Result<Event, CliError> {
    let request = GetRequest { id: id.to_string() };
    let answer = client.events().get(request).await.map_err(client.failed())?.into_inner();
    let signed = answer.event.and_then(|record| record.signed);
    let signed = signed.ok_or_else(|| client.odd("Get without an event"))?;
    decode_event(&signed.event).map_err(|error| client.odd(&error.to_string()))
}

/// What was said, for people and programs.
pub(crate) struct Said {
    pub(crate) document: Value,
    pub(crate) text: String,
}

/// The identity of the key file at a server.
pub(crate) struct Speaker<'a> {
    context: &'a Context,
    pub(crate) client: Client,
    pub(crate) file: KeyFile,
}

impl<'a> Speaker<'a> {
    /// Opens the key file and connects.
    pub(crate) async fn open(context: &'a Context) -> Result<Self, CliError> {
        let file = context.key()?;
        Ok(Self { context, client: context.connect().await?, file })
    }

    pub(crate) const fn identity(&self) -> IdentityId {
        self.file.did.identity
    }

    /// The time at which the next event is said.
    pub(crate) async fn now_us(&self) -> Result<u64, CliError> {
        moment(self.context.at.as_deref(), self.client.key(&self.file.key).await?.now_us)
    }

    /// The moment that an option names, counted from the time of the event.
    pub(crate) async fn end(
        &self,
        option: &str,
        text: Option<&str>,
    ) -> Result<Option<u64>, CliError> {
        let Some(text) = text else {
            return Ok(None);
        };
        let moment = parse_moment(text, self.now_us().await?).ok_or_else(|| {
            CliError::Usage(format!(
                "{option} {text}: a date such as 2027-12-31, or a span such as 90d or 12h"
            ))
        })?;
        Ok(Some(moment))
    }

    /// Signs, submits and, with `--wait`, waits.
    pub(crate) async fn say(&self, realm: RealmId, body: Body) -> Result<Said, CliError> {
        self.say_after(realm, body, None).await
    }

    /// The same for what presupposes another event.
    pub(crate) async fn say_after(
        &self,
        realm: RealmId,
        body: Body,
        cause: Option<(EventId, Coordinate)>,
    ) -> Result<Said, CliError> {
        let statement = Statement { realm, body, cause, at: self.context.at.clone() };
        said(self.context, &self.client, self.identity(), &self.file.key, &statement).await
    }

    /// Says it and prints what came of it.
    pub(crate) async fn say_and_print(&self, realm: RealmId, body: Body) -> Result<(), CliError> {
        let said = self.say(realm, body).await?;
        self.context.output.result(&said.document, &said.text);
        Ok(())
    }
}

/// Signs with any key of an identity, submits and, with `--wait`, waits.
pub(crate) async fn said(
    context: &Context,
    client: &Client,
    author: IdentityId,
    key: &erynoa_events::SigningKey,
    statement: &Statement,
) -> Result<Said, CliError> {
    let (event, receipt) = client.say(author, key, statement).await?;
    let mut document = json!({
        "event": event.id().to_string(),
        "sequence": receipt.sequence,
        "duplicate": receipt.duplicate,
    });
    let mut text =
        format!("{}\nentry {} of the log, on the server's disk", event.id(), receipt.sequence);
    if context.wait {
        let record = wait_for_witness(context, client, &receipt).await?;
        let finality = names::finality(record.finality);
        text.push_str(&format!("\n{finality} in epoch {}", record.epoch));
        document["finality"] = json!(finality);
        document["epoch"] = json!(record.epoch);
    }
    Ok(Said { document, text })
}

/// Waits until a signed checkpoint covers the event.
async fn wait_for_witness(
    context: &Context,
    client: &Client,
    receipt: &SubmitReceipt,
) -> Result<EventRecord, CliError> {
    let spinner = context.output.spinner("waiting for the next checkpoint");
    let deadline = tokio::time::Instant::now() + WAIT;
    loop {
        let request = GetRequest { id: receipt.id.clone() };
        let answer = client.events().get(request).await.map_err(client.failed())?;
        let record = answer.into_inner().event.ok_or_else(|| client.odd("Get without an event"))?;
        if record.finality >= Finality::Witnessed as i32 {
            spinner.finish_and_clear();
            return Ok(record);
        }
        if tokio::time::Instant::now() > deadline {
            return Err(CliError::Negative(format!(
                "the event is in the log as entry {}, but no checkpoint has covered it within \
                 {} s",
                receipt.sequence,
                WAIT.as_secs()
            )));
        }
        tokio::time::sleep(POLL).await;
    }
}

//! `events submit|list|watch|get`.

use std::io::Read;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use erynoa_kernel::EventId;
use erynoa_proto::api::v1::watch_response::Item;
use erynoa_proto::api::v1::{
    EventFilter, EventOrder, EventRecord, GetRequest, ListRequest, SubmitResult, WatchRequest,
    submit_result::Outcome,
};
use erynoa_proto::protocol::v1::SignedEvent;
use prost::Message;
use serde_json::{Value, json};

use crate::arguments::FilterArguments;
use crate::client::Client;
use crate::commands::{Context, PAGE, check_identity, collect};
use crate::error::{CliError, Refusal, docs_url};
use crate::event_view;
use crate::time_text::{date_time, parse_date};
use crate::violation;

/// Most events of one batch (`SubmitBatch`).
pub(crate) const BATCH_EVENTS: usize = 1000;
/// Most bytes of one batch, well below the server's limit of 4 MiB a request.
const BATCH_BYTES: usize = 3 << 20;

/// The refusal of one event of a batch.
pub(crate) fn refusal(server: &str, result: &SubmitResult) -> Option<Refusal> {
    match &result.outcome {
        Some(Outcome::Receipt(_)) => None,
        Some(Outcome::Failure(failure)) => Some(Refusal {
            code: failure.code.clone(),
            field: failure.field.clone(),
            message: failure.message.clone(),
            retry_after_ms: None,
            violations: failure.violations.clone(),
            docs_url: docs_url(server, &failure.code),
        }),
        None => Some(Refusal {
            code: "UNKNOWN".to_owned(),
            field: String::new(),
            message: "the server said neither yes nor no".to_owned(),
            retry_after_ms: None,
            violations: Vec::new(),
            docs_url: String::new(),
        }),
    }
}

/// Submits what a file holds.
pub(crate) async fn submit(context: &Context, file: &Path) -> Result<(), CliError> {
    let mut content = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut content).map_err(|error| CliError::file(file, error))?;
    } else {
        content = std::fs::read(file).map_err(|error| CliError::file(file, error))?;
    }
    let events = parse_entries(&content).map_err(|reason| CliError::file(file, reason))?;
    let client = context.connect().await?;
    let bar = context.output.bar(events.len() as u64, "submitting");
    let mut last = None;
    let mut queue = events.into_iter().peekable();
    while queue.peek().is_some() {
        let mut batch = Vec::new();
        let mut bytes = 0;
        while let Some(next) = queue.next_if(|next| {
            batch.is_empty()
                || (batch.len() < BATCH_EVENTS && bytes + next.encoded_len() <= BATCH_BYTES)
        }) {
            bytes += next.encoded_len();
            batch.push(next);
        }
        let count = batch.len() as u64;
        let results = client.submit_batch(batch).await?;
        bar.inc(count);
        for result in &results {
            let (document, text) = result_view(context, result);
            context.output.result(&document, &text);
            last = refusal(client.server(), result).or(last);
        }
    }
    bar.finish_and_clear();
    last.map_or(Ok(()), |refusal| Err(CliError::Refused(Box::new(refusal))))
}

fn result_view(context: &Context, result: &SubmitResult) -> (Value, String) {
    if let Some(refusal) = refusal(context.server(), result) {
        let document = json!({
            "code": refusal.code,
            "field": refusal.field,
            "message": refusal.message,
            "violations": violation::documents(&refusal.violations),
        });
        let mut text = format!("refused {}: {}", refusal.code, refusal.message);
        for each in &refusal.violations {
            text.push_str(&format!("\n  - {}", violation::line(each)));
        }
        return (document, text);
    }
    match &result.outcome {
        Some(Outcome::Receipt(receipt)) => (
            json!({
                "event": receipt.id,
                "sequence": receipt.sequence,
                "duplicate": receipt.duplicate,
            }),
            format!(
                "{} entry {}{}",
                receipt.id,
                receipt.sequence,
                if receipt.duplicate { " (was there already)" } else { "" }
            ),
        ),
        _ => (Value::Null, String::new()),
    }
}

/// One raw signed event, or lines of base64. Signed events begin with the tag
/// byte 0x0a, a line feed, which base64 text does not begin with.
fn parse_entries(content: &[u8]) -> Result<Vec<SignedEvent>, String> {
    if content.first() == Some(&0x0a) {
        return SignedEvent::decode(Bytes::copy_from_slice(content))
            .map(|event| vec![event])
            .map_err(|error| format!("no signed event: {error}"));
    }
    let text = std::str::from_utf8(content).map_err(|_| "neither text nor a signed event")?;
    let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    let events: Vec<_> = lines
        .map(|(number, line)| {
            let bytes =
                STANDARD.decode(line).map_err(|error| format!("line {}: {error}", number + 1))?;
            SignedEvent::decode(Bytes::from(bytes))
                .map_err(|error| format!("line {}: no signed event: {error}", number + 1))
        })
        .collect::<Result<_, _>>()?;
    if events.is_empty() { Err("holds no event".to_owned()) } else { Ok(events) }
}

fn filter(arguments: FilterArguments) -> Result<EventFilter, CliError> {
    for named in [&arguments.author, &arguments.subject, &arguments.participant] {
        if !named.is_empty() {
            check_identity(named)?;
        }
    }
    Ok(EventFilter {
        author: arguments.author,
        subject: arguments.subject,
        participant: arguments.participant,
        kinds: arguments.kinds.into_iter().map(|kind| kind.number()).collect(),
        ..EventFilter::default()
    })
}

fn date_option(name: &str, text: Option<&str>) -> Result<u64, CliError> {
    text.map_or(Ok(0), |text| {
        parse_date(text)
            .ok_or_else(|| CliError::Usage(format!("{name} {text}: a date such as 2026-01-31")))
    })
}

fn print(context: &Context, record: &EventRecord, raw: bool) {
    if raw {
        let signed = record.signed.clone().unwrap_or_default();
        context.output.raw(&STANDARD.encode(signed.encode_to_vec()));
    } else {
        context.output.result(&event_view::document(record), &event_view::line(record));
    }
}

/// Prints the events of the log that fit a filter.
pub(crate) async fn list(
    context: &Context,
    arguments: FilterArguments,
    (since, until): (Option<&str>, Option<&str>),
    oldest_first: bool,
    limit: u32,
    raw: bool,
) -> Result<(), CliError> {
    let client = context.connect().await?;
    let mut filter = filter(arguments)?;
    filter.realm = context.realm_filter(&client).await?;
    filter.from_us = date_option("--since", since)?;
    filter.until_us = date_option("--until", until)?;
    let order = if oldest_first { EventOrder::OldestFirst } else { EventOrder::NewestFirst } as i32;
    // Page by page: the whole log need not fit into memory.
    let (mut printed, mut page_token) = (0, String::new());
    while limit == 0 || printed < limit {
        let page_size = if limit == 0 { PAGE } else { (limit - printed).min(PAGE) };
        let request = ListRequest { filter: Some(filter.clone()), order, page_size, page_token };
        let page = client.events().list(request).await.map_err(client.failed())?.into_inner();
        for record in &page.events {
            print(context, record, raw);
            printed += 1;
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(())
}

/// Up to `limit` events that fit a filter; 0 = all.
pub(crate) async fn recent(
    client: &Client,
    filter: EventFilter,
    order: i32,
    limit: u32,
) -> Result<Vec<EventRecord>, CliError> {
    collect(limit, async |page_size, page_token| {
        let request = ListRequest { filter: Some(filter.clone()), order, page_size, page_token };
        let page = client.events().list(request).await.map_err(client.failed())?.into_inner();
        Ok((page.events, page.next_page_token))
    })
    .await
}

/// Prints events and closed epochs as they happen. Ends well on Ctrl-C.
pub(crate) async fn watch(
    context: &Context,
    arguments: FilterArguments,
    from_sequence: Option<u64>,
    count: Option<u64>,
) -> Result<(), CliError> {
    let mut filter = filter(arguments)?;
    let client = context.connect().await?;
    filter.realm = context.realm_filter(&client).await?;
    let request = WatchRequest { filter: Some(filter), from_sequence };
    let mut stream = client.events().watch(request).await.map_err(client.failed())?.into_inner();
    let mut left = count.unwrap_or(u64::MAX);
    while left > 0 {
        let next = tokio::select! {
            next = stream.message() => next.map_err(client.failed())?,
            _ = tokio::signal::ctrl_c() => return Ok(()),
        };
        match next.map(|response| response.item) {
            Some(Some(Item::Event(record))) => {
                print(context, &record, false);
                left -= 1;
            }
            Some(Some(Item::Epoch(epoch))) => {
                let document = json!({
                    "epoch": epoch.epoch,
                    "closed_at_us": epoch.closed_at_us,
                    "changed": epoch.changed,
                    "size": epoch.size,
                });
                let text = format!(
                    "epoch {} closed at {}: {} entries, {} people changed",
                    epoch.epoch,
                    date_time(epoch.closed_at_us),
                    epoch.size,
                    epoch.changed.len(),
                );
                context.output.result(&document, &text);
                left -= 1;
            }
            Some(_) => {}
            None => return Err(CliError::Negative("the server ended the stream".to_owned())),
        }
    }
    Ok(())
}

/// Prints one event field by field.
pub(crate) async fn get(context: &Context, id: &str, raw: bool) -> Result<(), CliError> {
    id.parse::<EventId>().map_err(|error| CliError::Usage(format!("{id:?}: {error}")))?;
    let client = context.connect().await?;
    let answer = client.events().get(GetRequest { id: id.to_owned() }).await;
    let record = answer
        .map_err(client.failed())?
        .into_inner()
        .event
        .ok_or_else(|| client.odd("Get without an event"))?;
    if raw {
        print(context, &record, true);
    } else {
        let document = event_view::document(&record);
        context.output.result(&document, &event_view::fields(&document));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> SignedEvent {
        SignedEvent { event: vec![8, 1].into(), ..SignedEvent::default() }
    }

    #[test]
    fn a_raw_event_and_its_base64_line_are_the_same() {
        let raw = sample().encode_to_vec();
        let text = format!("{}\n\n{}\n", STANDARD.encode(&raw), STANDARD.encode(&raw));
        assert_eq!(parse_entries(&raw).unwrap(), vec![sample()]);
        assert_eq!(parse_entries(text.as_bytes()).unwrap(), vec![sample(), sample()]);
    }

    #[test]
    fn the_line_that_is_no_event_is_named() {
        let text = format!("{}\n!!\n", STANDARD.encode(sample().encode_to_vec()));
        assert!(parse_entries(text.as_bytes()).unwrap_err().starts_with("line 2"));
        assert!(parse_entries(b"").is_err());
    }
}

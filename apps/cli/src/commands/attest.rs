//! `attest` and `revoke`.

use std::time::Duration;

use erynoa_events::{Attestation, AttestationRevoked, Body, Polarity};
use erynoa_kernel::{Clock, Did, EventId, IdentityId, RealmId};
use erynoa_proto::api::v1::{
    self as api, EventRecord, Finality, PreviewAttestationRequest, PreviewAttestationResponse,
    SubmitReceipt,
};
use serde_json::{Value, json};

use crate::arguments::AttestArguments;
use crate::client::Client;
use crate::commands::{Context, check_identity, root_realm};
use crate::error::CliError;
use crate::event_view::polarity;
use crate::names;
use crate::time_text::parse_moment;
use crate::trust_view::{preview_document, preview_text};

/// How long `--wait` waits for a checkpoint.
const WAIT: Duration = Duration::from_secs(120);
/// How often it looks.
const POLL: Duration = Duration::from_millis(400);

/// Id of an identity given as DID or hexadecimal digits.
fn identity(text: &str) -> Result<IdentityId, CliError> {
    check_identity(text)?;
    text.parse::<Did>()
        .map(|did| did.identity)
        .or_else(|_| text.parse())
        .map_err(|_| CliError::Usage(format!("{text:?} names no identity")))
}

/// Shows what an attestation will do, then says it.
pub(crate) async fn attest(context: &Context, arguments: AttestArguments) -> Result<(), CliError> {
    let subject = identity(&arguments.subject)?;
    let sign = if arguments.positive { Polarity::Positive } else { Polarity::Negative };
    let expires_at_us = arguments
        .expires
        .as_deref()
        .map(|text| {
            parse_moment(text, context.clock.now_us()).ok_or_else(|| {
                CliError::Usage(format!(
                    "--expires {text}: a date such as 2027-12-31, or a span such as 90d or 12h"
                ))
            })
        })
        .transpose()?;
    let file = context.key()?;
    let client = context.connect().await?;
    let realm = root_realm(&client).await?;
    let preview = preview(&client, &file.did, &arguments, sign).await?;
    context.output.note(&preview_text(&preview));
    if arguments.preview {
        context.output.result(&preview_document(&preview), "nothing was sent");
        return Ok(());
    }
    let body = Body::Attestation(Attestation {
        subject,
        dimension: arguments.dimension.domain(),
        polarity: sign,
        domain: arguments.domain,
        comment: arguments.comment,
        expires_at_us,
    });
    let mut document = said(context, &client, realm, body, arguments.wait).await?;
    document.0["preview"] = preview_document(&preview);
    document.0["polarity"] = json!(polarity(sign));
    context.output.result(&document.0, &document.1);
    Ok(())
}

async fn preview(
    client: &Client,
    attester: &Did,
    arguments: &AttestArguments,
    sign: Polarity,
) -> Result<PreviewAttestationResponse, CliError> {
    let polarity = match sign {
        Polarity::Positive => erynoa_proto::protocol::v1::Polarity::Positive,
        Polarity::Negative => erynoa_proto::protocol::v1::Polarity::Negative,
    };
    let request = PreviewAttestationRequest {
        attester: attester.to_string(),
        subject: arguments.subject.clone(),
        realm: String::new(),
        dimension: arguments.dimension.number(),
        polarity: polarity as i32,
        domain: arguments.domain.clone(),
    };
    let answer = client.trust().preview_attestation(request).await.map_err(client.failed())?;
    Ok(answer.into_inner())
}

/// Takes an attestation back.
pub(crate) async fn revoke(
    context: &Context,
    event: &str,
    reason: String,
    wait: bool,
) -> Result<(), CliError> {
    let attestation: EventId =
        event.parse().map_err(|error| CliError::Usage(format!("{event:?}: {error}")))?;
    let client = context.connect().await?;
    let realm = root_realm(&client).await?;
    let body = Body::AttestationRevoked(AttestationRevoked { attestation, reason });
    let (document, text) = said(context, &client, realm, body, wait).await?;
    context.output.result(&document, &text);
    Ok(())
}

/// Signs and submits, and waits if asked; gives the result in both forms.
async fn said(
    context: &Context,
    client: &Client,
    realm: RealmId,
    body: Body,
    wait: bool,
) -> Result<(Value, String), CliError> {
    let file = context.key()?;
    let (event, receipt) = client.say(&file.did, &file.key, realm, body).await?;
    let mut document = json!({
        "event": event.id().to_string(),
        "sequence": receipt.sequence,
        "duplicate": receipt.duplicate,
    });
    let mut text =
        format!("{}\nentry {} of the log, on the server's disk", event.id(), receipt.sequence);
    if wait {
        let record = wait_for_witness(context, client, &receipt).await?;
        let finality = names::finality(record.finality);
        text.push_str(&format!("\n{finality} in epoch {}", record.epoch));
        document["finality"] = json!(finality);
        document["epoch"] = json!(record.epoch);
    }
    Ok((document, text))
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
        let request = api::GetRequest { id: receipt.id.clone() };
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

//! `attest` and `revoke`.

use erynoa_events::{Attestation, AttestationRevoked, Body, Polarity};
use erynoa_kernel::Did;
use erynoa_proto::api::v1::{PreviewAttestationRequest, PreviewAttestationResponse};
use serde_json::json;

use crate::arguments::AttestArguments;
use crate::client::Client;
use crate::commands::Context;
use crate::error::CliError;
use crate::event_view::polarity;
use crate::speaker::{Speaker, event_id, event_of, identity};
use crate::trust_view::{preview_document, preview_text};

/// Shows what an attestation will do, then says it.
pub(crate) async fn attest(context: &Context, arguments: AttestArguments) -> Result<(), CliError> {
    let subject = identity(&arguments.subject)?;
    let sign = if arguments.positive { Polarity::Positive } else { Polarity::Negative };
    let speaker = Speaker::open(context).await?;
    let expires_at_us = speaker.end("--expires", arguments.expires.as_deref()).await?;
    let realm = context.realm(&speaker.client).await?;
    let asked = (realm.to_string(), &arguments, sign);
    let preview = preview(&speaker.client, &speaker.file.did, asked).await?;
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
    let mut said = speaker.say(realm, body).await?;
    said.document["preview"] = preview_document(&preview);
    said.document["polarity"] = json!(polarity(sign));
    context.output.result(&said.document, &said.text);
    Ok(())
}

async fn preview(
    client: &Client,
    attester: &Did,
    (realm, arguments, sign): (String, &AttestArguments, Polarity),
) -> Result<PreviewAttestationResponse, CliError> {
    let polarity = match sign {
        Polarity::Positive => erynoa_proto::protocol::v1::Polarity::Positive,
        Polarity::Negative => erynoa_proto::protocol::v1::Polarity::Negative,
    };
    let request = PreviewAttestationRequest {
        attester: attester.to_string(),
        subject: arguments.subject.clone(),
        realm,
        dimension: arguments.dimension.number(),
        polarity: polarity as i32,
        domain: arguments.domain.clone(),
    };
    let answer = client.trust().preview_attestation(request).await.map_err(client.failed())?;
    Ok(answer.into_inner())
}

/// Takes an attestation back, in the realm in which it was said.
pub(crate) async fn revoke(context: &Context, event: &str, reason: String) -> Result<(), CliError> {
    let attestation = event_id(event)?;
    let speaker = Speaker::open(context).await?;
    let realm = event_of(&speaker.client, &attestation).await?.realm;
    let body = Body::AttestationRevoked(AttestationRevoked { attestation, reason });
    speaker.say_and_print(realm, body).await
}

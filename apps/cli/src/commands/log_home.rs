//! `log offer`, `log hand-over`: the log goes from home to home.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use erynoa_proto::api::v1 as api;
use serde_json::{Value, json};

use super::Context;
use super::signed::Signed;
use crate::error::CliError;

/// Says at a copy of the log that this node is to be its home, and keeps what
/// it says in a file.
pub(crate) async fn offer(context: &Context, out: &Path) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    let request = signed.with(api::OfferHomeRequest {})?;
    let answer = signed.read(signed.client.home().offer_home(request).await)?;
    let offer = signed.some(answer.offer)?;
    let document = json!({
        "origin": offer.origin,
        "public_key": hex::encode(&offer.public_key),
        "countersignature": BASE64_STANDARD.encode(&offer.countersignature),
    });
    let written = format!("{document:#}\n");
    std::fs::write(out, written)
        .map_err(|error| CliError::Local(format!("{}: {error}", out.display())))?;
    let text = format!(
        "offer for {} written to {}\nthis node has {} entries of the log\nat the home: erynoa log \
         hand-over {} --confirm {}\n",
        offer.origin,
        out.display(),
        answer.log_size,
        out.display(),
        offer.origin,
    );
    context.output.result(&document, &text);
    Ok(())
}

/// Hands the log over to the node that has made the offer.
pub(crate) async fn hand_over(
    context: &Context,
    file: &Path,
    confirm: &str,
) -> Result<(), CliError> {
    let wrong = |reason: &str| CliError::Local(format!("{}: {reason}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(&error.to_string()))?;
    let offer: Value = serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
    let field = |name: &str| offer.get(name).and_then(Value::as_str).unwrap_or_default();
    let origin = field("origin");
    if confirm != origin {
        return Err(CliError::Usage(format!(
            "--confirm {confirm}: the offer is one for the log {origin}"
        )));
    }
    let offer = api::HomeOffer {
        origin: origin.to_owned(),
        public_key: hex::decode(field("public_key"))
            .map_err(|_| wrong("public_key is 64 hexadecimal digits"))?,
        countersignature: BASE64_STANDARD
            .decode(field("countersignature"))
            .map_err(|_| wrong("countersignature is 64 bytes in base64"))?,
    };
    let signed = Signed::open(context).await?;
    let request = signed.with(api::HandOverRequest { offer: Some(offer) })?;
    let answer = signed.read(signed.client.home().hand_over(request).await)?;
    let text = format!(
        "{origin} is handed over; the last head that this node has signed has {} entries\n",
        answer.size
    );
    context.output.result(&json!({ "origin": origin, "size": answer.size }), &text);
    Ok(())
}

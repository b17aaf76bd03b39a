//! `receipt offer|show|confirm|list`.

use erynoa_events::Body;
use erynoa_kernel::Entropy;
use erynoa_proto::api::v1::{self as api, EventFilter, EventOrder};
use serde_json::{Value, json};

use crate::choices::SideArgument;
use crate::code::Offer;
use crate::commands::Context;
use crate::commands::events::recent;
use crate::error::CliError;
use crate::event_body::receipt_outcome;
use crate::event_view::{self, fields};
use crate::speaker::{Speaker, identity};
use crate::statement_arguments::ReceiptCommand;

pub(crate) async fn run(context: &Context, command: ReceiptCommand) -> Result<(), CliError> {
    match command {
        ReceiptCommand::Offer { other, side, outcome, description } => {
            let other = identity(&other)?;
            let file = context.key()?;
            let realm = context.realm(&context.connect().await?).await?;
            let own = file.did.identity;
            let sides = match side {
                SideArgument::Performer => (own, other),
                SideArgument::Client => (other, own),
            };
            let random = context.entropy.bytes32();
            let nonce = std::array::from_fn(|place| random[place]);
            let offer = Offer::new(realm, sides, outcome.domain(), description, nonce, &file.key);
            let mut document = document(&offer);
            document["code"] = json!(offer.print());
            context.output.result(&document, &offer.print());
            Ok(())
        }
        ReceiptCommand::Show { code } => {
            let offer = parse(&code)?;
            context.output.result(&document(&offer), &fields(&document(&offer)));
            Ok(())
        }
        ReceiptCommand::Confirm { code } => confirm(context, &code).await,
        ReceiptCommand::List { identity, limit } => list(context, identity, limit).await,
    }
}

fn parse(code: &str) -> Result<Offer, CliError> {
    Offer::parse(code).ok_or_else(|| {
        CliError::Usage(
            "RECEIPT_OFFER_INVALID: the code is not complete, or its signature does not hold"
                .to_owned(),
        )
    })
}

fn document(offer: &Offer) -> Value {
    let receipt = &offer.receipt;
    json!({
        "realm": offer.realm.to_string(),
        "performer": receipt.performer.to_string(),
        "client": receipt.client.to_string(),
        "outcome": receipt_outcome(receipt.outcome),
        "description": receipt.description,
        "nonce": hex::encode(receipt.nonce),
        "terms_hash": hex::encode(receipt.terms_hash),
        "signed_by_key": receipt.countersigner_key.to_string(),
    })
}

/// Publishes the receipt with both signatures.
async fn confirm(context: &Context, code: &str) -> Result<(), CliError> {
    let offer = parse(code)?;
    let speaker = Speaker::open(context).await?;
    let own = speaker.identity();
    if own != offer.receipt.performer && own != offer.receipt.client {
        return Err(CliError::Usage("the code is about two others, not about you".to_owned()));
    }
    context.output.note(&fields(&document(&offer)));
    let terms = document(&offer);
    let mut said = speaker.say(offer.realm, Body::Receipt(offer.receipt)).await?;
    said.document["terms"] = terms;
    context.output.result(&said.document, &said.text);
    Ok(())
}

async fn list(context: &Context, identity: Option<String>, limit: u32) -> Result<(), CliError> {
    let participant = context.subject(identity)?;
    let client = context.connect().await?;
    let filter = EventFilter {
        participant,
        realm: context.realm_filter(&client).await?,
        kinds: vec![api::EventKind::Receipt as i32],
        ..EventFilter::default()
    };
    let found = recent(&client, filter, EventOrder::NewestFirst as i32, limit).await?;
    let documents: Vec<_> = found.iter().map(event_view::document).collect();
    let lines: Vec<_> = found.iter().map(event_view::line).collect();
    context.output.result(&json!({ "receipts": documents }), &lines.join("\n"));
    Ok(())
}

//! `import person`.

use bytes::Bytes;
use erynoa_events::{SigningKey, VerifiedEvent, verify};
use erynoa_proto::api::v1::{GetRequest, Identity};
use prost::Message;
use serde_json::json;

use crate::client::Client;
use crate::commands::Context;
use crate::error::CliError;
use crate::import_arguments::PersonArguments;
use crate::key_file;
use crate::ratings::seed_of;

/// Writes the key file of somebody whose key is derived from the import's seed.
pub(crate) async fn write(context: &Context, arguments: PersonArguments) -> Result<(), CliError> {
    let path = match arguments.out {
        Some(path) => path,
        None => context.key_path()?,
    };
    let seed = seed_of(&arguments.seed, arguments.number);
    let client = context.connect().await?;
    let known = client.key(&SigningKey::from_seed(*seed.expose())).await?;
    let identity = known.identity.ok_or_else(|| {
        CliError::Negative(format!(
            "{} knows nobody of that number and seed; `erynoa import ratings` brings them",
            context.server()
        ))
    })?;
    let created = created(&client, &identity).await?;
    let did = identity.did.parse().map_err(|_| client.odd("an identity without a DID"))?;
    key_file::write(&path, &did, &seed, &created)?;
    let document = json!({
        "did": identity.did,
        "display_name": identity.display_name,
        "key_file": path.display().to_string(),
    });
    context.output.result(&document, &format!("{did}\nkey file: {}", path.display()));
    Ok(())
}

/// The event that brought an identity into being, as it stands in the log.
pub(crate) async fn created(
    client: &Client,
    identity: &Identity,
) -> Result<VerifiedEvent, CliError> {
    let request = GetRequest { id: identity.created_by.clone() };
    let answer = client.events().get(request).await.map_err(client.failed())?.into_inner();
    let signed = answer.event.and_then(|record| record.signed);
    let signed = signed.ok_or_else(|| client.odd("Get without an event"))?;
    verify(Bytes::from(signed.encode_to_vec())).map_err(|error| client.odd(&error.to_string()))
}

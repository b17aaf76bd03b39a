//! `identity`, `controller` and `did`.

use erynoa_events::{
    Body, Controller, ControllerSet, IdentityDeactivated, controller_message, verify_signature,
};
use erynoa_kernel::RealmId;
use erynoa_proto::api::v1::ResolveDidRequest;
use serde_json::{Value, json};

use crate::code;
use crate::commands::Context;
use crate::error::CliError;
use crate::identity_arguments::{ControllerCommand, DidCommand, IdentityCommand};
use crate::speaker::{Speaker, identity};

pub(crate) async fn run(context: &Context, command: IdentityCommand) -> Result<(), CliError> {
    // `--forever` is required: the command line itself asks for it.
    let IdentityCommand::Deactivate { reason, forever: _ } = command;
    let speaker = Speaker::open(context).await?;
    let body = IdentityDeactivated { identity: speaker.identity(), reason };
    speaker.say_and_print(RealmId::NULL, Body::IdentityDeactivated(body)).await
}

pub(crate) async fn controller(
    context: &Context,
    command: ControllerCommand,
) -> Result<(), CliError> {
    match command {
        ControllerCommand::Consent { identity: named } => {
            let child = identity(&named)?;
            let file = context.key()?;
            let consent = Controller {
                identity: file.did.identity,
                public_key: file.key.public_key(),
                signature: file.key.sign(&controller_message(&child)),
            };
            let code = code::print_consent(&consent);
            let document = json!({ "consent": code, "controller": file.did.to_string() });
            context.output.result(&document, &code);
            Ok(())
        }
        ControllerCommand::Set { identity: named, consent } => {
            let child = identity(&named)?;
            let controller = code::parse_consent(&consent)
                .filter(|said| {
                    verify_signature(&said.public_key, &controller_message(&child), &said.signature)
                })
                .ok_or_else(|| {
                    CliError::Usage(
                        "--consent: not what `erynoa controller consent` prints for this identity"
                            .to_owned(),
                    )
                })?;
            let speaker = Speaker::open(context).await?;
            let body = Body::ControllerSet(ControllerSet { identity: child, controller });
            speaker.say_and_print(RealmId::NULL, body).await
        }
    }
}

pub(crate) async fn did(context: &Context, command: DidCommand) -> Result<(), CliError> {
    let DidCommand::Resolve { did, result } = command;
    let did = match did {
        Some(did) => did,
        None => context.key()?.did.to_string(),
    };
    let client = context.connect().await?;
    let request = ResolveDidRequest { did };
    let answer = client.identities().resolve_did(request).await.map_err(client.failed())?;
    let answer = answer.into_inner();
    let text = if result { answer.result_json } else { answer.document_json };
    let document: Value =
        serde_json::from_str(&text).map_err(|error| client.odd(&error.to_string()))?;
    context.output.result(&document, &format!("{document:#}"));
    Ok(())
}

//! `keygen` and `register`.

use erynoa_events::{SigningKey, VerifiedEvent};
use erynoa_kernel::{Clock, Did, Entropy, Secret};
use serde_json::json;

use crate::arguments::KeygenArguments;
use crate::commands::Context;
use crate::error::CliError;
use crate::identity_event::found;
use crate::key_file;

/// Makes a key, founds an identity on it and, unless offline, registers it.
/// The key file is on disk before the server hears of the key.
pub(crate) async fn keygen(context: &Context, arguments: KeygenArguments) -> Result<(), CliError> {
    let path = match arguments.out {
        Some(path) => path,
        None => context.key_path()?,
    };
    let seed = Secret::new(context.entropy.bytes32());
    let recovery = arguments.recovery.then(|| Secret::new(context.entropy.bytes32()));
    let recovery_key =
        recovery.as_ref().map(|seed| SigningKey::from_seed(*seed.expose()).public_key());
    let client = if arguments.offline { None } else { Some(context.connect().await?) };
    let now_us = match &client {
        Some(client) => client.key(&SigningKey::from_seed(*seed.expose())).await?.now_us,
        None => context.clock.now_us(),
    };
    let namespace = arguments.namespace.domain();
    let (did, created) =
        found(&seed, namespace, &arguments.name, &arguments.label, recovery_key, now_us)?;
    key_file::write(&path, &did, &seed, &created)?;
    let recovery_path = recovery
        .map(|seed| {
            let mut name = path.clone().into_os_string();
            name.push(".recovery");
            let text = format!(
                "Erynoa recovery key of {did}\n\
                 Keep this file offline and away from the device. Whoever has it can replace \
                 all keys of the identity.\n{}\n",
                hex::encode(seed.expose())
            );
            key_file::write_private(name.as_ref(), text.as_bytes()).map(|()| name)
        })
        .transpose()?;
    let sequence = match &client {
        Some(client) => Some(client.submit(&created).await?.sequence),
        None => None,
    };
    let document = json!({
        "did": did.to_string(),
        "key_file": path.display().to_string(),
        "recovery_file": recovery_path.as_ref().map(|path| path.to_string_lossy()),
        "event": created.id().to_string(),
        "sequence": sequence,
    });
    let mut text = format!("{did}\nkey file: {}\n", path.display());
    if let Some(recovery) = &recovery_path {
        text.push_str(&format!(
            "recovery key: {} (move it off this device)\n",
            recovery.to_string_lossy()
        ));
    }
    match sequence {
        Some(sequence) => text.push_str(&format!(
            "registered at {} as entry {sequence} of the log\n",
            context.server()
        )),
        None => text.push_str("not registered; `erynoa register` does that\n"),
    }
    context.output.result(&document, &text);
    Ok(())
}

/// Registers the identity of the key file; a second time changes nothing.
pub(crate) async fn register(context: &Context) -> Result<(), CliError> {
    let file = context.key()?;
    report(context, &file.did, &file.created).await
}

async fn report(context: &Context, did: &Did, created: &VerifiedEvent) -> Result<(), CliError> {
    let receipt = context.connect().await?.submit(created).await?;
    let document = json!({
        "did": did.to_string(),
        "event": receipt.id,
        "sequence": receipt.sequence,
        "duplicate": receipt.duplicate,
    });
    let known = if receipt.duplicate { "was already" } else { "is now" };
    let text = format!("{did}\n{known} entry {} of the log", receipt.sequence);
    context.output.result(&document, &text);
    Ok(())
}

//! `keygen` and `register`.

use erynoa_events::{IdentityCreated, SigningKey};
use erynoa_kernel::{Clock, Entropy, PublicKey, Secret};
use serde_json::json;

use crate::arguments::KeygenArguments;
use crate::client::moment;
use crate::commands::Context;
use crate::error::CliError;
use crate::identity_event::{born, found};
use crate::key_file::{self, KeyFile};
use crate::output::safe;
use crate::time_text::parse_moment;

/// Makes a key, founds an identity on it and, unless offline, registers it.
/// The key file is on disk before the server hears of the key.
pub(crate) async fn keygen(context: &Context, arguments: KeygenArguments) -> Result<(), CliError> {
    let path = match &arguments.out {
        Some(path) => path.clone(),
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
    let now_us = moment(context.at.as_deref(), now_us)?;
    let (did, created) = found(&seed, body(&arguments, recovery_key)?, now_us)?;
    key_file::write(&path, &did, &seed, &created)?;
    let recovery_path =
        recovery.map(|seed| key_file::write_recovery(&path, &did, &seed)).transpose()?;
    let sequence = match &client {
        Some(client) => {
            let link = arguments.invitation.as_deref();
            Some(client.submit_invited(&created, link).await?.sequence)
        }
        None => None,
    };
    let document = json!({
        "did": did.to_string(),
        "key_file": path.display().to_string(),
        "recovery_file": recovery_path.as_ref().map(|path| path.display().to_string()),
        "event": created.id().to_string(),
        "sequence": sequence,
    });
    let mut text = format!("{did}\nkey file: {}\n", path.display());
    if let Some(recovery) = &recovery_path {
        text.push_str(&format!(
            "recovery code: {} (move it off this device)\n",
            recovery.display()
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

/// What the identity says first.
fn body(
    arguments: &KeygenArguments,
    recovery_key: Option<PublicKey>,
) -> Result<IdentityCreated, CliError> {
    let delay = &arguments.recovery_delay;
    let recovery_delay_s = parse_moment(delay, 0)
        .and_then(|delay_us| u32::try_from(delay_us / 1_000_000).ok())
        .ok_or_else(|| CliError::Usage(format!("--recovery-delay {delay}: such as 72h or 7d")))?;
    let born = born(arguments.namespace.domain(), &arguments.name, &arguments.label);
    Ok(IdentityCreated { recovery_key, recovery_delay_s, ..born })
}

/// Registers the identity of the key file; a second time changes nothing.
pub(crate) async fn register(context: &Context, invitation: Option<&str>) -> Result<(), CliError> {
    let KeyFile { did, created, .. } = context.key()?;
    let receipt = context.connect().await?.submit_invited(&created, invitation).await?;
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

/// Makes the identity of the key file the operator.
pub(crate) async fn claim(context: &Context, link: &str, name: &str) -> Result<(), CliError> {
    let file = context.key()?;
    let client = context.connect().await?;
    client.claim(&file.did, &file.key, link, name).await?;
    let realm = client.log_info().await?.root_realm;
    let document = json!({ "operator": file.did.to_string(), "realm": realm });
    let text = format!("{} is operator and founder of {}\nrealm {realm}", file.did, safe(name));
    context.output.result(&document, &text);
    Ok(())
}

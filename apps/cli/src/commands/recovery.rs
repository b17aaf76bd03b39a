//! `recovery start|status|cancel`.

use std::io::Read;
use std::path::{Path, PathBuf};

use erynoa_events::{Body, IdentityRecovered, KeyRevoked, SigningKey, key_added_message};
use erynoa_kernel::{Did, Entropy, PublicKey, RealmId, Secret};
use erynoa_proto::api::v1::{GetIdentityRequest, Recovery};
use serde_json::json;

use crate::client::{Client, Statement};
use crate::commands::import_person::created;
use crate::commands::{Context, people};
use crate::error::CliError;
use crate::identity_arguments::RecoveryCommand;
use crate::speaker::{Speaker, said};
use crate::time_text::date_time;
use crate::{key_file, recovery_code};

pub(crate) async fn run(context: &Context, command: RecoveryCommand) -> Result<(), CliError> {
    match command {
        RecoveryCommand::Start { code, out, label, renew } => {
            start(context, &code, out, label, renew).await
        }
        RecoveryCommand::Status { identity } => status(context, context.subject(identity)?).await,
        RecoveryCommand::Cancel { reason } => cancel(context, reason).await,
    }
}

fn read_code(file: &Path) -> Result<SigningKey, CliError> {
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map_err(|error| CliError::file(file, error))?;
    } else {
        text = std::fs::read_to_string(file).map_err(|error| CliError::file(file, error))?;
    }
    recovery_code::find(&text).map(|seed| SigningKey::from_seed(*seed.expose())).ok_or_else(|| {
        CliError::file(file, "RECOVERY_CODE_INVALID: the code has a missing or wrong character")
    })
}

/// Asks the log to let a new key take the place of all others. The key file is
/// on disk before the server hears of the key.
async fn start(
    context: &Context,
    code: &Path,
    out: Option<PathBuf>,
    label: String,
    renew: bool,
) -> Result<(), CliError> {
    let recovery = read_code(code)?;
    let path = match out {
        Some(path) => path,
        None => context.key_path()?,
    };
    let client = context.connect().await?;
    let known = client.key(&recovery).await?;
    let identity = known.identity.filter(|_| known.live).ok_or_else(|| {
        CliError::Negative(format!(
            "{} knows no identity that this code recovers",
            context.server()
        ))
    })?;
    let did: Did = identity.did.parse().map_err(|_| client.odd("an identity without a DID"))?;
    let created = created(&client, &identity).await?;
    let seed = Secret::new(context.entropy.bytes32());
    let key = SigningKey::from_seed(*seed.expose());
    let next = renew.then(|| Secret::new(context.entropy.bytes32()));
    key_file::write(&path, &did, &seed, &created)?;
    let next_path =
        next.as_ref().map(|next| key_file::write_recovery(&path, &did, next)).transpose()?;
    let statement = Statement {
        realm: RealmId::NULL,
        body: Body::IdentityRecovered(IdentityRecovered {
            public_key: key.public_key(),
            countersignature: key.sign(&key_added_message(&did.identity, &key.public_key())),
            key_label: label,
            recovery_key: next.map(|next| SigningKey::from_seed(*next.expose()).public_key()),
        }),
        cause: None,
        at: context.at.clone(),
    };
    let said = said(context, &client, did.identity, &recovery, &statement).await?;
    let mut document = said.document;
    document["did"] = json!(did.to_string());
    document["key_file"] = json!(path.display().to_string());
    document["recovery_file"] = json!(next_path.as_ref().map(|path| path.display().to_string()));
    document["recovery_delay_s"] = json!(identity.recovery_delay_s);
    let mut text = format!("{did}\nkey file: {}\n", path.display());
    if let Some(next) = next_path {
        text.push_str(&format!("recovery code: {} (move it off this device)\n", next.display()));
    }
    text.push_str(&format!(
        "{}\nthe new key takes the place of all others {} h after the epoch of this event; until \
         then every live key can cancel it",
        said.text,
        identity.recovery_delay_s / 3600
    ));
    context.output.result(&document, &text);
    Ok(())
}

/// The recovery of an identity that waits, if there is one.
async fn waiting(client: &Client, identity: &str) -> Result<Option<Recovery>, CliError> {
    let request = GetIdentityRequest { identity: identity.to_owned() };
    let answer = client.identities().get_identity(request).await.map_err(client.failed())?;
    let identity = answer.into_inner().identity.ok_or_else(|| client.odd("no identity"))?;
    Ok(identity.recovery)
}

async fn status(context: &Context, identity: String) -> Result<(), CliError> {
    let client = context.connect().await?;
    let waiting = waiting(&client, &identity).await?;
    let document = json!({ "recovery": waiting.as_ref().map(people::recovery) });
    let text = match &waiting {
        None => "no recovery waits".to_owned(),
        Some(waiting) => format!(
            "a recovery waits since {}; the new key {} takes effect {}\nevent {}",
            date_time(waiting.requested_at_us),
            hex::encode(&waiting.public_key),
            match waiting.effective_at_us {
                0 => "after the delay, which begins with the next epoch".to_owned(),
                at => format!("with the first epoch from {} on", date_time(at)),
            },
            waiting.event,
        ),
    };
    context.output.result(&document, &text);
    Ok(())
}

async fn cancel(context: &Context, reason: String) -> Result<(), CliError> {
    let speaker = Speaker::open(context).await?;
    let waiting = waiting(&speaker.client, &speaker.file.did.to_string())
        .await?
        .ok_or_else(|| CliError::Negative("no recovery waits".to_owned()))?;
    let public_key = PublicKey::try_from(waiting.public_key.as_slice())
        .map_err(|_| speaker.client.odd("a key is 32 bytes"))?;
    let body = Body::KeyRevoked(KeyRevoked { public_key, reason });
    speaker.say_and_print(RealmId::NULL, body).await
}

//! `whoami` and `people`.

use erynoa_proto::api::v1::{Identity, ListIdentitiesRequest, Recovery};
use serde_json::{Value, json};

use crate::commands::Context;
use crate::error::CliError;
use crate::event_view::fields;
use crate::names;
use crate::output::{safe, table};
use crate::time_text::date_time;

pub(crate) fn document(identity: &Identity) -> Value {
    let keys: Vec<_> = identity
        .keys
        .iter()
        .map(|key| {
            json!({
                "public_key": hex::encode(&key.public_key),
                "purposes": key.purposes.iter().map(|&p| names::purpose(p)).collect::<Vec<_>>(),
                "label": key.label,
                "added_by": key.added_by,
                "added_at_us": key.added_at_us,
                "revoked_by": key.revoked_by,
                "revoked_at_us": key.revoked_at_us,
            })
        })
        .collect();
    json!({
        "did": identity.did,
        "uid": identity.uid,
        "namespace": names::namespace(identity.namespace),
        "display_name": identity.display_name,
        "controller": identity.controller,
        "created_at_us": identity.created_at_us,
        "created_by": identity.created_by,
        "events": identity.events,
        "root": identity.root,
        "verified": identity.verified,
        "deactivated_at_us": identity.deactivated_at_us,
        "recovery_delay_s": identity.recovery_delay_s,
        "recovery": identity.recovery.as_ref().map(recovery),
        "keys": keys,
    })
}

/// A recovery that waits.
pub(crate) fn recovery(waiting: &Recovery) -> Value {
    json!({
        "event": waiting.event,
        "public_key": hex::encode(&waiting.public_key),
        "requested_at_us": waiting.requested_at_us,
        "effective_at_us": waiting.effective_at_us,
    })
}

/// The identity of the key file, as the server knows it.
pub(crate) async fn whoami(context: &Context) -> Result<(), CliError> {
    let file = context.key()?;
    let client = context.connect().await?;
    let known = client.key(&file.key).await?;
    let Some(identity) = known.identity else {
        return Err(CliError::Negative(format!(
            "{} is not registered at {}; `erynoa register` does that",
            file.did,
            context.server()
        )));
    };
    let mut document = document(&identity);
    document["key"] = json!(file.key.public_key().to_string());
    document["key_live"] = json!(known.live);
    let mut text = fields(&document);
    for key in &identity.keys {
        text.push_str(&format!(
            "key {} {} since {}{}\n",
            hex::encode(key.public_key.get(..4).unwrap_or_default()),
            safe(&key.label),
            date_time(key.added_at_us),
            if key.revoked_by.is_empty() { "" } else { " (revoked)" },
        ));
    }
    context.output.result(&document, &text);
    Ok(())
}

/// Searches identities.
pub(crate) async fn search(
    context: &Context,
    query: Option<String>,
    limit: u32,
) -> Result<(), CliError> {
    let client = context.connect().await?;
    let query = query.unwrap_or_default();
    let (mut found, mut page_token, mut total) = (Vec::new(), String::new(), 0);
    loop {
        let left = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        if left == 0 {
            break;
        }
        let request =
            ListIdentitiesRequest { query: query.clone(), page_size: left.min(100), page_token };
        let page = client.identities().list_identities(request).await.map_err(client.failed())?;
        let page = page.into_inner();
        found.extend(page.identities);
        total = page.total;
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let rows: Vec<_> = found
        .iter()
        .map(|identity| {
            vec![
                safe(&identity.display_name),
                names::namespace(identity.namespace),
                identity.events.to_string(),
                identity.did.clone(),
            ]
        })
        .collect();
    let document = json!({
        "identities": found.iter().map(document).collect::<Vec<_>>(),
        "total": total,
    });
    context.output.result(&document, &table(&["name", "kind", ">events", "did"], &rows));
    if found.is_empty() {
        return Err(CliError::Negative(format!("nobody is found by {query:?}")));
    }
    Ok(())
}

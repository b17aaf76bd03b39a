//! `credential issue|list|revoke`.

use erynoa_events::{Body, CredentialIssued, CredentialRevoked};
use erynoa_proto::api::v1::{CredentialRecord, ListCredentialsRequest};
use serde_json::{Value, json};

use crate::commands::{Context, collect};
use crate::error::CliError;
use crate::event_view::who;
use crate::names;
use crate::output::{safe, table};
use crate::speaker::{Speaker, event_id, event_of, identity};
use crate::statement_arguments::{CredentialCommand, StatementFilter};
use crate::time_text::date;

pub(crate) async fn run(context: &Context, command: CredentialCommand) -> Result<(), CliError> {
    match command {
        CredentialCommand::Issue { subject, credential_type, claim, content, expires } => {
            let subject = identity(&subject)?;
            let content_hash = content
                .map(|file| {
                    let bytes =
                        std::fs::read(&file).map_err(|error| CliError::file(&file, error))?;
                    Ok::<_, CliError>(*blake3::hash(&bytes).as_bytes())
                })
                .transpose()?;
            let speaker = Speaker::open(context).await?;
            let expires_at_us = speaker.end("--expires", expires.as_deref()).await?;
            let realm = context.realm(&speaker.client).await?;
            let body =
                CredentialIssued { subject, credential_type, claim, content_hash, expires_at_us };
            speaker.say_and_print(realm, Body::CredentialIssued(body)).await
        }
        CredentialCommand::List(filter) => list(context, filter).await,
        CredentialCommand::Revoke { event, fraud, reason } => {
            let credential = event_id(&event)?;
            let speaker = Speaker::open(context).await?;
            let issued = event_of(&speaker.client, &credential).await?;
            let Body::CredentialIssued(said) = issued.body else {
                return Err(CliError::Usage(format!("{event} is no credential_issued")));
            };
            let body = CredentialRevoked { credential, subject: said.subject, fraud, reason };
            speaker.say_and_print(issued.realm, Body::CredentialRevoked(body)).await
        }
    }
}

fn document(credential: &CredentialRecord) -> Value {
    json!({
        "id": credential.id,
        "issuer": credential.issuer,
        "issuer_name": credential.issuer_name,
        "subject": credential.subject,
        "subject_name": credential.subject_name,
        "type": credential.r#type,
        "claim": credential.claim,
        "content_hash": hex::encode(&credential.content_hash),
        "state": names::statement_state(credential.state),
        "fraud": credential.fraud,
        "wall_us": credential.wall_us,
        "expires_at_us": credential.expires_at_us,
        "realm": credential.realm,
    })
}

async fn list(context: &Context, filter: StatementFilter) -> Result<(), CliError> {
    let identity = context.subject(filter.identity)?;
    let client = context.connect().await?;
    let realm = context.realm_filter(&client).await?;
    let mut sides = Vec::new();
    for held in [true, false] {
        let side = |wanted: bool| if wanted { identity.clone() } else { String::new() };
        let request = ListCredentialsRequest {
            subject: side(held),
            issuer: side(!held),
            realm: realm.clone(),
            include_ended: filter.all,
            ..ListCredentialsRequest::default()
        };
        let found = collect(filter.limit, async |page_size, page_token| {
            let request = ListCredentialsRequest { page_size, page_token, ..request.clone() };
            let page = client.trust().list_credentials(request).await.map_err(client.failed())?;
            let page = page.into_inner();
            Ok((page.credentials, page.next_page_token))
        })
        .await?;
        sides.push(found);
    }
    let rows: Vec<_> = sides
        .iter()
        .flatten()
        .map(|credential| {
            vec![
                safe(&credential.r#type),
                who(&credential.subject_name, &credential.subject),
                who(&credential.issuer_name, &credential.issuer),
                names::statement_state(credential.state),
                date(credential.wall_us),
                safe(&credential.claim),
                credential.id.clone(),
            ]
        })
        .collect();
    let documents = |list: &[CredentialRecord]| list.iter().map(document).collect::<Vec<_>>();
    let json = json!({ "held": documents(&sides[0]), "issued": documents(&sides[1]) });
    let headings = ["type", "of", "by", "state", "since", "claim", "event"];
    context.output.result(&json, &table(&headings, &rows));
    Ok(())
}

//! `agent create|list|show|revoke|deactivate`.

use std::path::{Path, PathBuf};

use erynoa_events::{
    Body, Controller, DelegationRevoked, IdentityCreated, IdentityDeactivated, SigningKey,
    controller_message,
};
use erynoa_kernel::{Entropy, IdentityId, RealmId, Secret};
use erynoa_proto::api::v1::{
    DelegationRecord, DelegationState, EventFilter, EventOrder, GetIdentityRequest, Identity,
    ListControlledRequest, ListDelegationsRequest,
};
use serde_json::{Value, json};

use crate::client::Client;
use crate::commands::events::recent;
use crate::commands::{Context, check_identity, collect, delegation, people};
use crate::error::CliError;
use crate::event_view;
use crate::identity_arguments::{AgentCommand, AgentCreation};
use crate::identity_event::{born, found};
use crate::key_file;
use crate::output::{safe, table};
use crate::speaker::{Speaker, event_id, identity};

pub(crate) async fn run(context: &Context, command: AgentCommand) -> Result<(), CliError> {
    match command {
        AgentCommand::Create(arguments) => create(context, arguments).await,
        AgentCommand::List { controller, limit } => list(context, controller, limit).await,
        AgentCommand::Show { agent, limit } => show(context, agent, limit).await,
        AgentCommand::Revoke { agent, reason } => revoke(context, &agent, &reason).await,
        AgentCommand::Deactivate { agent, reason } => {
            let speaker = Speaker::open(context).await?;
            let body = IdentityDeactivated { identity: identity(&agent)?, reason };
            speaker.say_and_print(RealmId::NULL, Body::IdentityDeactivated(body)).await
        }
    }
}

/// Makes the key, lets it found the identity with the controller's consent, and
/// lends. The key file is on disk before the server hears of the key.
async fn create(context: &Context, arguments: AgentCreation) -> Result<(), CliError> {
    let speaker = Speaker::open(context).await?;
    let namespace = arguments.namespace.domain();
    let seed = Secret::new(context.entropy.bytes32());
    let key = SigningKey::from_seed(*seed.expose());
    let agent = IdentityId::of(namespace, &key.public_key());
    let owner = &speaker.file;
    let controller = Controller {
        identity: owner.did.identity,
        public_key: owner.key.public_key(),
        signature: owner.key.sign(&controller_message(&agent)),
    };
    // All that can be wrong with the command line is found before anything is
    // written or sent.
    let realm = context.realm(&speaker.client).await?;
    let lent = if arguments.lending.capabilities.is_empty() {
        None
    } else {
        Some(delegation::body(&speaker, agent, arguments.lending, None, None).await?)
    };
    let born =
        IdentityCreated { controller: Some(controller), ..born(namespace, &arguments.name, "") };
    let (did, created) = found(&seed, born, speaker.now_us().await?)?;
    let path = arguments.out.map_or_else(|| beside(&context.key_path()?, &agent), Ok)?;
    key_file::write(&path, &did, &seed, &created)?;
    speaker.client.submit(&created).await?;
    let delegation = match lent {
        Some(body) => Some(speaker.say(realm, body).await?),
        None => None,
    };
    let document = json!({
        "did": did.to_string(),
        "key_file": path.display().to_string(),
        "event": created.id().to_string(),
        "delegation": delegation.as_ref().map(|said| &said.document),
    });
    let mut text = format!("{did}\nkey file: {}\n", path.display());
    text.push_str(&match delegation {
        Some(said) => format!("delegation: {}", said.text),
        None => "may do nothing yet; `erynoa delegation give` lends it something".to_owned(),
    });
    context.output.result(&document, &text);
    Ok(())
}

/// Where an agent's key goes: the folder of its owner's key.
fn beside(owner: &Path, agent: &IdentityId) -> Result<PathBuf, CliError> {
    let name: String = agent.to_string().chars().skip(8).take(8).collect();
    let folder = owner.parent().ok_or_else(|| {
        CliError::Usage(format!("{}: say where the key goes with --out", owner.display()))
    })?;
    Ok(folder.join(format!("agent-{name}.json")))
}

async fn list(context: &Context, controller: Option<String>, limit: u32) -> Result<(), CliError> {
    let controller = context.subject(controller)?;
    let client = context.connect().await?;
    let found = collect(limit, async |page_size, page_token| {
        let request =
            ListControlledRequest { controller: controller.clone(), page_size, page_token };
        let page = client.identities().list_controlled(request).await.map_err(client.failed())?;
        let page = page.into_inner();
        Ok((page.identities, page.next_page_token))
    })
    .await?;
    let mut rows = Vec::new();
    let mut documents = Vec::new();
    for agent in &found {
        let lent = delegations(&client, "", &agent.did).await?;
        let mut capabilities: Vec<&str> =
            lent.iter().flat_map(|lent| &lent.capabilities).map(String::as_str).collect();
        capabilities.sort_unstable();
        capabilities.dedup();
        rows.push(vec![
            safe(&agent.display_name),
            crate::names::namespace(agent.namespace),
            if agent.deactivated_at_us > 0 { "deactivated" } else { "live" }.to_owned(),
            agent.events.to_string(),
            safe(&capabilities.join(" ")),
            agent.did.clone(),
        ]);
        documents.push(with_delegations(agent, &lent));
    }
    let headings = ["name", "kind", "state", ">events", "may", "did"];
    context.output.result(&json!({ "agents": documents }), &table(&headings, &rows));
    Ok(())
}

fn with_delegations(agent: &Identity, lent: &[DelegationRecord]) -> Value {
    let mut document = people::document(agent);
    document["delegations"] = lent.iter().map(delegation::document).collect();
    document
}

/// Live delegations from one identity to another; either may be empty for
/// anybody.
async fn delegations(
    client: &Client,
    delegator: &str,
    delegate: &str,
) -> Result<Vec<DelegationRecord>, CliError> {
    collect(0, async |page_size, page_token| {
        let request = ListDelegationsRequest {
            delegator: delegator.to_owned(),
            delegate: delegate.to_owned(),
            include_ended: false,
            page_size,
            page_token,
        };
        let page = client.identities().list_delegations(request).await.map_err(client.failed())?;
        let page = page.into_inner();
        Ok((page.delegations, page.next_page_token))
    })
    .await
}

async fn show(context: &Context, agent: String, limit: u32) -> Result<(), CliError> {
    check_identity(&agent)?;
    let client = context.connect().await?;
    let request = GetIdentityRequest { identity: agent };
    let answer = client.identities().get_identity(request).await.map_err(client.failed())?;
    let agent = answer.into_inner().identity.ok_or_else(|| client.odd("no identity"))?;
    let lent = delegations(&client, "", &agent.did).await?;
    let filter = EventFilter { author: agent.did.clone(), ..EventFilter::default() };
    let order = EventOrder::NewestFirst as i32;
    let events =
        if limit == 0 { Vec::new() } else { recent(&client, filter, order, limit).await? };
    let mut document = with_delegations(&agent, &lent);
    let mut text = event_view::fields(&people::document(&agent));
    text.push('\n');
    text.push_str(&delegation::text(&lent));
    text.push('\n');
    for event in &events {
        text.push_str(&format!("{}\n", event_view::line(event)));
    }
    document["recent"] = events.iter().map(event_view::document).collect();
    context.output.result(&document, &text);
    Ok(())
}

/// Takes back every live delegation from the key file's identity to the agent.
async fn revoke(context: &Context, agent: &str, reason: &str) -> Result<(), CliError> {
    check_identity(agent)?;
    let speaker = Speaker::open(context).await?;
    let own = speaker.file.did.to_string();
    let mut live = delegations(&speaker.client, &own, agent).await?;
    live.retain(|lent| lent.state != DelegationState::Revoked as i32);
    if live.is_empty() {
        return Err(CliError::Negative("you have lent it nothing that is live".to_owned()));
    }
    let (mut documents, mut text) = (Vec::new(), String::new());
    for lent in &live {
        let delegation = event_id(&lent.id)?;
        let realm = lent.realm.parse().map_err(|_| speaker.client.odd("no realm"))?;
        let body = DelegationRevoked { delegation, reason: reason.to_owned() };
        let said = speaker.say(realm, Body::DelegationRevoked(body)).await?;
        text.push_str(&format!("{} is taken back\n", lent.id));
        documents.push(said.document);
    }
    context.output.result(&json!({ "revoked": documents }), &text);
    Ok(())
}

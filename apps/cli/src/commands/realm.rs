//! `realm list|show|rules|members|templates|create`, and the rest by
//! [`realm_membership`](super::realm_membership).

use erynoa_events::{Body, RealmCreated, Rule};
use erynoa_kernel::{Entropy, RealmId};
use erynoa_proto::api::v1::{
    EffectiveRule, GetRealmRequest, ListMembersRequest, ListRealmsRequest, ListRulesRequest,
    ListTemplatesRequest, Member, QuotaUse, Realm, RealmTemplate,
};
use serde_json::{Value, json};

use crate::client::Client;
use crate::commands::{Context, check_identity, collect, realm_membership, realm_named};
use crate::error::CliError;
use crate::event_view::fields;
use crate::output::{ratio, safe, table};
use crate::realm_arguments::{RealmCommand, RealmCreation};
use crate::speaker::{Speaker, identities};
use crate::{names, rule_file};

pub(crate) async fn run(context: &Context, command: RealmCommand) -> Result<(), CliError> {
    match command {
        RealmCommand::List { query, member, limit } => list(context, query, member, limit).await,
        RealmCommand::Show { which } => show(context, which).await,
        RealmCommand::Rules { which } => rules(context, which).await,
        RealmCommand::Members { which, query, former, limit } => {
            members(context, which, query, former, limit).await
        }
        RealmCommand::Templates => {
            let templates = templates(&context.connect().await?).await?;
            let document = json!({
                "templates": templates
                    .iter()
                    .map(|template| json!({
                        "id": template.id,
                        "rules": template.rules.iter().map(rule_file::document).collect::<Vec<_>>(),
                    }))
                    .collect::<Vec<_>>(),
            });
            let mut text = String::new();
            for template in &templates {
                text.push_str(&format!("{}\n", template.id));
                for rule in &template.rules {
                    let rule = rule_file::document(rule);
                    text.push_str(&format!(
                        "  {}: {} {}\n",
                        said(&rule["id"]),
                        said(&rule["category"]),
                        rule["parameters"]
                    ));
                }
            }
            context.output.result(&document, &text);
            Ok(())
        }
        RealmCommand::Create(arguments) => create(context, arguments).await,
        RealmCommand::Check { which, subject, from, endorsers } => {
            realm_membership::check(context, &which, subject, from, endorsers).await
        }
        RealmCommand::Endorse { which, person } => {
            realm_membership::endorse(context, &which, &person).await
        }
        RealmCommand::Join { which, from, endorsements } => {
            realm_membership::join(context, &which, from, &endorsements).await
        }
        RealmCommand::Leave { which, reason } => {
            realm_membership::leave(context, &which, reason).await
        }
    }
}

/// A text of a document, fit for a terminal.
fn said(value: &Value) -> String {
    safe(value.as_str().unwrap_or_default())
}

/// The realm that is named here or by `--realm`; empty for the root.
async fn asked(
    context: &Context,
    client: &Client,
    which: Option<String>,
) -> Result<String, CliError> {
    match which {
        Some(which) => Ok(realm_named(client, &which).await?.to_string()),
        None => context.realm_filter(client).await,
    }
}

/// Who looks: the identity of the key file, if there is one.
fn viewer(context: &Context) -> String {
    context.key().map(|file| file.did.to_string()).unwrap_or_default()
}

fn document(realm: &Realm) -> Value {
    json!({
        "id": realm.id,
        "name": realm.name,
        "description": realm.description,
        "parent": realm.parent,
        "depth": realm.depth,
        "partition": realm.partition,
        "founders": realm.founders,
        "founder_names": realm.founder_names,
        "members": realm.members,
        "children": realm.children,
        "created_at_us": realm.created_at_us,
        "created_by": realm.created_by,
        "isolation": names::isolation(realm.isolation),
        "join_policy": names::join_policy(realm.join_policy),
        "min_trust_ppm": realm.min_trust_ppm,
        "open_proposals": realm.open_proposals,
        "breaker": names::breaker(realm.breaker),
        "viewer_state": names::member_state(realm.viewer_state),
    })
}

async fn list(
    context: &Context,
    query: Option<String>,
    member: Option<String>,
    limit: u32,
) -> Result<(), CliError> {
    if let Some(member) = &member {
        check_identity(member)?;
    }
    let client = context.connect().await?;
    let request = ListRealmsRequest {
        query: query.unwrap_or_default(),
        parent: context.realm_filter(&client).await?,
        member: member.unwrap_or_default(),
        viewer: viewer(context),
        ..ListRealmsRequest::default()
    };
    let found = collect(limit, async |page_size, page_token| {
        let request = ListRealmsRequest { page_size, page_token, ..request.clone() };
        let page = client.realms().list_realms(request).await.map_err(client.failed())?;
        let page = page.into_inner();
        Ok((page.realms, page.next_page_token))
    })
    .await?;
    let rows: Vec<_> = found
        .iter()
        .map(|realm| {
            vec![
                format!("{}{}", "  ".repeat(realm.depth as usize), safe(&realm.name)),
                realm.members.to_string(),
                names::join_policy(realm.join_policy),
                names::isolation(realm.isolation),
                ratio(realm.min_trust_ppm),
                match realm.viewer_state {
                    0 => String::new(),
                    state => names::member_state(state),
                },
                realm.id.clone(),
            ]
        })
        .collect();
    let headings = ["realm", ">members", "joining", "isolation", ">trust", "you", "id"];
    let document = json!({ "realms": found.iter().map(document).collect::<Vec<_>>() });
    context.output.result(&document, &table(&headings, &rows));
    Ok(())
}

fn quota_document(quota: &QuotaUse) -> Value {
    json!({
        "events": quota.events,
        "events_limit": quota.events_limit,
        "bytes": quota.bytes,
        "bytes_limit": quota.bytes_limit,
        "gas": quota.gas,
        "gas_limit": quota.gas_limit,
        "crossings": quota.crossings,
        "crossings_limit": quota.crossings_limit,
        "throttled": quota.throttled,
    })
}

async fn show(context: &Context, which: Option<String>) -> Result<(), CliError> {
    let client = context.connect().await?;
    let realm = asked(context, &client, which).await?;
    let request = GetRealmRequest { realm, viewer: viewer(context) };
    let answer = client.realms().get_realm(request).await.map_err(client.failed())?.into_inner();
    let realm = answer.realm.ok_or_else(|| client.odd("GetRealm without a realm"))?;
    let above: Vec<_> = answer.ancestors.iter().map(|realm| safe(&realm.name)).collect();
    let mut document = document(&realm);
    let mut text = String::new();
    if !above.is_empty() {
        text.push_str(&format!("{} ⊃\n", above.join(" ⊃ ")));
    }
    text.push_str(&fields(&document));
    if let Some(quota) = &answer.quota {
        text.push_str(&format!(
            "quota of this epoch: {} of {} events, {} of {} bytes, {} of {} gas, {} of {} \
             crossings{}\n",
            quota.events,
            quota.events_limit,
            quota.bytes,
            quota.bytes_limit,
            quota.gas,
            quota.gas_limit,
            quota.crossings,
            quota.crossings_limit,
            if quota.throttled { "; throttled" } else { "" },
        ));
    }
    document["ancestors"] = answer.ancestors.iter().map(self::document).collect();
    document["quota"] = answer.quota.as_ref().map(quota_document).into();
    context.output.result(&document, &text);
    Ok(())
}

fn rule_state(rule: &EffectiveRule) -> String {
    if !rule.overruled_by_rule.is_empty() {
        return format!("stricter: {}", safe(&rule.overruled_by_rule));
    }
    if rule.future { "not yet" } else { "in force" }.to_owned()
}

async fn rules(context: &Context, which: Option<String>) -> Result<(), CliError> {
    let client = context.connect().await?;
    let realm = asked(context, &client, which).await?;
    let request = ListRulesRequest { realm };
    let answer = client.realms().list_rules(request).await.map_err(client.failed())?.into_inner();
    let mut documents = Vec::new();
    let mut rows = Vec::new();
    for effective in &answer.rules {
        let mut document = effective.rule.as_ref().map(rule_file::document).unwrap_or_default();
        rows.push(vec![
            said(&document["id"]),
            said(&document["category"]),
            safe(&document["parameters"].to_string()),
            if effective.inherited { safe(&effective.origin_name) } else { "own".to_owned() },
            rule_state(effective),
        ]);
        document["origin"] = json!(effective.origin);
        document["origin_name"] = json!(effective.origin_name);
        document["inherited"] = json!(effective.inherited);
        document["future"] = json!(effective.future);
        document["overruled_by_realm"] = json!(effective.overruled_by_realm);
        document["overruled_by_rule"] = json!(effective.overruled_by_rule);
        document["set_by"] = json!(effective.set_by);
        documents.push(document);
    }
    let text = table(&["rule", "category", "parameters", "from", "state"], &rows);
    context.output.result(&json!({ "rules": documents }), &text);
    Ok(())
}

fn member_document(member: &Member) -> Value {
    json!({
        "identity": member.identity,
        "name": member.name,
        "state": names::member_state(member.state),
        "since_us": member.since_us,
        "norm_ppm": member.norm_ppm,
        "verified": member.verified,
        "has_voice": member.has_voice,
    })
}

async fn members(
    context: &Context,
    which: Option<String>,
    query: String,
    include_former: bool,
    limit: u32,
) -> Result<(), CliError> {
    let client = context.connect().await?;
    let realm = asked(context, &client, which).await?;
    let found = collect(limit, async |page_size, page_token| {
        let request = ListMembersRequest {
            realm: realm.clone(),
            query: query.clone(),
            include_former,
            page_size,
            page_token,
        };
        let page = client.realms().list_members(request).await.map_err(client.failed())?;
        let page = page.into_inner();
        Ok((page.members, page.next_page_token))
    })
    .await?;
    let yes = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let rows: Vec<_> = found
        .iter()
        .map(|member| {
            vec![
                safe(&member.name),
                names::member_state(member.state),
                ratio(member.norm_ppm),
                yes(member.has_voice),
                yes(member.verified),
                member.identity.clone(),
            ]
        })
        .collect();
    let headings = ["name", "state", ">norm", "voice", "verified", "did"];
    let document = json!({ "members": found.iter().map(member_document).collect::<Vec<_>>() });
    context.output.result(&document, &table(&headings, &rows));
    Ok(())
}

async fn templates(client: &Client) -> Result<Vec<RealmTemplate>, CliError> {
    let answer = client.realms().list_templates(ListTemplatesRequest {}).await;
    Ok(answer.map_err(client.failed())?.into_inner().templates)
}

/// Rules of a template.
async fn template(client: &Client, id: &str) -> Result<Vec<Rule>, CliError> {
    let templates = templates(client).await?;
    let Some(template) = templates.iter().find(|template| template.id == id) else {
        let known: Vec<_> = templates.iter().map(|template| template.id.as_str()).collect();
        return Err(CliError::Usage(format!("--template {id}: there are {}", known.join(", "))));
    };
    template
        .rules
        .iter()
        .map(|rule| rule_file::parse(&rule_file::document(rule)).map_err(|why| client.odd(&why)))
        .collect()
}

async fn create(context: &Context, arguments: RealmCreation) -> Result<(), CliError> {
    let speaker = Speaker::open(context).await?;
    let client = &speaker.client;
    let parent = match &arguments.parent {
        Some(named) => realm_named(client, named).await?,
        None => context.realm(client).await?,
    };
    let first = match &arguments.template {
        Some(id) => template(client, id).await?,
        None => Vec::new(),
    };
    let mut founders = identities(&arguments.founders)?;
    founders.push(speaker.identity());
    founders.sort_unstable();
    founders.dedup();
    let random = context.entropy.bytes32();
    let nonce: [u8; 16] = std::array::from_fn(|place| random[place]);
    let realm = RealmId::of(&speaker.identity(), &parent, &arguments.name, &nonce);
    let body = Body::RealmCreated(RealmCreated {
        realm,
        name: arguments.name,
        founders,
        parent: Some(parent),
        nonce: Some(nonce),
        description: arguments.description,
        partition: arguments.partition,
        rules: rule_file::read(first, &arguments.rules)?,
    });
    let mut said = speaker.say(realm, body).await?;
    said.document["realm"] = json!(realm.to_string());
    context.output.result(&said.document, &format!("realm {realm}\n{}", said.text));
    Ok(())
}

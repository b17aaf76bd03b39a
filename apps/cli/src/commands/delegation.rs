//! `delegation give|list|check|revoke`.

use erynoa_events::{Body, Delegation, DelegationRevoked};
use erynoa_kernel::IdentityId;
use erynoa_proto::api::v1::{CheckDelegationRequest, DelegationRecord, ListDelegationsRequest};
use serde_json::{Value, json};

use crate::commands::{Context, check_identity, collect};
use crate::error::CliError;
use crate::event_view::who;
use crate::identity_arguments::{DelegationCommand, LendingArguments};
use crate::output::{ratio, safe, table};
use crate::speaker::{Speaker, event_id, event_of, identity};
use crate::time_text::date_time;
use crate::{names, violation};

pub(crate) async fn run(context: &Context, command: DelegationCommand) -> Result<(), CliError> {
    match command {
        DelegationCommand::Give { delegate, lending, from, via } => {
            let delegate = identity(&delegate)?;
            if lending.capabilities.is_empty() {
                return Err(CliError::Usage("say what may be done with --can".to_owned()));
            }
            let speaker = Speaker::open(context).await?;
            let realm = context.realm(&speaker.client).await?;
            let body = body(&speaker, delegate, lending, from, via).await?;
            speaker.say_and_print(realm, body).await
        }
        DelegationCommand::List { identity, all, limit } => {
            list(context, context.subject(identity)?, all, limit).await
        }
        DelegationCommand::Check { delegate, capability } => {
            check(context, delegate, capability).await
        }
        DelegationCommand::Revoke { event, reason } => {
            let delegation = event_id(&event)?;
            let speaker = Speaker::open(context).await?;
            let realm = event_of(&speaker.client, &delegation).await?.realm;
            let body = DelegationRevoked { delegation, reason };
            speaker.say_and_print(realm, Body::DelegationRevoked(body)).await
        }
    }
}

/// What is said to lend something.
pub(crate) async fn body(
    speaker: &Speaker<'_>,
    delegate: IdentityId,
    lending: LendingArguments,
    from: Option<String>,
    via: Option<String>,
) -> Result<Body, CliError> {
    let mut capabilities = lending.capabilities;
    capabilities.sort_unstable();
    capabilities.dedup();
    Ok(Body::Delegation(Delegation {
        delegate,
        factor_ppm: lending.factor,
        capabilities,
        not_before_us: speaker.end("--from", from.as_deref()).await?.unwrap_or(0),
        expires_at_us: speaker.end("--expires", lending.expires.as_deref()).await?,
        max_depth: lending.depth,
        via: via.as_deref().map(event_id).transpose()?,
    }))
}

/// One delegation.
pub(crate) fn document(lent: &DelegationRecord) -> Value {
    json!({
        "id": lent.id,
        "delegator": lent.delegator,
        "delegator_name": lent.delegator_name,
        "delegate": lent.delegate,
        "delegate_name": lent.delegate_name,
        "realm": lent.realm,
        "factor_ppm": lent.factor_ppm,
        "capabilities": lent.capabilities,
        "not_before_us": lent.not_before_us,
        "expires_at_us": lent.expires_at_us,
        "max_depth": lent.max_depth,
        "via": lent.via,
        "state": names::delegation_state(lent.state),
        "created_at_us": lent.created_at_us,
        "revoked_at_us": lent.revoked_at_us,
    })
}

/// Delegations as a table.
pub(crate) fn text(list: &[DelegationRecord]) -> String {
    let rows: Vec<_> = list
        .iter()
        .map(|lent| {
            vec![
                who(&lent.delegator_name, &lent.delegator),
                who(&lent.delegate_name, &lent.delegate),
                names::delegation_state(lent.state),
                ratio(lent.factor_ppm),
                lent.max_depth.to_string(),
                match lent.expires_at_us {
                    0 => "never".to_owned(),
                    end => date_time(end),
                },
                safe(&lent.capabilities.join(" ")),
                lent.id.clone(),
            ]
        })
        .collect();
    table(&["by", "to", "state", ">factor", ">depth", "ends", "may", "event"], &rows)
}

async fn list(
    context: &Context,
    identity: String,
    include_ended: bool,
    limit: u32,
) -> Result<(), CliError> {
    let client = context.connect().await?;
    let mut sides = Vec::new();
    for given in [true, false] {
        let side = |wanted: bool| if wanted { identity.clone() } else { String::new() };
        let found = collect(limit, async |page_size, page_token| {
            let request = ListDelegationsRequest {
                delegator: side(given),
                delegate: side(!given),
                include_ended,
                page_size,
                page_token,
            };
            let page =
                client.identities().list_delegations(request).await.map_err(client.failed())?;
            let page = page.into_inner();
            Ok((page.delegations, page.next_page_token))
        })
        .await?;
        sides.push(found);
    }
    let documents = |list: &[DelegationRecord]| list.iter().map(document).collect::<Vec<_>>();
    let json = json!({ "given": documents(&sides[0]), "received": documents(&sides[1]) });
    context.output.result(&json, &text(&sides.concat()));
    Ok(())
}

async fn check(context: &Context, delegate: String, capability: String) -> Result<(), CliError> {
    check_identity(&delegate)?;
    let client = context.connect().await?;
    let realm = context.realm_filter(&client).await?;
    let request = CheckDelegationRequest { delegate, capability, realm };
    let answer = client.identities().check_delegation(request).await.map_err(client.failed())?;
    let answer = answer.into_inner();
    let document = json!({
        "allowed": answer.allowed,
        "chain": answer.chain.iter().map(document).collect::<Vec<_>>(),
        "values_ppm": answer.values_ppm,
        "class": names::class(answer.class),
        "violations": violation::documents(&answer.violations),
    });
    if !answer.allowed {
        if context.output.is_json() {
            context.output.result(&document, "");
        }
        return Err(CliError::not_allowed(&answer.violations));
    }
    let values: Vec<_> = answer.values_ppm.iter().map(|&value| ratio(value)).collect();
    let text = format!(
        "allowed by {} links\n{}\ntrust that goes with it (R I C P V Ω): {}",
        answer.chain.len(),
        text(&answer.chain),
        values.join(" "),
    );
    context.output.result(&document, &text);
    Ok(())
}

//! `vouch give|list|revoke`.

use erynoa_events::{Body, Vouch, VouchRevoked};
use erynoa_proto::api::v1::{ListVouchesRequest, VouchRecord};
use serde_json::{Value, json};

use crate::commands::{Context, collect};
use crate::error::CliError;
use crate::event_view::who;
use crate::names;
use crate::output::{ratio, safe, table, units};
use crate::speaker::{Speaker, event_id, event_of, identity};
use crate::statement_arguments::{StatementFilter, VouchCommand};
use crate::time_text::date;

pub(crate) async fn run(context: &Context, command: VouchCommand) -> Result<(), CliError> {
    match command {
        VouchCommand::Give { member, stake, comment, expires } => {
            let member = identity(&member)?;
            let speaker = Speaker::open(context).await?;
            let expires_at_us = speaker.end("--expires", expires.as_deref()).await?;
            let realm = context.realm(&speaker.client).await?;
            let body = Vouch { member, stake_ppm: stake, comment, expires_at_us };
            speaker.say_and_print(realm, Body::Vouch(body)).await
        }
        VouchCommand::List(filter) => list(context, filter).await,
        VouchCommand::Revoke { event, reason } => {
            let vouch = event_id(&event)?;
            let speaker = Speaker::open(context).await?;
            let realm = event_of(&speaker.client, &vouch).await?.realm;
            let body = Body::VouchRevoked(VouchRevoked { vouch, reason });
            speaker.say_and_print(realm, body).await
        }
    }
}

fn document(vouch: &VouchRecord) -> Value {
    json!({
        "id": vouch.id,
        "voucher": vouch.voucher,
        "voucher_name": vouch.voucher_name,
        "member": vouch.member,
        "member_name": vouch.member_name,
        "stake_ppm": vouch.stake_ppm,
        "weight": vouch.weight,
        "state": names::statement_state(vouch.state),
        "comment": vouch.comment,
        "wall_us": vouch.wall_us,
        "expires_at_us": vouch.expires_at_us,
    })
}

async fn list(context: &Context, filter: StatementFilter) -> Result<(), CliError> {
    let identity = context.subject(filter.identity)?;
    let client = context.connect().await?;
    let realm = context.realm_filter(&client).await?;
    let mut sides = Vec::new();
    for given in [true, false] {
        let side = |wanted: bool| if wanted { identity.clone() } else { String::new() };
        let request = ListVouchesRequest {
            voucher: side(given),
            member: side(!given),
            realm: realm.clone(),
            include_ended: filter.all,
            ..ListVouchesRequest::default()
        };
        let found = collect(filter.limit, async |page_size, page_token| {
            let request = ListVouchesRequest { page_size, page_token, ..request.clone() };
            let page = client.trust().list_vouches(request).await.map_err(client.failed())?;
            let page = page.into_inner();
            Ok((page.vouches, page.next_page_token))
        })
        .await?;
        sides.push(found);
    }
    let rows: Vec<_> = sides
        .iter()
        .flatten()
        .map(|vouch| {
            vec![
                who(&vouch.voucher_name, &vouch.voucher),
                who(&vouch.member_name, &vouch.member),
                names::statement_state(vouch.state),
                ratio(vouch.stake_ppm),
                units(vouch.weight),
                date(vouch.wall_us),
                safe(&vouch.comment),
                vouch.id.clone(),
            ]
        })
        .collect();
    let documents = |list: &[VouchRecord]| list.iter().map(document).collect::<Vec<_>>();
    let json = json!({ "given": documents(&sides[0]), "received": documents(&sides[1]) });
    let headings = ["by", "for", "state", ">stake", ">weight", "since", "comment", "event"];
    context.output.result(&json, &table(&headings, &rows));
    Ok(())
}

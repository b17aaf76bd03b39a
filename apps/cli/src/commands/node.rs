//! Verbs about nodes.

use erynoa_events::{parse_verifier_key, witness_verifier_key};
use erynoa_kernel::Did;
use erynoa_proto::api::v1 as api;
use serde_json::{Value, json};

use super::signed::Signed;
use super::{Context, collect, node_setup};
use crate::client::moment;
use crate::error::CliError;
use crate::identity_event::{born, found};
use crate::names::{node_role, peer_standing};
use crate::node_arguments::{NodeCommand, PeerStateArgument};
use crate::node_key;
use crate::output::{safe, table};
use crate::time_text::{date_time, parse_moment};

/// Runs a verb.
///
/// # Errors
/// The server's refusals; problems with the data folder.
pub(crate) async fn run(context: &Context, command: NodeCommand) -> Result<(), CliError> {
    match command {
        NodeCommand::Status => status(context).await,
        NodeCommand::Peers { state, limit } => peers(context, state, limit).await,
        NodeCommand::Connect { address } => connect(context, address).await,
        NodeCommand::Ban { peer, span, reason } => ban(context, peer, &span, reason).await,
        NodeCommand::Unban { peer } => unban(context, peer).await,
        NodeCommand::Witnesses => witnesses(context).await,
        NodeCommand::Key { data_dir: Some(folder) } => {
            let seed = node_key::read_or_make(&folder, &context.entropy)?;
            let key = node_key::public(&seed);
            let did = node_key::did(&key);
            let witness = witness_verifier_key(&did.to_string(), &key);
            show_key(context, &node_key::peer_id(&key), &did, &witness, None);
            Ok(())
        }
        NodeCommand::Key { data_dir: None } => key_of_server(context).await,
        NodeCommand::Register { data_dir, name, invitation } => {
            let seed = node_key::read_or_make(&data_dir, &context.entropy)?;
            let client = context.connect().await?;
            let now_us = client.key(&erynoa_events::SigningKey::from_seed(*seed.expose())).await?;
            let now_us = moment(context.at.as_deref(), now_us.now_us)?;
            let said = born(erynoa_kernel::Namespace::Craft, &name, "node");
            let (did, created) = found(&seed, said, now_us)?;
            let sent = client.submit_invited(&created, invitation.as_deref()).await;
            let known = match sent {
                // It was registered at another time; the identity is the same.
                Err(error) if error.refusal().is_some_and(|r| r.code == "IDENTITY_EXISTS") => true,
                other => other?.duplicate,
            };
            let word = if known { "was registered already" } else { "is registered" };
            let document = json!({ "did": did.to_string(), "duplicate": known });
            context.output.result(&document, &format!("{did}\n{word} at {}\n", context.server()));
            Ok(())
        }
        NodeCommand::Follow { no_start, node } => node_setup::follow(context, node, no_start).await,
        NodeCommand::Start { follow, node } => node_setup::start(context, &follow, &node),
    }
}

fn show_key(context: &Context, peer_id: &str, did: &Did, witness: &str, log: Option<&str>) {
    let document = json!({
        "peer_id": peer_id,
        "did": did.to_string(),
        "witness_verifier_key": witness,
        "log_verifier_key": log,
    });
    let mut text = format!("peer id   {peer_id}\nDID       {did}\nwitness   {witness}\n");
    if let Some(log) = log {
        text.push_str(&format!("log       {log}\n"));
    }
    context.output.result(&document, &text);
}

/// The verifier keys that a server shows to everybody: its log's, and its own
/// as a witness.
pub(super) async fn keys_of(context: &Context) -> Result<(String, String), CliError> {
    let client = context.connect().await?;
    let none = || client.odd("no verifier keys at /log/keys");
    let bytes = client.get("/log/keys").await?.ok_or_else(none)?;
    let text = String::from_utf8(bytes.to_vec()).map_err(|_| none())?;
    let mut lines = text.lines();
    match (lines.next(), lines.next()) {
        (Some(log), Some(witness)) => Ok((log.to_owned(), witness.to_owned())),
        _ => Err(none()),
    }
}

async fn key_of_server(context: &Context) -> Result<(), CliError> {
    let (log, witness) = keys_of(context).await?;
    let parsed = parse_verifier_key(&witness)
        .map_err(|error| CliError::Negative(format!("the server's own key: {error}")))?;
    let did = node_key::did(&parsed.key);
    show_key(context, &node_key::peer_id(&parsed.key), &did, &witness, Some(&log));
    Ok(())
}

async fn status(context: &Context) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    let request = signed.with(api::GetNodeRequest {})?;
    let node = signed.read(signed.client.peers().get_node(request).await)?;
    let document = json!({
        "enabled": node.enabled,
        "role": node_role(node.role),
        "peer_id": node.peer_id,
        "did": node.did,
        "addresses": node.addresses,
        "reachability": node.reachability,
        "origin": node.origin,
        "verifier_key": node.verifier_key,
        "log_size": node.log_size,
        "checkpoint_size": node.checkpoint_size,
        "head_size": node.head_size,
        "lag": node.head_size.saturating_sub(node.log_size),
        "epoch": node.epoch,
        "state_root": hex::encode(&node.state_root),
        "witnessed_size": node.witnessed_size,
        "bytes_in": node.bytes_in,
        "bytes_out": node.bytes_out,
        "events_taken": node.events_taken,
        "halted": node.halted,
    });
    let mut rows = vec![
        ("role", node_role(node.role)),
        ("network", if node.enabled { safe(&node.reachability) } else { "off".to_owned() }),
        ("peer id", safe(&node.peer_id)),
        ("DID", safe(&node.did)),
        ("log", safe(&node.origin)),
        ("verifier key", safe(&node.verifier_key)),
        ("entries", node.log_size.to_string()),
        ("checkpoint", node.checkpoint_size.to_string()),
        ("witnessed", node.witnessed_size.to_string()),
        ("lag", node.head_size.saturating_sub(node.log_size).to_string()),
        ("epoch", node.epoch.to_string()),
        ("state root", hex::encode(&node.state_root)),
        ("taken", node.events_taken.to_string()),
        ("bytes in", node.bytes_in.to_string()),
        ("bytes out", node.bytes_out.to_string()),
    ];
    rows.extend(node.addresses.iter().map(|address| ("address", safe(address))));
    if !node.halted.is_empty() {
        rows.push(("STANDS STILL", safe(&node.halted)));
    }
    let rows: Vec<_> = rows.into_iter().map(|(name, value)| vec![name.to_owned(), value]).collect();
    context.output.result(&document, &table(&["", ""], &rows));
    if node.halted.is_empty() {
        return Ok(());
    }
    Err(CliError::Negative("the node does not go on".to_owned()))
}

fn peer_document(peer: &api::Peer) -> Value {
    json!({
        "peer_id": peer.peer_id,
        "did": peer.did,
        "name": peer.name,
        "standing": peer_standing(peer.standing),
        "connected": peer.connected,
        "outbound": peer.outbound,
        "relayed": peer.relayed,
        "connected_since_us": peer.connected_since_us,
        "addresses": peer.addresses,
        "agent": peer.agent,
        "round_trip_us": peer.round_trip_us,
        "bytes_in": peer.bytes_in,
        "bytes_out": peer.bytes_out,
        "head_size": peer.head_size,
        "score": peer.score,
        "last_offence": peer.last_offence,
        "is_home": peer.is_home,
        "is_witness": peer.is_witness,
        "banned": peer.banned,
        "banned_until_us": peer.banned_until_us,
        "ban_reason": peer.ban_reason,
    })
}

fn peer_row(peer: &api::Peer) -> Vec<String> {
    let what = match (peer.is_home, peer.is_witness) {
        (true, _) => "home",
        (false, true) => "witness",
        (false, false) => "",
    };
    let state = if peer.banned {
        format!("banned until {}", date_time(peer.banned_until_us))
    } else if peer.connected {
        "connected".to_owned()
    } else {
        "away".to_owned()
    };
    vec![
        safe(&peer.peer_id),
        safe(&peer.name),
        what.to_owned(),
        state,
        peer_standing(peer.standing),
        peer.head_size.to_string(),
        peer.score.to_string(),
        (peer.round_trip_us / 1000).to_string(),
    ]
}

const HEADINGS: [&str; 8] = ["peer", "name", "", "state", "standing", ">entries", ">score", ">ms"];

async fn peers(
    context: &Context,
    state: Option<PeerStateArgument>,
    limit: u32,
) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    let state = match state {
        None => api::PeerState::Unspecified,
        Some(PeerStateArgument::Connected) => api::PeerState::Connected,
        Some(PeerStateArgument::Banned) => api::PeerState::Banned,
    };
    let found = collect(limit, async |page_size, page_token| {
        let request = api::ListPeersRequest { page_size, page_token, state: state.into() };
        let request = signed.with(request)?;
        let page = signed.read(signed.client.peers().list_peers(request).await)?;
        Ok((page.peers, page.next_page_token))
    })
    .await?;
    let rows: Vec<_> = found.iter().map(peer_row).collect();
    let document = json!({ "peers": found.iter().map(peer_document).collect::<Vec<_>>() });
    context.output.result(&document, &table(&HEADINGS, &rows));
    Ok(())
}

async fn connect(context: &Context, address: String) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    let request = signed.with(api::ConnectPeerRequest { address: address.clone() })?;
    signed.read(signed.client.peers().connect_peer(request).await)?;
    let text = format!("connected with {}\n", safe(&address));
    context.output.result(&json!({ "address": address }), &text);
    Ok(())
}

fn show_peer(context: &Context, peer: Option<&api::Peer>, peer_id: &str, word: &str) {
    let document = peer.map_or_else(|| json!({ "peer_id": peer_id }), peer_document);
    context.output.result(&document, &format!("{} is {word}\n", safe(peer_id)));
}

async fn ban(
    context: &Context,
    peer_id: String,
    span: &str,
    reason: String,
) -> Result<(), CliError> {
    let duration_s = parse_moment(span, 0)
        .and_then(|span_us| u32::try_from(span_us / 1_000_000).ok())
        .filter(|span_s| *span_s > 0)
        .ok_or_else(|| CliError::Usage(format!("--for {span}: such as 1d, 12h or 30m")))?;
    let signed = Signed::open(context).await?;
    let request = api::BanPeerRequest { peer_id: peer_id.clone(), duration_s, reason };
    let request = signed.with(request)?;
    let banned = signed.read(signed.client.peers().ban_peer(request).await)?;
    show_peer(context, banned.peer.as_ref(), &peer_id, "banned");
    Ok(())
}

async fn unban(context: &Context, peer_id: String) -> Result<(), CliError> {
    let signed = Signed::open(context).await?;
    let request = signed.with(api::UnbanPeerRequest { peer_id: peer_id.clone() })?;
    let pardoned = signed.read(signed.client.peers().unban_peer(request).await)?;
    show_peer(context, pardoned.peer.as_ref(), &peer_id, "no longer banned");
    Ok(())
}

async fn witnesses(context: &Context) -> Result<(), CliError> {
    let client = context.connect().await?;
    let realm = context.realm_filter(&client).await?;
    let answer = client.peers().list_witnesses(api::ListWitnessesRequest { realm }).await;
    let answer = answer.map_err(client.failed())?.into_inner();
    let document = json!({
        "origin": answer.origin,
        "verifier_key": answer.verifier_key,
        "witnessed_size": answer.witnessed_size,
        "total_weight": answer.total_weight,
        "witnesses": answer.witnesses.iter().map(|witness| json!({
            "did": witness.did,
            "name": witness.name,
            "weight": witness.weight,
            "cosigned_size": witness.cosigned_size,
            "cosigned_at_s": witness.cosigned_at_s,
            "public_keys": witness.public_keys.iter().map(hex::encode).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    });
    let rows: Vec<_> = answer
        .witnesses
        .iter()
        .map(|witness| {
            let at = match witness.cosigned_at_s {
                0 => "never".to_owned(),
                seconds => date_time(seconds.saturating_mul(1_000_000)),
            };
            vec![
                safe(&witness.did),
                safe(&witness.name),
                witness.weight.to_string(),
                witness.cosigned_size.to_string(),
                at,
            ]
        })
        .collect();
    let headings = ["witness", "name", ">weight", ">entries", "cosigned"];
    let text = format!(
        "{}\nwitnessed: {} entries, by more than 2/3 of {}\n\n{}",
        safe(&answer.origin),
        answer.witnessed_size,
        answer.total_weight,
        table(&headings, &rows)
    );
    context.output.result(&document, &text);
    Ok(())
}

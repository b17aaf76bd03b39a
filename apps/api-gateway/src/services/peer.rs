//! Nodes that replicate and witness the log.

use std::sync::Arc;

use erynoa_events::{KeyPurpose, verifier_key};
use erynoa_kernel::{Did, Kind, Namespace, Problem};
use erynoa_proto::api::v1 as api;
use erynoa_proto::api::v1::PeerState;
use erynoa_proto::api::v1::peer_service_server::PeerService;
use erynoa_sync::{Ban, Role, Standing};
use serde_json::json;
use tonic::{Request, Response, Status};

use super::Api;
use crate::app::{App, Caller, caller, invalid, realm_id};
use crate::config::is_peer_address;
use crate::cursor::{Cursor, page_size};
use crate::doors::problems::status;
use crate::ledger::Models;
use crate::peers::{HOME, PeerView, Peers, identity_of};

/// Seconds of a ban: the least, what counts when none are named, the most.
const BAN_S: (u32, u32, u32) = (60, 86_400, 31_536_000);
/// Most bytes of the reason of a ban.
const REASON_BYTES: usize = 200;

fn peers(app: &App) -> Result<&Arc<Peers>, Problem> {
    app.peers.as_ref().ok_or_else(|| {
        Problem::new(
            Kind::FailedPrecondition,
            "PEERS_OFF",
            "this node takes no part in the network; its operator sets p2p.enabled",
        )
    })
}

fn witnesses(
    models: &Models,
    app: &App,
    realm: &str,
) -> Result<api::ListWitnessesResponse, Problem> {
    let realm = realm_id(models, realm)?;
    let set = models.witnessing.set_of(&realm);
    let witnesses = set.weights.iter().map(|(who, weight)| {
        let is_log = who == models.log.identity();
        let cosigned = models.witnessing.cosigned(who, &models.directory);
        let own = models.log.epochs().last().filter(|_| is_log);
        let keys = models.directory.find(who).into_iter().flat_map(|identity| &identity.keys);
        let live = keys.filter(|key| key.may(KeyPurpose::Assertion));
        let size = cosigned.map_or(0, |last| last.size);
        api::Witness {
            did: models.directory.did_text(who),
            name: models.directory.name_of(who).to_owned(),
            public_keys: live.map(|key| key.public_key.as_bytes().to_vec()).collect(),
            weight: *weight,
            // The log's own key signs every checkpoint.
            cosigned_size: if is_log { models.checkpoint_size() } else { size },
            cosigned_at_s: own
                .map(|epoch| epoch.closed_at_us / 1_000_000)
                .or(cosigned.map(|last| last.time_s))
                .unwrap_or_default(),
        }
    });
    Ok(api::ListWitnessesResponse {
        witnesses: witnesses.collect(),
        total_weight: set.weights.iter().map(|(_, weight)| weight).sum(),
        witnessed_size: models.witnessed_size(&realm, models.log.size()),
        origin: app.config.log.origin.clone(),
        verifier_key: verifier_key(&app.config.log.origin, models.log.keys().current()),
    })
}

const fn role(role: Role) -> api::NodeRole {
    match role {
        Role::Home => api::NodeRole::Home,
        Role::Follower => api::NodeRole::Follower,
        Role::Witness => api::NodeRole::Witness,
    }
}

async fn node(app: &App) -> Result<api::GetNodeResponse, Problem> {
    let view = match &app.peers {
        Some(peers) => Some(peers.view().await?),
        None => None,
    };
    let models = app.ledger.read();
    let root = models.root_realm();
    let last = models.log.epochs().last();
    let answer = api::GetNodeResponse {
        enabled: view.is_some(),
        role: role(app.role()).into(),
        did: app.witness.name().to_owned(),
        origin: app.config.log.origin.clone(),
        verifier_key: verifier_key(&app.config.log.origin, models.log.keys().current()),
        log_size: models.log.size(),
        checkpoint_size: models.checkpoint_size(),
        head_size: models.checkpoint_size(),
        state_root: last.map(|epoch| epoch.state_root.to_vec()).unwrap_or_default(),
        epoch: last.map_or(0, |epoch| epoch.epoch),
        witnessed_size: models.witnessed_size(&root, models.log.size()),
        halted: app.ledger.halted().unwrap_or_default(),
        events_taken: app.peers.as_ref().map_or(0, |peers| peers.counters().taken()),
        ..api::GetNodeResponse::default()
    };
    let Some(view) = view else { return Ok(answer) };
    Ok(api::GetNodeResponse {
        peer_id: view.status.peer_id,
        addresses: view.status.addresses,
        reachability: view.status.reachability,
        bytes_in: view.status.bytes_in,
        bytes_out: view.status.bytes_out,
        head_size: view.head_size.max(answer.checkpoint_size),
        halted: view.halted.unwrap_or_default(),
        ..answer
    })
}

const fn standing(standing: Standing) -> api::PeerStanding {
    match standing {
        Standing::Blocked => api::PeerStanding::Blocked,
        Standing::ReceiveOnly => api::PeerStanding::ReceiveOnly,
        Standing::Full => api::PeerStanding::Full,
    }
}

fn encode(models: &Models, peer: PeerView) -> api::Peer {
    let identity = identity_of(models, &peer.node);
    let known = models.directory.find(&identity).is_some();
    let did = Did { namespace: Namespace::Craft, identity };
    let set = models.witnessing.set_of(&models.root_realm());
    let ban = peer.ban;
    api::Peer {
        did: if known { models.directory.did_text(&identity) } else { did.to_string() },
        name: models.directory.name_of(&identity).to_owned(),
        standing: standing(peer.standing).into(),
        connected: peer.info.connected,
        banned: ban.is_some(),
        banned_until_us: ban.as_ref().map_or(0, |ban| ban.until_us),
        ban_reason: ban.map(|ban| ban.reason).unwrap_or_default(),
        addresses: peer.info.addresses,
        outbound: peer.info.outbound,
        relayed: peer.info.relayed,
        connected_since_us: peer.connected_since_us,
        round_trip_us: peer.info.round_trip_us,
        bytes_in: peer.info.bytes_in,
        bytes_out: peer.info.bytes_out,
        head_size: peer.head_size,
        score: peer.score,
        last_offence: peer.last_offence.to_owned(),
        // As it says of itself: whoever gives entries, the log's key decides.
        is_home: peer.info.agent.ends_with(HOME),
        agent: peer.info.agent,
        is_witness: set.weights.iter().any(|(witness, _)| *witness == identity),
        peer_id: peer.name,
    }
}

async fn list(
    app: &App,
    request: api::ListPeersRequest,
) -> Result<api::ListPeersResponse, Problem> {
    let size = page_size(request.page_size)?;
    let state = PeerState::try_from(request.state)
        .map_err(|_| invalid("state", "is none of those of the API".to_owned()))?;
    let cursor = Cursor::of(&[b"peers", &request.state.to_be_bytes()]);
    let from = cursor.decode(&request.page_token)?.unwrap_or_default();
    let view = peers(app)?.view().await?;
    let wanted = |peer: &PeerView| match state {
        PeerState::Unspecified => true,
        PeerState::Connected => peer.info.connected,
        PeerState::Banned => peer.ban.is_some(),
    };
    let all: Vec<PeerView> = view.peers.into_iter().filter(wanted).collect();
    let total = all.len() as u64;
    let first = usize::try_from(from).unwrap_or(usize::MAX);
    let models = app.ledger.read();
    let page = all.into_iter().skip(first).take(size).map(|peer| encode(&models, peer));
    let peers: Vec<api::Peer> = page.collect();
    let end = from + peers.len() as u64;
    let next_page_token = if end < total { cursor.encode(end) } else { String::new() };
    Ok(api::ListPeersResponse { peers, next_page_token, total })
}

async fn connect(app: &App, caller: &Caller, address: &str) -> Result<(), Problem> {
    let peers = peers(app)?;
    if !is_peer_address(address) {
        let message = "is no multiaddress that ends in /p2p/ and a peer id";
        return Err(Problem::new(Kind::Invalid, "PEER_ADDRESS_INVALID", message).field("address"));
    }
    peers.connect(address).await?;
    let id = address.rsplit('/').next().unwrap_or_default().to_owned();
    app.audit(caller, "peer.connect", id, json!({ "address": address })).await
}

async fn one(app: &App, peer_id: &str) -> Result<Option<api::Peer>, Problem> {
    let view = peers(app)?.view().await?;
    let models = app.ledger.read();
    let found = view.peers.into_iter().find(|peer| peer.name == peer_id);
    Ok(found.map(|peer| encode(&models, peer)))
}

async fn ban(
    app: &App,
    caller: &Caller,
    request: api::BanPeerRequest,
) -> Result<api::BanPeerResponse, Problem> {
    let peers = peers(app)?;
    let node = peers.parse(&request.peer_id)?;
    if node.0 == app.node_key {
        return Err(invalid("peer_id", "is this node itself".to_owned()));
    }
    let duration_s = match request.duration_s {
        0 => BAN_S.1,
        named => named,
    };
    if !(BAN_S.0..=BAN_S.2).contains(&duration_s) {
        let message = format!("is {duration_s} seconds, must be {} to {}", BAN_S.0, BAN_S.2);
        return Err(invalid("duration_s", message));
    }
    let reason = request.reason;
    if reason.len() > REASON_BYTES || reason.chars().any(char::is_control) {
        let message = format!("is at most {REASON_BYTES} bytes without control characters");
        return Err(invalid("reason", message));
    }
    let until_us = app.clock.now_us().saturating_add(u64::from(duration_s) * 1_000_000);
    let details = json!({ "seconds": duration_s, "reason": reason });
    app.audit(caller, "peer.ban", request.peer_id.clone(), details).await?;
    peers.ban(Ban { node, until_us, reason }).await?;
    Ok(api::BanPeerResponse { peer: one(app, &request.peer_id).await? })
}

async fn unban(app: &App, caller: &Caller, peer_id: &str) -> Result<Option<api::Peer>, Problem> {
    let peers = peers(app)?;
    let node = peers.parse(peer_id)?;
    peers.unban(node).await?;
    app.audit(caller, "peer.unban", peer_id, json!({})).await?;
    one(app, peer_id).await
}

#[tonic::async_trait]
impl PeerService for Api {
    async fn list_witnesses(
        &self,
        request: Request<api::ListWitnessesRequest>,
    ) -> Result<Response<api::ListWitnessesResponse>, Status> {
        let models = self.app.ledger.read();
        let answer = witnesses(&models, &self.app, &request.into_inner().realm);
        answer.map(Response::new).map_err(status)
    }

    async fn get_node(
        &self,
        _: Request<api::GetNodeRequest>,
    ) -> Result<Response<api::GetNodeResponse>, Status> {
        node(&self.app).await.map(Response::new).map_err(status)
    }

    async fn list_peers(
        &self,
        request: Request<api::ListPeersRequest>,
    ) -> Result<Response<api::ListPeersResponse>, Status> {
        list(&self.app, request.into_inner()).await.map(Response::new).map_err(status)
    }

    async fn connect_peer(
        &self,
        request: Request<api::ConnectPeerRequest>,
    ) -> Result<Response<api::ConnectPeerResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        connect(&self.app, &caller, &request.into_inner().address).await.map_err(status)?;
        Ok(Response::new(api::ConnectPeerResponse {}))
    }

    async fn ban_peer(
        &self,
        request: Request<api::BanPeerRequest>,
    ) -> Result<Response<api::BanPeerResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let banned = ban(&self.app, &caller, request.into_inner()).await;
        banned.map(Response::new).map_err(status)
    }

    async fn unban_peer(
        &self,
        request: Request<api::UnbanPeerRequest>,
    ) -> Result<Response<api::UnbanPeerResponse>, Status> {
        let caller = caller(&request).map_err(status)?;
        let peer = unban(&self.app, &caller, &request.into_inner().peer_id).await;
        let peer = peer.map_err(status)?;
        Ok(Response::new(api::UnbanPeerResponse { peer }))
    }
}

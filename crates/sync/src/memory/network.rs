//! The network in memory.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use erynoa_kernel::PublicKey;

use crate::memory::hub::MemoryHub;
use crate::{
    Inbox, Judgement, MAX_GOSSIP_BYTES, MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, Network,
    NetworkError, NetworkEvent, NetworkStatus, NodeId, Peers, Protocol, REQUEST_TIMEOUT, Standing,
    Ticket,
};

/// A [`Network`] between the nodes of one process. An address is
/// `/memory/<place>/p2p/<key in hex>`. Bytes are counted as they are given,
/// topics included. The node leaves when this is dropped.
#[derive(Debug)]
pub struct MemoryNetwork {
    hub: MemoryHub,
    node: NodeId,
    stay: u64,
    inbox: Arc<Inbox>,
}

/// Takes a question back when its asker stops waiting.
struct Question<'a> {
    hub: &'a MemoryHub,
    of: NodeId,
    ticket: Ticket,
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        self.hub.state().withdraw(self.of, self.ticket);
    }
}

impl MemoryNetwork {
    pub(super) const fn new(hub: MemoryHub, node: NodeId, stay: u64, inbox: Arc<Inbox>) -> Self {
        Self { hub, node, stay, inbox }
    }

    /// The address under which others dial this node.
    #[must_use]
    pub fn address(&self) -> String {
        self.hub.state().address(&self.node)
    }
}

impl Drop for MemoryNetwork {
    fn drop(&mut self) {
        self.hub.state().leave(self.node, Some(self.stay));
    }
}

#[async_trait]
impl Network for MemoryNetwork {
    async fn next(&self) -> Option<NetworkEvent> {
        self.inbox.next().await
    }

    async fn subscribe(&self, topic: &str, follow: bool) -> Result<(), NetworkError> {
        let mut state = self.hub.state();
        let member = state.members.get_mut(&self.node).ok_or(NetworkError::Stopped)?;
        if follow {
            member.topics.insert(topic.to_owned());
        } else {
            member.topics.remove(topic);
        }
        Ok(())
    }

    async fn publish(&self, topic: &str, bytes: Bytes) -> Result<(), NetworkError> {
        if bytes.len() > MAX_GOSSIP_BYTES {
            return Err(NetworkError::TooLarge);
        }
        self.hub.state().publish(self.node, topic, &bytes);
        Ok(())
    }

    async fn judge(&self, ticket: Ticket, judgement: Judgement) {
        self.hub.state().judge(self.node, ticket, judgement);
    }

    async fn request(
        &self,
        node: NodeId,
        protocol: Protocol,
        bytes: Bytes,
    ) -> Result<Bytes, NetworkError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(NetworkError::TooLarge);
        }
        let (ticket, answer) = self.hub.state().ask(self.node, node, protocol, bytes)?;
        let _question = Question { hub: &self.hub, of: node, ticket };
        match tokio::time::timeout(REQUEST_TIMEOUT, answer).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_connection_lost)) => Err(NetworkError::Unreachable),
            Err(_elapsed) => Err(NetworkError::TimedOut),
        }
    }

    async fn respond(&self, ticket: Ticket, bytes: Bytes) {
        let answer =
            if bytes.len() > MAX_RESPONSE_BYTES { Err(NetworkError::TooLarge) } else { Ok(bytes) };
        self.hub.state().respond(self.node, ticket, answer);
    }

    fn peers(&self) -> &dyn Peers {
        self
    }
}

#[async_trait]
impl Peers for MemoryNetwork {
    async fn dial(&self, address: &str, keep: bool) -> Result<NodeId, NetworkError> {
        let (place, name) = address
            .strip_prefix("/memory/")
            .and_then(|rest| rest.split_once("/p2p/"))
            .ok_or(NetworkError::BadAddress)?;
        let place: u64 = place.parse().map_err(|_| NetworkError::BadAddress)?;
        let node = self.parse(name).ok_or(NetworkError::BadAddress)?;
        if node == self.node {
            return Err(NetworkError::BadAddress);
        }
        let mut state = self.hub.state();
        let member = state.members.get_mut(&self.node).ok_or(NetworkError::Stopped)?;
        if member.blocked.contains(&node) {
            return Err(NetworkError::Refused);
        }
        if keep {
            member.kept.insert(node);
        }
        if state.places.get(&node) != Some(&place) {
            return Err(NetworkError::Unreachable);
        }
        state.link(self.node, node)?;
        Ok(node)
    }

    async fn set_standing(&self, node: NodeId, standing: Standing) {
        let mut state = self.hub.state();
        let Some(member) = state.members.get_mut(&self.node) else { return };
        if standing == Standing::Blocked {
            member.blocked.insert(node);
            state.unlink(self.node, node);
        } else {
            member.blocked.remove(&node);
            state.mend();
        }
    }

    async fn status(&self) -> NetworkStatus {
        let state = self.hub.state();
        let peers: Vec<_> = state
            .members
            .get(&self.node)
            .map(|member| member.peers.iter().map(|(node, peer)| (*node, peer.clone())).collect())
            .unwrap_or_default();
        NetworkStatus {
            peer_id: self.name(&self.node),
            addresses: vec![state.address(&self.node)],
            reachability: "public".to_owned(),
            bytes_in: peers.iter().map(|(_, peer)| peer.bytes_in).sum(),
            bytes_out: peers.iter().map(|(_, peer)| peer.bytes_out).sum(),
            peers,
        }
    }

    fn name(&self, node: &NodeId) -> String {
        hex::encode(node.0.as_bytes())
    }

    fn parse(&self, name: &str) -> Option<NodeId> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(name, &mut bytes).ok()?;
        Some(NodeId(PublicKey::from_bytes(bytes)))
    }
}

//! Who is connected, and what is known of them.

use std::sync::Arc;

use erynoa_sync::{NetworkEvent, NetworkStatus, NodeId, PeerInfo};
use libp2p::core::ConnectedPoint;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId, identify, ping};

use super::Driver;
use crate::behaviour::{TABLE, is_told};
use crate::limits::{MAX_ADDRESSES_PER_PEER, MAX_AGENT_BYTES, MAX_KNOWN_PEERS};
use crate::names::{is_relayed, node_of, peer_of, with_peer};
use crate::traffic::Traffic;

/// What is known of a peer.
pub struct Peer {
    connections: Vec<Connection>,
    addresses: Vec<Multiaddr>,
    agent: String,
    round_trip_us: u64,
    traffic: Arc<Traffic>,
}

struct Connection {
    id: ConnectionId,
    outbound: bool,
    relayed: bool,
    address: Multiaddr,
}

impl Connection {
    fn new(id: ConnectionId, endpoint: &ConnectedPoint) -> Self {
        let address = match endpoint {
            ConnectedPoint::Dialer { address, .. } => address,
            // The other side's address says only who it is.
            ConnectedPoint::Listener { local_addr, .. } if is_relayed(local_addr) => local_addr,
            ConnectedPoint::Listener { send_back_addr, .. } => send_back_addr,
        };
        Self {
            id,
            outbound: endpoint.is_dialer(),
            relayed: endpoint.is_relayed(),
            address: address.clone(),
        }
    }
}

/// What a peer calls its software, fit to be shown.
fn shown(agent: &str) -> String {
    let mut shown: String = agent.chars().filter(|c| !c.is_control()).collect();
    shown.truncate(shown.floor_char_boundary(MAX_AGENT_BYTES));
    shown
}

impl Peer {
    pub(super) const fn is_connected(&self) -> bool {
        !self.connections.is_empty()
    }

    /// The connection in use: one without a relay where there is one.
    fn first(&self) -> Option<&Connection> {
        self.connections.iter().min_by_key(|connection| connection.relayed)
    }

    fn info(&self, peer: PeerId) -> PeerInfo {
        let first = self.first();
        let mut addresses: Vec<String> = Vec::new();
        for address in first.map(|c| &c.address).into_iter().chain(&self.addresses) {
            let text = with_peer(address, peer);
            if !addresses.contains(&text) {
                addresses.push(text);
            }
        }
        let (bytes_in, bytes_out) = self.traffic.read();
        PeerInfo {
            connected: first.is_some(),
            outbound: first.is_some_and(|c| c.outbound),
            relayed: first.is_some_and(|c| c.relayed),
            addresses,
            agent: self.agent.clone(),
            round_trip_us: self.round_trip_us,
            bytes_in,
            bytes_out,
        }
    }
}

impl Driver {
    pub(super) fn is_connected(&self, peer: &PeerId) -> bool {
        node_of(peer).and_then(|node| self.peers.get(&node)).is_some_and(Peer::is_connected)
    }

    pub(super) fn connections(&self) -> usize {
        self.peers.values().filter(|peer| peer.is_connected()).count()
    }

    fn peer(&mut self, peer: PeerId) -> Option<&mut Peer> {
        let node = node_of(&peer)?;
        if !self.peers.contains_key(&node) && self.peers.len() >= MAX_KNOWN_PEERS {
            let away = self.peers.iter().find(|(_, known)| !known.is_connected());
            if let Some(away) = away.map(|(node, _)| *node) {
                self.peers.remove(&away);
            }
        }
        let ledger = &self.ledger;
        Some(self.peers.entry(node).or_insert_with(|| Peer {
            connections: Vec::new(),
            addresses: Vec::new(),
            agent: String::new(),
            round_trip_us: 0,
            traffic: ledger.of(peer),
        }))
    }

    pub(super) fn connected(&mut self, peer: PeerId, id: ConnectionId, endpoint: &ConnectedPoint) {
        self.reached(peer);
        let Some(node) = node_of(&peer) else { return };
        let Some(known) = self.peer(peer) else { return };
        let connection = Connection::new(id, endpoint);
        let (outbound, address) = (connection.outbound, with_peer(&connection.address, peer));
        let first = !known.is_connected();
        known.connections.push(connection);
        if first {
            self.tell(NetworkEvent::Connected { node, outbound, address });
        }
    }

    pub(super) fn disconnected(&mut self, peer: PeerId, id: ConnectionId) {
        let Some(node) = node_of(&peer) else { return };
        let Some(known) = self.peer(peer) else { return };
        known.connections.retain(|connection| connection.id != id);
        if !known.is_connected() {
            self.lost(peer);
            self.tell(NetworkEvent::Disconnected { node });
        }
    }

    pub(super) fn hear_identify(&mut self, event: identify::Event) {
        let identify::Event::Received { peer_id, connection_id, info } = event else { return };
        let in_table = info.protocols.contains(&TABLE);
        let Some(known) = self.peer(peer_id) else { return };
        let heard_on = known.connections.iter().find(|c| c.id == connection_id);
        let mut addresses = info.listen_addrs;
        addresses.retain(|address| is_told(address, heard_on.map(|c| &c.address)));
        addresses.truncate(MAX_ADDRESSES_PER_PEER);
        known.agent = shown(&info.agent_version);
        known.addresses.clone_from(&addresses);
        if in_table {
            for address in addresses {
                self.swarm.behaviour_mut().table.add_address(&peer_id, address);
            }
        }
    }

    pub(super) fn hear_ping(&mut self, event: &ping::Event) {
        match &event.result {
            Ok(round_trip) => {
                if let Some(known) = self.peer(event.peer) {
                    let micros = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX);
                    known.round_trip_us = micros.max(1);
                }
            }
            Err(ping::Failure::Unsupported) => {}
            // Who does not answer has gone without a word, and holds a place.
            Err(_) => {
                self.swarm.close_connection(event.connection);
            }
        }
    }

    pub(super) fn status(&self) -> NetworkStatus {
        let mut addresses: Vec<String> = Vec::new();
        for address in self.swarm.external_addresses().chain(self.swarm.listeners()) {
            let text = with_peer(address, self.me);
            if !addresses.contains(&text) {
                addresses.push(text);
            }
        }
        let peers: Vec<(NodeId, PeerInfo)> =
            self.peers.iter().map(|(node, known)| (*node, known.info(peer_of(node)))).collect();
        let (bytes_in, bytes_out) = self.ledger.total();
        NetworkStatus {
            peer_id: self.me.to_base58(),
            addresses,
            reachability: self.reachability.to_owned(),
            bytes_in,
            bytes_out,
            peers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_is_shown_up_to_its_greatest_length_and_without_control_characters() {
        assert_eq!(shown("erynoa/0.1.0\n\u{1b}[31m"), "erynoa/0.1.0[31m");
        let longest = "x".repeat(MAX_AGENT_BYTES);
        assert_eq!(shown(&longest), longest);
        assert_eq!(shown(&format!("{longest}x")), longest);
        // A letter of two bytes is not cut in half.
        assert_eq!(shown(&format!("x{}", "ä".repeat(MAX_AGENT_BYTES))).len(), MAX_AGENT_BYTES - 1);
    }
}

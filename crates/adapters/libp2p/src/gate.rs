//! Who gets in: nodes only, so many of each, and so many out of one range of
//! addresses, so that whoever owns a range does not own all our connections.

use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::task::{Context, Poll};

use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::behaviour::ConnectionEstablished;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::limits::{MAX_CONNECTIONS_PER_PEER, MAX_INCOMING_PER_RANGE};
use crate::names::{is_relayed, node_of};

/// Addresses that probably have one owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Range {
    /// An IPv4 /24.
    V4([u8; 3]),
    /// An IPv6 /48.
    V6([u8; 6]),
    /// Everybody who comes through one relay.
    Relay(PeerId),
}

/// The range that an address is counted in; `None` when it is not counted:
/// loopback, link-local and private addresses.
pub fn range_of(address: &Multiaddr) -> Option<Range> {
    let mut relay = None;
    let mut ip = None;
    for part in address {
        match part {
            Protocol::Ip4(v4) if ip.is_none() => ip = Some(IpAddr::V4(v4)),
            Protocol::Ip6(v6) if ip.is_none() => ip = Some(v6.to_canonical()),
            Protocol::P2p(peer) => relay = Some(peer),
            Protocol::P2pCircuit => return relay.map(Range::Relay),
            _ => {}
        }
    }
    match ip? {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            (!is_local_v4(v4)).then_some(Range::V4([a, b, c]))
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, e, f, ..] = v6.octets();
            (!is_local_v6(v6)).then_some(Range::V6([a, b, c, d, e, f]))
        }
    }
}

fn is_local_v4(v4: Ipv4Addr) -> bool {
    v4.is_loopback() || v4.is_private() || v4.is_link_local()
}

fn is_local_v6(v6: Ipv6Addr) -> bool {
    v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
}

/// Where an incoming connection comes from. Through a relay the other side's
/// address says only who it is; ours says through which relay.
fn origin<'a>(local: &'a Multiaddr, remote: &'a Multiaddr) -> &'a Multiaddr {
    if is_relayed(local) { local } else { remote }
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The peer's key is no Ed25519 key, so it is no node.
    NoNode,
    /// There are enough connections with this peer.
    Peer,
    /// There are enough connections out of this range.
    Range,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoNode => "the peer has no Ed25519 key",
            Self::Peer => "there are enough connections with this peer",
            Self::Range => "there are enough connections out of this range of addresses",
        })
    }
}

impl std::error::Error for Refusal {}

/// Counts connections and refuses what is too many.
#[derive(Debug, Default)]
pub struct Gate {
    kept: FxHashSet<PeerId>,
    pending: FxHashMap<ConnectionId, Range>,
    standing: FxHashMap<ConnectionId, Range>,
    peers: FxHashMap<PeerId, usize>,
}

impl Gate {
    /// A peer that is not counted in its range.
    pub fn keep(&mut self, peer: PeerId) {
        self.kept.insert(peer);
    }

    fn greets(&mut self, id: ConnectionId, from: &Multiaddr) -> Result<(), Refusal> {
        if let Some(range) = range_of(from) {
            if crowd(&self.pending, range) >= MAX_INCOMING_PER_RANGE {
                return Err(Refusal::Range);
            }
            self.pending.insert(id, range);
        }
        Ok(())
    }

    fn comes(&mut self, id: ConnectionId, peer: PeerId, from: &Multiaddr) -> Result<(), Refusal> {
        self.pending.remove(&id);
        self.belongs(peer)?;
        match range_of(from) {
            Some(range)
                if !self.kept.contains(&peer)
                    && crowd(&self.standing, range) >= MAX_INCOMING_PER_RANGE =>
            {
                Err(Refusal::Range)
            }
            _ => Ok(()),
        }
    }

    fn belongs(&self, peer: PeerId) -> Result<(), Refusal> {
        if node_of(&peer).is_none() {
            return Err(Refusal::NoNode);
        }
        if self.peers.get(&peer).copied().unwrap_or_default() >= MAX_CONNECTIONS_PER_PEER {
            return Err(Refusal::Peer);
        }
        Ok(())
    }

    fn stands(&mut self, id: ConnectionId, peer: PeerId, incoming_from: Option<&Multiaddr>) {
        *self.peers.entry(peer).or_default() += 1;
        if let Some(range) = incoming_from.and_then(range_of)
            && !self.kept.contains(&peer)
        {
            self.standing.insert(id, range);
        }
    }

    fn ends(&mut self, id: ConnectionId, peer: PeerId) {
        self.standing.remove(&id);
        if let Some(count) = self.peers.get_mut(&peer) {
            *count -= 1;
            if *count == 0 {
                self.peers.remove(&peer);
            }
        }
    }
}

/// Connections of a range. There are few enough to count them every time.
fn crowd(connections: &FxHashMap<ConnectionId, Range>, range: Range) -> usize {
    connections.values().filter(|other| **other == range).count()
}

impl NetworkBehaviour for Gate {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        id: ConnectionId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.greets(id, origin(local, remote)).map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.comes(id, peer, origin(local, remote)).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.belongs(peer).map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            }) => {
                let from = match endpoint {
                    ConnectedPoint::Listener { local_addr, send_back_addr } => {
                        Some(origin(local_addr, send_back_addr))
                    }
                    ConnectedPoint::Dialer { .. } => None,
                };
                self.stands(connection_id, peer_id, from);
            }
            FromSwarm::ConnectionClosed(closed) => self.ends(closed.connection_id, closed.peer_id),
            FromSwarm::ListenFailure(failure) => {
                self.pending.remove(&failure.connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Infallible, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
#[path = "gate/tests.rs"]
mod tests;

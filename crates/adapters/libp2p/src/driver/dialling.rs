//! Whom to dial, and again.

use std::time::Duration;

use erynoa_sync::NetworkError;
use libp2p::core::transport::ListenerId;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError};
use libp2p::{Multiaddr, PeerId, TransportError, allow_block_list};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Driver;
use crate::config::StartError;
use crate::gate::Refusal;
use crate::limits::{ENOUGH_PEERS, MAX_KEPT, REDIAL};
use crate::names::{dialable, is_relayed};

/// A connection that has stood for this long was a good one.
const GOOD: Duration = Duration::from_secs(10);

type Done = oneshot::Sender<Result<(), NetworkError>>;

/// Who waits for a connection.
#[derive(Default)]
pub struct Dials(Vec<(ConnectionId, PeerId, Done)>);

/// When to try again: at once, then after a wait that doubles.
struct Patience {
    next: Instant,
    wait: Duration,
}

/// A peer that is dialled whenever its connection is lost.
pub struct Kept {
    peer: PeerId,
    addresses: Vec<Multiaddr>,
    patience: Patience,
    under_way: Option<ConnectionId>,
    since: Option<Instant>,
}

/// A place at a relay, taken again whenever it is lost.
pub struct Place {
    address: Multiaddr,
    listener: Option<ListenerId>,
    patience: Patience,
}

impl Patience {
    fn new() -> Self {
        Self { next: Instant::now(), wait: REDIAL.0 }
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.next
    }

    /// Waits; up to a quarter longer, and not the same for everybody, so that
    /// those who lost the same peer do not all come back at once.
    fn again(&mut self, me: &PeerId, other: &[u8]) {
        self.next = Instant::now() + self.wait + spread(me, other, self.wait);
        self.wait = (self.wait * 2).min(REDIAL.1);
    }

    fn reset(&mut self) {
        *self = Self::new();
    }
}

/// Between nothing and a quarter of the wait, told by who dials whom.
fn spread(me: &PeerId, other: &[u8], wait: Duration) -> Duration {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&me.to_bytes()).update(other).update(&wait.as_millis().to_be_bytes());
    wait * u32::from(hasher.finalize().as_bytes()[0]) / 1_024
}

impl Driver {
    pub(super) fn listen(&mut self, address: Multiaddr) -> Result<(), StartError> {
        if is_relayed(&address) {
            // The relay may not be there yet.
            self.places.push(Place { address, listener: None, patience: Patience::new() });
            return Ok(());
        }
        match self.swarm.listen_on(address.clone()) {
            Ok(_) => Ok(()),
            Err(TransportError::MultiaddrNotSupported(address)) => {
                Err(StartError::Address(address.to_string()))
            }
            Err(TransportError::Other(source)) => {
                Err(StartError::Listen { address: address.to_string(), source })
            }
        }
    }

    pub(super) fn bootstrap(&mut self, text: &str) -> Result<(), StartError> {
        let (address, peer) = dialable(text).ok_or_else(|| StartError::Peer(text.to_owned()))?;
        // A list that all nodes of a network share may name this one, too.
        if peer != self.me {
            self.keep(peer, address);
        }
        Ok(())
    }

    fn keep(&mut self, peer: PeerId, address: Multiaddr) {
        let behaviour = self.swarm.behaviour_mut();
        behaviour.gate.keep(peer);
        behaviour.limits.bypass_peer_id(&peer);
        if let Some(kept) = self.kept.iter_mut().find(|kept| kept.peer == peer) {
            if !kept.addresses.contains(&address) && kept.addresses.len() < MAX_KEPT {
                kept.addresses.push(address);
            }
        } else if self.kept.len() < MAX_KEPT {
            self.kept.push(Kept {
                peer,
                addresses: vec![address],
                patience: Patience::new(),
                under_way: None,
                since: None,
            });
        }
    }

    pub(super) fn dial(&mut self, address: Multiaddr, peer: PeerId, keep: bool, done: Done) {
        if self.blocked.contains(&peer) {
            // Who has stopped waiting needs no answer.
            let _ = done.send(Err(NetworkError::Refused));
            return;
        }
        if keep {
            self.keep(peer, address.clone());
        }
        if self.is_connected(&peer) {
            let _ = done.send(Ok(()));
            return;
        }
        let opts = DialOpts::peer_id(peer)
            .condition(PeerCondition::Disconnected)
            .addresses(vec![address])
            .build();
        let id = opts.connection_id();
        match self.swarm.dial(opts) {
            Ok(()) => {
                if let Some(kept) = self.kept.iter_mut().find(|kept| kept.peer == peer) {
                    kept.under_way.get_or_insert(id);
                }
                self.dials.0.push((id, peer, done));
            }
            Err(error) => {
                let _ = done.send(Err(reason(&error)));
            }
        }
    }

    /// A connection stands.
    pub(super) fn reached(&mut self, peer: PeerId) {
        for (_, _, done) in self.dials.0.extract_if(.., |(_, other, _)| *other == peer) {
            let _ = done.send(Ok(()));
        }
        if let Some(kept) = self.kept.iter_mut().find(|kept| kept.peer == peer) {
            kept.under_way = None;
            kept.since.get_or_insert_with(Instant::now);
        }
    }

    /// The last connection is over.
    pub(super) fn lost(&mut self, peer: PeerId) {
        if let Some(kept) = self.kept.iter_mut().find(|kept| kept.peer == peer)
            && let Some(since) = kept.since.take()
        {
            if since.elapsed() >= GOOD {
                kept.patience.reset();
            } else {
                kept.patience.again(&self.me, &peer.to_bytes());
            }
        }
    }

    pub(super) fn not_connected(
        &mut self,
        id: ConnectionId,
        peer: Option<PeerId>,
        error: &DialError,
    ) {
        tracing::debug!(?peer, %error, "a peer was not reached");
        for (_, _, done) in self.dials.0.extract_if(.., |(other, _, _)| *other == id) {
            let _ = done.send(Err(reason(error)));
        }
        if let Some(kept) = self.kept.iter_mut().find(|kept| kept.under_way == Some(id)) {
            kept.under_way = None;
            kept.patience.again(&self.me, &kept.peer.to_bytes());
        }
    }

    /// Dials what is kept and not connected, and asks relays for a place.
    pub(super) fn redial(&mut self) {
        for kept in &mut self.kept {
            if kept.since.is_some()
                || kept.under_way.is_some()
                || !kept.patience.is_over()
                || self.blocked.contains(&kept.peer)
            {
                continue;
            }
            let opts = DialOpts::peer_id(kept.peer)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .addresses(kept.addresses.clone())
                .extend_addresses_through_behaviour()
                .build();
            let id = opts.connection_id();
            match self.swarm.dial(opts) {
                Ok(()) => kept.under_way = Some(id),
                Err(_) => kept.patience.again(&self.me, &kept.peer.to_bytes()),
            }
        }
        for place in &mut self.places {
            if place.listener.is_some() || !place.patience.is_over() {
                continue;
            }
            place.patience.again(&self.me, &place.address.to_vec());
            match self.swarm.listen_on(place.address.clone()) {
                Ok(listener) => place.listener = Some(listener),
                Err(error) => {
                    tracing::warn!(address = %place.address, %error, "no place at the relay");
                }
            }
        }
    }

    pub(super) fn lost_place(&mut self, listener: ListenerId) {
        for place in &mut self.places {
            if place.listener == Some(listener) {
                place.listener = None;
            }
        }
    }

    /// Peers found in the local network.
    pub(super) fn found_near(&mut self, found: Vec<(PeerId, Multiaddr)>) {
        for (peer, address) in found {
            if self.connections() < ENOUGH_PEERS && !self.blocked.contains(&peer) {
                let opts = DialOpts::peer_id(peer).addresses(vec![address]).build();
                // Whoever is connected or dialled already need not be dialled.
                let _ = self.swarm.dial(opts);
            }
        }
    }

    /// Dials somebody out of the table when there are few peers.
    pub(super) fn look_round(&mut self) {
        if self.connections() >= ENOUGH_PEERS {
            return;
        }
        let table = &mut self.swarm.behaviour_mut().table;
        let known: Vec<PeerId> = table
            .kbuckets()
            .flat_map(|bucket| bucket.iter().map(|e| *e.node.key.preimage()).collect::<Vec<_>>())
            .collect();
        let away: Vec<_> = known
            .into_iter()
            .filter(|peer| !self.is_connected(peer) && !self.blocked.contains(peer))
            .collect();
        self.rounds += 1;
        if !away.is_empty() {
            // Whoever is dialled already need not be dialled.
            let _ = self.swarm.dial(away[self.rounds % away.len()]);
        }
    }
}

fn reason(error: &DialError) -> NetworkError {
    match error {
        DialError::Denied { cause } => {
            if cause.downcast_ref::<allow_block_list::Blocked>().is_some()
                || cause.downcast_ref::<Refusal>() == Some(&Refusal::NoNode)
            {
                NetworkError::Refused
            } else {
                NetworkError::Busy
            }
        }
        _ => NetworkError::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::peer_of;
    use erynoa_kernel::PublicKey;
    use erynoa_sync::NodeId;

    fn peer(byte: u8) -> PeerId {
        peer_of(&NodeId(PublicKey::from_bytes([byte; 32])))
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_doubles_from_a_second_to_a_minute_and_a_quarter_at_most_is_added() {
        let mut patience = Patience::new();
        assert!(patience.is_over(), "at once");
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            let wait = Duration::from_secs(seconds);
            patience.again(&peer(1), b"other");
            let until = patience.next - Instant::now();
            assert!(until >= wait && until < wait + wait / 4, "{until:?} for {wait:?}");
            assert!(!patience.is_over());
            tokio::time::advance(until).await;
            assert!(patience.is_over());
        }
        patience.reset();
        assert!(patience.is_over());
        assert_eq!(patience.wait, REDIAL.0);
    }

    #[test]
    fn not_everybody_waits_the_same_time() {
        let wait = REDIAL.1;
        let mut waits: Vec<_> = (0..64).map(|n| spread(&peer(n), b"other", wait)).collect();
        waits.sort();
        waits.dedup();
        assert!(waits.len() > 32, "{} different waits", waits.len());
    }
}

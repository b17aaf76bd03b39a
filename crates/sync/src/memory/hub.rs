//! Who stands in the same memory, and what goes between them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rustc_hash::{FxHashMap, FxHashSet};
use tokio::sync::oneshot;

use crate::memory::network::MemoryNetwork;
use crate::{
    Inbox, Judgement, MAX_REQUESTS, MAX_REQUESTS_PER_NODE, NetworkError, NetworkEvent, NodeId,
    PeerInfo, Protocol, Ticket,
};

/// Most messages that a node knows again.
const MAX_SEEN: usize = 8_192;

/// What an asker waits for.
pub(super) type Answer = oneshot::Receiver<Result<Bytes, NetworkError>>;

/// The room in which nodes of one process meet. A clone is the same room.
#[derive(Clone, Debug, Default)]
pub struct MemoryHub(Arc<Mutex<State>>);

/// Everything between the nodes, changed under one lock.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) members: BTreeMap<NodeId, Member>,
    /// Where each node has ever stood; it comes back to the same place.
    pub(super) places: FxHashMap<NodeId, u64>,
    tickets: u64,
    /// Every stay of a node has a number, so that one who has been replaced
    /// does not send away its successor.
    stays: u64,
}

#[derive(Debug)]
pub(super) struct Member {
    pub(super) stay: u64,
    pub(super) inbox: Arc<Inbox>,
    pub(super) topics: BTreeSet<String>,
    /// What is known of each node; a link is one with `connected`.
    pub(super) peers: BTreeMap<NodeId, PeerInfo>,
    pub(super) blocked: BTreeSet<NodeId>,
    pub(super) kept: BTreeSet<NodeId>,
    seen: FxHashSet<[u8; 32]>,
    seen_order: VecDeque<[u8; 32]>,
    /// Messages that wait for a judgement.
    gossip: BTreeMap<u64, (NodeId, String, Bytes)>,
    /// Requests that wait for an answer.
    asked: BTreeMap<u64, Asked>,
}

#[derive(Debug)]
struct Asked {
    by: NodeId,
    answer: oneshot::Sender<Result<Bytes, NetworkError>>,
}

impl Member {
    fn linked(&self, node: &NodeId) -> bool {
        self.peers.get(node).is_some_and(|peer| peer.connected)
    }

    fn links(&self) -> Vec<NodeId> {
        self.peers.iter().filter(|(_, peer)| peer.connected).map(|(node, _)| *node).collect()
    }

    /// Whether a message is new here; from now on it is not.
    fn see(&mut self, topic: &str, bytes: &[u8]) -> bool {
        let mut hasher = blake3::Hasher::new();
        hasher.update(topic.as_bytes()).update(&[0]).update(bytes);
        let id = *hasher.finalize().as_bytes();
        if !self.seen.insert(id) {
            return false;
        }
        self.seen_order.push_back(id);
        if self.seen_order.len() > MAX_SEEN
            && let Some(oldest) = self.seen_order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }
}

impl MemoryHub {
    /// An empty room.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a node into the room, connected with nobody but those who keep its
    /// address. It takes the place of whoever had its name.
    #[must_use]
    pub fn join(&self, node: NodeId) -> MemoryNetwork {
        let mut state = self.state();
        state.leave(node, None);
        let next = state.places.len() as u64;
        state.places.entry(node).or_insert(next);
        state.stays += 1;
        let (stay, inbox) = (state.stays, Arc::new(Inbox::new()));
        state.members.insert(
            node,
            Member {
                stay,
                inbox: Arc::clone(&inbox),
                topics: BTreeSet::new(),
                peers: BTreeMap::new(),
                blocked: BTreeSet::new(),
                kept: BTreeSet::new(),
                seen: FxHashSet::default(),
                seen_order: VecDeque::new(),
                gossip: BTreeMap::new(),
                asked: BTreeMap::new(),
            },
        );
        state.mend();
        drop(state);
        MemoryNetwork::new(self.clone(), node, stay, inbox)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A panic under the lock would be a bug of this file alone, and what it
        // guards is torn down with the test.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The text under which a node is dialled.
    pub(super) fn address(&self, node: &NodeId) -> String {
        let place = self.places.get(node).copied().unwrap_or_default();
        format!("/memory/{place}/p2p/{}", hex::encode(node.0.as_bytes()))
    }

    /// Takes a node out, when it is still at that stay.
    pub(super) fn leave(&mut self, node: NodeId, stay: Option<u64>) {
        let Some(member) = self.members.get(&node) else { return };
        if stay.is_some_and(|stay| stay != member.stay) {
            return;
        }
        for other in member.links() {
            self.unlink(node, other);
        }
        if let Some(member) = self.members.remove(&node) {
            member.inbox.close();
        }
    }

    /// Connects two nodes.
    ///
    /// # Errors
    /// `Refused`, `Unreachable`.
    pub(super) fn link(&mut self, from: NodeId, to: NodeId) -> Result<(), NetworkError> {
        let dialler = self.members.get(&from).ok_or(NetworkError::Stopped)?;
        if dialler.blocked.contains(&to) {
            return Err(NetworkError::Refused);
        }
        let there = self.members.get(&to).ok_or(NetworkError::Unreachable)?;
        if there.blocked.contains(&from) {
            return Err(NetworkError::Unreachable);
        }
        if dialler.linked(&to) {
            return Ok(());
        }
        for (one, other, outbound) in [(from, to, true), (to, from, false)] {
            let address = self.address(&other);
            if let Some(member) = self.members.get_mut(&one) {
                let peer = member.peers.entry(other).or_default();
                peer.connected = true;
                peer.outbound = outbound;
                peer.agent = "memory".to_owned();
                peer.round_trip_us = 1;
                peer.addresses = vec![address.clone()];
                member.inbox.push(NetworkEvent::Connected { node: other, outbound, address });
            }
        }
        Ok(())
    }

    /// Ends the connection of two nodes and every request on it.
    pub(super) fn unlink(&mut self, a: NodeId, b: NodeId) {
        for (one, other) in [(a, b), (b, a)] {
            if let Some(member) = self.members.get_mut(&one)
                && member.linked(&other)
            {
                if let Some(peer) = member.peers.get_mut(&other) {
                    peer.connected = false;
                }
                member.asked.retain(|_, asked| asked.by != other);
                member.inbox.push(NetworkEvent::Disconnected { node: other });
            }
        }
    }

    /// Dials every kept address that has no connection.
    pub(super) fn mend(&mut self) {
        let wanted: Vec<(NodeId, NodeId)> = self
            .members
            .iter()
            .flat_map(|(node, member)| member.kept.iter().map(|kept| (*node, *kept)))
            .collect();
        for (from, to) in wanted {
            // Who refuses or is away is dialled again after the next change.
            let _ = self.link(from, to);
        }
    }

    fn count(&mut self, from: NodeId, to: NodeId, bytes: usize) {
        for (one, other, out) in [(from, to, true), (to, from, false)] {
            if let Some(peer) = self.members.get_mut(&one).and_then(|m| m.peers.get_mut(&other)) {
                let counter = if out { &mut peer.bytes_out } else { &mut peer.bytes_in };
                *counter += bytes as u64;
            }
        }
    }

    /// A node says something of its own.
    pub(super) fn publish(&mut self, node: NodeId, topic: &str, bytes: &Bytes) {
        if let Some(member) = self.members.get_mut(&node)
            && member.see(topic, bytes)
        {
            self.hand_on(node, None, topic, bytes);
        }
    }

    /// Hands a message to everybody connected but whom it came from.
    fn hand_on(&mut self, node: NodeId, but: Option<NodeId>, topic: &str, bytes: &Bytes) {
        let Some(member) = self.members.get(&node) else { return };
        for to in member.links() {
            if Some(to) != but {
                self.deliver(node, to, topic, bytes);
            }
        }
    }

    fn deliver(&mut self, from: NodeId, to: NodeId, topic: &str, bytes: &Bytes) {
        if !self.members.get(&to).is_some_and(|member| member.topics.contains(topic)) {
            return;
        }
        self.count(from, to, topic.len() + bytes.len());
        self.tickets += 1;
        let ticket = self.tickets;
        let Some(member) = self.members.get_mut(&to) else { return };
        if !member.see(topic, bytes) {
            return;
        }
        member.gossip.insert(ticket, (from, topic.to_owned(), bytes.clone()));
        let gone = member.inbox.push(NetworkEvent::Gossip {
            from,
            topic: topic.to_owned(),
            bytes: bytes.clone(),
            ticket: Ticket(ticket),
        });
        member.forget(gone.as_ref());
    }

    pub(super) fn judge(&mut self, node: NodeId, ticket: Ticket, judgement: Judgement) {
        let waiting = self.members.get_mut(&node).and_then(|m| m.gossip.remove(&ticket.0));
        if let Some((from, topic, bytes)) = waiting
            && judgement == Judgement::Accept
        {
            self.hand_on(node, Some(from), &topic, &bytes);
        }
    }

    /// Puts a request before a node.
    ///
    /// # Errors
    /// `Refused`, `Unreachable`, `Busy`, `Stopped`.
    pub(super) fn ask(
        &mut self,
        by: NodeId,
        of: NodeId,
        protocol: Protocol,
        bytes: Bytes,
    ) -> Result<(Ticket, Answer), NetworkError> {
        let asker = self.members.get(&by).ok_or(NetworkError::Stopped)?;
        if asker.blocked.contains(&of) {
            return Err(NetworkError::Refused);
        }
        if !asker.linked(&of) {
            return Err(NetworkError::Unreachable);
        }
        let all = self.members.values().flat_map(|m| m.asked.values()).filter(|a| a.by == by);
        let all = all.count();
        let there = self.members.get(&of).ok_or(NetworkError::Unreachable)?;
        let mine = there.asked.values().filter(|asked| asked.by == by).count();
        if mine >= MAX_REQUESTS_PER_NODE || all.max(there.asked.len()) >= MAX_REQUESTS {
            return Err(NetworkError::Busy);
        }
        self.count(by, of, bytes.len());
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let member = self.members.get_mut(&of).ok_or(NetworkError::Unreachable)?;
        let (answer, answered) = oneshot::channel();
        member.asked.insert(ticket.0, Asked { by, answer });
        let gone = member.inbox.push(NetworkEvent::Request { from: by, protocol, bytes, ticket });
        member.forget(gone.as_ref());
        Ok((ticket, answered))
    }

    /// Answers a request, when its asker still waits.
    pub(super) fn respond(
        &mut self,
        node: NodeId,
        ticket: Ticket,
        answer: Result<Bytes, NetworkError>,
    ) {
        let asked = self.members.get_mut(&node).and_then(|m| m.asked.remove(&ticket.0));
        if let Some(asked) = asked {
            if let Ok(bytes) = &answer {
                self.count(node, asked.by, bytes.len());
            }
            // An asker that has stopped waiting needs no answer.
            let _ = asked.answer.send(answer);
        }
    }

    /// The asker waits no longer.
    pub(super) fn withdraw(&mut self, of: NodeId, ticket: Ticket) {
        if let Some(member) = self.members.get_mut(&of) {
            member.asked.remove(&ticket.0);
        }
    }
}

impl Member {
    /// Forgets what belongs to an event that nobody will take.
    fn forget(&mut self, event: Option<&NetworkEvent>) {
        match event {
            Some(NetworkEvent::Gossip { ticket, .. }) => {
                self.gossip.remove(&ticket.0);
            }
            Some(NetworkEvent::Request { ticket, .. }) => {
                if let Some(asked) = self.asked.remove(&ticket.0) {
                    // An asker that has stopped waiting needs no answer.
                    let _ = asked.answer.send(Err(NetworkError::Busy));
                }
            }
            _ => {}
        }
    }
}

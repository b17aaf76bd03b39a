//! One node of a log: its home, or a follower (protocol §3, §13).
//!
//! A follower believes nobody. It takes an entry when a head that the log's key
//! has signed covers it: either all entries up to the head are there and give
//! its root, or a consistency proof leads from them to it. So it does not matter
//! who sends; a peer can withhold, and no more. What the entries say is judged
//! and folded by the runtime, which says whether they follow.

mod following;
mod heads;
mod hearing;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use erynoa_events::{Checkpoint, Frontier, LogState, SigningKey};
use erynoa_kernel::{PublicKey, RealmId};

use crate::frame::{Ask, Payload, encode_ask, encode_gossip};
use crate::roster::{BAN_US, Offence, Peer, Roster};
use crate::tail::Tail;
use crate::{ForkProof, Judgement, NetworkError, NodeId, Protocol, Standing, Ticket};

/// What the node is to the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Writes it.
    Home,
    /// Copies and verifies it.
    Follower,
    /// A follower that puts its name to what it has verified.
    Witness,
}

/// A head with its signed note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHead {
    /// Origin, size and root.
    pub head: Checkpoint,
    /// The note.
    pub note: String,
}

/// Whose cosignature counts, and under which name it signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessKey {
    /// Name in the signature line.
    pub name: String,
    /// Key.
    pub key: PublicKey,
}

/// Entries that the log's key has signed for, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Position of the first.
    pub from: u64,
    /// Entries.
    pub entries: Vec<Bytes>,
    /// The head that they end with, when they end with one.
    pub head: Option<SignedHead>,
}

/// What has happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// A connection stands.
    Connected(NodeId),
    /// The last connection is over.
    Disconnected(NodeId),
    /// What a node may do, whether or not it is connected.
    Standing(NodeId, Standing),
    /// A node is no longer banned.
    Pardoned(NodeId),
    /// A message on a topic.
    Gossip {
        /// Who has handed it on.
        from: NodeId,
        /// Topic.
        topic: String,
        /// The message.
        bytes: Bytes,
        /// To judge it.
        ticket: Ticket,
    },
    /// The end of a [`Output::Call`].
    Answered {
        /// Its number.
        call: u64,
        /// The answer.
        result: Result<Bytes, NetworkError>,
    },
    /// A peer has broken a rule of the transport or of a question.
    Offended(NodeId, Offence),
    /// A batch is durable and folded; the log state has it.
    Stored,
    /// A batch could not be stored for a reason that is not the log's; it is to
    /// be tried again.
    NotStored,
    /// An entry of a batch does not follow from the log. The reason is for
    /// people.
    Unfit(String),
    /// Home: entries are durable.
    Grew(Vec<(u64, RealmId, Bytes)>),
    /// Home: a head is signed and durable.
    Signed(SignedHead),
    /// Witness: a head has our name, durably promised before.
    Cosigned(SignedHead),
    /// Whose cosignatures count from now on.
    Witnesses(Vec<WitnessKey>),
    /// Time has passed.
    Tick,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Say something on a topic.
    Publish {
        /// Topic.
        topic: String,
        /// The message.
        bytes: Bytes,
    },
    /// Whether a message may be handed on.
    Judge(Ticket, Judgement),
    /// Ask a node; the end comes back as [`Input::Answered`].
    Call {
        /// Number of the call.
        call: u64,
        /// Whom.
        node: NodeId,
        /// How.
        protocol: Protocol,
        /// The question.
        bytes: Bytes,
    },
    /// Judge, fold and store; then [`Input::Stored`], [`Input::NotStored`] or
    /// [`Input::Unfit`]. There is one at a time.
    Store(Batch),
    /// Promise durably, then sign this head; then [`Input::Cosigned`].
    Cosign(SignedHead),
    /// A witness has signed a head of this log that we hold.
    Witnessed {
        /// Its key.
        key: PublicKey,
        /// Entries that it vouches for.
        size: u64,
        /// When it signed, seconds since the Unix epoch.
        time_s: u64,
        /// The note with its line.
        note: String,
    },
    /// Refuse a node from now on.
    Ban {
        /// Which.
        node: NodeId,
        /// Until when, microseconds.
        until_us: u64,
        /// Why.
        offence: Offence,
    },
    /// The log has shown two histories. This node takes nothing from it any
    /// more and signs nothing.
    Forked(Box<ForkProof>),
}

/// Why a node does not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The log has forked.
    Forked(Box<ForkProof>),
    /// An entry under a signed head does not follow.
    Unfit(String),
}

/// Longest without a look at somebody's head, microseconds.
pub const HEAD_EVERY_US: u64 = 15_000_000;
/// Batches that wait to be stored; no more is asked for until there is room.
pub const MAX_QUEUED: usize = 4;
/// Most heads that are kept until the log has reached them.
pub const MAX_AHEAD: usize = 16;
/// Entries that are said one by one; a larger group is fetched, which costs less.
pub const MAX_SAID: usize = 64;
/// Most witnesses of a log that count.
pub const MAX_WITNESSES: usize = 64;

/// What a node is made with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the log.
    pub origin: String,
    /// Our part.
    pub role: Role,
    /// The newest head that we hold, from the store.
    pub head: Option<SignedHead>,
}

#[derive(Clone, Debug)]
enum Call {
    Head(NodeId),
    Entries { node: NodeId, head: SignedHead },
}

/// One node of a log.
#[derive(Clone, Debug)]
pub struct Node {
    key: SigningKey,
    settings: Settings,
    topic: String,
    roster: Roster,
    witnesses: Vec<WitnessKey>,
    /// The greatest head of each witness that was told of, by key.
    told: BTreeMap<PublicKey, u64>,
    calls: BTreeMap<u64, Call>,
    next_call: u64,
    /// The newest head that is verified and not yet reached.
    target: Option<SignedHead>,
    /// Other signed heads that the log has not reached, by size.
    ahead: BTreeMap<u64, SignedHead>,
    /// The tree with everything that is queued.
    front: Option<Frontier>,
    queued: VecDeque<Batch>,
    storing: bool,
    /// The head that the batch on its way to the store ends with.
    storing_head: Option<SignedHead>,
    pulling: bool,
    tail: Tail,
    halt: Option<Halt>,
    head_asked_us: u64,
    /// Notes that were looked at, newest last.
    seen: VecDeque<[u8; 32]>,
    now_us: u64,
    out: Vec<Output>,
}

/// Notes whose like is not looked at again.
const MAX_SEEN: usize = 256;

/// The topic of a realm's events.
#[must_use]
pub fn events_topic(realm: &RealmId) -> String {
    format!("/erynoa/{realm}/events/v1")
}

/// The topic of a log's checkpoints.
#[must_use]
pub fn checkpoints_topic(origin: &str) -> String {
    format!("/erynoa/log/{origin}/checkpoints/v1")
}

impl Node {
    /// A node with no peers yet. `key` signs what it says on topics.
    #[must_use]
    pub fn new(key: SigningKey, settings: Settings) -> Self {
        let topic = checkpoints_topic(&settings.origin);
        Self {
            key,
            settings,
            topic,
            roster: Roster::default(),
            witnesses: Vec::new(),
            told: BTreeMap::new(),
            calls: BTreeMap::new(),
            next_call: 0,
            target: None,
            ahead: BTreeMap::new(),
            front: None,
            queued: VecDeque::new(),
            storing: false,
            storing_head: None,
            pulling: false,
            tail: Tail::default(),
            halt: None,
            head_asked_us: 0,
            seen: VecDeque::new(),
            now_us: 0,
            out: Vec::new(),
        }
    }

    /// Takes what has happened. `log` is the log as far as it is durable and
    /// applied, `now_us` the time; it may stand still, and go back.
    pub fn handle(&mut self, input: Input, log: &LogState, now_us: u64) -> Vec<Output> {
        self.now_us = now_us;
        match input {
            Input::Connected(node) => self.connected(node),
            Input::Disconnected(node) => {
                if let Some(peer) = self.roster.connected_mut(&node) {
                    peer.connected = false;
                }
            }
            Input::Standing(node, standing) => {
                if let Some(peer) = self.roster.entry(node, now_us) {
                    peer.standing = standing;
                }
            }
            Input::Pardoned(node) => self.roster.pardon(&node, now_us),
            Input::Gossip { from, topic, bytes, ticket } => {
                let judgement = self.hear(from, &topic, &bytes, log);
                self.out.push(Output::Judge(ticket, judgement));
            }
            Input::Answered { call, result } => self.answered(call, result, log),
            Input::Offended(node, offence) => self.blame(node, offence),
            Input::Stored => self.stored(log),
            Input::NotStored => self.not_stored(),
            Input::Unfit(reason) => self.stop(Halt::Unfit(reason)),
            Input::Grew(entries) => self.say_entries(entries),
            Input::Signed(head) => self.signed(head, log),
            Input::Cosigned(head) => {
                self.take_cosignatures(&head.note, &head.head);
                self.say(&Payload::Note(head.note));
            }
            Input::Witnesses(witnesses) => self.set_witnesses(witnesses),
            Input::Tick => {}
        }
        self.look_for_heads();
        self.follow(log);
        std::mem::take(&mut self.out)
    }

    /// What is known of a peer.
    #[must_use]
    pub fn peer(&self, node: &NodeId) -> Option<&Peer> {
        self.roster.get(node)
    }

    /// All peers that are remembered, by id.
    pub fn peers(&self) -> impl Iterator<Item = (&NodeId, &Peer)> {
        self.roster.iter()
    }

    /// Whether a peer may ask one more question; when not, it has flooded us.
    pub fn may_ask(&mut self, node: NodeId, now_us: u64) -> bool {
        self.roster.may_ask(node, now_us)
    }

    /// Why the node does not go on.
    #[must_use]
    pub const fn halt(&self) -> Option<&Halt> {
        self.halt.as_ref()
    }

    /// The newest head that we hold.
    #[must_use]
    pub const fn head(&self) -> Option<&SignedHead> {
        self.settings.head.as_ref()
    }

    /// The size of the greatest signed head that was seen.
    #[must_use]
    pub fn head_size(&self) -> u64 {
        let target = self.target.as_ref().or(self.settings.head.as_ref());
        target.map_or(0, |head| head.head.size)
    }

    /// Our part.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.settings.role
    }

    /// Bytes of entries that wait for a checkpoint or to be stored.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        let queued = self.queued.iter().flat_map(|batch| &batch.entries).map(Bytes::len);
        self.tail.bytes() + queued.sum::<usize>()
    }

    fn connected(&mut self, node: NodeId) {
        if let Some(peer) = self.roster.entry(node, self.now_us) {
            peer.connected = true;
            peer.rests_until_us = 0;
        }
        self.ask_head(node);
    }

    fn say(&mut self, payload: &Payload) {
        let bytes = encode_gossip(&self.topic, &self.key, self.now_us, payload);
        self.out.push(Output::Publish { topic: self.topic.clone(), bytes });
    }

    fn say_entries(&mut self, entries: Vec<(u64, RealmId, Bytes)>) {
        if self.settings.role != Role::Home || entries.len() > MAX_SAID {
            return;
        }
        for (sequence, realm, entry) in entries {
            let topic = events_topic(&realm);
            let payload = Payload::Entry { sequence, entry };
            let bytes = encode_gossip(&topic, &self.key, self.now_us, &payload);
            self.out.push(Output::Publish { topic, bytes });
        }
    }

    fn signed(&mut self, head: SignedHead, log: &LogState) {
        self.take_cosignatures(&head.note, &head.head);
        self.say(&Payload::Note(head.note.clone()));
        self.settings.head = Some(head);
        self.reach(log);
    }

    fn call(&mut self, node: NodeId, ask: &Ask, call: Call) {
        let number = self.next_call;
        self.next_call += 1;
        self.calls.insert(number, call);
        if let Some(peer) = self.roster.connected_mut(&node) {
            peer.asked_us = self.now_us;
        }
        let bytes = encode_ask(&self.settings.origin, ask);
        self.out.push(Output::Call { call: number, node, protocol: Protocol::Log, bytes });
    }

    fn blame(&mut self, node: NodeId, offence: Offence) {
        if self.roster.blame(node, offence, self.now_us) {
            let until_us = self.now_us.saturating_add(BAN_US);
            self.out.push(Output::Ban { node, until_us, offence });
        }
    }

    /// From now on nothing is taken and nothing signed.
    fn stop(&mut self, halt: Halt) {
        if self.halt.is_some() {
            return;
        }
        if let Halt::Forked(proof) = &halt {
            self.out.push(Output::Forked(proof.clone()));
            let proof = ForkProof::clone(proof);
            self.say(&Payload::Fork(proof));
        }
        self.halt = Some(halt);
        self.queued.clear();
        self.tail.clear();
        self.target = None;
        self.ahead.clear();
    }
}

//! One node of a log: its home, or a follower (protocol §3, §13).
//!
//! A follower believes nobody. It takes an entry when a head that the log's key
//! has signed covers it: either all entries up to the head are there and give
//! its root, or a consistency proof leads from them to it. So it does not matter
//! who sends; a peer can withhold, and no more. What the entries say is judged
//! and folded by the runtime, which says whether they follow.

mod cosigning;
mod following;
mod heads;
mod hearing;

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use erynoa_events::{Checkpoint, Frontier, LogState, SigningKey};
use erynoa_kernel::{PublicKey, RealmId};

use crate::frame::{Ask, Payload, encode_ask, encode_gossip};
use crate::roster::{BAN_US, Budget, Offence, Peer, Roster, SAY_NOTE_RATE, SAY_RATE};
use crate::tail::Tail;
use crate::{ForkProof, Judgement, NetworkError, NodeId, Protocol, Standing, Ticket};
use cosigning::Early;

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
    /// A witness has signed a head of this log that we hold. After a restart it
    /// is told of again, perhaps with a smaller head first: the greatest counts.
    Witnessed {
        /// Its key.
        key: PublicKey,
        /// Entries that it vouches for.
        size: u64,
        /// When it signed, seconds since the Unix epoch.
        time_s: u64,
        /// The note with the log's signature and its line.
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
    Entries {
        node: NodeId,
        /// Position of the first entry that was asked for.
        from: u64,
        head: SignedHead,
    },
    /// What was sent for `head` does not continue the tree of `basis`.
    Doubt {
        node: NodeId,
        basis: SignedHead,
        head: SignedHead,
    },
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
    /// The newest cosignature of each witness whose head is not reached.
    early: BTreeMap<PublicKey, Early>,
    /// Heads that were reached lately, newest last.
    recent: VecDeque<SignedHead>,
    /// The head that we were told to cosign.
    cosigned_size: u64,
    calls: BTreeMap<u64, Call>,
    next_call: u64,
    /// The newest head that is verified and not yet reached.
    target: Option<SignedHead>,
    /// Other signed heads that the log has not reached, by size.
    ahead: BTreeMap<u64, SignedHead>,
    /// The tree with everything that is queued.
    front: Option<Frontier>,
    /// The head under which the end of it was proven.
    basis: Option<SignedHead>,
    queued: VecDeque<Batch>,
    storing: bool,
    /// The head that the batch on its way to the store ends with.
    storing_head: Option<SignedHead>,
    pulling: bool,
    tail: Tail,
    halt: Option<Halt>,
    head_asked_us: u64,
    /// Notes that were looked at, with the sizes of their heads, newest last.
    seen: VecDeque<([u8; 32], u64)>,
    /// What we may say or hand on.
    said_entries: Budget,
    said_notes: Budget,
    now_us: u64,
    /// Time that has passed since the start: unlike `now_us` it never goes back.
    steady_us: u64,
    /// Entries of the log.
    known: u64,
    out: Vec<Output>,
}

/// Notes whose like is not looked at again.
const MAX_SEEN: usize = 256;
/// Heads that were reached and are still remembered.
const MAX_RECENT: usize = 16;

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
            early: BTreeMap::new(),
            recent: VecDeque::new(),
            cosigned_size: 0,
            calls: BTreeMap::new(),
            next_call: 0,
            target: None,
            ahead: BTreeMap::new(),
            front: None,
            basis: None,
            queued: VecDeque::new(),
            storing: false,
            storing_head: None,
            pulling: false,
            tail: Tail::default(),
            halt: None,
            head_asked_us: 0,
            seen: VecDeque::new(),
            said_entries: Budget::full(SAY_RATE, 0),
            said_notes: Budget::full(SAY_NOTE_RATE, 0),
            now_us: 0,
            steady_us: HEAD_EVERY_US,
            known: 0,
            out: Vec::new(),
        }
    }

    /// Takes what has happened. `log` is the log as far as it is durable and
    /// applied, `now_us` the time; it may stand still, and go back.
    pub fn handle(&mut self, input: Input, log: &LogState, now_us: u64) -> Vec<Output> {
        self.pass_time(now_us);
        self.known = log.size();
        let steady_us = self.steady_us;
        match input {
            Input::Connected(node) => self.connected(node),
            Input::Disconnected(node) => {
                if let Some(peer) = self.roster.connected_mut(&node) {
                    peer.connected = false;
                }
            }
            Input::Standing(node, standing) => {
                if let Some(peer) = self.roster.entry(node, steady_us) {
                    peer.standing = standing;
                }
            }
            Input::Pardoned(node) => self.roster.pardon(&node, steady_us),
            Input::Gossip { from, topic, bytes, ticket } => {
                let judgement = self.hear(from, &topic, &bytes, log);
                self.out.push(Output::Judge(ticket, judgement));
            }
            Input::Answered { call, result } => self.answered(call, result, log),
            Input::Offended(node, Offence::Flood) => self.flooded(node),
            Input::Offended(node, offence) => self.blame(node, offence),
            Input::Stored => self.stored(log),
            Input::NotStored => self.not_stored(),
            Input::Unfit(reason) => self.stop(Halt::Unfit(reason)),
            Input::Grew(entries) => self.say_entries(entries),
            Input::Signed(head) => self.signed(head, log),
            Input::Cosigned(head) => self.cosigned(head, log),
            Input::Witnesses(witnesses) => self.set_witnesses(witnesses, log),
            Input::Tick => {}
        }
        self.look_for_heads();
        self.follow(log);
        self.cosign(log);
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
        self.pass_time(now_us);
        !self.roster.is_refused(&node) && self.roster.may_ask(node, self.steady_us)
    }

    /// Proof that the log has forked, for [`crate::Library`].
    #[must_use]
    pub fn fork(&self) -> Option<&ForkProof> {
        match &self.halt {
            Some(Halt::Forked(proof)) => Some(proof),
            _ => None,
        }
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

    /// A clock may be set; what has passed is what it has gone forward.
    const fn pass_time(&mut self, now_us: u64) {
        if self.now_us > 0 {
            let passed_us = now_us.saturating_sub(self.now_us);
            self.steady_us = self.steady_us.saturating_add(passed_us);
        }
        self.now_us = now_us;
    }

    pub(crate) fn may_say_note(&mut self) -> bool {
        self.said_notes.take(SAY_NOTE_RATE, self.steady_us)
    }

    fn connected(&mut self, node: NodeId) {
        if let Some(peer) = self.roster.entry(node, self.steady_us) {
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
            if !self.said_entries.take(SAY_RATE, self.steady_us) {
                return;
            }
            let topic = events_topic(&realm);
            let payload = Payload::Entry { sequence, entry };
            let bytes = encode_gossip(&topic, &self.key, self.now_us, &payload);
            self.out.push(Output::Publish { topic, bytes });
        }
    }

    fn signed(&mut self, head: SignedHead, log: &LogState) {
        if self.may_say_note() {
            self.say(&Payload::Note(head.note.clone()));
        }
        self.settings.head = Some(head.clone());
        self.take_cosignatures(&head.note, &head.head, log);
        self.take_early(&head);
        self.remember(head);
        self.reach(log);
    }

    fn call(&mut self, node: NodeId, ask: &Ask, call: Call) {
        let number = self.next_call;
        self.next_call += 1;
        self.calls.insert(number, call);
        if let Some(peer) = self.roster.connected_mut(&node) {
            peer.asked_us = self.steady_us;
        }
        let bytes = encode_ask(&self.settings.origin, ask);
        self.out.push(Output::Call { call: number, node, protocol: Protocol::Log, bytes });
    }

    fn blame(&mut self, node: NodeId, offence: Offence) {
        if self.roster.blame(node, offence, self.steady_us) {
            let until_us = self.now_us.saturating_add(BAN_US);
            self.out.push(Output::Ban { node, until_us, offence });
        }
    }

    /// From now on nothing is taken and nothing signed.
    fn stop(&mut self, halt: Halt) {
        // A fork explains whatever else was found, and is proven.
        if self.is_forked() || (self.halt.is_some() && !matches!(halt, Halt::Forked(_))) {
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

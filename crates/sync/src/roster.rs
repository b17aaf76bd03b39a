//! What a node remembers of its peers: standing, score, budget.

use std::collections::BTreeMap;

use crate::{NodeId, Standing};

/// At this score a peer is banned.
pub const BAN_SCORE: i32 = -100;
/// How long a ban for a score lasts, microseconds.
pub const BAN_US: u64 = 3_600_000_000;
/// A point is forgiven after this time, microseconds.
const FORGIVEN_US: u64 = 10_000_000;
/// Most peers that are remembered; a node has far fewer connections.
const MAX_PEERS: usize = 4_096;

/// Messages over the budget for which one point is taken: what a network holds
/// back and delivers at once is no flood.
pub const FLOOD_STEP: u32 = 16;
/// Withholding takes no score below this.
const WITHHELD_SCORE: i32 = BAN_SCORE / 2;

/// What a peer has done wrong, and how much it weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// Bytes that are no message, or a broken rule of the transport.
    Garbage,
    /// A signature that does not hold.
    Forged,
    /// Entries or proofs that are not the log's.
    FalseProof,
    /// A note of another log.
    WrongOrigin,
    /// A message from another time.
    WrongTime,
    /// More than its budget. One for every [`FLOOD_STEP`] messages too many.
    Flood,
    /// No answer, or a refusal of what it has shown to have. The network may be
    /// to blame as well, so this alone never leads to a ban.
    Withheld,
}

impl Offence {
    /// Points that it costs.
    #[must_use]
    pub const fn points(self) -> i32 {
        match self {
            Self::Garbage => 25,
            Self::Forged | Self::FalseProof => 50,
            Self::WrongOrigin | Self::Withheld => 5,
            Self::Flood => 1,
            // Whose clock is wrong, nobody can tell.
            Self::WrongTime => 0,
        }
    }

    /// For people.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Garbage => "sent bytes that are no message",
            Self::Forged => "sent a signature that does not hold",
            Self::FalseProof => "sent entries that are not the log's",
            Self::WrongOrigin => "sent a checkpoint of another log",
            Self::WrongTime => "sent a message from another time",
            Self::Flood => "sent more than its budget",
            Self::Withheld => "did not answer",
        }
    }
}

/// A budget that fills up with time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    /// In millionths.
    left: u64,
    at_us: u64,
}

/// How much a peer may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u64,
    /// For good.
    pub per_second: u64,
}

impl Budget {
    pub(crate) const fn full(rate: Rate, at_us: u64) -> Self {
        Self { left: rate.burst * 1_000_000, at_us }
    }

    /// Takes one, if there is one.
    pub(crate) fn take(&mut self, rate: Rate, now_us: u64) -> bool {
        let gained = now_us.saturating_sub(self.at_us).saturating_mul(rate.per_second);
        self.left = self.left.saturating_add(gained).min(rate.burst * 1_000_000);
        self.at_us = self.at_us.max(now_us);
        let enough = self.left >= 1_000_000;
        self.left -= if enough { 1_000_000 } else { 0 };
        enough
    }
}

/// Messages on topics that one peer may hand on.
pub const GOSSIP_RATE: Rate = Rate { burst: 4_000, per_second: 1_000 };
/// Notes and proofs of forks among them, whose signatures cost the most: 64
/// witnesses of epochs that take ten seconds say seven a second.
pub const NOTE_RATE: Rate = Rate { burst: 400, per_second: 20 };
/// Questions that one peer may ask: 1 000 entries each, so that a newcomer may
/// take 200 000 a second.
pub const ASK_RATE: Rate = Rate { burst: 400, per_second: 200 };
/// Entries that a node says or hands on, whoever says them: far below what every
/// peer grants it, so that nobody can make it flood others. The rest is fetched.
pub const SAY_RATE: Rate = Rate { burst: 512, per_second: 256 };
/// Heads, cosignatures and proofs that a node says or hands on.
pub const SAY_NOTE_RATE: Rate = Rate { burst: 128, per_second: 10 };

/// What is known of one peer.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Whether a connection stands.
    pub connected: bool,
    /// What it may do.
    pub standing: Standing,
    /// 0 to [`BAN_SCORE`].
    pub score: i32,
    /// What it did wrong last.
    pub last_offence: Option<Offence>,
    /// The greatest head that it has shown to be its own.
    pub head_size: u64,
    /// The greatest head that it has handed on: perhaps it has it, too.
    pub(crate) hint_size: u64,
    /// Messages over its budget.
    pub(crate) over: u32,
    /// Times that it sent what does not fit and did not explain it.
    pub(crate) unresolved: u32,
    /// When it was asked last.
    pub(crate) asked_us: u64,
    /// It is not asked before.
    pub(crate) rests_until_us: u64,
    scored_us: u64,
    gossip: Budget,
    notes: Budget,
    asks: Budget,
}

impl Peer {
    /// Whether nothing is taken from it: it is blocked or banned.
    pub(crate) fn is_refused(&self) -> bool {
        self.standing == Standing::Blocked || self.score <= BAN_SCORE
    }
}

/// All peers, in the order of their ids so that every run is the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster {
    peers: BTreeMap<NodeId, Peer>,
}

impl Roster {
    pub(crate) fn get(&self, node: &NodeId) -> Option<&Peer> {
        self.peers.get(node)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&NodeId, &Peer)> {
        self.peers.iter()
    }

    pub(crate) fn connected_mut(&mut self, node: &NodeId) -> Option<&mut Peer> {
        self.peers.get_mut(node).filter(|peer| peer.connected)
    }

    /// The peer, known or not; `None` when there is no room for another.
    pub(crate) fn entry(&mut self, node: NodeId, now_us: u64) -> Option<&mut Peer> {
        if self.peers.len() >= MAX_PEERS && !self.peers.contains_key(&node) {
            let idle = |peer: &Peer| !peer.connected && peer.standing == Standing::ReceiveOnly;
            let all = self.peers.iter().filter(|(_, peer)| idle(peer));
            // Who has done wrong is remembered longest.
            let forgotten = *all.max_by_key(|(_, peer)| peer.score)?.0;
            self.peers.remove(&forgotten);
        }
        Some(self.peers.entry(node).or_insert_with(|| Peer {
            connected: false,
            standing: Standing::ReceiveOnly,
            score: 0,
            last_offence: None,
            head_size: 0,
            hint_size: 0,
            over: 0,
            unresolved: 0,
            asked_us: 0,
            rests_until_us: 0,
            scored_us: now_us,
            gossip: Budget::full(GOSSIP_RATE, now_us),
            notes: Budget::full(NOTE_RATE, now_us),
            asks: Budget::full(ASK_RATE, now_us),
        }))
    }

    /// Whether the peer may hand on one more message; `is_note` when it is one
    /// on the topic of checkpoints.
    pub(crate) fn may_gossip(&mut self, node: NodeId, is_note: bool, now_us: u64) -> bool {
        self.entry(node, now_us).is_some_and(|peer| {
            peer.gossip.take(GOSSIP_RATE, now_us)
                && (!is_note || peer.notes.take(NOTE_RATE, now_us))
        })
    }

    /// Counts a message over the budget. Tells whether it costs a point.
    pub(crate) fn is_over(&mut self, node: NodeId, now_us: u64) -> bool {
        self.entry(node, now_us).is_some_and(|peer| {
            peer.over = peer.over.wrapping_add(1);
            peer.over.is_multiple_of(FLOOD_STEP)
        })
    }

    /// Whether nothing is taken from this peer: it is blocked or banned.
    pub(crate) fn is_refused(&self, node: &NodeId) -> bool {
        self.peers.get(node).is_some_and(Peer::is_refused)
    }

    /// Whether the peer may ask one more question.
    pub(crate) fn may_ask(&mut self, node: NodeId, now_us: u64) -> bool {
        self.entry(node, now_us).is_some_and(|peer| peer.asks.take(ASK_RATE, now_us))
    }

    /// Counts an offence. Tells whether the peer is to be banned.
    pub(crate) fn blame(&mut self, node: NodeId, offence: Offence, now_us: u64) -> bool {
        let Some(peer) = self.entry(node, now_us) else { return false };
        let forgiven = now_us.saturating_sub(peer.scored_us) / FORGIVEN_US;
        if forgiven > 0 {
            let points = i32::try_from(forgiven).unwrap_or(i32::MAX);
            peer.score = peer.score.saturating_add(points).min(0);
            peer.scored_us += forgiven * FORGIVEN_US;
        }
        let before = peer.score;
        let least = if offence == Offence::Withheld { WITHHELD_SCORE } else { BAN_SCORE };
        peer.score = (peer.score - offence.points()).max(least.min(before));
        peer.last_offence = Some(offence);
        before > BAN_SCORE && peer.score == BAN_SCORE
    }

    /// A peer that has served its time begins anew.
    pub(crate) fn pardon(&mut self, node: &NodeId, now_us: u64) {
        if let Some(peer) = self.peers.get_mut(node) {
            peer.score = 0;
            peer.scored_us = now_us;
        }
    }
}

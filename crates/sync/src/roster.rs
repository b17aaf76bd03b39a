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

#[cfg(test)]
mod tests {
    use erynoa_kernel::PublicKey;

    use super::*;

    const SECOND: u64 = 1_000_000;

    fn node(number: u16) -> NodeId {
        let mut key = [0; 32];
        key[..2].copy_from_slice(&number.to_be_bytes());
        NodeId(PublicKey::from_bytes(key))
    }

    fn score(roster: &Roster) -> i32 {
        roster.get(&node(1)).map_or(0, |peer| peer.score)
    }

    #[test]
    fn a_budget_gives_its_burst_and_then_what_time_brings() {
        let rate = Rate { burst: 3, per_second: 2 };
        let mut budget = Budget::full(rate, 10 * SECOND);
        let mut take = |now_us| budget.take(rate, now_us);
        assert_eq!([10; 4].map(|s| take(s * SECOND)), [true, true, true, false]);
        assert!(!take(10 * SECOND + 499_999));
        assert!(take(10 * SECOND + 500_000));
        assert!(!take(9 * SECOND), "a clock that goes back brings nothing");
        assert!(!take(10 * SECOND + 500_000), "nor does it when it comes back");
        // However long it waits, it is never more than the burst.
        assert_eq!([u64::MAX; 4].map(&mut take), [true, true, true, false]);
    }

    #[test]
    fn a_peer_is_banned_at_a_hundred_points_and_told_of_once() {
        let mut roster = Roster::default();
        let mut blame = |offence| roster.blame(node(1), offence, SECOND);
        assert!(!blame(Offence::Forged));
        assert!(!blame(Offence::Garbage));
        for _ in 0..24 {
            assert!(!blame(Offence::Flood));
        }
        assert!(blame(Offence::Flood), "the hundredth point");
        assert!(!blame(Offence::FalseProof), "it is banned already");
        assert_eq!(score(&roster), BAN_SCORE);
        assert!(roster.is_refused(&node(1)) && !roster.is_refused(&node(2)));
        roster.pardon(&node(1), 2 * SECOND);
        assert!(!roster.is_refused(&node(1)));
        assert_eq!(score(&roster), 0);
    }

    #[test]
    fn one_point_short_of_a_ban_is_none() {
        let mut roster = Roster::default();
        roster.blame(node(1), Offence::Forged, SECOND);
        for _ in 0..49 {
            assert!(!roster.blame(node(1), Offence::Flood, SECOND));
        }
        assert_eq!(score(&roster), BAN_SCORE + 1);
        assert!(!roster.is_refused(&node(1)));
    }

    #[test]
    fn to_withhold_never_leads_to_a_ban_and_forgives_nothing() {
        let mut roster = Roster::default();
        for _ in 0..100 {
            assert!(!roster.blame(node(1), Offence::Withheld, SECOND));
        }
        assert_eq!(score(&roster), WITHHELD_SCORE);
        roster.blame(node(1), Offence::Garbage, SECOND);
        assert_eq!(score(&roster), WITHHELD_SCORE - 25);
        roster.blame(node(1), Offence::Withheld, SECOND);
        assert_eq!(score(&roster), WITHHELD_SCORE - 25);
    }

    #[test]
    fn a_point_is_forgiven_every_ten_seconds_and_never_more_than_all() {
        let mut roster = Roster::default();
        roster.blame(node(1), Offence::Garbage, SECOND);
        roster.blame(node(1), Offence::WrongTime, SECOND + FORGIVEN_US - 1);
        assert_eq!(score(&roster), -25);
        roster.blame(node(1), Offence::WrongTime, SECOND + FORGIVEN_US);
        assert_eq!(score(&roster), -24);
        roster.blame(node(1), Offence::WrongTime, SECOND + 3 * FORGIVEN_US + 5);
        assert_eq!(score(&roster), -22);
        roster.blame(node(1), Offence::WrongTime, u64::MAX);
        assert_eq!(score(&roster), 0);
    }

    #[test]
    fn a_peer_gets_its_budget_of_messages_notes_and_questions_and_no_more() {
        let granted = |take: &dyn Fn(&mut Roster) -> bool| {
            let mut roster = Roster::default();
            (0..10_000).filter(|_| take(&mut roster)).count() as u64
        };
        assert_eq!(granted(&|r| r.may_gossip(node(1), false, SECOND)), GOSSIP_RATE.burst);
        assert_eq!(granted(&|r| r.may_gossip(node(1), true, SECOND)), NOTE_RATE.burst);
        assert_eq!(granted(&|r| r.may_ask(node(1), SECOND)), ASK_RATE.burst);
        // One that is too many of sixteen costs a point.
        let over = granted(&|r| r.is_over(node(1), SECOND));
        assert_eq!(over, 10_000 / u64::from(FLOOD_STEP));
        // What a node says is within what every peer grants it.
        const {
            assert!(SAY_RATE.burst + SAY_NOTE_RATE.burst < GOSSIP_RATE.burst);
            assert!(SAY_RATE.per_second + SAY_NOTE_RATE.per_second < GOSSIP_RATE.per_second);
            assert!(SAY_NOTE_RATE.burst < NOTE_RATE.burst);
            assert!(SAY_NOTE_RATE.per_second < NOTE_RATE.per_second);
        }
    }

    #[test]
    fn of_more_peers_than_are_remembered_the_worst_is_kept_and_no_connected_one_is_forgotten() {
        let mut roster = Roster::default();
        let most = u16::try_from(MAX_PEERS).expect("few");
        for number in 0..most {
            assert!(roster.entry(node(number), SECOND).is_some());
        }
        roster.blame(node(7), Offence::Forged, SECOND);
        for number in 0..most - 2 {
            if let Some(peer) = roster.entry(node(number), SECOND).filter(|_| number != 7) {
                peer.connected = true;
            }
        }
        // Two are idle and have done no wrong; then the one that has.
        for number in most..most + 3 {
            assert!(roster.entry(node(number), SECOND).is_some());
            roster.entry(node(number), SECOND).expect("it is there").connected = true;
            assert_eq!(roster.iter().count(), MAX_PEERS);
            assert_eq!(roster.get(&node(7)).is_some(), number < most + 2);
        }
        assert!(roster.entry(node(most + 3), SECOND).is_none(), "all are connected");
        assert!(roster.get(&node(0)).is_some());
    }
}

//! What a seed makes of a world.

use crate::dice::Dice;

/// One second, microseconds.
pub(crate) const SECOND: u64 = 1_000_000;

/// What a world is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A few nodes that fold everything, in bad weather.
    Storm,
    /// Fifty nodes and more.
    Crowd,
    /// Peers that break the protocol, around a victim that is surrounded.
    Siege,
    /// A home that shows two histories to two halves.
    Fork,
    /// A home that signs for what does not follow.
    Lie,
}

/// How a peer breaks the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Vice {
    /// Random bytes, truncated and bit-flipped messages, garbage as questions
    /// and answers.
    Garbage,
    /// More notes than its budget.
    FloodOfNotes,
    /// More questions than its budget.
    FloodOfQuestions,
    /// Old messages again, and true notes with lines added to them.
    Replay,
    /// Answers with entries and proofs that are not the log's.
    FalseAnswers,
    /// Shows the newest head and never answers more.
    Withhold,
    /// Shows the first head for ever.
    Stale,
    /// Notes of another log.
    WrongOrigin,
    /// Messages from another time.
    Future,
    /// Heads that the log's key has not signed.
    Forge,
    /// Proofs of forks that prove nothing.
    Frame,
    /// Takes part, and says entries that are not the log's.
    Poison,
    /// Answers with one entry at a time.
    Stingy,
}

pub(crate) const VICES: [Vice; 13] = [
    Vice::Garbage,
    Vice::FloodOfNotes,
    Vice::FloodOfQuestions,
    Vice::Replay,
    Vice::FalseAnswers,
    Vice::Withhold,
    Vice::Stale,
    Vice::WrongOrigin,
    Vice::Future,
    Vice::Forge,
    Vice::Frame,
    Vice::Poison,
    Vice::Stingy,
];

/// How the network treats messages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weather {
    /// Percent that are lost.
    pub(crate) loss: u64,
    /// Percent that arrive twice.
    pub(crate) twice: u64,
    /// Shortest and longest way; the difference reorders.
    pub(crate) delay_us: (u64, u64),
    /// Bytes a second that a node can send, 0 = any number.
    pub(crate) bandwidth: u64,
}

/// Everything that is decided before a world begins.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) kind: Kind,
    /// Honest nodes, the home among them.
    pub(crate) honest: usize,
    /// The first so many followers are witnesses.
    pub(crate) witnesses: usize,
    /// Whether followers fold everything.
    pub(crate) full: bool,
    pub(crate) vices: Vec<Vice>,
    /// Links that each node makes to earlier ones.
    pub(crate) degree: usize,
    pub(crate) weather: Weather,
    /// How long there are faults.
    pub(crate) storm_us: u64,
    pub(crate) crashes: u64,
    pub(crate) partitions: u64,
    pub(crate) jumps: u64,
    /// Longest wait between two submissions.
    pub(crate) submit_us: u64,
    pub(crate) epoch_us: u64,
    /// Most events of one submission.
    pub(crate) group: u64,
}

impl Plan {
    /// A quiet network of one home, one follower, three witnesses.
    pub(crate) fn quiet(seed: u64) -> Self {
        Self {
            kind: Kind::Storm,
            honest: 5,
            witnesses: 3,
            full: false,
            vices: Vec::new(),
            degree: 4,
            weather: Weather { loss: 0, twice: 0, delay_us: (2_000, 20_000), bandwidth: 0 },
            storm_us: 30 * SECOND,
            crashes: 0,
            partitions: 0,
            jumps: 0,
            submit_us: SECOND,
            epoch_us: 5 * SECOND,
            group: 6,
            ..Self::of(seed)
        }
    }

    pub(crate) fn of(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x5eed);
        let kind = match seed % 20 {
            0..7 => Kind::Storm,
            7..11 => Kind::Crowd,
            11..16 => Kind::Siege,
            16..18 => Kind::Fork,
            _ => Kind::Lie,
        };
        let honest = match kind {
            Kind::Storm => dice.between(3, 8),
            Kind::Crowd => dice.between(50, 66),
            Kind::Siege => dice.between(4, 9),
            Kind::Fork => dice.between(6, 10),
            Kind::Lie => dice.between(3, 6),
        };
        let villains = match kind {
            Kind::Siege => dice.between(3, 8),
            Kind::Crowd => dice.below(3),
            Kind::Storm | Kind::Fork | Kind::Lie => 0,
        };
        let vices = (0..villains).filter_map(|_| dice.pick(&VICES).copied()).collect();
        let slowest = dice.between(20_000, 2 * SECOND);
        let cut = dice.chance(20);
        Self {
            seed,
            kind,
            honest: usize::try_from(honest).expect("small"),
            witnesses: if kind == Kind::Storm { dice.index(4).min(2) + 1 } else { 3 },
            full: kind != Kind::Crowd,
            vices,
            degree: if kind == Kind::Crowd { 2 } else { 3 },
            weather: Weather {
                loss: dice.below(30),
                twice: dice.below(20),
                delay_us: (2_000, slowest),
                bandwidth: if cut { dice.between(3_000, 20_000) } else { 0 },
            },
            storm_us: dice.between(
                if kind == Kind::Crowd { 15 } else { 30 },
                if kind == Kind::Crowd { 25 } else { 60 },
            ) * SECOND,
            crashes: if kind == Kind::Crowd { dice.below(6) } else { dice.below(5) },
            partitions: dice.below(3),
            jumps: dice.below(3),
            submit_us: dice.between(1, 4) * SECOND,
            epoch_us: dice.between(4, 12) * SECOND,
            group: if kind == Kind::Crowd { 1 } else { dice.between(1, 6) },
        }
    }
}

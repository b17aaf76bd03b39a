//! Constants of protocol §7, each with its unit and its reason.

/// One, in ppm.
pub const PPM: u32 = 1_000_000;

/// Most levels of realms under each other, the root counted: enough for any
/// organisation, few enough that a walk to the root is always short.
pub const MAX_LEVELS: usize = 10;

/// Most realms of one log: they are interned in 16 bits.
pub const MAX_REALMS: usize = 65_000;

/// Numerator and denominator of γ, what one edge of the tree keeps of trust:
/// 0.9, so that near realms know each other and far ones hardly do.
pub const GAMMA: (u64, u64) = (9, 10);

/// What a crossing keeps of R, I, C, P in tenths, besides γ. Integrity is most
/// of the person, prestige most of the place.
pub const VIEW_TENTHS: [u64; 4] = [8, 9, 4, 3];

/// Least mean of a crossed prior, ppm: that of a newcomer (§5).
pub const PRIOR_MEAN_LEAST_PPM: u32 = 100_000;

/// How long an answer of the guard stands, microseconds: 300 s, long enough to
/// sign, short enough that trust has hardly moved.
pub const TOKEN_US: u64 = 300_000_000;

/// Least crossed norm of who joins a virtual realm that has no rule about it,
/// ppm: better than a newcomer.
pub const MIN_TRUST_VIRTUAL_PPM: u32 = 300_000;

/// Least fidelity at every gate, ppm (§5): below it somebody has broken rules.
pub const FIDELITY_LEAST_PPM: u32 = 50_000;

/// Endorsements of a join by invitation: one could be a friend's favour.
pub const ENDORSEMENTS: usize = 2;

/// Least norm of who endorses, ppm.
pub const ENDORSER_NORM_PPM: u32 = 700_000;

/// Credential type of a verified person.
pub const PERSON: &str = "person";

/// What a realm may use in one epoch: events, bytes, gas, crossings.
pub const QUOTA: [u64; 4] = [10_000, 10_000_000, 1_000_000, 1_000];

/// Share of a quota, in ppm, that only members with a voice may use: 20 %, so
/// that a flood of newcomers cannot silence a realm.
pub const RESERVED_PPM: u64 = 200_000;

/// Longest open epoch, milliseconds (§3): when a quota is used up, the next
/// epoch is at most this far.
pub const EPOCH_MS: u64 = 10_000;

/// Most expressions in force in one realm, inherited ones included: bounds the
/// work that a single event can cause.
pub const MAX_EXPRESSIONS: usize = 32;

/// Most gas of one expression. With [`MAX_EXPRESSIONS`] an event costs at most
/// 16 000 gas for rules, 1.6 % of a realm's epoch.
pub const MAX_EXPRESSION_GAS: u64 = 500;

/// Credits of a verified person in one epoch, over all realms: n votes cost n².
pub const CREDITS: u32 = 100;

/// Share of the eligible voters that must vote, ppm.
pub const QUORUM_PPM: u64 = 100_000;

/// Share of the eligible weight that stops a passed proposal, ppm.
pub const VETO_PPM: u64 = 330_000;

/// How long vetoes are taken from the beginning of the timelock, seconds.
pub const VETO_S: u64 = 43_200;

/// Least time of the discussion, seconds, unless a rule shortens it: 48 h.
pub const DISCUSSION_S: u32 = 172_800;

/// Least time of the voting, seconds, unless a rule shortens it: 72 h.
pub const VOTING_S: u32 = 259_200;

/// Most proposals of one root identity that are open in one realm: nobody fills
/// the list of a realm alone.
pub const MAX_OPEN_PROPOSALS: usize = 5;

/// Most open proposals in one realm: a list that people can still read.
pub const MAX_OPEN_IN_REALM: usize = 200;

/// How many of them may be by identities without a voice: names cost nothing,
/// so what newcomers propose must not fill the list.
pub const MAX_OPEN_UNVOICED: usize = 20;

/// Most realms that one root identity creates: a realm costs every node memory
/// for ever.
pub const MAX_REALMS_OF_ROOT: u32 = 64;

/// Most types of live credentials that one identity holds in one realm: every
/// expression sees all of them.
pub const MAX_CREDENTIAL_TYPES: usize = 64;

/// Parsing and checking one expression, gas: about 100 µs.
pub const PARSE_GAS: u64 = 1_000;

/// Most bytes of the rules that one proposal sets and removes: an entry less
/// 1 024 for what stands around them when the log's key announces them.
pub const MAX_CHANGE_BYTES: usize = erynoa_events::MAX_ENTRY_BYTES - 1_024;

/// The custom event that is a contribution to a discussion: type and version.
pub const COMMENT: (u16, u32) = (1, 1);

/// Microseconds in one second.
pub const SECOND_US: u64 = 1_000_000;

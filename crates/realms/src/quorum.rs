//! When witnesses agree (protocol §3, Κ18).

/// Whether the weights that signed are a quorum of all: 3·Σ signed > 2·Σ all.
/// Two quorums of one set always share more than a third of its weight.
#[must_use]
pub const fn is_quorum(signed: u64, all: u64) -> bool {
    3 * signed as u128 > 2 * all as u128
}

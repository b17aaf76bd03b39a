//! Keys of workflows, prefixes 64 to 67 of `state`.
//!
//! | Key | Value |
//! |---|---|
//! | 64 ‖ SHA-256 of the run's key 32 | run, JSON |
//! | 65 ‖ started µs u64 BE ‖ the run's key | nothing |
//! | 66 ‖ due µs u64 BE ‖ the run's key | nothing |
//! | 67 ‖ posted µs u64 BE ‖ the run's key | start, JSON |
//!
//! A run's key stands last, so it needs no length; where nothing stands before
//! it, it is hashed, because no key here may be as long as a log position.

use erynoa_workflows::RunPosition;
use sha2::{Digest as _, Sha256};

use super::join;

/// Prefix of runs by the time of their start.
pub(crate) const BY_TIME: u8 = 65;
/// Prefix of runs that are due at a time.
pub(crate) const DUE: u8 = 66;
/// Prefix of starts that wait.
pub(crate) const OUTBOX: u8 = 67;

const RUNS: u8 = 64;

pub(crate) fn run(key: &str) -> Vec<u8> {
    join(RUNS, &[&Sha256::digest(key)])
}

pub(crate) fn by_time(at: &RunPosition) -> Vec<u8> {
    join(BY_TIME, &[&at.started_at_us.to_be_bytes(), at.key.as_bytes()])
}

pub(crate) fn due(due_us: u64, key: &str) -> Vec<u8> {
    join(DUE, &[&due_us.to_be_bytes(), key.as_bytes()])
}

pub(crate) fn posted(at_us: u64, key: &str) -> Vec<u8> {
    join(OUTBOX, &[&at_us.to_be_bytes(), key.as_bytes()])
}

/// The time in a key of a list.
pub(crate) fn time_in(entry: &[u8]) -> Option<u64> {
    entry.get(1..9)?.try_into().ok().map(u64::from_be_bytes)
}

/// Key of the run to which a key of a list leads.
pub(crate) fn run_of(entry: &[u8]) -> Option<Vec<u8>> {
    std::str::from_utf8(entry.get(9..)?).ok().map(run)
}

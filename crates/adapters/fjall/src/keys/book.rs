//! Keys of the witness's book, prefixes 96 to 98 of `state`.
//!
//! | Key | Value |
//! |---|---|
//! | 96 ‖ origin | size u64 BE ‖ root 32: the greatest head that we have cosigned |
//! | 97 ‖ origin ‖ 0 ‖ witness 32 | newest note of the witness |
//! | 98 ‖ node 32 | until µs u64 BE ‖ reason: ban |
//!
//! Origins hold no zero byte, so none can be taken for another.

use erynoa_kernel::PublicKey;
use erynoa_sync::NodeId;

use super::join;

/// Prefix of promises.
pub(crate) const PROMISES: u8 = 96;
/// Prefix of cosigned notes.
pub(crate) const NOTES: u8 = 97;
/// Prefix of bans.
pub(crate) const BANS: u8 = 98;

pub(crate) fn promise(origin: &str) -> Vec<u8> {
    join(PROMISES, &[origin.as_bytes()])
}

/// The origin in a key of [`promise`].
pub(crate) fn promise_in(key: &[u8]) -> Option<&str> {
    str::from_utf8(key.get(1..)?).ok()
}

pub(crate) fn notes_of(origin: &str) -> Vec<u8> {
    join(NOTES, &[origin.as_bytes(), &[0]])
}

pub(crate) fn note(origin: &str, witness: &PublicKey) -> Vec<u8> {
    join(NOTES, &[origin.as_bytes(), &[0], witness.as_bytes()])
}

/// Origin and witness in a key of [`note`].
pub(crate) fn note_in(key: &[u8]) -> Option<(&str, PublicKey)> {
    let (origin, witness) = key.get(1..)?.split_last_chunk()?;
    let origin = str::from_utf8(origin.strip_suffix(&[0])?).ok()?;
    Some((origin, PublicKey::from_bytes(*witness)))
}

pub(crate) fn ban(node: &NodeId) -> Vec<u8> {
    join(BANS, &[node.0.as_bytes()])
}

/// The node in a key of [`ban`].
pub(crate) fn ban_in(key: &[u8]) -> Option<NodeId> {
    PublicKey::try_from(key.get(1..)?).ok().map(NodeId)
}

//! Signed events, the log and its proofs (protocol §2, §3).
//!
//! Pure: no clock, no randomness, no I/O. The way of an event: bytes of outside
//! become a [`VerifiedEvent`] by [`verify`]; [`Admission`] says whether it fits
//! the log; an [`EventLog`] makes it durable; [`LogState`] takes it in.

mod add_checkpoint;
mod admission;
mod checkpoint;
#[cfg(feature = "contract")]
pub mod contract;
mod cosignature;
mod epoch;
mod error;
mod event;
mod event_kind;
mod evidence_event;
mod fields;
mod frontier;
mod log_keys;
mod log_state;
#[cfg(feature = "memory")]
mod memory;
mod note;
mod ports;
mod realm_event;
mod sign;
mod tree;
mod verify;
mod wire;
mod witness_set;

pub use add_checkpoint::{AddCheckpoint, MAX_PROOF_LINES};
pub use admission::{Admission, Admitted};
pub use checkpoint::{Checkpoint, CheckpointError, is_valid_origin};
pub use cosignature::{
    Cosignature, bare_cosignature, cosign, cosignature_holds, cosignature_line, find_cosignature,
    verify_cosignature,
};
pub use epoch::{EpochMeta, EpochPolicy, Finality, LogClock, OpenEpoch};
pub use error::{CODES, EventError, code};
pub use event::*;
pub use event_kind::EventKind;
pub use evidence_event::*;
pub use frontier::Frontier;
pub use log_keys::LogKeys;
pub use log_state::{EventFilter, EventMeta, EventOrder, LogState};
#[cfg(feature = "memory")]
pub use memory::MemoryEventLog;
pub use note::{
    MAX_NOTE_BYTES, MAX_SIGNATURE_LINES, NoteKeyKind, VerifierKey, VerifierKeyError,
    merge_signatures, parse_verifier_key, verifier_key, witness_verifier_key,
};
pub use ports::{EventLog, KeyDirectory, RealmRules, RealmUse};
pub use realm_event::*;
pub use sign::{
    SigningKey, controller_message, endorsement_message, event_message, is_small_order,
    key_added_message, link_message, receipt_message, sign_in_message, verify_signature,
};
pub use tree::{Tree, leaf_hash, verify_consistency, verify_inclusion};
pub use verify::{from_own_log, sign_event, verify, verify_batch};
pub use wire::{
    decode_event, decode_proposal, encode_event, encode_proposal, proposal_message,
    receipt_terms_hash, rule_message,
};
pub use witness_set::{WitnessSet, is_quorum};

/// Most bytes of a log entry: an entry fits a C2SP tile bundle.
pub const MAX_ENTRY_BYTES: usize = 65_535;
/// Most parents of an event.
pub const MAX_PARENTS: usize = 9;
/// Most bytes of a text field.
pub const MAX_TEXT_BYTES: usize = 4096;
/// Most bytes of the label of a key and of a domain.
pub const MAX_LABEL_BYTES: usize = 64;
/// Most bytes of the name of an identity or a realm.
pub const MAX_NAME_BYTES: usize = 128;
/// Most founders of a realm.
pub const MAX_FOUNDERS: usize = 7;
/// Most microseconds that an event may be ahead of the receiver's clock.
pub const MAX_AHEAD_US: u64 = 120_000_000;
/// Most rules of one realm.
pub const MAX_RULES: usize = 32;
/// Most rules that a proposal sets, and that it removes.
pub const MAX_PROPOSED_RULES: usize = 16;
/// Most votes of one voter for or against a proposal: the square root of the
/// 100 credits of an epoch.
pub const MAX_VOTES: i8 = 10;
/// Greatest stake of a vouch.
pub const MAX_STAKE_PPM: u32 = 300_000;
/// Most links that may follow a delegation.
pub const MAX_DELEGATION_DEPTH: u8 = 5;
/// Most capabilities of one delegation.
pub const MAX_CAPABILITIES: usize = 16;
/// Public delay of a recovery: the shortest, the usual and the longest, seconds.
pub const RECOVERY_DELAY_S: (u32, u32, u32) = (3_600, 259_200, 2_592_000);
/// Shortest time that a realm's rule can set for governance, seconds.
pub const MIN_GOVERNANCE_S: u32 = 3_600;

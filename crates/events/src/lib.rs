//! Signed events, the log and its proofs (protocol §2, §3).
//!
//! Pure: no clock, no randomness, no I/O. Bytes of outside become a
//! [`VerifiedEvent`] by [`verify`].

mod error;
mod event;
mod fields;
mod ports;
mod sign;
mod verify;
mod wire;

pub use error::{CODES, EventError, code};
pub use event::*;
pub use ports::{EventLog, KeyDirectory};
pub use sign::{
    SigningKey, controller_message, event_message, is_small_order, key_added_message,
    receipt_message, sign_in_message, verify_signature,
};
pub use verify::{from_own_log, sign_event, verify, verify_batch};
pub use wire::{decode_event, encode_event, receipt_terms_hash};

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

//! Replication of a log, its witnesses and proofs of forks (protocol §3, §13).
//!
//! Pure: [`Node`] takes what has happened and the time, and says what is to be
//! done. Sockets, disks and folds are its runtime's.

mod answer;
#[cfg(feature = "contract")]
pub mod contract;
mod fork;
mod frame;
#[cfg(feature = "memory")]
mod memory;
mod node;
mod ports;
mod record;
mod roster;
mod tail;

pub use answer::{Library, Plan, entries_answer, events_answer, plan_events, plan_log};
pub use fork::ForkProof;
pub use frame::*;
#[cfg(feature = "memory")]
pub use memory::*;
pub use node::*;
pub use ports::*;
pub use roster::{
    ASK_RATE, BAN_SCORE, BAN_US, FLOOD_STEP, GOSSIP_RATE, NOTE_RATE, Offence, Peer, Rate,
    SAY_NOTE_RATE, SAY_RATE,
};
pub use tail::{MAX_TAIL_BYTES, MAX_TAIL_ENTRIES};

/// Most bytes of a message on a topic: an entry with its frame.
pub const MAX_GOSSIP_BYTES: usize = 66_560;
/// Most bytes of a request: 1 000 ids with their frames.
pub const MAX_REQUEST_BYTES: usize = 36_864;
/// Most bytes of a response: 1 MiB of entries, one entry more, and a proof.
pub const MAX_RESPONSE_BYTES: usize = 1_179_648;
/// Most entries of one answer.
pub const MAX_ENTRIES: usize = 1_000;
/// An answer ends before its entries exceed this, unless it has only one.
pub const MAX_ENTRIES_BYTES: usize = 1_048_576;

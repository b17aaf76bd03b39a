//! Moving a whole installation from one store to another, and back.
//!
//! The log is appended by position, everything else is compared by key and
//! written where it differs, so the target's own state says how far an earlier
//! attempt came: whoever was interrupted starts again. Nothing is made anew;
//! ids, times and hashes arrive bit for bit. The checkpoint comes last, after
//! the target was read, folded and found to be equal: without it no server
//! starts on a log that has closed an epoch.

mod copy_installation;
mod copy_log;
mod copy_objects;
mod copy_records;
mod error;
mod ports;
mod record;

#[cfg(feature = "contract")]
pub mod contract;
#[cfg(feature = "memory")]
mod memory;

pub use copy_installation::{
    Copied, Installation, Objects, Stage, State, Watch, copy_installation,
};
pub use copy_objects::{CopiedObjects, copy_objects};
pub use copy_records::CopiedRecords;
pub use error::{CODES, CopyError, Side};
#[cfg(feature = "memory")]
pub use memory::MemoryRecords;
pub use ports::Records;
pub use record::{KeptSession, Kind, Record};

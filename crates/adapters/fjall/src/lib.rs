//! The log, accounts, sessions, the audit log, workflows, notifications and the
//! witness's book on the embedded store Fjall.
//!
//! One folder holds everything; whoever opens it locks it. What a call has
//! acknowledged survives `kill -9` and loss of power: every write ends in
//! fsync. Damage is found and named instead of served or silently dropped:
//! every log entry lies beside its SHA-256 leaf hash, positions have no gaps,
//! and a record outside of the database says how far the log was acknowledged
//! (`acknowledged.rs` says why).

mod accounts;
mod acknowledged;
mod audit;
mod error;
mod files;
mod hosted;
mod journal;
mod keys;
mod log;
mod manifest;
mod migrate;
mod notifications;
mod records;
mod sessions;
mod store;
mod witness_book;
mod workflows;

pub use accounts::FjallAccounts;
pub use audit::FjallAudit;
pub use files::FjallFiles;
pub use hosted::HostedWorkflows;
pub use log::{Checked, FjallEventLog};
pub use notifications::FjallNotifications;
pub use records::FjallRecords;
pub use sessions::FjallSessions;
pub use store::FjallStore;
pub use witness_book::FjallWitnessBook;
pub use workflows::FjallRuns;

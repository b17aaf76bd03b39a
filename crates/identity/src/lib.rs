//! Identities and their keys, folded from the log (protocol §4).
//!
//! [`Directory`] is the fold. [`Staged`] lays the events of one batch over it,
//! so that a later event of the batch can build on an earlier one while the
//! directory itself shows only what is durable.

mod directory;
mod document;
mod error;
mod search;
mod staged;

pub use directory::{Directory, Identity, Key, Realm};
pub use document::did_document;
pub use error::CODES;
pub use search::Search;
pub use staged::Staged;

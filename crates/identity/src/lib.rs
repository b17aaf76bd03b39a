//! Identities and their keys, folded from the log (protocol §4).
//!
//! [`Directory`] is the fold. [`Staged`] lays the events of one batch over it,
//! so that a later event of the batch can build on an earlier one while the
//! directory itself shows only what is durable.

mod directory;
mod document;
mod search;
mod staged;

pub use directory::{Directory, Identity, Key, Realm};
pub use document::did_document;
pub use search::Search;
pub use staged::Staged;

use erynoa_kernel::Kind;

/// Codes of this crate's refusals, each with a page in `docs/errors/`.
pub const CODES: &[(&str, Kind)] = &[
    ("CONTROLLER_INVALID", Kind::FailedPrecondition),
    ("CONTROLLER_REQUIRED", Kind::Invalid),
    ("EVENT_KEY_PURPOSE", Kind::Forbidden),
    ("EVENT_KEY_REVOKED", Kind::Forbidden),
    ("EVENT_KEY_UNKNOWN", Kind::Forbidden),
    ("IDENTITY_EXISTS", Kind::AlreadyExists),
    ("KEY_IN_USE", Kind::AlreadyExists),
    ("KEY_LAST", Kind::FailedPrecondition),
    ("KEY_UNKNOWN", Kind::NotFound),
];

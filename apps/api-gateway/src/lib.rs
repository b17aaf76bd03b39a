//! The server: one process with the API and the web apps.
//!
//! `wiring.rs` is the only file that names a store. `ledger` holds the log and
//! what is folded from it; `doors` is what a call passes before a handler in
//! `services` decodes it, runs a use case and encodes the answer.

mod app;
mod claim;
mod claim_installation;
pub mod config;
pub mod copying;
mod cosign_checkpoint;
mod cursor;
mod documents;
mod doors;
mod encode;
mod end_provider_sessions;
mod files;
mod ledger;
mod mana;
mod notifications;
mod pairing;
mod peers;
mod reports;
mod seats;
mod serve;
mod services;
mod submit_events;
mod system;
mod traffic;
mod users;
mod verifications;
pub mod wiring;
mod witnesses;
mod workflows;
mod write_audit;

pub use doors::rest::openapi;
pub use ledger::{Damage, MOST_WATCHERS, replay};
pub use serve::{Server, StartError};
pub use system::SystemClock;

/// Codes of the gateway itself, with their kinds.
pub const CODES: &[(erynoa_kernel::Code, erynoa_kernel::Kind)] = {
    use erynoa_kernel::Kind;
    &[
        ("ALREADY_CLAIMED", Kind::AlreadyExists),
        ("AUTH_MODE", Kind::FailedPrecondition),
        ("BATCH_SIZE", Kind::Invalid),
        ("CHECKPOINT_UNKNOWN", Kind::NotFound),
        ("CLAIM_TOKEN_INVALID", Kind::Forbidden),
        ("CONFLICT", Kind::Conflict),
        ("DEADLINE_EXCEEDED", Kind::Unavailable),
        ("INTERNAL_ERROR", Kind::Internal),
        ("LOG_FOLLOWED", Kind::Forbidden),
        ("LOGOUT_TOKEN_INVALID", Kind::Invalid),
        ("METHOD_UNKNOWN", Kind::NotFound),
        ("NOT_FOUND", Kind::NotFound),
        ("PEERS_OFF", Kind::FailedPrecondition),
        ("PAGE_TOKEN_INVALID", Kind::Invalid),
        ("PAIRING_CLAIMED", Kind::AlreadyExists),
        ("PAIRING_NOT_CLAIMED", Kind::FailedPrecondition),
        ("PAIRING_UNKNOWN", Kind::NotFound),
        ("PAYLOAD_TOO_LARGE", Kind::TooLarge),
        ("PEER_ADDRESS_INVALID", Kind::Invalid),
        ("PEER_REFUSED", Kind::Forbidden),
        ("PEER_UNKNOWN", Kind::NotFound),
        ("PEER_UNREACHABLE", Kind::Unavailable),
        ("PROOF_RANGE", Kind::Invalid),
        ("RATE_LIMITED", Kind::RateLimited),
        ("REALM_DEGRADED", Kind::Unavailable),
        ("REALM_READ_ONLY", Kind::Unavailable),
        ("REGISTRATION_CLOSED", Kind::Forbidden),
        ("SERVICE_UNAVAILABLE", Kind::Unavailable),
        ("VALIDATION_ERROR", Kind::Invalid),
        ("WITNESS_LOG_UNKNOWN", Kind::NotFound),
        ("WITNESS_PROOF", Kind::FailedPrecondition),
        ("WITNESS_SIGNATURE", Kind::Forbidden),
    ]
};

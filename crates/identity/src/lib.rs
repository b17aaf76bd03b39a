//! Identities, their keys and what they lend each other, folded from the log
//! (protocol §4).
//!
//! [`Directory`] is the fold. [`Staged`] lays the events of one batch over it,
//! so that a later event of the batch can build on an earlier one while the
//! directory itself shows only what is durable. [`Delegations`] knows who may
//! act for whom, [`resolve`] answers as a DID resolver does.

mod admission;
mod capability;
mod controllers;
mod delegation;
mod directory;
mod document;
mod error;
mod identity;
mod lent;
mod resolution;
mod search;
mod staged;

pub use capability::{Capability, CapabilityParseError, Dimensions, Scope};
pub use controllers::MAX_CONTROLLERS;
pub use delegation::{
    Authority, Beginnings, Delegation, DelegationState, Delegations, MAX_STANDING_DELEGATIONS,
};
pub use directory::Directory;
pub use document::did_document;
pub use error::CODES;
pub use identity::{Identity, Key, Recovery};
pub use lent::{AgentLimit, delegated_values};
pub use resolution::{DID_JSON, Resolution, ResolutionError, resolve};
pub use search::Search;
pub use staged::Staged;

//! Trust as a fold of the log (protocol §5).
//!
//! [`TrustFold`] takes every applied entry ([`TrustFold::stage`]) and closes
//! epochs ([`TrustFold::close`]). All that is replicated is exact integer
//! arithmetic; nothing reads a clock, draws a random number or depends on the
//! order inside an epoch. Every value can be opened into the events behind it
//! ([`TrustFold::explain`]).
//!
//! Units: ratios in ppm, evidence in micro-units, time in microseconds since
//! the Unix epoch, days since the Unix epoch.

mod bond;
mod chain;
mod close;
mod combine;
mod decay;
mod evidence;
mod explain;
mod fold;
mod history;
mod ledger;
mod ledgers;
mod member;
mod names;
mod norm;
pub mod parameters;
mod path;
mod preview;
mod preview_vouch;
mod rank;
mod realm;
mod record;
mod row;
mod stage;
mod stage_row;
mod statement;
mod tag_index;
mod vector;
mod views;

pub use bond::{CredentialView, Side, StatementState, VouchView};
pub use chain::chain_estimate;
pub use combine::{Belief, Source, combine, combine_sources};
pub use decay::{negative_factor, positive_factor};
pub use evidence::{
    Prior, Sums, TrustValue, confidence_ppm, has_voice, lambda_of, trust_ppm, voice_weight,
};
pub use explain::{Explanation, Part, PartOrder, PartState, Target};
pub use fold::{EpochOutcome, TrustFold};
pub use history::HistoryPoint;
pub use norm::{Class, Context, classify, norm, passes_gate};
pub use parameters::parameters_hash;
pub use path::Hop;
pub use preview::{Preview, Proposal, Verdict};
pub use preview_vouch::VouchPreview;
pub use rank::{Distribution, Order, OrderBy, Ranked, Series};
pub use statement::PartKind;
pub use vector::TrustVector;
pub use views::Glance;

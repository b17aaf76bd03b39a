//! Realms (protocol §7): a tree of places with their own members, rules, trust
//! and government.
//!
//! [`RealmFold`] takes in the log ([`RealmFold::apply`]) and closes epochs
//! ([`RealmFold::close`]). [`Judge`] answers the port `RealmRules`: whether an
//! event may stand in its realm now, with every reason why not. Nothing reads a
//! clock or draws a random number: time is the time of the last closed epoch.
//!
//! Units: ratios in ppm, time in microseconds since the Unix epoch.

mod amounts;
mod credentials;
mod crossing;
mod crossing_check;
mod error;
mod expression;
mod fold;
mod governance;
mod guard;
mod identities;
mod judge;
mod members;
pub mod parameters;
mod quota;
mod realm;
mod rule_check;
mod rules;
mod tally;
mod templates;
mod trust_view;
mod views;

pub use credentials::Credentials;
pub use crossing::{Way, prior_means};
pub use crossing_check::{CrossingCheck, Endorsers};
pub use error::{CODES, code};
pub use expression::{Attempt, Expression, ExpressionError, JOIN, Principal};
pub use fold::{CarriedOver, Entry, RealmFold};
pub use governance::{Ballot, Phase, Proposal};
pub use guard::{Facts, Token, guard};
pub use identities::Identities;
pub use judge::Judge;
pub use members::{Member, MemberState, Members};
pub use realm::Realm;
pub use rule_check::{ParsedRules, VotePreview};
pub use rules::{Category, Effective, Limit, OwnRule, Source};
pub use tally::{Tally, cost, credits_after, is_vetoed, ratio_ppm, threshold_ppm, timelock_s};
pub use templates::{Template, templates};
pub use trust_view::TrustView;
pub use views::{QuotaView, RuleView, TallyView};

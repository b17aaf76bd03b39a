//! Measures rules of trust on real data: what they foretell, whom they find,
//! and what attacks do to them. `docs/concepts/attacks.md` says how and why.

pub mod agreeing;
pub mod attacks;
pub mod constants;
pub mod counting;
pub mod dataset;
pub mod flowing;
pub mod fold_rule;
pub mod forward;
pub mod fraud;
pub mod insiders;
pub mod measure;
pub mod metrics;
pub mod report;
pub mod rule;
pub mod rules;
pub mod scorer;
pub mod table;
pub mod variants;

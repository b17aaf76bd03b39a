//! The rules of a run.

use crate::agreeing::{FairnessGoodness, Rev2};
use crate::counting::{Beta, MeanRating};
use crate::flowing::{EigenTrust, EigenTrustMean, PageRank};
use crate::fold_rule::ProtocolFold;
use crate::rule::Rule;

/// A year in days.
const YEAR_DAYS: f64 = 365.25;

/// Doubts with which the weighted means foretell best: about half of an average
/// member's trust, and next to nothing.
const MEAN_DOUBT: f64 = 2e-4;
const SIGNS_DOUBT: f64 = 1e-6;

/// Every rule that is measured; the protocol's own is the last.
#[must_use]
pub fn all() -> Vec<Box<dyn Rule>> {
    vec![
        Box::new(MeanRating),
        Box::new(Beta { half_life_days: None }),
        Box::new(Beta { half_life_days: Some(YEAR_DAYS) }),
        Box::new(EigenTrust),
        Box::new(EigenTrustMean { signs: false, doubt: MEAN_DOUBT }),
        Box::new(EigenTrustMean { signs: true, doubt: SIGNS_DOUBT }),
        Box::new(PageRank),
        Box::new(FairnessGoodness),
        Box::new(Rev2),
        Box::new(ProtocolFold),
    ]
}

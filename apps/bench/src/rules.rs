//! The rules of a run.

use crate::agreeing::{FairnessGoodness, Rev2};
use crate::counting::{Beta, MeanRating};
use crate::flowing::{EigenTrust, EigenTrustMean, PageRank};
use crate::fold_rule::ProtocolFold;
use crate::rule::Rule;

/// A year in days.
const YEAR_DAYS: f64 = 365.25;

/// Every rule that is measured; the protocol's own is the last.
#[must_use]
pub fn all() -> Vec<Box<dyn Rule>> {
    vec![
        Box::new(MeanRating),
        Box::new(Beta { half_life_days: None }),
        Box::new(Beta { half_life_days: Some(YEAR_DAYS) }),
        Box::new(EigenTrust),
        Box::new(EigenTrustMean),
        Box::new(PageRank),
        Box::new(FairnessGoodness),
        Box::new(Rev2),
        Box::new(ProtocolFold),
    ]
}

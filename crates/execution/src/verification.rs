//! Checking must stay cheaper than what is checked (K28).

use crate::gas;

/// One part in this many of the priced value may go into checking it: 5 %.
pub const SHARE: u64 = 20;

/// What checking may cost whatever the value, gas: one event with 9 parents
/// and three signatures. Below it a share of a small value could not pay for
/// the least check there is.
pub const CAP: u64 = gas::VALIDATE + 9 * gas::VALIDATE_PARENT + 3 * gas::SIGNATURE;

/// Most gas that verification may cost for something priced at `value` gas:
/// 5 % of the value, or the fixed cap when that is more.
#[must_use]
pub const fn limit(value: u64) -> u64 {
    let share = value / SHARE;
    if share > CAP { share } else { CAP }
}

//! Gas: what replicated work costs (protocol §8).
//!
//! One gas is about a tenth of a microsecond of one core, so that a signature
//! of some 50 µs is 500. The figures are part of the protocol and not measured
//! anew: every node has to stop at the same step.

use crate::{Cost, Exhausted};

/// Judging an event against the log, without its parents.
pub const VALIDATE: u64 = 200;
/// Each parent of it: one look-up in the log.
pub const VALIDATE_PARENT: u64 = 50;
/// Verifying one signature: the dearest thing that an event makes us do.
pub const SIGNATURE: u64 = 500;
/// One look-up of somebody's trust.
pub const TRUST_LOOK_UP: u64 = 25;
/// A chain of trust or of delegations, without its hops.
pub const CHAIN: u64 = 40;
/// Each hop of it.
pub const CHAIN_HOP: u64 = 20;
/// Least that a step of a policy costs: a free step could be repeated for
/// ever.
pub const POLICY_STEP_LEAST: u64 = 1;
/// Most that a step of a policy costs: dearer work has to come as more steps.
pub const POLICY_STEP_MOST: u64 = 50;
/// Most that one event may take: 650 for its validation with 9 parents, 1 500
/// for its own and two more signatures, 140 for a chain of 5 hops, 150 for six
/// look-ups, 7 560 for the rules of its realm.
pub const EVENT_MOST: u64 = 10_000;

/// Work alone.
#[must_use]
pub const fn cost(gas: u64) -> Cost {
    Cost { gas, ..Cost::ZERO }
}

/// Judging an event with this many parents.
#[must_use]
pub const fn validate(parents: u64) -> Cost {
    cost(VALIDATE.saturating_add(VALIDATE_PARENT.saturating_mul(parents)))
}

/// Verifying this many signatures.
#[must_use]
pub const fn signatures(number: u64) -> Cost {
    cost(SIGNATURE.saturating_mul(number))
}

/// Looking up the trust of this many identities.
#[must_use]
pub const fn trust_look_ups(number: u64) -> Cost {
    cost(TRUST_LOOK_UP.saturating_mul(number))
}

/// Following a chain of this many hops.
#[must_use]
pub const fn chain(hops: u64) -> Cost {
    cost(CHAIN.saturating_add(CHAIN_HOP.saturating_mul(hops)))
}

/// Counts the steps of a policy against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meter {
    limit: u64,
    used: u64,
}

impl Meter {
    /// A meter that allows this much gas.
    #[must_use]
    pub const fn new(limit: u64) -> Self {
        Self { limit, used: 0 }
    }

    /// Charges one step before it is taken. A step costs 1 to 50 gas; what is
    /// outside counts as the nearer end.
    ///
    /// # Errors
    /// The step does not fit any more. It is not charged.
    pub fn step(&mut self, gas: u64) -> Result<(), Exhausted> {
        let needed = gas.clamp(POLICY_STEP_LEAST, POLICY_STEP_MOST);
        let left = self.left();
        if needed > left {
            return Err(Exhausted::Gas { needed, left });
        }
        self.used += needed;
        Ok(())
    }

    /// Gas that the steps so far have taken.
    #[must_use]
    pub const fn used(&self) -> u64 {
        self.used
    }

    /// Gas that is left.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.limit - self.used
    }
}

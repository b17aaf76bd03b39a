//! What a computation takes, and whether a budget allows it.

use crate::{Exhausted, Risk};

/// What a computation takes.
///
/// Two operations join costs, [`then`](Self::then) and
/// [`beside`](Self::beside); both are associative, `beside` is commutative
/// too, and [`Cost::ZERO`] is neutral for both. Nothing wraps: gas and mana
/// stop at the greatest number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Cost {
    /// Replicated work.
    pub gas: u64,
    /// Price at the door.
    pub mana: u64,
    /// Chance that it goes wrong.
    pub risk: Risk,
}

impl Cost {
    /// Nothing at all.
    pub const ZERO: Self = Self { gas: 0, mana: 0, risk: Risk::NONE };

    /// Gas, mana, and risk in ppm.
    #[must_use]
    pub const fn new(gas: u64, mana: u64, risk_ppm: u32) -> Self {
        Self { gas, mana, risk: Risk::of(risk_ppm) }
    }

    /// One after the other: (+, +, ⊕).
    #[must_use]
    pub const fn then(self, next: Self) -> Self {
        Self {
            gas: self.gas.saturating_add(next.gas),
            mana: self.mana.saturating_add(next.mana),
            risk: self.risk.and(next.risk),
        }
    }

    /// Both at once: (max, +, ⊕). Work at the same time takes as long as the
    /// longer part; what is paid and what can go wrong adds up.
    #[must_use]
    pub const fn beside(self, other: Self) -> Self {
        Self {
            gas: if self.gas > other.gas { self.gas } else { other.gas },
            mana: self.mana.saturating_add(other.mana),
            risk: self.risk.and(other.risk),
        }
    }
}

/// The most that a computation may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Budget {
    /// Most gas.
    pub gas: u64,
    /// Most mana.
    pub mana: u64,
    /// Greatest risk, ppm (0 to 1 000 000).
    pub risk_ppm: u32,
}

impl Budget {
    /// `spent` ∘ `cost`, if it is within the limits in every part.
    ///
    /// # Errors
    /// The first part that is not, in the order gas, mana, risk.
    pub fn fit(&self, spent: Cost, cost: Cost) -> Result<Cost, Exhausted> {
        let total = spent.then(cost);
        if total.gas > self.gas {
            let left = self.gas.saturating_sub(spent.gas);
            return Err(Exhausted::Gas { needed: cost.gas, left });
        }
        if total.mana > self.mana {
            let left = self.mana.saturating_sub(spent.mana);
            return Err(Exhausted::Mana { needed: cost.mana, left });
        }
        // Most costs are without risk, and taking it out of its logarithm is
        // the dear part. The limit is met in ppm, where the caller has set it.
        if cost.risk > Risk::NONE && total.risk.ppm() > self.risk_ppm {
            return Err(Exhausted::Risk { reached: total.risk.ppm(), limit: self.risk_ppm });
        }
        Ok(total)
    }

    /// Whether `spent` ∘ `cost` is within the limits in every part.
    #[must_use]
    pub fn fits(&self, spent: Cost, cost: Cost) -> bool {
        self.fit(spent, cost).is_ok()
    }
}

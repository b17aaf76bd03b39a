//! What can be done, and by whom: the data that [`compose`](crate::compose)
//! works on.

use std::collections::BTreeSet;

use erynoa_execution::Cost;
use erynoa_kernel::{IdentityId, RealmId, UniversalId};

/// What can be done at one moment. The order of its lists does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// What leads to which goal.
    pub recipes: Vec<Recipe>,
    /// Who provides what.
    pub sources: Vec<Source>,
}

/// What a goal needs. How to come by it is left to the sources.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipe {
    /// Name of the goal.
    pub goal: String,
    /// Arguments that an intent with this goal has, all of them and no others.
    pub arguments: BTreeSet<Argument>,
    /// Pairs of arguments that may not be the same, such as payer and payee.
    pub distinct: BTreeSet<(String, String)>,
    /// Resources that are there when the goal is reached.
    pub wants: BTreeSet<String>,
    /// Longest timeout of such an intent, µs.
    pub timeout_most_us: u64,
}

/// An argument of a goal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// What its value looks like.
    pub shape: Shape,
}

/// What the value of an argument looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// UniversalId of an identity, 64 lower-case hexadecimal digits.
    Identity,
    /// Any UniversalId.
    Id,
    /// A whole number from 1 to 2⁶⁴ − 1, decimal, without leading zeros.
    Amount,
    /// Any text.
    Text,
}

impl Shape {
    /// Whether `value` looks like this.
    #[must_use]
    pub fn fits(self, value: &str) -> bool {
        match self {
            Self::Identity => value.parse::<IdentityId>().is_ok_and(|id| id.0.tag() == 1),
            Self::Id => value.parse::<UniversalId>().is_ok_and(|id| !id.is_null()),
            Self::Amount => {
                let number = value.parse::<u64>().unwrap_or(0);
                number > 0 && number.to_string() == value
            }
            Self::Text => true,
        }
    }

    /// What would be right.
    #[must_use]
    pub const fn right(self) -> &'static str {
        match self {
            Self::Identity => "the id of an identity, 64 lower-case hexadecimal digits",
            Self::Id => "an id, 64 lower-case hexadecimal digits",
            Self::Amount => "a whole number from 1 on, without leading zeros",
            Self::Text => "a text",
        }
    }
}

/// A service that somebody offers: one possible step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// Its name; breaks ties, so that plans do not depend on the order of a
    /// catalogue.
    pub name: String,
    /// Who offers it.
    pub provider: IdentityId,
    /// How far the provider is trusted in the realm, ppm.
    pub trust_ppm: u32,
    /// The only realm in which it is offered; `None` for all.
    pub realm: Option<RealmId>,
    /// Resources that are there once it is done.
    pub provides: BTreeSet<String>,
    /// Resources that have to be there before.
    pub needs: BTreeSet<String>,
    /// What is done.
    pub action: String,
    /// What it leaves behind.
    pub effect: Effect,
    /// What one try costs, without the price of a saga's step.
    pub gas: u64,
    /// Mana that it costs beside that of a saga's step.
    pub mana: u64,
    /// Chance that it fails, ppm.
    pub risk_ppm: u32,
    /// Whether it checks what others have done: such steps together are
    /// bounded (K28).
    pub verifies: bool,
}

impl Source {
    /// What one try of it costs as the step of a saga.
    #[must_use]
    pub const fn cost(&self) -> Cost {
        let mana = self.mana.saturating_add(erynoa_execution::mana::SAGA_STEP);
        Cost::new(self.gas, mana, self.risk_ppm)
    }
}

/// What a step leaves behind, and so what has to happen when a later one
/// fails.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing: it looks or waits.
    None,
    /// Something that this action takes away again.
    Undone(String),
    /// The pivot: the end is certain once it is done. At most one in a plan.
    Final,
    /// Something that cannot be taken away, and that can be tried until it
    /// works: only after the pivot.
    Retried,
}

//! What somebody wants.

use std::collections::{BTreeMap, BTreeSet};

use erynoa_execution::{Budget, PPM};
use erynoa_kernel::{IdentityId, RealmId, SagaId};

use crate::error::Flaw;
use crate::limits::{ARGUMENTS_MOST, CONSTRAINTS_MOST, NAME_MOST, STEPS_MOST, VALUE_MOST};

/// What somebody wants, and within which bounds (protocol §11).
///
/// Who wants it is the author of the event that starts the saga.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The goal, a recipe's name: 1 to 64 of `a-z`, `0-9`, `-`.
    pub goal: String,
    /// What the goal is about, by name: at most 16; names like the goal's,
    /// values of 1 to 1 024 bytes without control characters.
    pub arguments: BTreeMap<String, String>,
    /// At most 10.
    pub constraints: BTreeSet<Constraint>,
    /// The most that the plan may cost.
    pub budget: Budget,
    /// Where.
    pub realm: RealmId,
    /// How long it may take, µs; 0 for as long as the recipe allows, which is
    /// one hour unless it says otherwise.
    pub timeout_us: u64,
    /// Random, so that wanting the same twice makes two sagas.
    pub nonce: [u8; 16],
}

/// What the plan has to respect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Constraint {
    /// Every provider is trusted at least this much, ppm.
    TrustAtLeast(u32),
    /// Only this provider; several of these allow any of them.
    Only(IdentityId),
    /// Not this provider.
    Without(IdentityId),
    /// At most so many steps, 1 to 20.
    StepsAtMost(u8),
}

impl Intent {
    /// Id of the saga that this intent starts: UID(5, 1, intent bytes).
    #[must_use]
    pub fn saga(&self) -> SagaId {
        SagaId::of(&self.to_bytes())
    }

    /// Everything that is wrong with the intent by itself, whatever the
    /// catalogue.
    #[must_use]
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let mut flaw = |field: String, right: String| flaws.push(Flaw { field, right });
        if !is_name(&self.goal) {
            flaw("goal".into(), format!("1 to {NAME_MOST} of a-z, 0-9 and -"));
        }
        if self.arguments.len() > ARGUMENTS_MOST {
            flaw("arguments".into(), format!("at most {ARGUMENTS_MOST}"));
        }
        for (name, value) in &self.arguments {
            if !is_name(name) {
                let shown = name.escape_debug();
                flaw(
                    format!("arguments.{shown}"),
                    format!("names have 1 to {NAME_MOST} of a-z, 0-9 and -"),
                );
            }
            if value.is_empty() || value.len() > VALUE_MOST || value.contains(char::is_control) {
                flaw(
                    format!("arguments.{}", name.escape_debug()),
                    format!("1 to {VALUE_MOST} bytes without control characters"),
                );
            }
        }
        if self.constraints.len() > CONSTRAINTS_MOST {
            flaw("constraints".into(), format!("at most {CONSTRAINTS_MOST}"));
        }
        for constraint in &self.constraints {
            match constraint {
                Constraint::TrustAtLeast(ppm) if *ppm > PPM => {
                    flaw("constraints.trust_at_least".into(), format!("0 to {PPM} ppm"));
                }
                Constraint::StepsAtMost(steps) if !(1..=STEPS_MOST).contains(&(*steps).into()) => {
                    flaw("constraints.steps_at_most".into(), format!("1 to {STEPS_MOST}"));
                }
                _ => {}
            }
        }
        if self.budget.risk_ppm > PPM {
            flaw("budget.risk_ppm".into(), format!("0 to {PPM} ppm"));
        }
        flaws
    }
}

fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=NAME_MOST).contains(&name.len()) && name.bytes().all(plain)
}

//! What is going to be done, in which order.

use erynoa_execution::Cost;
use erynoa_kernel::{IdentityId, RealmId, SagaId};

use crate::catalogue::Effect;

/// The steps that lead to a goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The saga that carries it out.
    pub saga: SagaId,
    /// Where.
    pub realm: RealmId,
    /// One after the other; each depends on earlier ones only.
    pub steps: Vec<Step>,
    /// Position of the step from which on there is no way back.
    pub pivot: Option<usize>,
    /// Cost of all steps in sequence, one try each.
    pub cost: Cost,
    /// How long it may take to reach the pivot, µs.
    pub timeout_us: u64,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Name of the source.
    pub source: String,
    /// Who does it.
    pub provider: IdentityId,
    /// What is done.
    pub action: String,
    /// What it leaves behind, with its compensation.
    pub effect: Effect,
    /// Positions of the steps that it needs, ascending.
    pub depends_on: Vec<usize>,
    /// What one try costs.
    pub cost: Cost,
}

impl Plan {
    /// Whether the step at this position comes before the pivot, so that the
    /// saga can still turn back while it runs.
    #[must_use]
    pub fn can_turn_back_at(&self, step: usize) -> bool {
        self.pivot.is_none_or(|pivot| step < pivot)
    }
}

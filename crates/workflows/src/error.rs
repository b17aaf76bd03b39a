//! Why an intent does not become a plan, or a saga refuses an entry.

use std::fmt;

use erynoa_execution::Exhausted;
use erynoa_kernel::{Code, Kind, Problem, StoreError, Violation};

use crate::definition::Definitions;
use crate::limits::STEPS_MOST;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $kind:ident;)*) => {
        /// A stable code with its kind.
        pub(crate) mod code {
            use erynoa_kernel::{Code, Kind};
            $($(#[$doc])* pub(crate) const $name: (Code, Kind) = (stringify!($name), Kind::$kind);)*
        }

        /// Codes of this crate's refusals, each with a page in `docs/errors/`.
        pub const CODES: &[(Code, Kind)] = &[$(code::$name),*];
    };
}

codes! {
    /// The plan costs more than the intent's budget.
    BUDGET_EXCEEDED = FailedPrecondition;
    /// No recipe leads to this goal.
    INTENT_GOAL_UNKNOWN = NotFound;
    /// Fields of the intent are wrong.
    INTENT_INVALID = Invalid;
    /// The bytes are not the canonical bytes of an intent.
    INTENT_NOT_CANONICAL = Invalid;
    /// Everything that could provide a resource waits for itself.
    PLAN_CYCLE = FailedPrecondition;
    /// A step that cannot be undone would come before the pivot.
    PLAN_IRREVERSIBLE = FailedPrecondition;
    /// Nobody provides a resource under these constraints.
    PLAN_NO_SOURCE = FailedPrecondition;
    /// The plan has too many steps.
    PLAN_TOO_LONG = FailedPrecondition;
    /// Checking would cost too much of what is checked.
    PLAN_VERIFICATION_TOO_DEAR = FailedPrecondition;
    /// The saga has not begun.
    SAGA_NOT_STARTED = FailedPrecondition;
    /// The saga is over.
    SAGA_OVER = FailedPrecondition;
    /// The saga has reached its pivot and goes on to its end.
    SAGA_PAST_PIVOT = FailedPrecondition;
    /// No step with this number has begun.
    SAGA_STEP_UNKNOWN = NotFound;
    /// What was asked for a workflow is wrong.
    WORKFLOW_INVALID = Invalid;
    /// Another run has this key.
    WORKFLOW_KEY_TAKEN = AlreadyExists;
    /// There is no run with this key.
    WORKFLOW_NOT_FOUND = NotFound;
    /// The run has ended.
    WORKFLOW_OVER = FailedPrecondition;
    /// The server has no such workflow, or not in this version.
    WORKFLOW_UNKNOWN = NotFound;
}

/// One thing that is wrong with an intent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flaw {
    /// Field of the intent, such as `arguments.payer`.
    pub field: String,
    /// What would be right.
    pub right: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.right)
    }
}

fn list<T: fmt::Display>(items: &[T]) -> String {
    items.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// Every field that is wrong, all at once.
    #[error("the intent is not right: {}", list(.0))]
    Intent(Vec<Flaw>),
    /// The catalogue has no recipe for the goal.
    #[error("nothing leads to the goal {goal:?} here; possible are: {}", list(.known))]
    GoalUnknown {
        /// The goal.
        goal: String,
        /// Goals with a recipe, ascending.
        known: Vec<String>,
    },
    /// Resources that nobody provides, ascending.
    #[error("nobody provides {}; loosen the constraints or choose another realm", list(.0))]
    NoSource(Vec<String>),
    /// Resources that wait for each other, ascending.
    #[error("{} wait for each other; the catalogue needs a source without this need", list(.0))]
    Cycle(Vec<String>),
    /// More steps than allowed.
    #[error("the plan has {steps} steps; at most {most} are allowed")]
    TooLong {
        /// Steps of the plan.
        steps: usize,
        /// Steps that are allowed.
        most: usize,
    },
    /// A step that cannot be undone and is not the pivot would come before
    /// it, or there is a second pivot.
    #[error(
        "step {step:?} cannot be undone and may not come before the end is certain; give it a compensation, or make it depend on the pivot"
    )]
    Irreversible {
        /// Source of the step.
        step: String,
    },
    /// Checking costs too much (K28).
    #[error("checking takes {gas} gas; what is checked is worth at most {limit}")]
    VerificationTooDear {
        /// Gas of the steps that check.
        gas: u64,
        /// What they may cost.
        limit: u64,
    },
    /// The plan does not fit the budget.
    #[error("the plan does not fit its budget: {0}")]
    OverBudget(Exhausted),
}

impl ComposeError {
    /// The stable code and its kind.
    #[must_use]
    pub const fn code(&self) -> (Code, Kind) {
        match self {
            Self::Intent(_) => code::INTENT_INVALID,
            Self::GoalUnknown { .. } => code::INTENT_GOAL_UNKNOWN,
            Self::NoSource(_) => code::PLAN_NO_SOURCE,
            Self::Cycle(_) => code::PLAN_CYCLE,
            Self::TooLong { .. } => code::PLAN_TOO_LONG,
            Self::Irreversible { .. } => code::PLAN_IRREVERSIBLE,
            Self::VerificationTooDear { .. } => code::PLAN_VERIFICATION_TOO_DEAR,
            Self::OverBudget(_) => code::BUDGET_EXCEEDED,
        }
    }

    /// Field of the intent that is wrong; the first one, if there are several.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::Intent(flaws) => flaws.first().map_or("", |flaw| &flaw.field),
            Self::GoalUnknown { .. } | Self::Cycle(_) | Self::Irreversible { .. } => "goal",
            Self::NoSource(_) | Self::TooLong { .. } => "constraints",
            Self::VerificationTooDear { .. } => "budget.gas",
            Self::OverBudget(exhausted) => exhausted.field(),
        }
    }
}

impl From<ComposeError> for Problem {
    fn from(error: ComposeError) -> Self {
        let (code, kind) = error.code();
        let mut problem = Self::new(kind, code, error.to_string()).field(error.field().to_owned());
        if let ComposeError::Intent(flaws) = error {
            problem.violations = flaws
                .into_iter()
                .map(|flaw| Violation::new(code, flaw.field, flaw.right))
                .collect();
        }
        problem
    }
}

/// Bytes that are not the canonical bytes of an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are not the canonical encoding of an intent, see the page on sagas")]
pub struct IntentBytesError;

impl From<IntentBytesError> for Problem {
    fn from(error: IntentBytesError) -> Self {
        let (code, kind) = code::INTENT_NOT_CANONICAL;
        Self::new(kind, code, error.to_string()).field("intent")
    }
}

/// Why a saga refuses an entry. The entry changes nothing and does not belong
/// into the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SagaError {
    /// Something other than its start came first.
    #[error("the saga has not begun; start it first")]
    NotStarted,
    /// No step with this number has begun, or is being undone.
    #[error("step {step} has not begun; steps count from 0 to at most {}", STEPS_MOST - 1)]
    StepUnknown {
        /// The number.
        step: usize,
    },
    /// It cannot be cancelled any more.
    #[error("the saga has reached its pivot and goes on to its end; a dispute can still stop it")]
    PastPivot,
    /// It has ended.
    #[error("the saga is over; start a new one")]
    Over,
}

impl SagaError {
    /// The stable code and its kind.
    #[must_use]
    pub const fn code(&self) -> (Code, Kind) {
        match self {
            Self::NotStarted => code::SAGA_NOT_STARTED,
            Self::StepUnknown { .. } => code::SAGA_STEP_UNKNOWN,
            Self::PastPivot => code::SAGA_PAST_PIVOT,
            Self::Over => code::SAGA_OVER,
        }
    }
}

impl From<SagaError> for Problem {
    fn from(error: SagaError) -> Self {
        let (code, kind) = error.code();
        let field = if matches!(error, SagaError::StepUnknown { .. }) { "step" } else { "saga" };
        Self::new(kind, code, error.to_string()).field(field)
    }
}

/// Why an engine refuses.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// A field of the request is wrong.
    #[error("{field}: {right}")]
    Invalid {
        /// The field.
        field: &'static str,
        /// What would be right.
        right: String,
    },
    /// There is no such workflow.
    #[error("this server does not know the workflow {name:?}; it knows {}", list(.known))]
    Unknown {
        /// What was asked for, with its version where it has one.
        name: String,
        /// Names that are known, ascending.
        known: Vec<String>,
    },
    /// Another run has the key.
    #[error("another run has the key {0}; choose another key for another thing")]
    KeyTaken(String),
    /// There is no run with this key.
    #[error("there is no run with the key {0:?}")]
    NotFound(String),
    /// The run has ended.
    #[error("the run {0} has ended; start a new one with a key of its own")]
    Over(String),
    /// The engine or its store does not work.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl WorkflowError {
    /// What there is instead of `name`.
    #[must_use]
    pub fn unknown(name: &str, definitions: &Definitions) -> Self {
        let known = definitions.names().into_iter().map(str::to_owned).collect();
        Self::Unknown { name: name.to_owned(), known }
    }
}

impl From<WorkflowError> for Problem {
    fn from(error: WorkflowError) -> Self {
        let ((code, kind), field) = match error {
            WorkflowError::Store(error) => return error.into(),
            WorkflowError::Invalid { field, .. } => (code::WORKFLOW_INVALID, field),
            WorkflowError::Unknown { .. } => (code::WORKFLOW_UNKNOWN, "workflow"),
            WorkflowError::KeyTaken(_) => (code::WORKFLOW_KEY_TAKEN, "key"),
            WorkflowError::NotFound(_) => (code::WORKFLOW_NOT_FOUND, "key"),
            WorkflowError::Over(_) => (code::WORKFLOW_OVER, "key"),
        };
        Self::new(kind, code, error.to_string()).field(field)
    }
}

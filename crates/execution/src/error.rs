//! Why a computation may not go on.

use erynoa_kernel::{Code, Kind, Problem};

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
    /// It costs more mana or carries more risk than its budget allows.
    BUDGET_EXCEEDED = FailedPrecondition;
    /// It is more work than its limit allows.
    GAS_EXHAUSTED = TooLarge;
    /// The account of its root identity is empty for now.
    MANA_EXHAUSTED = RateLimited;
    /// A queue holds as much as it may.
    QUEUE_FULL = RateLimited;
}

/// A cost that does not fit what is left. It was not charged: what it would
/// have paid for has not been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Exhausted {
    /// More work than the limit allows.
    #[error("this step takes {needed} gas and {left} are left; ask for less in one request")]
    Gas {
        /// What the step takes.
        needed: u64,
        /// What is left of the limit.
        left: u64,
    },
    /// More mana than the budget allows.
    #[error("this step takes {needed} mana and {left} of the budget are left; raise the budget")]
    Mana {
        /// What the step takes.
        needed: u64,
        /// What is left of the limit.
        left: u64,
    },
    /// More risk than the budget allows.
    #[error("with this step the risk is {reached} ppm; the budget allows {limit} ppm")]
    Risk {
        /// Risk of everything so far and this step, ppm.
        reached: u32,
        /// The limit, ppm.
        limit: u32,
    },
}

impl Exhausted {
    /// The stable code and its kind.
    #[must_use]
    pub const fn code(&self) -> (Code, Kind) {
        match self {
            Self::Gas { .. } => code::GAS_EXHAUSTED,
            Self::Mana { .. } | Self::Risk { .. } => code::BUDGET_EXCEEDED,
        }
    }

    /// The part of the budget that does not suffice.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Gas { .. } => "budget.gas",
            Self::Mana { .. } => "budget.mana",
            Self::Risk { .. } => "budget.risk_ppm",
        }
    }
}

impl From<Exhausted> for Problem {
    fn from(error: Exhausted) -> Self {
        let (code, kind) = error.code();
        Self::new(kind, code, error.to_string()).field(error.field())
    }
}

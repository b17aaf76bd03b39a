//! Why an installation is not moved.

use std::fmt;

use erynoa_kernel::{Code, Kind, StoreError, StoreErrorKind};

/// Codes of this context, with their kinds.
pub const CODES: &[(Code, Kind)] = &[
    ("COPY_DAMAGED", Kind::FailedPrecondition),
    ("COPY_DIFFERS", Kind::Internal),
    ("COPY_IN_USE", Kind::FailedPrecondition),
    ("COPY_SOURCE_EMPTY", Kind::FailedPrecondition),
    ("COPY_TARGET_FOREIGN", Kind::Conflict),
    ("SERVICE_UNAVAILABLE", Kind::Unavailable),
];

/// One end of a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What is read.
    Source,
    /// What is written.
    Target,
}

impl Side {
    /// The option that names it.
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Source => "from",
            Self::Target => "to",
        }
    }

    /// What a failure of its store means.
    #[must_use]
    pub fn failed(self, error: StoreError) -> CopyError {
        match error.kind {
            StoreErrorKind::Corrupt => CopyError::Damaged { side: self, reason: error.message },
            _ => CopyError::Store { side: self, error },
        }
    }

    pub(crate) fn store(self) -> impl FnOnce(StoreError) -> CopyError {
        move |error| self.failed(error)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Source => "the source",
            Self::Target => "the target",
        })
    }
}

/// Why an installation is not moved. The source is never changed; what the
/// target has received stays there and is gone on from.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// There is nothing to move.
    #[error("the source holds no log, so there is nothing to move; are --from and --to swapped?")]
    Empty,
    /// Somebody works with it.
    #[error("{side} is in use: {reason}; stop every server on it first")]
    InUse {
        /// Which.
        side: Side,
        /// How that is known.
        reason: String,
    },
    /// The target is another installation, or has gone on by itself.
    #[error("the target holds another installation: {reason}; name an empty one")]
    Foreign {
        /// In what it differs.
        reason: String,
    },
    /// Something stored is not what it was.
    #[error("{side} is damaged: {reason}")]
    Damaged {
        /// Which.
        side: Side,
        /// What and where.
        reason: String,
    },
    /// The target is not what the source is after everything was written.
    #[error("the target does not come out as the source: {reason}")]
    Differs {
        /// In what.
        reason: String,
    },
    /// A store does not answer.
    #[error("{side}: {error}")]
    Store {
        /// Which.
        side: Side,
        /// What it says.
        error: StoreError,
    },
}

impl CopyError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Empty => "COPY_SOURCE_EMPTY",
            Self::InUse { .. } => "COPY_IN_USE",
            Self::Foreign { .. } => "COPY_TARGET_FOREIGN",
            Self::Damaged { .. } => "COPY_DAMAGED",
            Self::Differs { .. } => "COPY_DIFFERS",
            Self::Store { .. } => "SERVICE_UNAVAILABLE",
        }
    }

    /// The option that it is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Empty => Side::Source.field(),
            Self::Foreign { .. } | Self::Differs { .. } => Side::Target.field(),
            Self::InUse { side, .. } | Self::Damaged { side, .. } | Self::Store { side, .. } => {
                side.field()
            }
        }
    }
}

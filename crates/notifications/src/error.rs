//! Why notifications refuse.

use erynoa_kernel::{Code, Kind as ProblemKind, Problem, StoreError};

use crate::Kind;

/// Codes of this context, with their kinds.
pub const CODES: &[(Code, ProblemKind)] = &[
    ("NOTIFICATION_ESSENTIAL", ProblemKind::Invalid),
    ("NOTIFICATION_MODE", ProblemKind::Invalid),
    ("UNSUBSCRIBE_LINK_INVALID", ProblemKind::Invalid),
];

/// Why notifications refuse.
#[derive(Debug, thiserror::Error)]
pub enum NotificationError {
    /// It cannot be switched off.
    #[error("{} cannot be switched off: it must be shown and mailed at once", .0.name())]
    Essential(Kind),
    /// A kind is not mailed in this way.
    #[error(
        "{} is mailed {}",
        .0.name(),
        .0.modes().iter().map(|mode| mode.name()).collect::<Vec<_>>().join(" or ")
    )]
    Mode(Kind),
    /// A token that we have not made.
    #[error("this link is none of ours; take the whole of it from the mail")]
    Link,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl NotificationError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Essential(_) => "NOTIFICATION_ESSENTIAL",
            Self::Mode(_) => "NOTIFICATION_MODE",
            Self::Link => "UNSUBSCRIBE_LINK_INVALID",
            Self::Store(_) => "SERVICE_UNAVAILABLE",
        }
    }
}

impl From<NotificationError> for Problem {
    fn from(error: NotificationError) -> Self {
        let field = match &error {
            NotificationError::Essential(_) | NotificationError::Mode(_) => "settings",
            NotificationError::Link => "token",
            NotificationError::Store(_) => "",
        };
        match error {
            NotificationError::Store(error) => error.into(),
            other => Self::new(ProblemKind::Invalid, other.code(), other.to_string()).field(field),
        }
    }
}

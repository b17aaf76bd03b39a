//! Why access is refused.

use erynoa_kernel::{Code, Kind, Problem, StoreError};

/// Codes of this context, with their kinds.
pub const CODES: &[(&str, Kind)] = &[
    ("UNAUTHORIZED", Kind::Unauthenticated),
    ("INVALID_TOKEN", Kind::Unauthenticated),
    ("FORBIDDEN", Kind::Forbidden),
    ("PROVIDER_UNAVAILABLE", Kind::Unavailable),
    ("PROVIDER_REFUSED", Kind::FailedPrecondition),
];

/// Why access is refused.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Nobody is signed in, but somebody must be.
    #[error("sign in first: this needs an access token in the authorization header")]
    Unauthorized,
    /// Signed in, but without the role.
    #[error("this needs the role operator")]
    Forbidden,
    /// The access token is not one of ours, is damaged, is not valid now, or
    /// its session has ended. The text is for the log: the caller is not told
    /// which, so that nobody learns from probing.
    #[error("access token refused: {0}")]
    InvalidToken(&'static str),
    /// The store of sessions failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AccessError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Forbidden => "FORBIDDEN",
            Self::InvalidToken(_) => "INVALID_TOKEN",
            Self::Store(_) => "SERVICE_UNAVAILABLE",
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Unauthorized => {
                Self::new(Kind::Unauthenticated, error.code(), error.to_string())
            }
            AccessError::Forbidden => Self::new(Kind::Forbidden, error.code(), error.to_string()),
            AccessError::InvalidToken(_) => {
                let mut problem = Self::new(
                    Kind::Unauthenticated,
                    error.code(),
                    "the access token is not valid (any more); refresh it or sign in again",
                );
                problem.internal = Some(Box::new(error));
                problem
            }
            AccessError::Store(error) => error.into(),
        }
    }
}

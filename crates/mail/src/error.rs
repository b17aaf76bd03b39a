//! Why mail is not sent.

use erynoa_kernel::{Code, Kind, Problem};

/// Codes of this context, with their kinds.
pub const CODES: &[(&str, Kind)] = &[
    ("MAIL_INVALID", Kind::Invalid),
    ("MAIL_REFUSED", Kind::FailedPrecondition),
    ("MAIL_UNAVAILABLE", Kind::Unavailable),
];

/// What is wrong about a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct MailInvalid {
    /// Field of the message.
    pub field: &'static str,
    /// What would be right.
    pub reason: &'static str,
}

impl MailInvalid {
    pub(crate) const fn new(field: &'static str, reason: &'static str) -> Self {
        Self { field, reason }
    }

    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        "MAIL_INVALID"
    }
}

impl From<MailInvalid> for Problem {
    fn from(error: MailInvalid) -> Self {
        Self::new(Kind::Invalid, error.code(), error.reason).field(error.field)
    }
}

/// Why a message has not gone out. The texts are for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// For good: the same message will be refused again.
    #[error("the mail server refuses this message: {0}")]
    Refused(String),
    /// For now: it may go out later. Nothing is known to have arrived.
    #[error("the mail cannot be sent now: {0}")]
    Temporary(String),
}

impl MailError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Refused(_) => "MAIL_REFUSED",
            Self::Temporary(_) => "MAIL_UNAVAILABLE",
        }
    }

    /// Whether to try again.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary(_))
    }
}

impl From<MailError> for Problem {
    fn from(error: MailError) -> Self {
        let code = error.code();
        let mut problem = match &error {
            MailError::Refused(_) => Self::new(
                Kind::FailedPrecondition,
                code,
                "the mail server refuses this message; is the address right?",
            ),
            MailError::Temporary(_) => Self::new(
                Kind::Unavailable,
                code,
                "mail cannot be sent at the moment; try again later",
            )
            .retry_after_ms(60_000),
        };
        problem.internal = Some(Box::new(error));
        problem
    }
}

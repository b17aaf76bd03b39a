//! Error kinds that every context shares.
//!
//! A context's error turns into a [`Problem`]: a stable code, a kind, a public
//! text and, apart from it, an internal text that is only logged. The API maps
//! kinds to transport codes in one place.

use std::borrow::Cow;
use std::error::Error;

use crate::RealmId;

/// Stable code of an error, SCREAMING_SNAKE_CASE, with a page in `docs/errors/`.
pub type Code = &'static str;

/// What kind of failure a problem is; decides the transport status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The request is wrong by itself.
    Invalid,
    /// Nobody is signed in, or the proof of identity does not hold.
    Unauthenticated,
    /// Signed in, but not allowed.
    Forbidden,
    /// What is asked for does not exist.
    NotFound,
    /// It contradicts the present state; may succeed after reading again.
    Conflict,
    /// It exists already.
    AlreadyExists,
    /// The state does not allow it now.
    FailedPrecondition,
    /// Larger than a written limit.
    TooLarge,
    /// Too many requests; try again after the delay.
    RateLimited,
    /// A part is not there.
    Unavailable,
    /// Our fault.
    Internal,
}

/// One rule that does not hold; a refusal names all of them at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Stable code with a page in `docs/errors/`.
    pub code: Code,
    /// Field or rule that it is about.
    pub field: Cow<'static, str>,
    /// What is wrong and what would be right.
    pub message: Cow<'static, str>,
    /// Rule of a realm that says so, with the realm that defines it; `None`
    /// when the protocol itself does.
    pub rule: Option<(RealmId, String)>,
    /// What there is and what is asked, ppm, where both are numbers.
    pub numbers_ppm: Option<(u32, u32)>,
}

impl Violation {
    /// A rule of the protocol that does not hold.
    pub fn new(
        code: Code,
        field: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code, field: field.into(), message: message.into(), rule: None, numbers_ppm: None }
    }

    /// Names the rule of a realm that says so.
    #[must_use]
    pub fn of_rule(mut self, realm: RealmId, rule: impl Into<String>) -> Self {
        self.rule = Some((realm, rule.into()));
        self
    }

    /// Says what there is and what is asked, ppm.
    #[must_use]
    pub fn numbers_ppm(mut self, actual: u32, required: u32) -> Self {
        self.numbers_ppm = Some((actual, required));
        self
    }
}

/// An error as the API shows and logs it.
#[derive(Debug)]
pub struct Problem {
    /// Stable code.
    pub code: Code,
    /// Decides the transport status.
    pub kind: Kind,
    /// Shown to the caller: what is wrong and what would be right.
    pub message: Cow<'static, str>,
    /// Field of the request that is wrong, empty when no single one is.
    pub field: Cow<'static, str>,
    /// Every rule that does not hold, where there may be several.
    pub violations: Box<[Violation]>,
    /// When a retry can succeed.
    pub retry_after_ms: Option<u64>,
    /// Logged, never shown.
    pub internal: Option<Box<dyn Error + Send + Sync>>,
}

impl Problem {
    /// A problem with a code and a public message.
    pub fn new(kind: Kind, code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            kind,
            message: message.into(),
            field: Cow::Borrowed(""),
            violations: Box::default(),
            retry_after_ms: None,
            internal: None,
        }
    }

    /// Names the field that is wrong.
    #[must_use]
    pub fn field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = field.into();
        self
    }

    /// Says when a retry can succeed.
    #[must_use]
    pub fn retry_after_ms(mut self, delay_ms: u64) -> Self {
        self.retry_after_ms = Some(delay_ms);
        self
    }

    /// Our fault: generic text outside, the cause in the log.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let mut problem =
            Self::new(Kind::Internal, "INTERNAL_ERROR", "something went wrong on our side");
        problem.internal = Some(cause.into());
        problem
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl Error for Problem {}

/// What a store's failure means to its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// Somebody else has written in between; read again.
    Conflict,
    /// What is stored is damaged; the message names the position.
    Corrupt,
    /// The store does not answer.
    Unavailable,
    /// The disk is full.
    Full,
}

/// Failure of a store adapter.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    /// What it means.
    pub kind: StoreErrorKind,
    /// For the log.
    pub message: String,
    /// Error of the driver.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl StoreError {
    /// A failure without a driver error behind it.
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// A failure of the driver.
    pub fn from_driver(
        kind: StoreErrorKind,
        message: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self { kind, message: message.into(), source: Some(source.into()) }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let mut problem = match error.kind {
            StoreErrorKind::Conflict => {
                Self::new(Kind::Conflict, "CONFLICT", "the data has changed; read it again")
            }
            StoreErrorKind::Corrupt => {
                return Self::internal(error);
            }
            StoreErrorKind::Unavailable | StoreErrorKind::Full => Self::new(
                Kind::Unavailable,
                "SERVICE_UNAVAILABLE",
                "a part of the service does not answer; nothing was stored",
            )
            .retry_after_ms(1000),
        };
        problem.internal = Some(Box::new(error));
        problem
    }
}

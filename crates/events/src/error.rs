//! What can be wrong with an event.

use std::borrow::Cow;

use erynoa_kernel::{Code, Kind, Problem, Violation};

/// Why an event is refused. Nothing of a refused event is stored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct EventError {
    /// Stable code with a page in `docs/errors/`.
    pub code: Code,
    /// Decides the transport status.
    pub kind: Kind,
    /// Field of the event, such as `attestation.domain`.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub message: Cow<'static, str>,
    /// When a retry can succeed.
    pub retry_after_ms: Option<u64>,
    /// Every rule that does not hold, where there may be several.
    pub violations: Vec<Violation>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $kind:ident;)*) => {
        /// A stable code with its kind, for [`EventError::refuse`].
        pub mod code {
            use erynoa_kernel::{Code, Kind};
            $($(#[$doc])* pub const $name: (Code, Kind) = (stringify!($name), Kind::$kind);)*
        }

        /// Every code of this context; each has a page in `docs/errors/`.
        pub const CODES: &[(Code, Kind)] = &[$(code::$name),*];
    };
}

codes! {
    /// The bytes are not the canonical encoding of a `SignedEvent`.
    EVENT_NOT_CANONICAL = Invalid;
    /// The entry is larger than [`crate::MAX_ENTRY_BYTES`].
    EVENT_TOO_LARGE = TooLarge;
    /// A field breaks a rule that needs no log to check.
    EVENT_FIELD_INVALID = Invalid;
    /// A body that a later version of the protocol may use.
    EVENT_KIND_RESERVED = Invalid;
    /// The signature does not hold.
    EVENT_SIGNATURE_INVALID = Invalid;
    /// A countersignature inside the body does not hold.
    EVENT_COUNTERSIGNATURE_INVALID = Invalid;
    /// The signing key may not sign this; only the log's own key may.
    EVENT_KEY_PURPOSE = Forbidden;
    /// `prev` is not the latest event of the signing key.
    EVENT_PREV_STALE = Conflict;
    /// `prev` is not in the log.
    EVENT_PREV_UNKNOWN = FailedPrecondition;
    /// A parent is not in the log.
    EVENT_PARENT_UNKNOWN = FailedPrecondition;
    /// The coordinate is not greater than that of `prev` and of every parent.
    EVENT_COORDINATE_NOT_AFTER = FailedPrecondition;
    /// The coordinate is too far ahead of the log's clock.
    EVENT_FROM_FUTURE = FailedPrecondition;
    /// The realm is not in the log.
    REALM_UNKNOWN = NotFound;
    /// An identity that the event names is not in the log.
    IDENTITY_UNKNOWN = NotFound;
    /// The key is no point of the curve, or one of small order.
    KEY_SMALL_ORDER = Invalid;
    /// The namespace needs a controller.
    CONTROLLER_REQUIRED = Invalid;
    /// The controller may not control this identity.
    CONTROLLER_INVALID = FailedPrecondition;
    /// Nobody attests themselves.
    ATTESTATION_SELF = Invalid;
    /// The attestation to revoke is not one of the author in this realm.
    ATTESTATION_UNKNOWN = FailedPrecondition;
    /// The two events are no equivocation.
    EQUIVOCATION_INVALID = Invalid;
    /// Nobody vouches for themselves, issues credentials to themselves, judges
    /// or reports themselves.
    SUBJECT_SELF = Invalid;
    /// An event that the body names is not of the right kind, author or realm.
    TARGET_UNKNOWN = FailedPrecondition;
    /// A cosignature that does not agree with the log.
    COSIGNATURE_MISMATCH = FailedPrecondition;
}

impl EventError {
    /// A refusal for all of these reasons; `None` when there is none. With one
    /// reason its code is the refusal's.
    #[must_use]
    pub fn of_violations(
        (code, kind): (Code, Kind),
        field: &'static str,
        violations: Vec<Violation>,
    ) -> Option<Self> {
        let message = match violations.as_slice() {
            [] => return None,
            [only] => only.message.clone(),
            [first, others @ ..] => {
                let codes: Vec<&str> = others.iter().map(|violation| violation.code).collect();
                format!("{}; and besides: {}", first.message, codes.join(", ")).into()
            }
        };
        let code = if let [only] = violations.as_slice() { only.code } else { code };
        Some(Self { violations, ..Self::new(kind, code, field, message) })
    }

    /// A refusal with one of this context's codes.
    pub fn refuse(
        (code, kind): (Code, Kind),
        field: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(kind, code, field, message)
    }

    /// A field that breaks a rule.
    pub(crate) fn field(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::refuse(code::EVENT_FIELD_INVALID, field, message)
    }

    /// A refusal.
    pub fn new(
        kind: Kind,
        code: Code,
        field: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            code,
            kind,
            field,
            message: message.into(),
            retry_after_ms: None,
            violations: Vec::new(),
        }
    }

    /// A refusal of something that is wrong by itself.
    pub fn invalid(code: Code, field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Invalid, code, field, message)
    }
}

impl From<EventError> for Problem {
    fn from(error: EventError) -> Self {
        let mut problem = Self::new(error.kind, error.code, error.message).field(error.field);
        problem.retry_after_ms = error.retry_after_ms;
        problem.violations = error.violations.into();
        problem
    }
}

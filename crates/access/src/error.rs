//! Why access is refused.

use erynoa_kernel::{Code, Kind, Problem, StoreError};

use crate::{ProviderError, Role};

/// Codes of this context, with their kinds.
pub const CODES: &[(&str, Kind)] = &[
    ("ACCOUNT_DISABLED", Kind::Forbidden),
    ("CONFLICT", Kind::Conflict),
    ("FORBIDDEN", Kind::Forbidden),
    ("IDENTITY_LINKED", Kind::AlreadyExists),
    ("IDENTITY_REQUIRED", Kind::FailedPrecondition),
    ("INVALID_TOKEN", Kind::Unauthenticated),
    ("INVITATION_EXPIRED", Kind::FailedPrecondition),
    ("INVITATION_INVALID", Kind::NotFound),
    ("LAST_ADMIN", Kind::FailedPrecondition),
    ("NOT_FOUND", Kind::NotFound),
    ("PROVIDER_REFUSED", Kind::FailedPrecondition),
    ("PROVIDER_UNAVAILABLE", Kind::Unavailable),
    ("ROLES_AT_PROVIDER", Kind::FailedPrecondition),
    ("UNAUTHORIZED", Kind::Unauthenticated),
    ("VALIDATION_ERROR", Kind::Invalid),
];

/// Why access is refused.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Nobody is signed in, but somebody must be.
    #[error("sign in first: this needs an access token in the authorization header")]
    Unauthorized,
    /// Signed in, but without the role.
    #[error("this needs the role {}", .0.name())]
    Forbidden(Role),
    /// The access token is not one of ours, is damaged, is not valid now, or
    /// its session has ended. The text is for the log: the caller is not told
    /// which, so that nobody learns from probing.
    #[error("access token refused: {0}")]
    InvalidToken(&'static str),
    /// The account may not be used.
    #[error("this account is disabled; an admin of the installation can enable it")]
    AccountDisabled,
    /// There is no such account.
    #[error("there is no such account")]
    AccountUnknown,
    /// The account has changed since it was read.
    #[error("the account has changed since; read it again and name its newest version")]
    Stale,
    /// Nobody would be left who decides.
    #[error("this is the last admin; make somebody else admin first")]
    LastAdmin,
    /// The account, or the identity, has its counterpart already.
    #[error("this account or this identity is linked already")]
    IdentityLinked,
    /// The account has no identity yet.
    #[error("link an identity to your account first: this speaks in its name")]
    IdentityRequired,
    /// No open invitation has this token.
    #[error("no open invitation has this token; it was used or withdrawn")]
    InvitationInvalid,
    /// The invitation is too old.
    #[error("this invitation has expired; ask for a new one")]
    InvitationExpired,
    /// Roles of this account follow the identity provider.
    #[error("the roles of this account come from the identity provider; change them there")]
    RolesAtProvider,
    /// A field that is wrong by itself.
    #[error("{reason}")]
    Field {
        /// Which.
        field: &'static str,
        /// What would be right.
        reason: &'static str,
    },
    /// The identity provider does not answer.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AccessError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::InvalidToken(_) => "INVALID_TOKEN",
            Self::AccountDisabled => "ACCOUNT_DISABLED",
            Self::AccountUnknown => "NOT_FOUND",
            Self::Stale => "CONFLICT",
            Self::LastAdmin => "LAST_ADMIN",
            Self::IdentityLinked => "IDENTITY_LINKED",
            Self::IdentityRequired => "IDENTITY_REQUIRED",
            Self::InvitationInvalid => "INVITATION_INVALID",
            Self::InvitationExpired => "INVITATION_EXPIRED",
            Self::RolesAtProvider => "ROLES_AT_PROVIDER",
            Self::Field { .. } => "VALIDATION_ERROR",
            Self::Provider(error) => error.code(),
            Self::Store(_) => "SERVICE_UNAVAILABLE",
        }
    }

    const fn kind(&self) -> Kind {
        match self {
            Self::Unauthorized | Self::InvalidToken(_) => Kind::Unauthenticated,
            Self::Forbidden(_) | Self::AccountDisabled => Kind::Forbidden,
            Self::AccountUnknown | Self::InvitationInvalid => Kind::NotFound,
            Self::Stale => Kind::Conflict,
            Self::IdentityLinked => Kind::AlreadyExists,
            Self::LastAdmin
            | Self::IdentityRequired
            | Self::InvitationExpired
            | Self::RolesAtProvider => Kind::FailedPrecondition,
            Self::Field { .. } => Kind::Invalid,
            Self::Provider(_) | Self::Store(_) => Kind::Unavailable,
        }
    }

    const fn field(&self) -> &'static str {
        match self {
            Self::AccountUnknown | Self::LastAdmin => "id",
            Self::Stale => "version",
            Self::IdentityLinked => "identity",
            Self::InvitationInvalid | Self::InvitationExpired => "token",
            Self::RolesAtProvider => "roles",
            Self::Field { field, .. } => field,
            _ => "",
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::InvalidToken(_) => {
                let mut problem = Self::new(
                    Kind::Unauthenticated,
                    error.code(),
                    "the access token is not valid (any more); refresh it or sign in again",
                );
                problem.internal = Some(Box::new(error));
                problem
            }
            AccessError::Provider(error) => error.into(),
            AccessError::Store(error) => error.into(),
            other => Self::new(other.kind(), other.code(), other.to_string()).field(other.field()),
        }
    }
}

//! Why a sign-in or a refresh is refused.

use erynoa_access::{AccessError, Session};
use erynoa_kernel::{Code, Kind, Problem, StoreError};

/// Codes of this crate, with their kinds.
pub const CODES: &[(&str, Kind)] = &[
    ("SIGN_IN_CHALLENGE_UNKNOWN", Kind::Unauthenticated),
    ("SIGN_IN_SIGNATURE_INVALID", Kind::Unauthenticated),
    ("SIGN_IN_KEY_NOT_ALLOWED", Kind::Unauthenticated),
    ("REFRESH_TOKEN_INVALID", Kind::Unauthenticated),
    ("REFRESH_TOKEN_REUSED", Kind::Unauthenticated),
    ("ACCOUNT_REQUIRED", Kind::Forbidden),
    ("NONCE_INVALID", Kind::Unauthenticated),
];

/// Why a sign-in or a refresh is refused.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Never given out, used before, older than 120 s, or given to another
    /// identity or origin.
    #[error("this challenge is not open for this identity and origin; ask for a new one")]
    ChallengeUnknown,
    /// The signature is not one of the key over the challenge.
    #[error(
        "the signature is not one of this key over \"ERYNOA-SIGN-IN-V1\" (to link an identity: \
         \"ERYNOA-LINK-V1\"), the challenge, the identity and the origin"
    )]
    SignatureInvalid,
    /// The identity does not have this key, or the key is revoked or has not
    /// the purpose sign-in.
    #[error("this key may not sign in for this identity; use a live key with the purpose sign-in")]
    KeyNotAllowed,
    /// Not a refresh token of a living session.
    #[error("this refresh token belongs to no living session; sign in again")]
    RefreshTokenInvalid,
    /// Used before: somebody has a copy. The session has been ended.
    #[error("this refresh token was used before, so its session has been ended; sign in again")]
    RefreshTokenReused(Box<Session>),
    /// Accounts are made by the identity provider here, and this identity is
    /// linked to none.
    #[error(
        "no account is linked to this identity; sign in at the identity provider once and link \
         the identity to your account"
    )]
    AccountRequired,
    /// The nonce of the ID token is none that is open for this app.
    #[error("the nonce of this ID token was not given out for this app, or is used up; begin anew")]
    NonceInvalid,
    /// The account may not be used.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The store of accounts or sessions failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignInError {
    /// Stable code.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::ChallengeUnknown => "SIGN_IN_CHALLENGE_UNKNOWN",
            Self::SignatureInvalid => "SIGN_IN_SIGNATURE_INVALID",
            Self::KeyNotAllowed => "SIGN_IN_KEY_NOT_ALLOWED",
            Self::RefreshTokenInvalid => "REFRESH_TOKEN_INVALID",
            Self::RefreshTokenReused(_) => "REFRESH_TOKEN_REUSED",
            Self::AccountRequired => "ACCOUNT_REQUIRED",
            Self::NonceInvalid => "NONCE_INVALID",
            Self::Access(error) => error.code(),
            Self::Store(_) => "SERVICE_UNAVAILABLE",
        }
    }

    const fn field(&self) -> &'static str {
        match self {
            Self::ChallengeUnknown => "challenge",
            Self::SignatureInvalid => "signature",
            Self::KeyNotAllowed => "public_key",
            Self::RefreshTokenInvalid | Self::RefreshTokenReused(_) => "refresh_token",
            Self::AccountRequired => "identity",
            Self::NonceInvalid => "id_token",
            Self::Access(_) | Self::Store(_) => "",
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        let kind = match error {
            SignInError::Access(error) => return error.into(),
            SignInError::Store(error) => return error.into(),
            SignInError::AccountRequired => Kind::Forbidden,
            _ => Kind::Unauthenticated,
        };
        let mut problem = Self::new(kind, error.code(), error.to_string()).field(error.field());
        if let SignInError::RefreshTokenReused(session) = &error {
            problem.internal = Some(
                format!("session {} of {} ended after reuse", session.id, session.account).into(),
            );
        }
        problem
    }
}

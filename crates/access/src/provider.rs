//! What an identity provider (OpenID Connect) says about somebody.

use async_trait::async_trait;
use erynoa_kernel::{Code, Kind, Problem};

use crate::Roles;

/// A person as a verified token of the provider describes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderClaims {
    /// `iss`.
    pub issuer: String,
    /// `sub`: who it is at that issuer.
    pub subject: String,
    /// `email`, empty when it is not told or not verified.
    pub email: String,
    /// `name`, empty when it is not told.
    pub name: String,
    /// Roles of the configured claim that are known here.
    pub roles: Roles,
    /// `locale`: en or de, else empty.
    pub language: String,
    /// `sid`: the session at the provider.
    pub session: Option<String>,
    /// `nonce` of an ID token.
    pub nonce: Option<String>,
    /// µs since the Unix epoch.
    pub issued_at_us: u64,
    /// µs since the Unix epoch.
    pub expires_at_us: u64,
}

/// Where browsers and the server go, by the provider's discovery document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderMetadata {
    /// Exactly the configured issuer.
    pub issuer: String,
    /// Where people sign in.
    pub authorization_endpoint: String,
    /// Where codes become tokens.
    pub token_endpoint: String,
    /// Where people sign out.
    pub end_session_endpoint: Option<String>,
}

/// Whose sessions a back-channel logout ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLogout {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: Option<String>,
    /// `sid`; without it all sessions of the subject end.
    pub session: Option<String>,
}

/// An OpenID Connect provider.
#[async_trait]
pub trait IdentityProvider: Send + Sync + 'static {
    /// The discovery document, cached.
    async fn metadata(&self) -> Result<ProviderMetadata, ProviderError>;

    /// Whether the provider answers at this moment.
    async fn check(&self) -> Result<(), ProviderError>;

    /// Checks an ID token that was issued to `client_id`: algorithm, key,
    /// signature, issuer, audience, times with 60 s leeway. The nonce is for
    /// the caller to compare.
    async fn verify_id_token(
        &self,
        token: &str,
        client_id: &str,
    ) -> Result<ProviderClaims, ProviderError>;

    /// Checks an access token for one of the configured audiences: a JWT by its
    /// signature, an opaque one by introspection.
    async fn verify_access_token(&self, token: &str) -> Result<ProviderClaims, ProviderError>;

    /// Checks a back-channel logout token.
    async fn verify_logout_token(&self, token: &str) -> Result<ProviderLogout, ProviderError>;
}

/// Somebody to be created at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProviderUser {
    /// E-mail address.
    pub email: String,
    /// What the person is called.
    pub name: String,
    /// en or de.
    pub language: String,
}

/// Administration of users at a provider that offers it. Subjects are `sub`s.
#[async_trait]
pub trait ProviderUsers: Send + Sync + 'static {
    /// Creates a person, who will be asked to choose a way to sign in. Returns
    /// the subject.
    async fn create(&self, user: NewProviderUser) -> Result<String, ProviderError>;

    /// Locks a person out, or lets them in again.
    async fn set_disabled(&self, subject: &str, disabled: bool) -> Result<(), ProviderError>;

    /// Grants exactly these roles in the project.
    async fn set_roles(&self, subject: &str, roles: Roles) -> Result<(), ProviderError>;

    /// Ends all sessions at the provider.
    async fn end_sessions(&self, subject: &str) -> Result<(), ProviderError>;

    /// Deletes a person. One who is gone already is no error.
    async fn delete(&self, subject: &str) -> Result<(), ProviderError>;
}

/// Why a provider's answer is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The token does not hold. The text is for the log: the caller is not told
    /// which check failed, so that nobody learns from probing.
    #[error("token of the identity provider refused: {0}")]
    TokenInvalid(&'static str),
    /// The provider does not answer, or answers nonsense.
    #[error("the identity provider does not answer: {0}")]
    Unavailable(String),
    /// The provider refuses what was asked of it.
    #[error("the identity provider refuses: {0}")]
    Refused(String),
}

impl ProviderError {
    /// Stable code.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::TokenInvalid(_) => "INVALID_TOKEN",
            Self::Unavailable(_) => "PROVIDER_UNAVAILABLE",
            Self::Refused(_) => "PROVIDER_REFUSED",
        }
    }
}

impl From<ProviderError> for Problem {
    fn from(error: ProviderError) -> Self {
        let code = error.code();
        let mut problem = match &error {
            ProviderError::TokenInvalid(_) => Self::new(
                Kind::Unauthenticated,
                code,
                "the token of the identity provider is not valid; sign in again",
            ),
            ProviderError::Unavailable(_) => Self::new(
                Kind::Unavailable,
                code,
                "the identity provider does not answer; try again in a moment",
            )
            .retry_after_ms(2000),
            ProviderError::Refused(_) => Self::new(
                Kind::FailedPrecondition,
                code,
                "the identity provider refuses this; its administrator can tell why",
            ),
        };
        problem.internal = Some(Box::new(error));
        problem
    }
}

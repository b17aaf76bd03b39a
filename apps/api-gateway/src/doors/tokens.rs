//! Access tokens of both kinds: ours, and for programs those of the identity
//! provider.

use std::sync::Arc;

use async_trait::async_trait;
use erynoa_access::{AccessError, IdentityProvider, Principal, ProviderError, TokenVerifier};
use erynoa_local_auth::LocalAuth;

/// Verifies access tokens by whoever has issued them.
pub(crate) struct Tokens {
    own: Arc<LocalAuth>,
    provider: Option<Arc<dyn IdentityProvider>>,
}

impl Tokens {
    pub(crate) fn new(own: Arc<LocalAuth>, provider: Option<Arc<dyn IdentityProvider>>) -> Self {
        Self { own, provider }
    }
}

#[async_trait]
impl TokenVerifier for Tokens {
    async fn verify(&self, access_token: &str) -> Result<Principal, AccessError> {
        match &self.provider {
            Some(provider) if !self.own.is_named_by(access_token) => {
                let claims = provider.verify_access_token(access_token).await;
                let claims = claims.map_err(|error| match error {
                    ProviderError::TokenInvalid(why) => AccessError::InvalidToken(why),
                    other => other.into(),
                })?;
                self.own.principal_of(&claims).await
            }
            _ => self.own.verify(access_token).await,
        }
    }
}

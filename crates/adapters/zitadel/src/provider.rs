//! The identity provider behind its port.

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use erynoa_access::{
    IdentityProvider, ProviderClaims, ProviderError, ProviderLogout, ProviderMetadata,
};
use erynoa_kernel::Clock;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::cache::{Cache, Used};
use crate::claims::{self, LEEWAY_US};
use crate::config::{ConfigError, Introspection, OidcConfig};
use crate::directory::Directory;
use crate::http_client::HttpClient;
use crate::jws::{TOKEN_MOST_BYTES, UnverifiedToken, is_compact, object};

/// How long introspection is believed: so long can a withdrawn token live on.
const INTROSPECTION_MOST_US: u64 = 60_000_000;

/// Introspections at once: whoever invents opaque tokens must not make us open
/// a connection to the provider for each.
const INTROSPECTIONS_MOST: usize = 16;

/// What is remembered of a token: its claims, and the keys that vouched for it
/// (`None`: introspection did).
type Remembered = (Arc<ProviderClaims>, Option<blake3::Hash>);

/// Any OpenID Connect provider. Cheap to share.
pub struct OidcProvider {
    config: OidcConfig,
    directory: Arc<Directory>,
    clock: Arc<dyn Clock>,
    verified: Cache<Remembered>,
    used: Used,
    introspections: Semaphore,
}

impl OidcProvider {
    /// A provider that is not asked before the first token or page needs it.
    ///
    /// # Errors
    /// What in the configuration cannot work.
    pub fn new(config: OidcConfig, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        config.check()?;
        let http =
            HttpClient::new(&config.issuer, config.internal_issuer.as_deref(), config.time_outs)?;
        let directory =
            Directory::new(http, config.issuer.clone(), config.jwks_cache_s, clock.clone());
        Ok(Self {
            config,
            directory,
            clock,
            verified: Cache::new(),
            used: Used::default(),
            introspections: Semaphore::new(INTROSPECTIONS_MOST),
        })
    }

    /// What was verified before, if the keys that vouched for it still stand.
    async fn remembered(&self, hash: &blake3::Hash) -> Option<Arc<ProviderClaims>> {
        let (claims, keys_hash) = self.verified.get(hash, self.clock.now_us())?;
        let Some(keys_hash) = keys_hash else { return Some(claims) };
        let snapshot = self.directory.snapshot().await.ok()?;
        (snapshot.keys_hash == keys_hash).then_some(claims)
    }

    async fn introspect(
        &self,
        token: &str,
        client: &Introspection,
    ) -> Result<ProviderClaims, ProviderError> {
        let snapshot = self.directory.snapshot().await?;
        let endpoint = snapshot.introspection_endpoint.as_deref().ok_or_else(|| {
            ProviderError::Unavailable("the provider has no introspection_endpoint".to_owned())
        })?;
        let form = Serializer::new(String::new())
            .append_pair("token", token)
            .append_pair("token_type_hint", "access_token")
            .finish();
        // RFC 6749 §2.3.1: both are form-encoded before they are joined.
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let credentials =
            [encoded(&client.client_id), encoded(client.client_secret.expose())].join(":");
        let request = Request::builder()
            .method(Method::POST)
            .uri(endpoint)
            .header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(credentials)))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(ACCEPT, "application/json")
            .body(form.into_bytes())
            .map_err(|error| ProviderError::Unavailable(error.to_string()))?;
        let permit = self.introspections.acquire().await;
        let answer = self.directory.http.send(request).await?;
        drop(permit);
        if answer.status() != StatusCode::OK {
            let status = answer.status();
            return Err(ProviderError::Unavailable(format!("introspection: status {status}")));
        }
        let claims = object(answer.body()).map_err(|_| {
            ProviderError::Unavailable("introspection: the answer is not JSON".to_owned())
        })?;
        if claims.get("active") != Some(&Value::Bool(true)) {
            return Err(ProviderError::TokenInvalid("not active"));
        }
        claims::of_access_token(&claims, &self.config, self.clock.now_us())
    }

    async fn verify_anew(
        &self,
        token: &str,
    ) -> Result<(ProviderClaims, Option<blake3::Hash>), ProviderError> {
        if is_compact(token) {
            let token = UnverifiedToken::parse(token)?;
            claims::check_kind(token.kind.as_deref(), &["jwt", "at+jwt"])?;
            let snapshot = self.directory.verify(&token).await?;
            let now_us = self.clock.now_us();
            let claims = claims::of_access_token(&token.claims()?, &self.config, now_us)?;
            return Ok((claims, Some(snapshot.keys_hash)));
        }
        let Some(client) = &self.config.introspection else {
            return Err(ProviderError::TokenInvalid("opaque, and nobody to ask about it"));
        };
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(ProviderError::TokenInvalid("not a token"));
        }
        Ok((self.introspect(token, client).await?, None))
    }
}

#[async_trait]
impl IdentityProvider for OidcProvider {
    async fn metadata(&self) -> Result<ProviderMetadata, ProviderError> {
        Ok(self.directory.snapshot().await?.metadata.clone())
    }

    async fn check(&self) -> Result<(), ProviderError> {
        self.directory.check().await
    }

    async fn verify_id_token(
        &self,
        token: &str,
        client_id: &str,
    ) -> Result<ProviderClaims, ProviderError> {
        let token = UnverifiedToken::parse(token)?;
        claims::check_kind(token.kind.as_deref(), &["jwt"])?;
        self.directory.verify(&token).await?;
        claims::of_id_token(&token.claims()?, &self.config, client_id, self.clock.now_us())
    }

    async fn verify_access_token(&self, token: &str) -> Result<ProviderClaims, ProviderError> {
        if token.len() > TOKEN_MOST_BYTES {
            return Err(ProviderError::TokenInvalid("longer than 16 KiB"));
        }
        let hash = blake3::hash(token.as_bytes());
        if let Some(claims) = self.remembered(&hash).await {
            return Ok(ProviderClaims::clone(&claims));
        }
        let (claims, keys_hash) = self.verify_anew(token).await?;
        let mut until_us = claims.expires_at_us.saturating_add(LEEWAY_US);
        if keys_hash.is_none() {
            until_us = until_us.min(self.clock.now_us().saturating_add(INTROSPECTION_MOST_US));
        }
        self.verified.insert(hash, until_us, (Arc::new(claims.clone()), keys_hash));
        Ok(claims)
    }

    async fn verify_logout_token(&self, token: &str) -> Result<ProviderLogout, ProviderError> {
        let token = UnverifiedToken::parse(token)?;
        claims::check_kind(token.kind.as_deref(), &["jwt", "logout+jwt"])?;
        self.directory.verify(&token).await?;
        let now_us = self.clock.now_us();
        let (logout, id, expires_us) =
            claims::of_logout_token(&token.claims()?, &self.config, now_us)?;
        let until_us = expires_us.saturating_add(LEEWAY_US);
        if !self.used.mark(blake3::hash(id.as_bytes()), until_us, now_us) {
            return Err(ProviderError::TokenInvalid("used before"));
        }
        Ok(logout)
    }
}

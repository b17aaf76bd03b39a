//! What an installation says about its provider.

use std::time::Duration;

use erynoa_kernel::Secret;
use url::Url;

/// Where ZITADEL puts the roles of a person.
pub const ZITADEL_ROLES_CLAIM: &str = "urn:zitadel:iam:org:project:roles";

/// An OpenID Connect provider and what of its tokens is for us.
#[derive(Clone, Debug)]
pub struct OidcConfig {
    /// Issuer, to the letter as tokens and the discovery document say it.
    pub issuer: String,
    /// Where this server reaches the issuer, when that is another address than
    /// browsers use: requests to the origin of `issuer` go to the origin of
    /// this one, with the issuer's `Host`.
    pub internal_issuer: Option<String>,
    /// An access token is for us when it names one of these (ZITADEL: the
    /// project id). Empty: the client ids.
    pub audiences: Vec<String>,
    /// Clients of the apps.
    pub client_ids: Vec<String>,
    /// Claim that holds the roles: an object whose keys are roles, as ZITADEL
    /// has it, or a list of them.
    pub roles_claim: String,
    /// Age, seconds, at which discovery document and keys are fetched anew.
    pub jwks_cache_s: u64,
    /// How to ask about opaque access tokens; `None` refuses them.
    pub introspection: Option<Introspection>,
    /// Patience with the provider.
    pub time_outs: TimeOuts,
}

/// A confidential client that may introspect tokens.
#[derive(Clone, Debug)]
pub struct Introspection {
    /// Its id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Secret<String>,
}

/// Patience with the provider.
#[derive(Clone, Copy, Debug)]
pub struct TimeOuts {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until an answer is complete.
    pub request: Duration,
}

impl Default for TimeOuts {
    /// 2 s and 5 s: a provider that needs longer is as good as away.
    fn default() -> Self {
        Self { connect: Duration::from_secs(2), request: Duration::from_secs(5) }
    }
}

/// A configuration that cannot work. Found at start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct ConfigError {
    /// Key of the configuration.
    pub key: &'static str,
    /// What would be right.
    pub reason: String,
}

impl ConfigError {
    pub(crate) fn new(key: &'static str, reason: impl Into<String>) -> Self {
        Self { key, reason: reason.into() }
    }
}

/// An http or https URL without query and fragment.
pub(crate) fn issuer_url(key: &'static str, text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|error| {
        ConfigError::new(key, format!("must be a URL such as https://id.example.org: {error}"))
    })?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if plain {
        Ok(url)
    } else {
        Err(ConfigError::new(
            key,
            "must be an http or https URL without user, query and fragment".to_owned(),
        ))
    }
}

impl OidcConfig {
    /// A provider with ZITADEL's claim of roles, keys for an hour, no
    /// introspection.
    #[must_use]
    pub fn new(issuer: impl Into<String>, client_ids: Vec<String>) -> Self {
        Self {
            issuer: issuer.into(),
            internal_issuer: None,
            audiences: Vec::new(),
            client_ids,
            roles_claim: ZITADEL_ROLES_CLAIM.to_owned(),
            jwks_cache_s: 3600,
            introspection: None,
            time_outs: TimeOuts::default(),
        }
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if self.client_ids.is_empty() || self.client_ids.iter().any(String::is_empty) {
            return Err(ConfigError::new("auth.client_id", "name at least one client of the apps"));
        }
        if self.audiences.iter().any(String::is_empty) {
            return Err(ConfigError::new("auth.audiences", "an audience must not be empty"));
        }
        if self.roles_claim.is_empty() {
            return Err(ConfigError::new("auth.roles_claim", "must name a claim"));
        }
        if self.jwks_cache_s == 0 {
            return Err(ConfigError::new("auth.jwks_cache_s", "must be at least 1"));
        }
        Ok(())
    }

    /// Audiences of access tokens that are for us.
    pub(crate) fn accepted_audiences(&self) -> &[String] {
        if self.audiences.is_empty() { &self.client_ids } else { &self.audiences }
    }
}

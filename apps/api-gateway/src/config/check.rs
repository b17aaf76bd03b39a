//! What a configuration must not be.

use super::{AppName, Config, Environment, Network, StorageBackend, WorkflowBackend};

/// One mistake in a configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {reason}")]
pub struct Mistake {
    /// `section.key`
    pub key: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl Mistake {
    pub(crate) fn new(key: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { key: key.into(), reason: reason.into() }
    }
}

impl Config {
    /// Every mistake at once; empty when the configuration is good.
    #[must_use]
    pub fn mistakes(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        let mut range = |key: &str, value: u64, least: u64, most: u64| {
            if !(least..=most).contains(&value) {
                mistakes.push(Mistake::new(key, format!("is {value}, must be {least} to {most}")));
            }
        };
        range("auth.access_token_ttl_s", self.auth.access_token_ttl_s, 60, 3600);
        range("auth.refresh_token_ttl_s", self.auth.refresh_token_ttl_s, 3600, 31_536_000);
        range("log.epoch_max_events", self.log.epoch_max_events.into(), 1, 10_000);
        range("log.epoch_max_seconds", self.log.epoch_max_seconds.into(), 1, 10);
        range("limits.requests_per_second", self.limits.requests_per_second.into(), 1, 1_000_000);
        range("limits.burst", self.limits.burst.into(), 1, 1_000_000);
        range("limits.body_bytes", self.limits.body_bytes.into(), 65_536, 67_108_864);
        range("auth.jwks_cache_s", self.auth.jwks_cache_s, 60, 86_400);
        let database = &self.database;
        range("database.max_connections", database.max_connections.into(), 4, 1000);
        range("database.min_connections", database.min_connections.into(), 0, 1000);
        range("database.connect_timeout_s", database.connect_timeout_s, 1, 300);
        range("database.idle_timeout_s", database.idle_timeout_s, 1, 86_400);
        range("cache.pool_size", self.cache.pool_size.into(), 1, 1000);
        // A week of silence is no digest any more.
        range("mail.digest_s", self.mail.digest_s.into(), 1, 604_800);
        let upload = self.storage.max_upload_size;
        range("storage.max_upload_size", upload, 1 << 20, erynoa_storage::FILE_MOST_BYTES);
        for proxy in &self.application.trusted_proxies {
            if let Err(wrong) = proxy.parse::<Network>() {
                let reason = format!("{proxy:?} {wrong}");
                mistakes.push(Mistake::new("application.trusted_proxies", reason));
            }
        }
        self.check_urls(&mut mistakes);
        self.check_servers(&mut mistakes);
        self.check_cache(&mut mistakes);
        self.check_storage(&mut mistakes);
        self.check_workflows(&mut mistakes);
        self.check_p2p(&mut mistakes);
        if self.auth.is_oidc() {
            self.check_provider(&mut mistakes);
        }
        self.check_log(&mut mistakes);
        mistakes
    }

    fn check_provider(&self, mistakes: &mut Vec<Mistake>) {
        let auth = &self.auth;
        let production = self.environment == Environment::Production;
        let issuers =
            [("auth.issuer", &auth.issuer), ("auth.internal_issuer", &auth.internal_issuer)];
        for (key, url) in issuers {
            if url.is_empty() && key == "auth.internal_issuer" {
                continue;
            }
            let parsed = url.parse::<axum::http::Uri>().ok();
            let scheme = parsed.as_ref().and_then(|url| url.scheme_str()).unwrap_or_default();
            // Inside of one's own network plain http is common.
            let plain_is_good = !production || key == "auth.internal_issuer";
            if scheme != "https" && !(scheme == "http" && plain_is_good) {
                let reason = "must be a URL that begins with https://";
                mistakes.push(Mistake::new(key, reason));
            }
        }
        for app in AppName::ALL {
            if auth.client_of(app).is_empty() {
                let key = format!("auth.{}_client_id", app.name());
                let reason = "mode oidc needs the client that the provider has for this app";
                mistakes.push(Mistake::new(key, reason));
            }
        }
    }

    fn check_servers(&self, mistakes: &mut Vec<Mistake>) {
        for (key, url, schemes) in [
            ("database.url", &self.database.url, &["postgres", "postgresql"][..]),
            ("cache.url", &self.cache.url, &["redis", "rediss"][..]),
            ("mail.url", &self.mail.url, &["smtp", "smtps"][..]),
        ] {
            let scheme = url.expose().split_once("://").map(|(scheme, _)| scheme);
            if !url.is_empty() && !scheme.is_some_and(|scheme| schemes.contains(&scheme)) {
                let right = schemes.join(":// or ");
                mistakes.push(Mistake::new(key, format!("must begin with {right}://")));
            }
        }
    }

    fn check_cache(&self, mistakes: &mut Vec<Mistake>) {
        let cache = &self.cache;
        if !cache.ca_file.as_os_str().is_empty() && !cache.url.expose().starts_with("rediss://") {
            let reason = "says whom to trust with TLS, so cache.url must begin with rediss://";
            mistakes.push(Mistake::new("cache.ca_file", reason));
        }
    }

    fn check_storage(&self, mistakes: &mut Vec<Mistake>) {
        let storage = &self.storage;
        if let Err(error) = erynoa_storage::BucketName::new(&storage.default_bucket) {
            mistakes.push(Mistake::new("storage.default_bucket", error.to_string()));
        }
        if storage.backend == StorageBackend::Local {
            return;
        }
        for (key, url) in [
            ("storage.endpoint", &storage.endpoint[..]),
            ("storage.public_endpoint", storage.public_url()),
        ] {
            if !url.starts_with("http://") && !url.starts_with("https://")
                || crate::app::origin_of(url).is_none()
            {
                mistakes.push(Mistake::new(key, "is not a URL such as http://localhost:9000"));
            }
        }
        if self.environment == Environment::Production
            && !storage.public_url().starts_with("https://")
        {
            mistakes.push(Mistake::new("storage.public_endpoint", "production needs https"));
        }
        for (key, is_empty) in [
            ("storage.access_key_id", storage.access_key_id.is_empty()),
            ("storage.secret_access_key", storage.secret_access_key.is_empty()),
        ] {
            if is_empty {
                mistakes.push(Mistake::new(key, "the backend s3 needs it"));
            }
        }
    }

    fn check_workflows(&self, mistakes: &mut Vec<Mistake>) {
        let workflows = &self.workflows;
        if workflows.backend == WorkflowBackend::Embedded {
            return;
        }
        for (key, url) in [
            ("workflows.ingress_url", &workflows.ingress_url),
            ("workflows.admin_url", &workflows.admin_url),
            ("workflows.endpoint_url", &workflows.endpoint_url),
        ] {
            if url.is_empty() && key == "workflows.endpoint_url" {
                continue;
            }
            if crate::app::origin_of(url).as_deref() != Some(url.trim_end_matches('/')) {
                mistakes.push(Mistake::new(key, "is not an address such as http://localhost:8081"));
            }
        }
    }

    fn check_urls(&self, mistakes: &mut Vec<Mistake>) {
        let application = &self.application;
        let production = self.environment == Environment::Production;
        for (key, url) in [
            ("application.public_url", &application.public_url),
            ("application.console_url", &application.console_url),
            ("application.platform_url", &application.platform_url),
            ("application.docs_url", &application.docs_url),
        ] {
            let public = key == "application.public_url";
            if url.is_empty() {
                if production && public {
                    mistakes
                        .push(Mistake::new(key, "production needs the address that people use"));
                }
                continue;
            }
            if url.contains('*') {
                mistakes.push(Mistake::new(key, "must not hold a wildcard"));
            }
            match url.parse::<axum::http::Uri>() {
                Ok(parsed) if parsed.authority().is_some() => {
                    let scheme = parsed.scheme_str().unwrap_or_default();
                    if production && scheme != "https" {
                        mistakes.push(Mistake::new(key, "production needs https"));
                    } else if !matches!(scheme, "http" | "https") {
                        mistakes.push(Mistake::new(key, "must begin with http:// or https://"));
                    } else if public && parsed.path().len() > 1 {
                        mistakes.push(Mistake::new(key, "must not hold a path"));
                    }
                }
                _ => {
                    mistakes.push(Mistake::new(key, "is not a URL such as https://erynoa.example"));
                }
            }
        }
    }
}

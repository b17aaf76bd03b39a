//! Configuration: every key with its default, where values come from, and
//! what is refused.
//!
//! Built-in defaults < `config/base.toml` < `config/<environment>.toml` < the
//! file named by `--config` < environment `APP_<SECTION>__<KEY>`.

mod check;
mod load;
mod log;
mod network;
mod p2p;
mod secret_text;
mod servers;
mod storage;
mod workflows;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

pub use check::Mistake;
pub use load::{Loaded, Source, Value, load};
pub use log::{FoundingWitness, Log, LogClock, Witness};
pub use network::Network;
pub(crate) use p2p::is_peer_address;
pub use p2p::{P2p, Share};
use schemars::JsonSchema;
pub use secret_text::SecretText;
use serde::{Deserialize, Serialize};
pub use servers::{Cache, CacheBackend, Database, DatabaseBackend, Mail, MailBackend};
pub use storage::{Storage, StorageBackend};
pub use workflows::{WorkflowBackend, Workflows};

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// local, development, staging or production.
    pub environment: Environment,
    /// Addresses and the data folder.
    pub application: Application,
    /// Where the log, accounts and everything about them live.
    pub database: Database,
    /// What several gateways share: limits, mana, and what is under way.
    pub cache: Cache,
    /// How messages leave.
    pub mail: Mail,
    /// Where files lie.
    pub storage: Storage,
    /// Work that survives a crash.
    pub workflows: Workflows,
    /// Sign-in.
    pub auth: Auth,
    /// The log and its epochs.
    pub log: Log,
    /// The network of nodes.
    pub p2p: P2p,
    /// What is switched on.
    pub features: Features,
    /// Limits at every door.
    pub limits: Limits,
    /// Logs and metrics.
    pub telemetry: Telemetry,
}

/// What the installation is for. Production refuses unsafe values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// One's own machine.
    #[default]
    Local,
    /// A shared machine of developers.
    Development,
    /// A rehearsal.
    Staging,
    /// For real.
    Production,
}

impl Environment {
    /// Name in configuration and API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Development => "development",
            Self::Staging => "staging",
            Self::Production => "production",
        }
    }
}

/// Addresses and the data folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Application {
    /// Address to listen on; 0.0.0.0 in containers.
    pub host: IpAddr,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// Address under which people reach the server; empty = `http://localhost:<port>`.
    pub public_url: String,
    /// Address of the console; empty = `<public_url>/console`.
    pub console_url: String,
    /// Address of the platform; empty = `<public_url>/platform`.
    pub platform_url: String,
    /// Address of the docs; empty = `<public_url>/docs`.
    pub docs_url: String,
    /// Folder for everything that the server keeps.
    pub data_dir: PathBuf,
    /// Folder of the installation's keys, the same for all of its gateways;
    /// empty = `<data_dir>/keys`.
    pub keys_dir: PathBuf,
    /// Proxies that may say by `X-Forwarded-For` for whom they speak: addresses,
    /// or networks such as 10.0.0.0/8. The last one named there that is none of
    /// them is the client.
    pub trusted_proxies: Vec<String>,
}

impl Default for Application {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 3000,
            public_url: String::new(),
            console_url: String::new(),
            platform_url: String::new(),
            docs_url: String::new(),
            data_dir: PathBuf::from("./data"),
            keys_dir: PathBuf::new(),
            trusted_proxies: vec!["127.0.0.0/8".to_owned(), "::1".to_owned()],
        }
    }
}

/// Sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// local: people sign in with a device key. oidc: at an identity provider.
    pub mode: AuthMode,
    /// Issuer of the identity provider, to the letter as its discovery document
    /// says it.
    pub issuer: String,
    /// Where the server itself reaches the issuer, such as inside containers;
    /// empty = the issuer.
    pub internal_issuer: String,
    /// Name of the identity provider for people; empty = the issuer's host.
    pub provider_name: String,
    /// Client of the apps that have none of their own.
    pub client_id: String,
    /// Client of the console; empty = `client_id`.
    pub console_client_id: String,
    /// Client of the platform; empty = `client_id`.
    pub platform_client_id: String,
    /// Client of the docs; empty = `client_id`.
    pub docs_client_id: String,
    /// An access token of the provider is for this server when it names one of
    /// these; empty = the client ids.
    pub audiences: Vec<String>,
    /// Claim that holds the roles, followed at every sign-in; empty = roles are
    /// kept here.
    pub roles_claim: String,
    /// Confidential client that asks the provider about opaque access tokens;
    /// empty = opaque tokens are refused.
    pub introspection_client_id: String,
    /// Its secret.
    pub introspection_client_secret: SecretText,
    /// Personal access token of a service user at ZITADEL that manages people;
    /// empty = people are managed at the provider.
    pub service_token: SecretText,
    /// ZITADEL's organisation in which people are created.
    pub organization_id: String,
    /// ZITADEL's project that has the roles.
    pub project_id: String,
    /// Seconds after which the provider's keys are fetched anew, 60 to 86 400.
    #[schemars(range(min = 60, max = 86_400))]
    pub jwks_cache_s: u64,
    /// Seconds that an access token is good for, 60 to 3 600.
    #[schemars(range(min = 60, max = 3600))]
    pub access_token_ttl_s: u64,
    /// Seconds that a refresh token is good for, 3 600 to 31 536 000.
    #[schemars(range(min = 3600, max = 31_536_000))]
    pub refresh_token_ttl_s: u64,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            mode: AuthMode::Local,
            issuer: "http://localhost:8080".to_owned(),
            internal_issuer: String::new(),
            provider_name: String::new(),
            client_id: String::new(),
            console_client_id: String::new(),
            platform_client_id: String::new(),
            docs_client_id: String::new(),
            audiences: Vec::new(),
            roles_claim: "urn:zitadel:iam:org:project:roles".to_owned(),
            introspection_client_id: String::new(),
            introspection_client_secret: SecretText::default(),
            service_token: SecretText::default(),
            organization_id: String::new(),
            project_id: String::new(),
            jwks_cache_s: 3600,
            access_token_ttl_s: 600,
            refresh_token_ttl_s: 2_592_000,
        }
    }
}

impl Auth {
    /// Whether people sign in at an identity provider.
    #[must_use]
    pub fn is_oidc(&self) -> bool {
        self.mode == AuthMode::Oidc
    }

    /// Whether roles are those that the provider tells at each sign-in.
    #[must_use]
    pub fn roles_follow_provider(&self) -> bool {
        self.is_oidc() && !self.roles_claim.is_empty()
    }

    /// What the identity provider is called; empty without one.
    #[must_use]
    pub fn name_of_provider(&self) -> String {
        if !self.is_oidc() {
            return String::new();
        }
        let host = || self.issuer.parse::<axum::http::Uri>().ok()?.host().map(str::to_owned);
        match self.provider_name.as_str() {
            "" => host().unwrap_or_else(|| self.issuer.clone()),
            name => name.to_owned(),
        }
    }

    /// Client of an app.
    #[must_use]
    pub fn client_of(&self, app: AppName) -> &str {
        let own = match app {
            AppName::Platform => &self.platform_client_id,
            AppName::Console => &self.console_client_id,
            AppName::Docs => &self.docs_client_id,
        };
        if own.is_empty() { &self.client_id } else { own }
    }
}

/// An app of the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppName {
    /// For everybody.
    Platform,
    /// For operators.
    Console,
    /// For readers.
    Docs,
}

impl AppName {
    /// Every app.
    pub const ALL: [Self; 3] = [Self::Platform, Self::Console, Self::Docs];

    /// Name in the API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Console => "console",
            Self::Docs => "docs",
        }
    }
}

/// How people sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// By a challenge that a device key signs.
    #[default]
    Local,
    /// At an OpenID Connect provider.
    Oidc,
}

/// What is switched on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Features {
    /// Whether strangers may create an identity; unset = true, in production false.
    pub registration: Option<bool>,
    /// Says in the apps that the data is a demonstration.
    pub demo_data: bool,
}

/// Limits at every door.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests a second from one address in the long run, 1 to 1 000 000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub requests_per_second: u32,
    /// Requests from one address at once, 1 to 1 000 000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub burst: u32,
    /// Bytes of a request body, 65 536 to 67 108 864.
    #[schemars(range(min = 65_536, max = 67_108_864))]
    pub body_bytes: u32,
    /// Whether submitting events costs mana, while the log's clock is system.
    pub mana: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { requests_per_second: 50, burst: 100, body_bytes: 4 << 20, mana: true }
    }
}

/// Logs and metrics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Telemetry {
    /// text or json.
    pub log_format: LogFormat,
    /// Serve `/metrics` in the Prometheus text format.
    pub metrics: bool,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { log_format: LogFormat::Text, metrics: true }
    }
}

/// Shape of the log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Application {
    /// Folder of the installation's keys.
    #[must_use]
    pub fn keys_folder(&self) -> PathBuf {
        if self.keys_dir.as_os_str().is_empty() {
            self.data_dir.join("keys")
        } else {
            self.keys_dir.clone()
        }
    }
}

impl Config {
    /// Address of an app.
    #[must_use]
    pub fn url_of(&self, app: AppName) -> &str {
        match app {
            AppName::Platform => &self.application.platform_url,
            AppName::Console => &self.application.console_url,
            AppName::Docs => &self.application.docs_url,
        }
    }

    /// Proxies that may name the client.
    #[must_use]
    pub fn proxies(&self) -> Vec<Network> {
        // Those that are none are a mistake, which keeps the server from starting.
        self.application.trusted_proxies.iter().filter_map(|text| text.parse().ok()).collect()
    }

    /// Whether strangers may create an identity.
    #[must_use]
    pub fn registration_is_open(&self) -> bool {
        self.features.registration.unwrap_or(self.environment != Environment::Production)
    }

    /// Fills in the addresses that follow from others, for a server that
    /// listens on `port`.
    #[must_use]
    pub fn with_addresses(mut self, port: u16) -> Self {
        let application = &mut self.application;
        application.port = port;
        if application.public_url.is_empty() {
            application.public_url = format!("http://localhost:{port}");
        }
        let base = application.public_url.trim_end_matches('/').to_owned();
        application.public_url.clone_from(&base);
        for (url, path) in [
            (&mut application.console_url, "/console"),
            (&mut application.platform_url, "/platform"),
            (&mut application.docs_url, "/docs"),
        ] {
            if url.is_empty() {
                *url = format!("{base}{path}");
            }
        }
        if let Some(followed) = self.p2p.followed() {
            self.log.origin = followed.name;
        }
        if self.log.origin.is_empty() {
            let host = base.split_once("://").map_or(base.as_str(), |(_, rest)| rest);
            self.log.origin = format!("{host}/log");
        }
        self
    }

    /// JSON Schema of the configuration.
    #[must_use]
    pub fn schema() -> serde_json::Value {
        schemars::schema_for!(Self).to_value()
    }
}

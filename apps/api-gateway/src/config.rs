//! Configuration: every key with its default, where values come from, and
//! what is refused.
//!
//! Built-in defaults < `config/base.toml` < `config/<environment>.toml` < the
//! file named by `--config` < environment `APP_<SECTION>__<KEY>`.

mod check;
mod load;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

pub use check::Mistake;
pub use load::{Loaded, Source, Value, load};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The whole configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// local, development, staging or production.
    pub environment: Environment,
    /// Addresses and the data folder.
    pub application: Application,
    /// Where the log and the accounts live.
    pub database: Database,
    /// Sign-in.
    pub auth: Auth,
    /// The log and its epochs.
    pub log: Log,
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
        }
    }
}

/// Where the log and the accounts live.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// fjall: embedded, in the data folder.
    pub backend: DatabaseBackend,
}

/// Store of the log and the accounts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseBackend {
    /// Embedded.
    #[default]
    Fjall,
}

/// Sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Auth {
    /// local: people sign in with a device key.
    pub mode: AuthMode,
    /// Seconds that an access token is good for, 60 to 3 600.
    #[schemars(range(min = 60, max = 3600))]
    pub access_token_ttl_s: u64,
    /// Seconds that a refresh token is good for, 3 600 to 31 536 000.
    #[schemars(range(min = 3600, max = 31_536_000))]
    pub refresh_token_ttl_s: u64,
}

impl Default for Auth {
    fn default() -> Self {
        Self { mode: AuthMode::Local, access_token_ttl_s: 600, refresh_token_ttl_s: 2_592_000 }
    }
}

/// How people sign in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// By a challenge that a device key signs.
    #[default]
    Local,
}

/// The log and its epochs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Entries after which an epoch closes, 1 to 10 000.
    #[schemars(range(min = 1, max = 10_000))]
    pub epoch_max_events: u32,
    /// Seconds after which an epoch with anything in it closes, 1 to 10.
    #[schemars(range(min = 1, max = 10))]
    pub epoch_max_seconds: u32,
    /// Origin line of the checkpoints; empty = host and port of the public URL
    /// followed by `/log`. Fixed once the log has a checkpoint.
    pub origin: String,
    /// system: the log's time is the server's. events: for imports of history,
    /// the log's time is the greatest event time, and an epoch closes with each
    /// day of the events.
    pub clock: LogClock,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            epoch_max_events: 10_000,
            epoch_max_seconds: 10,
            origin: String::new(),
            clock: LogClock::System,
        }
    }
}

/// Where the log takes its time from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogClock {
    /// The server's clock.
    #[default]
    System,
    /// The events' own time.
    Events,
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

impl Config {
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

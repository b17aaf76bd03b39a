//! The servers that an installation may stand on.

use std::path::PathBuf;

use clap::ValueEnum;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SecretText;

/// Where the log, accounts and everything about them live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Database {
    /// fjall: embedded, in the data folder. postgres: a PostgreSQL server, which
    /// several gateways may share.
    pub backend: DatabaseBackend,
    /// `postgres://user:password@host:port/database`; empty = from the keys below.
    pub url: SecretText,
    /// Host of the server.
    pub host: String,
    /// Port of the server.
    pub port: u16,
    /// Who signs in.
    pub username: String,
    /// With which password.
    pub password: SecretText,
    /// Name of the database.
    pub database: String,
    /// Connections at most, 4 to 1 000.
    #[schemars(range(min = 4, max = 1000))]
    pub max_connections: u32,
    /// Connections that are kept open, 0 to 1 000.
    #[schemars(range(min = 0, max = 1000))]
    pub min_connections: u32,
    /// Seconds to wait for the database at the start, 1 to 300.
    #[schemars(range(min = 1, max = 300))]
    pub connect_timeout_s: u64,
    /// Seconds after which an idle connection closes, 1 to 86 400.
    #[schemars(range(min = 1, max = 86_400))]
    pub idle_timeout_s: u64,
}

impl Default for Database {
    fn default() -> Self {
        Self {
            backend: DatabaseBackend::Fjall,
            url: SecretText::default(),
            host: "localhost".to_owned(),
            port: 5432,
            username: "erynoa".to_owned(),
            password: SecretText::default(),
            database: "erynoa".to_owned(),
            max_connections: 20,
            min_connections: 5,
            connect_timeout_s: 10,
            idle_timeout_s: 300,
        }
    }
}

/// Store of the log and the accounts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseBackend {
    /// Embedded.
    #[default]
    Fjall,
    /// A PostgreSQL server.
    Postgres,
}

impl DatabaseBackend {
    /// Name in the configuration.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fjall => "fjall",
            Self::Postgres => "postgres",
        }
    }
}

/// What several gateways share: limits, mana, and what is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Cache {
    /// memory: in the process. redis: a server of the Redis protocol, by which
    /// several gateways count rate limits and mana together, and a sign-in that
    /// begins at one ends at any of them; while it is away each is on its own.
    pub backend: CacheBackend,
    /// `redis://user:password@host:port/number`, rediss:// with TLS.
    pub url: SecretText,
    /// File with the certificates of the authorities, in PEM, that may vouch for
    /// a server of rediss://; empty = those that this machine trusts.
    pub ca_file: PathBuf,
    /// Connections, 1 to 1 000.
    #[schemars(range(min = 1, max = 1000))]
    pub pool_size: u32,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            backend: CacheBackend::Memory,
            url: SecretText::new("redis://localhost:6379"),
            ca_file: PathBuf::new(),
            pool_size: 10,
        }
    }
}

/// Where limits and short-lived values live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CacheBackend {
    /// In the process.
    #[default]
    Memory,
    /// A server of the Redis protocol.
    Redis,
}

/// How messages leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Mail {
    /// outbox: files in the data folder. smtp: a mail server.
    pub backend: MailBackend,
    /// `smtp://user:password@host:port`, smtps:// with TLS from the beginning.
    pub url: SecretText,
    /// Sender, such as `Erynoa <hello@erynoa.example>`.
    pub from: String,
    /// Where answers go; empty = the sender.
    pub reply_to: String,
    /// Attestations of this many seconds go out in one mail, 1 to 604 800.
    #[schemars(range(min = 1, max = 604_800))]
    pub digest_s: u32,
}

impl Mail {
    /// How long attestations are collected, µs.
    #[must_use]
    pub fn digest_us(&self) -> u64 {
        u64::from(self.digest_s) * 1_000_000
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            backend: MailBackend::Outbox,
            url: SecretText::new("smtp://localhost:1025"),
            from: "Erynoa <noreply@localhost>".to_owned(),
            reply_to: String::new(),
            digest_s: 3_600,
        }
    }
}

/// How messages leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MailBackend {
    /// Files in the data folder.
    #[default]
    Outbox,
    /// A mail server.
    Smtp,
}

impl Database {
    /// The database's URL.
    #[must_use]
    pub fn address(&self) -> String {
        if !self.url.is_empty() {
            return self.url.expose().to_owned();
        }
        let part = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (user, password) = (part(&self.username), part(self.password.expose()));
        let (host, port, database) = (&self.host, self.port, part(&self.database));
        format!("postgres://{user}:{password}@{host}:{port}/{database}")
    }
}

#[cfg(test)]
mod tests {
    use super::{Database, SecretText};

    #[test]
    fn the_parts_of_an_address_are_put_together_so_that_no_letter_breaks_out() {
        let database = Database { password: SecretText::new("p@ss/w:rd"), ..Database::default() };
        assert_eq!(database.address(), "postgres://erynoa:p%40ss%2Fw%3Ard@localhost:5432/erynoa");
        let url = SecretText::new("postgres://other/db");
        assert_eq!(Database { url, ..database }.address(), "postgres://other/db");
    }
}

//! Where files lie.

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::SecretText;

/// Where files lie, and how many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// local: in the data folder. s3: on a server that speaks S3, which several
    /// gateways may share.
    pub backend: StorageBackend,
    /// URL at which the S3 server is asked.
    pub endpoint: String,
    /// URL at which browsers reach the S3 server; empty = the endpoint.
    pub public_endpoint: String,
    /// Region of the S3 server; servers without regions take any.
    pub region: String,
    /// Who we are at the S3 server.
    pub access_key_id: String,
    /// Proof of it.
    pub secret_access_key: SecretText,
    /// Bucket of new files; made when it is missing.
    pub default_bucket: String,
    /// Largest file, bytes, 1 048 576 to 83 886 080 000.
    #[schemars(range(min = 1_048_576, max = 83_886_080_000_u64))]
    pub max_upload_size: u64,
    /// Bytes that a person may store, 0 = without limit.
    pub quota_bytes: u64,
    /// Bytes that a realm may store, 0 = without limit.
    pub realm_quota_bytes: u64,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            backend: StorageBackend::Local,
            endpoint: "http://localhost:9000".to_owned(),
            public_endpoint: String::new(),
            region: "us-east-1".to_owned(),
            access_key_id: String::new(),
            secret_access_key: SecretText::default(),
            default_bucket: "erynoa".to_owned(),
            max_upload_size: 104_857_600,
            quota_bytes: 10 << 30,
            realm_quota_bytes: 100 << 30,
        }
    }
}

impl Storage {
    /// Origin of an S3 server that browsers fetch from; `None` when files come
    /// from this server.
    #[must_use]
    pub fn foreign_origin(&self) -> Option<String> {
        if self.backend == StorageBackend::Local {
            return None;
        }
        crate::app::origin_of(self.public_url())
    }

    /// URL at which browsers reach the S3 server.
    #[must_use]
    pub fn public_url(&self) -> &str {
        if self.public_endpoint.is_empty() { &self.endpoint } else { &self.public_endpoint }
    }
}

/// Store of the bytes of files.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum StorageBackend {
    /// The data folder.
    #[default]
    Local,
    /// An S3 server.
    S3,
}

impl StorageBackend {
    /// Name in configuration and API.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::S3 => "s3",
        }
    }
}

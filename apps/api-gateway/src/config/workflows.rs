//! Where workflows run.

use std::net::{Ipv4Addr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Work that survives a crash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Workflows {
    /// embedded: in this process, written down in the data folder. restate: on a
    /// Restate server, which several gateways may share.
    pub backend: WorkflowBackend,
    /// URL of the Restate server's ingress.
    pub ingress_url: String,
    /// URL of the Restate server's admin interface.
    pub admin_url: String,
    /// Where the Restate server calls our steps; keep it behind the firewall.
    pub endpoint_bind: SocketAddr,
    /// URL at which the Restate server reaches it; empty = `http://` and the
    /// address above.
    pub endpoint_url: String,
}

impl Default for Workflows {
    fn default() -> Self {
        Self {
            backend: WorkflowBackend::Embedded,
            ingress_url: "http://localhost:8081".to_owned(),
            admin_url: "http://localhost:9070".to_owned(),
            endpoint_bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 9080)),
            endpoint_url: String::new(),
        }
    }
}

/// What makes workflows last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WorkflowBackend {
    /// In this process.
    #[default]
    Embedded,
    /// A Restate server.
    Restate,
}

//! The network between nodes.

use std::sync::Arc;

use erynoa_kernel::Entropy;
use erynoa_libp2p::{Libp2pConfig, Libp2pNetwork};
use erynoa_local_auth::load_or_create_secret;
use erynoa_sync::{Network, Role};

use crate::config::{Config, Mistake};
use crate::peers::HOME;
use crate::serve::StartError;

/// The network of nodes.
///
/// # Errors
/// What in the configuration cannot work; when the node's key cannot be read.
pub(crate) fn network(
    config: &Config,
    entropy: &dyn Entropy,
) -> Result<Arc<dyn Network>, StartError> {
    let p2p = &config.p2p;
    let seed = load_or_create_secret(&config.application.keys_folder().join("node.key"), entropy)?;
    let role = if p2p.role() == Role::Home { HOME } else { "" };
    let settings = Libp2pConfig {
        listen: p2p.listen(config.application.host),
        external: p2p.external_addresses.clone(),
        bootstrap: p2p.bootstrap_peers.clone(),
        agent: format!("erynoa/{}{role}", env!("CARGO_PKG_VERSION")),
        mdns: p2p.mdns,
        relay_server: p2p.relay_server,
        autonat: p2p.autonat,
        upnp: p2p.upnp,
        max_process_bytes: None,
    };
    let network = Libp2pNetwork::start(&settings, *seed.expose()).map_err(|error| {
        let key = match &error {
            erynoa_libp2p::StartError::Peer(_) => "p2p.bootstrap_peers",
            erynoa_libp2p::StartError::Listen { .. } => "p2p.port",
            _ => "p2p.listen_addresses",
        };
        Mistake::new(key, with_causes(&error))
    })?;
    Ok(Arc::new(network))
}

/// What went wrong, with what lies under it.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
